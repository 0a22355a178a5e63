package token

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// claims is a JSON object under construction: members keep the order in which
// Amazon Cognito writes them.
type claims []byte

func newClaims() claims { return append(make(claims, 0, 1024), '{') }

func (c claims) member(name string, value []byte) claims {
	if len(c) > 1 {
		c = append(c, ',')
	}
	c = append(c, quote(name)...)
	c = append(c, ':')
	return append(c, value...)
}

func (c claims) text(name, value string) claims { return c.member(name, quote(value)) }

func (c claims) seconds(name string, t time.Time) claims {
	return c.member(name, strconv.AppendInt(nil, t.Unix(), 10))
}

func (c claims) done() []byte { return append(c, '}') }

// assurance adds how strongly the user has authenticated. Source: guide page
// cognito-user-pools-step-up-authentication.
func (c claims) assurance(g Grant) claims {
	if g.ACR != "" {
		c = c.text("acr", g.ACR)
	}
	if len(g.AMR) > 0 {
		c = c.texts("amr", g.AMR)
	}
	return c
}

// quote returns s as JSON. It ignores the error: a Go string always marshals.
func quote(s string) []byte {
	b, _ := json.Marshal(s)
	return b
}

// accessToken and idToken are what the claims are made from: a grant, and the
// groups and roles of the user.
type (
	accessToken struct {
		Grant
		membership
		// versioned is whether the token has a version claim, as those of OAuth
		// have.
		versioned bool
	}
	idToken struct {
		Grant
		membership
		// access is the access token that at_hash is computed from.
		access string
	}
)

// accessClaims returns the claims of an access token. Source: guide page
// amazon-cognito-user-pools-using-the-access-token.
func (i *Issuer) accessClaims(g accessToken, now time.Time) []byte {
	c := newClaims().text("sub", g.User.Sub)
	if g.DeviceKey != "" {
		c = c.text("device_key", g.DeviceKey)
	}
	c = g.groupClaims(c).text("iss", i.Name(g.Pool))
	if g.versioned {
		c = c.member("version", []byte("2"))
	}
	c = c.text("client_id", g.Client.ID)
	if g.Audience != "" {
		c = c.text("aud", g.Audience)
	}
	if g.revocable() {
		c = c.text("origin_jti", g.Origin)
	}
	c = c.text("event_id", g.EventID).
		text("token_use", "access").
		text("scope", g.Scope).
		seconds("auth_time", g.AuthTime).
		assurance(g.Grant).
		seconds("exp", now.Add(g.Client.AccessTokenLifetime())).
		seconds("iat", now)
	if g.strict && len(g.InfoClaims) > 0 {
		c = c.texts("userinfo_claims", g.InfoClaims)
	}
	return c.text("jti", i.entropy.UUID()).text("username", g.User.Username).done()
}

// idClaims returns the claims of an ID token: those of the protocol and the
// attributes that the client may read. Source: guide page
// amazon-cognito-user-pools-using-the-id-token.
func (i *Issuer) idClaims(g idToken, now time.Time) []byte {
	c := newClaims()
	if g.oauth() {
		c = c.text("at_hash", accessHash(g.access))
	}
	c = g.roleClaims(g.groupClaims(c.text("sub", g.User.Sub)))
	c = attributeClaims(c, g.Grant)
	if g.Nonce != "" {
		c = c.text("nonce", g.Nonce)
	}
	c = c.text("iss", i.Name(g.Pool)).text("cognito:username", g.User.Username)
	if g.revocable() {
		c = c.text("origin_jti", g.Origin)
	}
	return c.text("aud", g.Client.ID).
		text("event_id", g.EventID).
		text("token_use", "id").
		seconds("auth_time", g.AuthTime).
		assurance(g.Grant).
		seconds("exp", now.Add(g.Client.IDTokenLifetime())).
		seconds("iat", now).
		text("jti", i.entropy.UUID()).
		done()
}

// accessHash returns at_hash: the left half of the access token's hash. Source:
// OpenID Connect Core section 3.1.3.6.
func accessHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func (c claims) texts(name string, values []string) claims {
	list, _ := json.Marshal(values) // a list of text always marshals
	return c.member(name, list)
}

// membership is the groups and roles of a user, as tokens name them.
type membership struct {
	groups, roles []string
	preferred     string
}

func membershipOf(groups []*userpool.Group) (m membership) {
	m.roles, m.preferred = userpool.Roles(groups)
	for _, g := range groups {
		m.groups = append(m.groups, g.Name)
	}
	return m
}

// groupClaims adds the names of the groups. Without groups there is no claim.
func (m membership) groupClaims(c claims) claims {
	if len(m.groups) == 0 {
		return c
	}
	return c.texts("cognito:groups", m.groups)
}

// roleClaims adds the roles of the groups.
func (m membership) roleClaims(c claims) claims {
	if m.preferred != "" {
		c = c.text("cognito:preferred_role", m.preferred)
	}
	if len(m.roles) > 0 {
		c = c.texts("cognito:roles", m.roles)
	}
	return c
}

// attributeClaims adds the attributes that the client and the scopes may read,
// sorted by name.
func attributeClaims(c claims, g Grant) claims {
	for name, value := range readable(g, g.IDClaims) {
		c = c.member(name, attributeClaim(name, value))
	}
	return c
}

// readable returns the attributes that the client may read and that the scopes
// cover, sorted by name; in strict pools also those that the request names.
func readable(g Grant, named []string) iter.Seq2[string, string] {
	covers := userpool.ScopesRead
	if g.strict {
		covers = func(scopes []string, name string) bool {
			return userpool.StrictScopesRead(scopes, name) || slices.Contains(named, name)
		}
	}
	return func(yield func(name, value string) bool) {
		for _, name := range slices.Sorted(maps.Keys(g.User.Attributes)) {
			value := g.User.Attributes[name]
			if value == "" || strings.HasPrefix(name, "dev:") || !g.Client.CanRead(g.Pool, name) ||
				g.oauth() && !covers(strings.Fields(g.Scope), name) {
				continue
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// attributeClaim returns the value of an attribute in JSON: a standard
// attribute has the type of OpenID Connect Core section 5.1, a custom attribute
// is text whatever its type.
func attributeClaim(name, value string) []byte {
	switch name {
	case "email_verified", "phone_number_verified":
		return strconv.AppendBool(nil, value == "true")
	case "address":
		return newClaims().text("formatted", value).done()
	case "updated_at":
		if _, err := strconv.ParseInt(value, 10, 64); err == nil {
			return []byte(value)
		}
	case userpool.IdentitiesAttribute:
		if all, ok := record.DecodeIdentities(value); ok {
			return identitiesClaim(all)
		}
	}
	return quote(value)
}

// identitiesClaim returns a user's identities in the form of ID tokens, where
// primary and dateCreated are text.
func identitiesClaim(all []idp.Identity) []byte {
	type identity struct {
		UserID   string   `json:"userId"`
		Provider string   `json:"providerName"`
		Type     idp.Type `json:"providerType"`
		Issuer   *string  `json:"issuer"`
		Primary  bool     `json:"primary,string"`
		Created  int64    `json:"dateCreated,string"`
	}
	list := make([]identity, len(all))
	for i, id := range all {
		list[i] = identity{id.Value, id.Provider, id.Type, nil, id.Primary, id.Created.UnixMilli()}
		if id.Issuer != "" {
			list[i].Issuer = &id.Issuer
		}
	}
	claim, _ := json.Marshal(list) // texts, flags and numbers always marshal
	return claim
}

// bearerClaims are the claims of an access token that Authorize and Introspect
// use.
type bearerClaims struct {
	Subject  string `json:"sub"`
	Issuer   string `json:"iss"`
	ClientID string `json:"client_id"`
	Origin   string `json:"origin_jti"`
	Use      string `json:"token_use"`
	Scope    string `json:"scope"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	AuthTime int64  `json:"auth_time"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Device   string `json:"device_key"`
	Username string `json:"username"`
	// ACR and AMR are the assurance level and the methods of the sign-in.
	ACR string   `json:"acr"`
	AMR []string `json:"amr"`
	// InfoClaims are the attributes that the authorization request names for
	// userInfo.
	InfoClaims []string `json:"userinfo_claims"`
}

func (b bearerClaims) hasScope(scope string) bool {
	return slices.Contains(strings.Fields(b.Scope), scope)
}

// machine reports whether the token is one of the client credentials grant,
// which has no user.
func (b bearerClaims) machine() bool { return b.Username == "" && b.Subject == b.ClientID }
