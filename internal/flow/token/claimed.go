package token

import (
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
)

// ClaimedPool is the pool that an access token says it is of, or empty.
// Nothing is verified: count by it, decide nothing.
func ClaimedPool(accessToken string) string {
	issuer, _, err := jose.Peek(accessToken)
	if err != nil {
		return ""
	}
	return issuer[strings.LastIndexByte(issuer, '/')+1:]
}
