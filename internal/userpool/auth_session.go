package userpool

import (
	"strings"
	"time"
	"unicode/utf8"
)

// SessionKind is SessionType of the API.
type SessionKind string

// The kinds: a token session is the refresh token family of one sign-in, an SSO
// session a browser's sign-in at managed login.
const (
	TokenSession SessionKind = "TOKEN"
	SSOSession   SessionKind = "SSO"
)

// Session is a sign-in that the pool tracks. Source: API reference
// SessionDescriptionType.
type Session struct {
	PoolID, Username, ID string
	Kind                 SessionKind
	ClientID             string
	// Origin is the origin_jti of a token session's family.
	Origin string
	// Parent is the SSO session that a token session was created from, or empty.
	Parent string
	// Active is when a token session was last refreshed, an SSO session last used.
	Created, Active, Expires time.Time
	Peer
}

// Peer is the sender of a request.
type Peer struct {
	// Address is the IP address, Agent the User-Agent.
	Address, Agent string
}

// Maximum lengths of a session's peer in the API, in characters.
const (
	longestAddress = 128
	longestAgent   = 1024
)

// Clipped returns the peer as valid UTF-8 within the API's length limits. An
// empty Agent becomes "unknown".
func (p Peer) Clipped() Peer {
	if p.Agent == "" {
		p.Agent = "unknown"
	}
	return Peer{Address: shorten(p.Address, longestAddress), Agent: shorten(p.Agent, longestAgent)}
}

func shorten(s string, characters int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= characters {
		return s
	}
	return string([]rune(s)[:characters])
}
