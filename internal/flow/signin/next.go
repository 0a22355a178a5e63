package signin

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// proof is the first factor of a sign-in.
type proof int

const (
	// proofNone is the zero value: no factor has been verified.
	proofNone proof = iota
	// proofPassword is the password, in any flow.
	proofPassword
	// proofCode is a code that was sent to the user (EMAIL_OTP, SMS_OTP).
	proofCode
	// proofPasskey is a passkey that counts as one factor, proofPasskeyVerified
	// one that counts as two.
	proofPasskey
	proofPasskeyVerified
	// proofFunctions is the decision of the pool's custom challenge functions.
	proofFunctions
	// proofSignUp is the code that has confirmed a sign-up.
	proofSignUp
	// proofProvider is a verified sign-in at another identity provider that is
	// linked to this user.
	proofProvider
)

// device is the state of the device that a sign-in comes from.
type device int

const (
	// deviceNone: the pool does not track devices, or the client named no
	// remembered device.
	deviceNone device = iota
	// deviceNamed: the client named a remembered device, which is not verified.
	deviceNamed
	deviceVerified
)

// situation is the whole input of next. It is plain data so that a test can
// cover every combination.
type situation struct {
	First  proof
	Status userpool.Status
	// MFA is the pool's mode: OFF, OPTIONAL or ON. FactorEnrolled: the user has
	// enabled a second factor. FactorVerified: it has been verified.
	MFA            string
	FactorEnrolled bool
	FactorVerified bool
	Device         device
	// DeviceSuffices: a verified device replaces the second factor
	// (ChallengeRequiredOnNewDevice).
	DeviceSuffices bool
	// Short: the methods verified so far do not reach the requested assurance
	// level.
	Short bool
}

// step is the result of next.
type step int

const (
	// refuse is the zero value: an unforeseen situation never signs in.
	refuse step = iota
	stepUnconfirmed
	stepResetRequired
	stepNewPassword
	stepSecondFactor
	stepDevice
	stepTokens
)

// next decides which step follows. It is the only way to stepTokens and has no
// side effects. Order: the user's status, a new password, a second factor
// unless a device replaces it, a second factor for the requested assurance
// level, the device. Source: guide page authentication.
func next(s situation) step {
	if s.First <= proofNone || s.First > proofProvider {
		return refuse
	}
	if blocked, ok := s.blocked(); ok {
		return blocked
	}
	due, ok := s.factorDue()
	switch {
	case !ok:
		return refuse
	case due && s.Device == deviceNamed && s.DeviceSuffices:
		return stepDevice
	case due && (s.First == proofPassword || s.First == proofSignUp):
		return stepSecondFactor
	case due:
		// Users with a second factor cannot sign in with a code or a passkey that
		// counts as one factor.
		return refuse
	case s.Short && s.First == proofPassword:
		return stepSecondFactor
	case s.Short:
		// Choices that do not lead to the level are not offered.
		return refuse
	case s.Device == deviceNamed:
		return stepDevice
	}
	return stepTokens
}

// blocked returns the step that the user's status requires before any other.
func (s situation) blocked() (step, bool) {
	switch s.Status {
	case userpool.Confirmed:
		return 0, false
	case userpool.ForceChangePassword:
		switch s.First {
		case proofPassword:
			return stepNewPassword, true
		case proofFunctions, proofProvider:
			// Neither needs the password, which the user has never set. See
			// docs/divergences SI-39.
			return 0, false
		}
	case userpool.ExternalProvider:
		if s.First == proofProvider {
			return 0, false
		}
	case userpool.Unconfirmed:
		return stepUnconfirmed, true
	case userpool.ResetRequired:
		return stepResetRequired, true
	}
	return refuse, true
}

// factorDue reports whether a second factor is still required. ok is false for
// an unknown mode. Users of other identity providers verify their factors
// there. Source: guide page user-pool-settings-mfa.
func (s situation) factorDue() (due, ok bool) {
	switch s.MFA {
	case "OFF":
		return false, true
	case "OPTIONAL":
		due = s.FactorEnrolled
	case "ON":
		due = true
	default:
		return false, s.FactorVerified
	}
	verified := s.FactorVerified || s.Device == deviceVerified && s.DeviceSuffices
	switch s.First {
	case proofPasskeyVerified, proofFunctions, proofProvider:
		verified = true
	}
	return due && !verified, true
}
