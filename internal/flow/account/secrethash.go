package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// VerifySecretHash compares SECRET_HASH, Base64(HMAC-SHA256(secret, name +
// client id)), with that of every active secret. name is the username as the
// same request sends it, not another name of that user; a refresh sends none,
// and the hash is over the user's own. For a public client the hash is ignored.
// Source: guide page signing-up-users-in-your-app and
// aws-amplify/aws-sdk-android#889.
func VerifySecretHash(c *userpool.Client, hash, name string) error {
	if !c.Confidential() {
		return nil
	}
	if hash == "" {
		return fault.SecretHashMissing(c.ID)
	}
	ok := 0
	for _, s := range c.Secrets {
		ok |= subtle.ConstantTimeCompare([]byte(secretHash(s.Value, name, c.ID)), []byte(hash))
	}
	if ok == 0 {
		return fault.SecretHashWrong(c.ID)
	}
	return nil
}

func secretHash(secret userpool.Secret, name, clientID string) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(name + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// VerifyClientSecret compares a secret sent in clear, as
// GetTokensFromRefreshToken and RevokeToken do, in constant time. For a public
// client it is ignored.
func VerifyClientSecret(c *userpool.Client, secret string) bool {
	if !c.Confidential() {
		return true
	}
	ok := 0
	for _, s := range c.Secrets {
		ok |= subtle.ConstantTimeCompare([]byte(s.Value.Reveal()), []byte(secret))
	}
	return ok == 1
}
