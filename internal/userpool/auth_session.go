package userpool

import (
	"strings"
	"time"
	"unicode/utf8"
)

// SessionKind is SessionType of the API.
type SessionKind string

// The kinds: a token session is the line of refresh tokens of one sign-in, an
// SSO session one browser's sign-in at managed login.
const (
	TokenSession SessionKind = "TOKEN"
	SSOSession   SessionKind = "SSO"
)

// Session is a sign-in that the pool keeps track of. Source: API reference
// SessionDescriptionType.
type Session struct {
	PoolID, Username, ID string
	Kind                 SessionKind
	ClientID             string
	// Origin is the origin_jti of a token session's family.
	Origin string
	// Parent is the SSO session that a token session came through, or empty.
	Parent string
	// Active is when the session was last refreshed or, of an SSO session, used.
	Created, Active, Expires time.Time
	Peer
}

// Peer is who is at the other end of a request.
type Peer struct {
	// Address is the IP address, Agent the User-Agent.
	Address, Agent string
}

// The longest texts that a session shows of its peer, in characters.
const (
	longestAddress = 128
	longestAgent   = 1024
)

// Shown is the peer as text within the lengths of the API: headers can hold what
// is not UTF-8. A peer without an agent is of an unknown kind.
func (p Peer) Shown() Peer {
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
