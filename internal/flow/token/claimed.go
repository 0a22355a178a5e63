package token

import (
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
)

// ClaimedPool returns the pool that an access token names, or "". Nothing is
// verified: use it for counters only, never for a decision.
func ClaimedPool(accessToken string) string {
	issuer, _, err := jose.Peek(accessToken)
	if err != nil {
		return ""
	}
	return issuer[strings.LastIndexByte(issuer, '/')+1:]
}
