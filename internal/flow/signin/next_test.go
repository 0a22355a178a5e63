package signin

import (
	"testing"

	"lifeguard/internal/userpool"
)

// situations is every combination of what next looks at.
func situations() (all []situation) {
	statuses := []userpool.Status{
		userpool.Unconfirmed, userpool.Confirmed, userpool.ForceChangePassword, userpool.ResetRequired, userpool.ExternalProvider, "", "ARCHIVED",
	}
	for _, status := range statuses {
		for _, mfa := range []string{"OFF", "OPTIONAL", "ON", "", "SOMETIMES"} {
			for bits := range 8 {
				all = append(all, situation{bits&1 != 0, status, mfa, bits&2 != 0, bits&4 != 0})
			}
		}
	}
	return all
}

// TestNext goes through every combination and states, independently of the
// code, what must never happen and what must.
func TestNext(t *testing.T) {
	seen := map[step]int{}
	for _, s := range situations() {
		got := next(s)
		seen[got]++
		if want := expected(s); got != want {
			t.Errorf("%+v: step %d, want %d", s, got, want)
		}
		if got == stepTokens && !mayHaveTokens(s) {
			t.Errorf("%+v reaches tokens", s)
		}
	}
	for _, s := range []step{refuse, stepUnconfirmed, stepResetRequired, stepNewPassword, stepSecondFactor, stepTokens} {
		if seen[s] == 0 {
			t.Errorf("step %d is never reached", s)
		}
	}
}

// mayHaveTokens is the security property: the password was shown, the user is
// confirmed, and where a second factor is demanded it was shown too.
func mayHaveTokens(s situation) bool {
	demanded := s.MFA == "ON" || s.MFA == "OPTIONAL" && s.FactorEnrolled
	return s.PasswordProved && s.Status == userpool.Confirmed && (!demanded || s.FactorProved)
}

// expected is the decision table of the guide, by rows: the first that fits.
func expected(s situation) step {
	for _, row := range []struct {
		fits bool
		then step
	}{
		{!s.PasswordProved, refuse},
		{s.Status == userpool.Unconfirmed, stepUnconfirmed},
		{s.Status == userpool.ResetRequired, stepResetRequired},
		{s.Status == userpool.ForceChangePassword, stepNewPassword},
		{s.Status != userpool.Confirmed, refuse},
		{s.FactorProved || s.MFA == "OFF", stepTokens},
		{s.MFA == "OPTIONAL" && !s.FactorEnrolled, stepTokens},
		{s.MFA == "OPTIONAL" || s.MFA == "ON", stepSecondFactor},
	} {
		if row.fits {
			return row.then
		}
	}
	return refuse
}
