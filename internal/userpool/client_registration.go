package userpool

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// ScopeRegister is the scope of the access tokens that permit dynamic client
// registration. It exists in every pool without a resource server, and registered
// clients cannot have it. Source: guide page
// cognito-user-pools-dynamic-client-registration.
const ScopeRegister = "aws.cognito/dcr/register"

// CustomScopesOf returns the names of the scopes of a pool beyond the built-in
// ones: those of its resource servers, and ScopeRegister.
func CustomScopesOf(servers []*ResourceServer) []string {
	names := []string{ScopeRegister}
	for _, s := range servers {
		names = append(names, s.ScopeNames()...)
	}
	return names
}

// Enabled reports whether clients can register. It may be called on nil.
func (d *DcrConfiguration) Enabled() bool { return d != nil && textOf(d.EnableStatus) == "Enabled" }

// Flows returns the OAuth flows that a client may register for, with an initial
// access token or, if open, without. None means that registration is refused.
// The implicit flow is ignored. Source: API reference DcrConfigurationType.
func (d *DcrConfiguration) Flows(open bool) []string {
	if !d.Enabled() || open && (d.OpenDcrEnabled == nil || !*d.OpenDcrEnabled) {
		return nil
	}
	flows, byDefault := d.AuthenticatedGrantTypes, []string{FlowCode, FlowClientCredentials}
	if open {
		flows, byDefault = d.OpenDcrGrantTypes, []string{FlowCode}
	}
	if flows == nil {
		flows = byDefault
	}
	return slices.DeleteFunc(slices.Clone(flows), func(flow string) bool { return flow == FlowImplicit })
}

// ForeignScopes returns the scopes that clients may have which no administrator
// has created: the standard ones of OpenID Connect, and AllowedScopes. It may be
// called on nil.
func (d *DcrConfiguration) ForeignScopes() []string {
	scopes := []string{ScopeOpenID, ScopeEmail, ScopePhone, ScopeProfile}
	if d == nil {
		return scopes
	}
	for _, s := range d.AllowedScopes {
		if s != ScopeRegister && !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// RequireAdministered refuses operations with the secrets of a registered client,
// which its owner has. Source: API reference, ClientType.
func (c *Client) RequireAdministered() error {
	if c.Registered {
		return fault.Invalid("The secrets of a client that was registered dynamically cannot be managed.")
	}
	return nil
}

// RequireRedirectURI refuses a redirect URI that cannot be a callback URL.
func RequireRedirectURI(uri string) error {
	if len(uri) > maxResource {
		return fault.Invalid("A redirect URI must not be longer than %d bytes.", maxResource)
	}
	return checkCallback(uri)
}

// notInNames is what names of clients do not contain. Source: API reference
// CreateUserPoolClient, ClientName.
var notInNames = regexp.MustCompile(`[^\w\s+=,.@-]+`)

// maxClientName is the maximum length of the name of a client.
const maxClientName = 128

// ClientNameFrom returns a valid name of a client from one that the client itself
// has given.
func ClientNameFrom(text string) string {
	name := strings.Join(strings.Fields(notInNames.ReplaceAllString(text, " ")), " ")
	if len(name) > maxClientName {
		name = strings.TrimSpace(name[:maxClientName])
	}
	if name == "" {
		return "Registered client"
	}
	return name
}

// MetadataURL reports whether a client id is the URL of a client id metadata
// document. Source: draft-ietf-oauth-client-id-metadata-document.
func MetadataURL(id string) bool { return strings.HasPrefix(id, "https://") }

// MetadataClient returns the client of a pool whose id is a URL. It has no row: its
// settings are the same for every URL. Redirect URIs and the name are in the
// document, which is read when a user is asked.
func MetadataClient(p *Pool, id string) *Client {
	return &Client{PoolID: p.ID, ID: id, Created: p.Created, Modified: p.Modified, ClientSettings: ClientSettings{
		Name: id, RefreshTokenValidity: 30, AuthSessionValidity: 3,
		ExplicitAuthFlows:          []string{"ALLOW_REFRESH_TOKEN_AUTH"},
		SupportedIdentityProviders: []string{LocalProvider},
		AllowedOAuthFlows:          []string{FlowCode}, AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthScopes: p.DcrConfiguration.ForeignScopes(), EnableTokenRevocation: true, Registered: true,
	}}
}
