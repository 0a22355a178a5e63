package userpool

import "time"

// KeyUse is what a signing key signs. At any time a pool has one signer per
// use.
type KeyUse string

// The uses: ID tokens and access tokens.
const (
	KeyForID     KeyUse = "id"
	KeyForAccess KeyUse = "access"
)

// KeyUses are the uses, in the order in which a pool publishes its keys.
var KeyUses = []KeyUse{KeyForID, KeyForAccess}

// SigningKey is an RSA key of a pool: PKCS #8, sealed at rest.
type SigningKey struct {
	PoolID  string
	Use     KeyUse
	KeyID   string
	PKCS8   []byte
	Created time.Time
	// Signs is when the key starts to sign; zero for the first keys of a pool.
	Signs time.Time
	// Expires is when the last token signed with the key expires; zero for a key
	// without a successor.
	Expires time.Time
}

// Verifies reports whether the key verifies tokens at now. It is published
// while it does.
func (k SigningKey) Verifies(now time.Time) bool { return k.Expires.IsZero() || now.Before(k.Expires) }

// KeyState is the state of a signing key.
type KeyState string

// The states. A key passes through them in this order and is then removed. The
// next key is published before it signs, so that it is in cached key sets by
// then. The previous key is published until its tokens have expired.
const (
	KeyNext     KeyState = "next"
	KeyCurrent  KeyState = "current"
	KeyPrevious KeyState = "previous"
)

// SigningKeys are the keys of a pool, ordered by Signs.
type SigningKeys []SigningKey

// Signer returns the key of a use that signs at now: the last one whose Signs
// has passed. If there is none, as on a node with a slow clock, it is the first
// one. It is nil if the use has no key.
func (keys SigningKeys) Signer(use KeyUse, now time.Time) (signer *SigningKey) {
	for i := range keys {
		if k := &keys[i]; k.Use == use && (signer == nil || !now.Before(k.Signs)) {
			signer = k
		}
	}
	return signer
}

// State returns the state of one of the keys at now.
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
	// Policy is an IAM policy document. If it is empty, the key may call every
	// operation in its account.
	Policy  string
	Created time.Time
	Revoked time.Time // zero while usable
}
