package record

// CustomChallenge is the state of a challenge that a pool's functions have
// created. It is stored in a row until the response.
type CustomChallenge struct {
	// Rounds are the earlier challenges and their results, oldest first.
	Rounds []Round `json:"r"`
	// Private are the private challenge parameters, for the verifying function only.
	Private map[string]string `json:"p"`
	// Metadata is the challenge metadata that the function returned, or nil.
	Metadata *string `json:"m"`
}

// Round is a challenge of a custom sign-in and its result.
type Round struct {
	ChallengeName     string  `json:"challengeName"`
	ChallengeResult   bool    `json:"challengeResult"`
	ChallengeMetadata *string `json:"challengeMetadata"`
}

// DeviceChallenge is the Session of a DEVICE_SRP_AUTH. It is stored in a row for
// clients that respond without it.
type DeviceChallenge struct {
	Session string `json:"s"`
	// EventID identifies the sign-in. Address is the source of its last request.
	EventID string `json:"e"`
	Address string `json:"a"`
}

// Kinds of the states of pending challenges.
var (
	CustomChallengeState = itself[CustomChallenge]("custom_challenge", 1)
	DeviceChallengeState = itself[DeviceChallenge]("device_challenge", 1)
)
