package seal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"time"
)

var (
	// ErrToken is returned for a token that is not authentic or not valid in
	// this place.
	ErrToken = errors.New("seal: no such token")
	// ErrTokenExpired is returned for an authentic token that has expired.
	ErrTokenExpired = errors.New("seal: the token has expired")
)

// maxToken bounds the text that is sealed, and that is looked at before it has
// been authenticated.
const maxToken = 16 << 10

// Token is the content of a sealed string that clients keep and send back.
type Token struct {
	// Type is what the token is for; Pool, Client and User are its owner.
	Type, Pool, Client, User string
	Expires                  time.Time
	// Handle identifies the token where its single use is recorded.
	Handle  [16]byte
	Payload []byte
}

// sealedToken is what travels. Type, pool and client are in the binding too,
// so a token shown elsewhere does not even open.
type sealedToken struct {
	User    string `json:"u"`
	Expires int64  `json:"x"` // Unix milliseconds
	Handle  []byte `json:"h"`
	Payload []byte `json:"p,omitempty"`
}

// SealToken returns the token as standard base64, at least 20 characters. It
// returns ErrTooLong for a token that OpenToken would not open.
func (k Key) SealToken(rand io.Reader, t Token) (string, error) {
	plain, err := json.Marshal(sealedToken{t.User, t.Expires.UnixMilli(), t.Handle[:], t.Payload})
	if err != nil {
		return "", err
	}
	sealed, err := k.Seal(rand, Bind("token", t.Type, t.Pool, t.Client), plain)
	if err != nil {
		return "", err
	}
	if base64.StdEncoding.EncodedLen(len(sealed)) > maxToken {
		return "", ErrTooLong
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// OpenToken opens a token. Its type, pool and client must be those of want,
// its user too unless that of want is empty, and it must not have expired at
// now.
func (k Key) OpenToken(s string, want Token, now time.Time) (Token, error) {
	if len(s) > maxToken {
		return Token{}, ErrToken
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(sealed) != s {
		return Token{}, ErrToken
	}
	plain, err := k.Open(Bind("token", want.Type, want.Pool, want.Client), sealed)
	if err != nil {
		return Token{}, ErrToken
	}
	var in sealedToken
	if err := json.Unmarshal(plain, &in); err != nil {
		return Token{}, ErrToken
	}
	t := Token{
		Type: want.Type, Pool: want.Pool, Client: want.Client, User: in.User,
		Expires: time.UnixMilli(in.Expires).UTC(), Payload: in.Payload,
	}
	copy(t.Handle[:], in.Handle)
	if want.User != "" && want.User != t.User {
		return Token{}, ErrToken
	}
	if !now.Before(t.Expires) {
		return Token{}, ErrTokenExpired
	}
	return t, nil
}
