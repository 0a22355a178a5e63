package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"
)

// maxToken bounds the text of a token, which is parsed before it has been
// authenticated.
const maxToken = 16 << 10

const (
	// tokenVersion is the first byte of a token. Tokens of version 1 are values
	// of Key.Seal under the first root.
	tokenVersion = 2
	// tokenSalt is the length of a token's salt: a root's id and 24 random bytes.
	tokenSalt = len(RootID{}) + 24
	// tokenShape and fivePartsShape keep the keys of the two shapes apart.
	tokenShape     = "lifeguard token"
	fivePartsShape = "lifeguard five parts"
)

// Token is the content of a sealed string that clients keep and send back.
type Token struct {
	// Type is what the token is for; Pool, Client and User are its owner.
	Type, Pool, Client, User string
	Expires                  time.Time
	// Handle identifies the token where its single use is recorded.
	Handle  [16]byte
	Payload []byte
}

func (t Token) binding() []byte { return Bind("token", t.Type, t.Pool, t.Client) }

// tokenHead is the head of the plaintext, followed by a newline and the
// payload. Type, pool and client are in the binding, so a token of another
// place cannot be opened.
type tokenHead struct {
	User    string `json:"u"`
	Expires int64  `json:"x"` // Unix milliseconds
	Handle  []byte `json:"h"`
	// Payload is set in version 1.
	Payload []byte `json:"p,omitempty"`
}

// SealToken returns the token as standard base64, at least 20 characters. It
// returns ErrTooLong for a token that OpenToken would not open.
func (t Tokens) SealToken(rand io.Reader, v Token) (string, error) {
	plain, err := json.Marshal(tokenHead{User: v.User, Expires: v.Expires.UnixMilli(), Handle: v.Handle[:]})
	if err != nil {
		return "", err
	}
	plain = append(append(plain, '\n'), v.Payload...)
	id, key := t.newest()
	salt, err := drawSalt(rand, id, tokenSalt)
	if err != nil {
		return "", err
	}
	once, err := key.once(salt, tokenShape)
	if err != nil {
		return "", err
	}
	sealed := once.Seal(append([]byte{tokenVersion}, salt...), onlyNonce, plain, v.binding())
	if base64.StdEncoding.EncodedLen(len(sealed)) > maxToken {
		return "", ErrTooLong
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// onlyNonce is the nonce for keys that seal a single value.
var onlyNonce = make([]byte, nonceSize)

// OpenToken opens a token. Its type, pool and client must be those of want, its
// user too unless that of want is empty, and it must not have expired at now.
// Otherwise it returns ErrToken or ErrTokenExpired; any other error is from the
// source of the roots.
func (t Tokens) OpenToken(ctx context.Context, s string, want Token, now time.Time) (Token, error) {
	if len(s) > maxToken {
		return Token{}, ErrToken
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(sealed) != s {
		return Token{}, ErrToken
	}
	plain, err := t.openToken(ctx, want.binding(), sealed)
	if err != nil {
		return Token{}, err
	}
	head, payload, _ := bytes.Cut(plain, []byte("\n"))
	var in tokenHead
	if err := json.Unmarshal(head, &in); err != nil {
		return Token{}, ErrToken
	}
	v := Token{
		Type: want.Type, Pool: want.Pool, Client: want.Client, User: in.User,
		Expires: time.UnixMilli(in.Expires).UTC(), Payload: append(in.Payload, payload...),
	}
	copy(v.Handle[:], in.Handle)
	if want.User != "" && want.User != v.User {
		return Token{}, ErrToken
	}
	if !now.Before(v.Expires) {
		return Token{}, ErrTokenExpired
	}
	return v, nil
}

// openToken returns the plaintext of a token of either version.
func (t Tokens) openToken(ctx context.Context, binding, sealed []byte) ([]byte, error) {
	if len(sealed) > 0 && sealed[0] == version {
		key, err := t.key(ctx, RootID{})
		if err != nil {
			return nil, err
		}
		return authentic(key.Open(binding, sealed))
	}
	if len(sealed) < 1+tokenSalt || sealed[0] != tokenVersion {
		return nil, ErrToken
	}
	salt, body := sealed[1:1+tokenSalt], sealed[1+tokenSalt:]
	key, err := t.key(ctx, idOf(salt))
	if err != nil {
		return nil, err
	}
	once, err := key.once(salt, tokenShape)
	if err != nil {
		return nil, err
	}
	return authentic(once.Open(nil, onlyNonce, body, binding))
}
