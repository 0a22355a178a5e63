package signin

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// proof is what a user has shown in first place.
type proof int

const (
	// proofNone is the zero value: nothing has been shown.
	proofNone proof = iota
	// proofPassword is the password, by whichever flow.
	proofPassword
	// proofCode is a code that was sent to the user (EMAIL_OTP, SMS_OTP).
	proofCode
	// proofPasskey is a passkey that counts for one factor, proofPasskeyVerified
	// one that counts for two.
	proofPasskey
	proofPasskeyVerified
	// proofFunctions is the verdict of the pool's own challenge functions.
	proofFunctions
	// proofSignUp is the code that has just confirmed a sign-up.
	proofSignUp
	// proofProvider is a sign-in at another identity provider, which has been
	// verified and led to this user.
	proofProvider
)

// device is what is known of the device that a sign-in comes from.
type device int

const (
	// deviceNone: the pool does not track devices, or none was named that is
	// remembered.
	deviceNone device = iota
	// deviceNamed: a remembered one was named and has not proved itself.
	deviceNamed
	deviceProved
)

// situation is all that decides how a sign-in goes on. It is plain data so
// that the decision can be tested as a table over every combination.
type situation struct {
	First  proof
	Status userpool.Status
	// MFA is the pool's mode: OFF, OPTIONAL or ON. FactorEnrolled: the user
	// has a second factor switched on. FactorProved: it has been shown.
	MFA            string
	FactorEnrolled bool
	FactorProved   bool
	Device         device
	// DeviceSuffices: a device that proves itself stands in for the second
	// factor (ChallengeRequiredOnNewDevice).
	DeviceSuffices bool
}

// step is what next decides.
type step int

const (
	// refuse is the zero value: a situation nobody thought of never signs in.
	refuse step = iota
	stepUnconfirmed
	stepResetRequired
	stepNewPassword
	stepSecondFactor
	stepDevice
	stepTokens
)

// next decides what follows. It is the only way to stepTokens, and has no
// side effects. Order: guide page authentication; native sign-in checks the
// status, then asks for a new password, then for a second factor, unless a
// device stands in for it, and last for the device.
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
		// What stands in for a password is not offered to users with a second
		// factor.
		return refuse
	case s.Device == deviceNamed:
		return stepDevice
	}
	return stepTokens
}

// blocked is what the user's status demands before anything else.
func (s situation) blocked() (step, bool) {
	switch s.Status {
	case userpool.Confirmed:
		return 0, false
	case userpool.ForceChangePassword:
		switch s.First {
		case proofPassword:
			return stepNewPassword, true
		case proofFunctions, proofProvider:
			// Neither needs the password that the user has never set.
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

// factorDue reports whether a second factor has still to be shown; ok is false
// for a mode that nobody knows. Users of other identity providers have theirs
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
		return false, s.FactorProved
	}
	shown := s.FactorProved || s.Device == deviceProved && s.DeviceSuffices
	switch s.First {
	case proofPasskeyVerified, proofFunctions, proofProvider:
		shown = true
	}
	return due && !shown, true
}
