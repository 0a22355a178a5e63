package userpool

import "time"

// KeyUse tells apart the signing keys of a pool: at any time one of each use
// signs.
type KeyUse string

// The uses: one key signs ID tokens, the other access tokens.
const (
	KeyForID     KeyUse = "id"
	KeyForAccess KeyUse = "access"
)

// KeyUses are the uses, in the order in which a pool publishes its keys.
var KeyUses = []KeyUse{KeyForID, KeyForAccess}

// SigningKey is one RSA key of a pool as it is kept: PKCS #8, sealed at rest.
type SigningKey struct {
	PoolID  string
	Use     KeyUse
	KeyID   string
	PKCS8   []byte
	Created time.Time
	// Signs is from when the key signs; zero for the first keys of a pool.
	Signs time.Time
	// Expires is when the last token that the key has signed has expired; zero
	// for a key that no other is to follow.
	Expires time.Time
}

// Verifies reports whether tokens that the key has signed are verified at a
// time. The key is published for as long.
func (k SigningKey) Verifies(now time.Time) bool { return k.Expires.IsZero() || now.Before(k.Expires) }

// KeyState is what a signing key does at a time.
type KeyState string

// The states. A key goes through them in this order and is then removed. The
// next key is published before it signs, so that whoever caches key sets has
// it in time; the previous one after it, until its tokens have expired.
const (
	KeyNext     KeyState = "next"
	KeyCurrent  KeyState = "current"
	KeyPrevious KeyState = "previous"
)

// SigningKeys are the keys of a pool, in the order in which they sign.
type SigningKeys []SigningKey

// Signer returns the key of a use that signs at a time: of those that have
// begun the last one. Where none has, as on a node whose clock is slow, it is
// the first one. It is nil where the use has no key.
func (keys SigningKeys) Signer(use KeyUse, now time.Time) (signer *SigningKey) {
	for i := range keys {
		if k := &keys[i]; k.Use == use && (signer == nil || !now.Before(k.Signs)) {
			signer = k
		}
	}
	return signer
}

// State is what one of the keys does at a time.
func (keys SigningKeys) State(k SigningKey, now time.Time) KeyState {
	switch signer := keys.Signer(k.Use, now); {
	case signer != nil && signer.KeyID == k.KeyID:
		return KeyCurrent
	case now.Before(k.Signs):
		return KeyNext
	default:
		return KeyPrevious
	}
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
