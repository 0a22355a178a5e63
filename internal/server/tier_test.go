package server_test

import (
	"io"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// The setting reaches the operations; without it every tier has everything.
func TestTierGatingIsASetting(t *testing.T) {
	for _, gating := range []bool{false, true} {
		url := start(t, config.Config{Mode: config.Dev, Data: ":memory:", TierGating: gating}, io.Discard).URL
		_, body := post(t, url, "CreateUserPool", `{"PoolName": "p", "UserPoolTier": "LITE", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}`)
		if got := strings.Contains(body, "FeatureUnavailableInTierException"); got != gating {
			t.Errorf("gating %v: %s", gating, body)
		}
	}
}
