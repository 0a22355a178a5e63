package seal

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
)

var (
	// ErrToken is returned for a token that is not authentic or not valid in its
	// place.
	ErrToken = errors.New("seal: no such token")
	// ErrTokenExpired is returned for an authentic token that has expired, and
	// for one that names a retired root.
	ErrTokenExpired = errors.New("seal: the token has expired")
)

// Refused reports whether a token is not authentic, not valid in its place, or
// expired. Any other error is not the token's fault.
func Refused(err error) bool { return errors.Is(err, ErrToken) || errors.Is(err, ErrTokenExpired) }

// RootID identifies a root. It is not secret: tokens carry it. The zero RootID
// is that of the first root, which is also the root of all tokens without an
// id.
type RootID [8]byte

// String returns the id in hexadecimal.
func (id RootID) String() string { return hex.EncodeToString(id[:]) }

// ParseRootID parses the result of String.
func ParseRootID(s string) (id RootID, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return id, errors.New("seal: a root's id has 16 hexadecimal digits")
	}
	return RootID(raw), nil
}

// Root is a key from which the keys of tokens are derived.
type Root struct {
	ID  RootID
	Key Key
	// Retired roots have no key: every token sealed under them has expired.
	Retired bool
}

// Roots are the roots of a server, oldest first. The last one seals; all that
// are not retired open. Roots is a RootSource that never changes.
type Roots []Root

// RootSource supplies the roots of Tokens.
type RootSource interface {
	// Roots returns the cached roots and does not block. There is at least one,
	// and the last one is not retired.
	Roots() Roots
	// RefreshRoots returns the roots as they are stored now.
	RefreshRoots(ctx context.Context) (Roots, error)
}

// Roots implements RootSource.
func (r Roots) Roots() Roots { return r }

// RefreshRoots implements RootSource.
func (r Roots) RefreshRoots(context.Context) (Roots, error) { return r, nil }

func (r Roots) find(id RootID) (Root, bool) {
	i := slices.IndexFunc(r, func(root Root) bool { return root.ID == id })
	if i < 0 {
		return Root{}, false
	}
	return r[i], true
}

// Tokens seals and opens strings of one purpose that clients hold. Each is
// sealed under a key of its own, derived from a root, the purpose and a salt in
// the string, so the number of strings is not limited by AES-GCM.
type Tokens struct {
	source  RootSource
	purpose string
}

// NewTokens returns the Tokens of a purpose.
func NewTokens(source RootSource, purpose string) Tokens { return Tokens{source, purpose} }

// newest returns the id and the key to seal under.
func (t Tokens) newest() (RootID, Key) {
	roots := t.source.Roots()
	root := roots[len(roots)-1]
	return root.ID, root.Key.Derive(t.purpose)
}

// key returns the key of a root. If the root is not cached, it refreshes the
// roots, because another node may have created it. Errors of the source are
// returned unchanged.
func (t Tokens) key(ctx context.Context, id RootID) (Key, error) {
	root, known := t.source.Roots().find(id)
	if !known {
		stored, err := t.source.RefreshRoots(ctx)
		if err != nil {
			return Key{}, err
		}
		root, known = stored.find(id)
	}
	switch {
	case !known:
		return Key{}, ErrToken
	case root.Retired:
		return Key{}, ErrTokenExpired
	}
	return root.Key.Derive(t.purpose), nil
}

// drawSalt returns a salt of n bytes: a root's id and random bytes.
func drawSalt(rand io.Reader, id RootID, n int) ([]byte, error) {
	salt := make([]byte, n)
	_, err := io.ReadFull(rand, salt[copy(salt, id[:]):])
	return salt, err
}

// idOf returns the id at the beginning of a salt.
func idOf(salt []byte) RootID { return RootID(salt[:len(RootID{})]) }

// once returns the cipher for the single value that is sealed with a salt.
func (k Key) once(salt []byte, shape string) (cipher.AEAD, error) {
	raw, err := hkdf.Key(sha256.New, k.raw[:], salt, shape, KeySize)
	if err != nil {
		return nil, err
	}
	key, err := NewKey(raw)
	return key.aead, err
}

// authentic replaces every error of opening a value by ErrToken.
func authentic(plain []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, ErrToken
	}
	return plain, nil
}
