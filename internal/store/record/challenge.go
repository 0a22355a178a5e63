package record

// CustomChallenge is the state of a challenge that a pool's functions made, in
// its row until the answer.
type CustomChallenge struct {
	// Rounds are what was asked and answered before, oldest first.
	Rounds []Round `json:"r"`
	// Private are the parameters that only the verifying function sees.
	Private map[string]string `json:"p"`
	// Metadata is what the function calls the challenge; nil where it does not.
	Metadata *string `json:"m"`
}

// Round is a challenge of a custom sign-in and its result.
type Round struct {
	ChallengeName     string  `json:"challengeName"`
	ChallengeResult   bool    `json:"challengeResult"`
	ChallengeMetadata *string `json:"challengeMetadata"`
}

// DeviceChallenge is the Session of a DEVICE_SRP_AUTH, in a row for clients that
// answer without it.
type DeviceChallenge struct {
	Session string `json:"s"`
	// EventID identifies the sign-in, Address is where its last answer came from.
	EventID string `json:"e"`
	Address string `json:"a"`
}

// The kinds of what the rows of challenges hold.
var (
	CustomChallengeState = itself[CustomChallenge]("custom_challenge", 1)
	DeviceChallengeState = itself[DeviceChallenge]("device_challenge", 1)
)
