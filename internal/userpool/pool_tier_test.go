package userpool_test

import (
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Each tier includes the features of the cheaper ones.
func TestRequireTier(t *testing.T) {
	lite, essentials, plus := []userpool.Feature(nil),
		[]userpool.Feature{userpool.ManagedLogin, userpool.PasswordlessSignIn},
		[]userpool.Feature{userpool.ManagedLogin, userpool.ThreatProtection}
	for _, c := range []struct {
		tier     string
		features []userpool.Feature
		refused  string
	}{
		{"LITE", lite, ""}, {"LITE", essentials, "Managed Login, Passwordless Sign-In"},
		{"LITE", plus, "Managed Login, Threat Protection"}, {"ESSENTIALS", lite, ""}, {"ESSENTIALS", essentials, ""},
		{"ESSENTIALS", plus, "Threat Protection"}, {"PLUS", lite, ""}, {"PLUS", essentials, ""}, {"PLUS", plus, ""},
	} {
		p := &userpool.Pool{PoolSettings: userpool.PoolSettings{Tier: c.tier}}
		err := p.RequireTier(c.features...)
		if c.refused == "" {
			if err != nil {
				t.Errorf("%s refuses %v: %v", c.tier, c.features, err)
			}
			continue
		}
		want := "The following features need to be disabled for the " + c.tier +
			" pricing tier configured: " + c.refused
		if !errors.Is(err, fault.FeatureUnavailableInTier) || fault.Of(err).Message != want {
			t.Errorf("%s with %v: %v, want %s", c.tier, c.features, err, want)
		}
		if err := userpool.TierGating(false).Require(p, c.features...); err != nil {
			t.Errorf("not enforced: %v", err)
		}
		if err := userpool.TierGating(true).Require(p, c.features...); err == nil {
			t.Errorf("enforced: %s has %v", c.tier, c.features)
		}
	}
}
