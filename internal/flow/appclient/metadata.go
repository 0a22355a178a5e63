package appclient

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Metadata are the members of client metadata that have an effect (RFC 7591
// section 2). Others are ignored.
type Metadata struct {
	ClientID      string   `json:"client_id"`
	RedirectURIs  []string `json:"redirect_uris"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	Name          string   `json:"client_name"`
	Scope         string   `json:"scope"`
	Secret        any      `json:"client_secret"`
}

// The authentication methods of clients at the token endpoint.
const (
	authNone  = "none"
	authBasic = "client_secret_basic"
	authPost  = "client_secret_post"
)

// flowsOf are the OAuth flows of grant types. A grant type that is not in it, and
// is not refresh_token, is not registered.
var flowsOf = map[string]string{
	"authorization_code": userpool.FlowCode, "client_credentials": userpool.FlowClientCredentials,
}

// maxRedirectURIs is how many redirect URIs a client that no administrator has
// created may have.
const maxRedirectURIs = 20

// ParseMetadata parses client metadata and sets the default of AuthMethod. Its errors are of the kind
// fault.InvalidClientMetadata.
func ParseMetadata(text []byte) (m Metadata, err error) {
	err = json.Unmarshal(text, &m)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return m, invalid("%s has a value of the wrong type.", wrong.Field)
	case err != nil:
		return m, invalid("The client metadata is not a JSON object.")
	}
	m.AuthMethod = cmp.Or(m.AuthMethod, authBasic)
	return m, nil
}

func invalid(format string, args ...any) *fault.Fault {
	return fault.Newf(fault.InvalidClientMetadata, format, args...)
}

// confidential reports whether the client gets a secret, which is the default.
func (m Metadata) confidential() bool { return m.AuthMethod != authNone }

// settings returns the settings of a client with the metadata, which may use
// these flows and scopes. What it may not use is left out, as RFC 7591 section
// 3.2.1 allows; it is an error if nothing remains.
func (m Metadata) settings(flows, scopes []string) (s userpool.ClientSettings, err error) {
	if !slices.Contains([]string{authNone, authBasic, authPost}, m.AuthMethod) {
		return s, invalid("token_endpoint_auth_method must be none, client_secret_basic or client_secret_post.")
	}
	wanted := m.GrantTypes
	if len(wanted) == 0 {
		wanted = []string{"authorization_code"}
	}
	for _, t := range wanted {
		flow, ok := flowsOf[t]
		if ok && slices.Contains(flows, flow) && !slices.Contains(s.AllowedOAuthFlows, flow) {
			s.AllowedOAuthFlows = append(s.AllowedOAuthFlows, flow)
		}
	}
	switch {
	case len(s.AllowedOAuthFlows) == 0:
		return s, invalid("grant_types has no grant type that this server allows.")
	case len(s.AllowedOAuthFlows) > 1:
		return s, invalid("grant_types cannot have both authorization_code and client_credentials.")
	}
	machine := s.AllowedOAuthFlows[0] == userpool.FlowClientCredentials
	if !machine && len(m.ResponseTypes) > 0 && !slices.Contains(m.ResponseTypes, "code") {
		return s, invalid("response_types must have code.")
	}
	if s.CallbackURLs, err = m.callbacks(machine); err != nil {
		return s, err
	}
	if s.AllowedOAuthScopes = m.scopes(scopes, machine); len(s.AllowedOAuthScopes) == 0 {
		return s, invalid("scope has no scope that this server allows for the grant types.")
	}
	s.Name = userpool.ClientNameFrom(m.Name)
	s.AllowedOAuthFlowsUserPoolClient, s.EnableTokenRevocation = true, true
	// Nothing but refreshing is possible at the native API.
	s.ExplicitAuthFlows = []string{"ALLOW_REFRESH_TOKEN_AUTH"}
	s.SupportedIdentityProviders = []string{userpool.LocalProvider}
	return s, nil
}

// callbacks returns the redirect URIs, which a client of the code flow needs.
func (m Metadata) callbacks(machine bool) ([]string, error) {
	if machine {
		return nil, nil
	}
	if len(m.RedirectURIs) == 0 {
		return nil, fault.New(fault.InvalidRedirectURI, "redirect_uris is missing.")
	}
	if len(m.RedirectURIs) > maxRedirectURIs {
		return nil, fault.Newf(fault.InvalidRedirectURI, "redirect_uris has more than %d entries.", maxRedirectURIs)
	}
	for _, uri := range m.RedirectURIs {
		if err := userpool.RequireRedirectURI(uri); err != nil {
			return nil, fault.New(fault.InvalidRedirectURI, fault.Of(err).Message)
		}
	}
	return m.RedirectURIs, nil
}

// scopes returns those of the wanted scopes that are allowed, or all that are if
// none are wanted. A machine has no scopes of users.
func (m Metadata) scopes(allowed []string, machine bool) (granted []string) {
	wanted := strings.Fields(m.Scope)
	for _, s := range allowed {
		if (len(wanted) == 0 || slices.Contains(wanted, s)) && (!machine || userpool.CustomScope(s)) {
			granted = append(granted, s)
		}
	}
	return granted
}
