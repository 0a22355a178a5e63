package trigger

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// PreTokenGenerationRequest is sent before tokens are issued. The pool sets the
// version of the event; V1_0 has no scopes.
type PreTokenGenerationRequest struct {
	UserAttributes map[string]string
	// Groups is nil for the client credentials grant.
	Groups         *Groups
	Scopes         []string
	ClientMetadata map[string]string
}

// Groups are a user's groups and their roles.
type Groups struct {
	GroupsToOverride   []string `json:"groupsToOverride"`
	IAMRolesToOverride []string `json:"iamRolesToOverride"`
	PreferredRole      *string  `json:"preferredRole"`
}

// PreTokenGenerationResponse has the changes of the tokens. Claims that a
// function may not change are already dropped. Suppressing precedes adding.
type PreTokenGenerationResponse struct {
	IDToken, AccessToken          Claims
	ScopesToAdd, ScopesToSuppress []string
	Groups                        *Groups // replaces the groups; nil: no change
}

// Claims are changes of one token. Numbers are json.Number.
type Claims struct {
	Add      map[string]any
	Suppress []string
}

func (PreTokenGenerationRequest) serves(t userpool.Trigger) bool {
	return t == userpool.PreTokenGeneration
}

func (r PreTokenGenerationRequest) event(o occasion) (any, string) {
	e := struct {
		UserAttributes     map[string]string `json:"userAttributes"`
		GroupConfiguration *Groups           `json:"groupConfiguration"`
		Scopes             []string          `json:"scopes,omitzero"`
		ClientMetadata     map[string]string `json:"clientMetadata,omitempty"`
	}{orEmpty(r.UserAttributes), nil, nil, r.ClientMetadata}
	if r.Groups != nil {
		groups := *r.Groups
		groups.GroupsToOverride = orNone(groups.GroupsToOverride)
		groups.IAMRolesToOverride = orNone(groups.IAMRolesToOverride)
		e.GroupConfiguration = &groups
	}
	if o.version == "1" {
		return e, `{"claimsOverrideDetails":null}`
	}
	e.Scopes = orNone(r.Scopes)
	return e, `{"claimsAndScopeOverrideDetails":null}`
}

func (PreTokenGenerationRequest) answer(occ occasion, o object) (r PreTokenGenerationResponse) {
	if occ.version == "1" {
		details := o.optional("claimsOverrideDetails")
		texts := details.texts("claimsToAddOrOverride")
		r.IDToken = Claims{make(map[string]any, len(texts)), details.list("claimsToSuppress")}
		for name, value := range texts {
			r.IDToken.Add[name] = value
		}
		r.Groups = groups(details)
	} else {
		details := o.optional("claimsAndScopeOverrideDetails")
		id, access := details.optional("idTokenGeneration"), details.optional("accessTokenGeneration")
		r.IDToken = Claims{id.values("claimsToAddOrOverride"), id.list("claimsToSuppress")}
		r.AccessToken = Claims{access.values("claimsToAddOrOverride"), access.list("claimsToSuppress")}
		r.ScopesToAdd, r.ScopesToSuppress = scopes(access), access.list("scopesToSuppress")
		r.Groups = groups(details)
		plainOnly(o, r.IDToken)
	}
	if occ.Source == TokenGenerationClientCredentials {
		r.IDToken, r.Groups = Claims{}, nil
	}
	r.IDToken = r.IDToken.permitted("")
	r.AccessToken = r.AccessToken.permitted(occ.ClientID)
	return r
}

// groups reads groupOverrideDetails. Null or an empty object removes the
// groups; if absent, they do not change (guide page
// user-pool-lambda-pre-token-generation).
func groups(details object) *Groups {
	if kind(details.members["groupOverrideDetails"]) == "absent" {
		return nil
	}
	o := details.optional("groupOverrideDetails")
	g := &Groups{GroupsToOverride: o.list("groupsToOverride"), IAMRolesToOverride: o.list("iamRolesToOverride")}
	if role := o.text("preferredRole"); role != "" {
		g.PreferredRole = &role
	}
	return g
}

// scopes reads scopesToAdd. It refuses a scope with a space, which would be two
// scopes.
func scopes(access object) []string {
	found := access.list("scopesToAdd")
	for _, s := range found {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			access.reject(access.path + ".scopesToAdd holds a scope that is none")
		}
	}
	return found
}

// plainOnly refuses arrays and objects in the four claims of an ID token that
// must be scalar.
func plainOnly(o object, id Claims) {
	for _, name := range []string{"phone_number_verified", "email_verified", "updated_at", "address"} {
		switch id.Add[name].(type) {
		case []any, map[string]any:
			o.reject("the claim " + name + " cannot be an array or object")
		}
	}
}

// protected are the claims that no function may add, change or suppress.
// Changes of them are ignored, as in the guide's own example for aud. Scopes
// and groups have their own members.
var protected = map[string]bool{
	"acr": true, "amr": true, "at_hash": true, "auth_time": true, "azp": true, "exp": true, "iat": true,
	"iss": true, "jti": true, "nbf": true, "nonce": true, "origin_jti": true, "token_use": true, "sub": true,
	"username": true, "identities": true, "client_id": true, "event_id": true, "device_key": true,
	"version": true, "aud": true, "scope": true,
}

// roleClaims are suppressed only together with the groups.
var roleClaims = []string{"cognito:roles", "cognito:preferred_role"}

// permitted drops the changes that a function may not make. The access token
// may have an aud that equals audience.
func (c Claims) permitted(audience string) Claims {
	add := maps.Clone(c.Add)
	maps.DeleteFunc(add, func(name string, value any) bool {
		if name == "aud" && audience != "" {
			return value != audience
		}
		return protected[name] || strings.HasPrefix(name, "cognito:") || strings.HasPrefix(name, "dev:")
	})
	withGroups := slices.Contains(c.Suppress, "cognito:groups")
	suppress := slices.DeleteFunc(slices.Clone(c.Suppress), func(name string) bool {
		switch {
		case name == "cognito:groups":
			return false
		case slices.Contains(roleClaims, name):
			return !withGroups
		}
		return protected[name] || strings.HasPrefix(name, "cognito:")
	})
	return Claims{add, suppress}
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
