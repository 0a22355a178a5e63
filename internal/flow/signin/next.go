package signin

import "lifeguard/internal/userpool"

// situation is all that decides how a sign-in goes on. It is plain data so
// that the decision can be tested as a table over every combination.
type situation struct {
	// PasswordProved: the user has shown the password, by whichever flow.
	PasswordProved bool
	// Status and Confirmed of the user.
	Status userpool.Status
	// MFA is the pool's mode: OFF, OPTIONAL or ON. FactorEnrolled: the user
	// has a second factor switched on. FactorProved: it has been shown.
	MFA            string
	FactorEnrolled bool
	FactorProved   bool
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
	stepTokens
)

// next decides what follows. It is the only way to stepTokens, and has no
// side effects. Order: guide page authentication; native password sign-in
// checks the status, then asks for a new password, then for a second factor.
func next(s situation) step {
	if !s.PasswordProved {
		return refuse
	}
	switch s.Status {
	case userpool.Confirmed:
	case userpool.ForceChangePassword:
		return stepNewPassword
	case userpool.Unconfirmed:
		return stepUnconfirmed
	case userpool.ResetRequired:
		return stepResetRequired
	default:
		return refuse
	}
	switch {
	case s.FactorProved:
		return stepTokens
	case s.MFA == "OFF":
		return stepTokens
	case s.MFA == "OPTIONAL" && !s.FactorEnrolled:
		return stepTokens
	case s.MFA == "OPTIONAL", s.MFA == "ON":
		return stepSecondFactor
	}
	return refuse
}
