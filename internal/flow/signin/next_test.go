package signin

import (
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// situations returns every combination of the inputs of next.
func situations() (all []situation) {
	statuses := []userpool.Status{
		userpool.Unconfirmed, userpool.Confirmed, userpool.ForceChangePassword, userpool.ResetRequired,
		userpool.ExternalProvider, "", "ARCHIVED",
	}
	modes := []string{"OFF", "OPTIONAL", "ON", "", "SOMETIMES"}
	firsts, devices := int(proofProvider)+2, int(deviceVerified)+1
	for n := range len(statuses) * len(modes) * firsts * devices * 16 {
		pick := func(of int) int {
			picked := n % of
			n /= of
			return picked
		}
		flag := func() bool { return pick(2) == 1 }
		all = append(all, situation{
			proof(pick(firsts)), statuses[pick(len(statuses))], modes[pick(len(modes))],
			flag(), flag(), device(pick(devices)), flag(), flag(),
		})
	}
	return all
}

// TestNext checks every combination against an independent statement of what
// next must and must not return.
func TestNext(t *testing.T) {
	seen := map[step]int{}
	for _, s := range situations() {
		got := next(s)
		seen[got]++
		if want := expected(s); got != want {
			t.Errorf("%+v: step %d, want %d", s, got, want)
		}
		if got == stepTokens && !mayHaveTokens(s) {
			t.Errorf("%+v leads to tokens", s)
		}
	}
	for _, s := range []step{
		refuse, stepUnconfirmed, stepResetRequired, stepNewPassword, stepSecondFactor, stepDevice, stepTokens,
	} {
		if seen[s] == 0 {
			t.Errorf("next never returns step %d", s)
		}
	}
}

// mayHaveTokens is the security property. A first factor was verified. The user
// is confirmed, or signs in without a password of its own. A required second
// factor was verified, or replaced as the pool allows. The requested assurance
// level was reached.
func mayHaveTokens(s situation) bool {
	required := s.MFA == "ON" || s.MFA == "OPTIONAL" && s.FactorEnrolled
	elsewhere := s.First == proofFunctions || s.First == proofProvider
	verified := s.FactorVerified || s.First == proofPasskeyVerified || elsewhere ||
		s.Device == deviceVerified && s.DeviceSuffices
	permitted := s.Status == userpool.Confirmed || s.Status == userpool.ForceChangePassword && elsewhere ||
		s.Status == userpool.ExternalProvider && s.First == proofProvider
	first := s.First != proofNone && s.First <= proofProvider
	return first && permitted && (!required || verified) && s.Device != deviceNamed && !s.Short
}

// expected is the decision table of the guide: the first row that matches
// decides.
func expected(s situation) step {
	required := s.MFA == "ON" || s.MFA == "OPTIONAL" && s.FactorEnrolled
	elsewhere := s.First == proofFunctions || s.First == proofProvider
	verified := s.FactorVerified || s.Device == deviceVerified && s.DeviceSuffices ||
		s.First == proofPasskeyVerified || elsewhere
	passes := []userpool.Status{userpool.Confirmed}
	if elsewhere {
		passes = append(passes, userpool.ForceChangePassword)
	}
	if s.First == proofProvider {
		passes = append(passes, userpool.ExternalProvider)
	}
	for _, row := range []struct {
		match bool
		then  step
	}{
		{s.First == proofNone || s.First > proofProvider, refuse},
		{s.Status == userpool.Unconfirmed, stepUnconfirmed},
		{s.Status == userpool.ResetRequired, stepResetRequired},
		{s.Status == userpool.ForceChangePassword && s.First == proofPassword, stepNewPassword},
		{!slices.Contains(passes, s.Status), refuse},
		{!slices.Contains([]string{"OFF", "OPTIONAL", "ON"}, s.MFA) && !s.FactorVerified, refuse},
		{required && !verified && s.Device == deviceNamed && s.DeviceSuffices, stepDevice},
		{required && !verified && (s.First == proofPassword || s.First == proofSignUp), stepSecondFactor},
		{required && !verified, refuse},
		{s.Short && s.First == proofPassword, stepSecondFactor},
		{s.Short, refuse},
		{s.Device == deviceNamed, stepDevice},
		{true, stepTokens},
	} {
		if row.match {
			return row.then
		}
	}
	return refuse
}
