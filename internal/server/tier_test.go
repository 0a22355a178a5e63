package server_test

import (
	"io"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// The operations use the setting; dev mode enforces tiers by default.
func TestTierGatingIsASetting(t *testing.T) {
	for _, gating := range []*bool{new(false), new(true), nil} {
		url := start(t, config.Config{Mode: config.Dev, Data: ":memory:", TierGating: gating}, io.Discard).URL
		_, body := post(t, url, "CreateUserPool",
			`{"PoolName": "p", "UserPoolTier": "LITE", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}`)
		if got := strings.Contains(body, "FeatureUnavailableInTierException"); got != (gating == nil || *gating) {
			t.Errorf("gating %v: %s", got, body)
		}
	}
}
