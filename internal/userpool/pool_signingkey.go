package userpool

import "time"

// KeyUse tells a pool's two signing keys apart.
type KeyUse string

// The uses: one key signs ID tokens, the other access tokens.
const (
	KeyForID     KeyUse = "id"
	KeyForAccess KeyUse = "access"
)

// SigningKey is one RSA key of a pool as it is kept: PKCS #8, sealed at rest.
type SigningKey struct {
	PoolID  string
	Use     KeyUse
	KeyID   string
	PKCS8   []byte
	Created time.Time
}

// AccessKey authenticates callers of IAM operations.
type AccessKey struct {
	ID          string
	Secret      Secret
	Account     string
	Description string
	// Policy says in AWS's JSON form what the key may do; an empty one lets it
	// do everything in its account.
	Policy  string
	Created time.Time
	Revoked time.Time // zero while usable
}
