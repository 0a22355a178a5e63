package trigger

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// Request is the request of a trigger, R the type of its response.
type Request[R any] interface {
	serves(userpool.Trigger) bool
	// event returns the event's request and the prefilled response.
	event(occasion) (request any, response string)
	// answer decodes a response. Errors are kept in the object.
	answer(occasion, object) R
}

// Nothing is the response of triggers whose response has no members.
type Nothing struct{}

// PreSignUpRequest is sent before a user is created.
type PreSignUpRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// PreSignUpResponse is the state of the new user. Cognito ignores all three
// members for users that an administrator creates.
type PreSignUpResponse struct{ AutoConfirmUser, AutoVerifyEmail, AutoVerifyPhone bool }

func (PreSignUpRequest) serves(t userpool.Trigger) bool { return t == userpool.PreSignUp }

func (r PreSignUpRequest) event(occasion) (any, string) {
	r.UserAttributes = orEmpty(r.UserAttributes)
	return r, `{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`
}

func (PreSignUpRequest) answer(_ occasion, o object) PreSignUpResponse {
	return PreSignUpResponse{o.flag("autoConfirmUser"), o.flag("autoVerifyEmail"), o.flag("autoVerifyPhone")}
}

// PostConfirmationRequest is sent after a user was confirmed or has a new
// password.
type PostConfirmationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

func (PostConfirmationRequest) serves(t userpool.Trigger) bool {
	return t == userpool.PostConfirmation
}

func (r PostConfirmationRequest) event(occasion) (any, string) {
	r.UserAttributes = orEmpty(r.UserAttributes)
	return r, `{}`
}

func (PostConfirmationRequest) answer(occasion, object) Nothing { return Nothing{} }

// PreAuthenticationRequest is sent before a password is verified.
type PreAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	// ValidationData is the ClientMetadata of InitiateAuth: this event has no
	// clientMetadata of its own.
	ValidationData map[string]string `json:"validationData"`
	// UserNotFound is nil, and omitted, if the client does not hide users.
	UserNotFound *bool `json:"userNotFound,omitempty"`
}

func (PreAuthenticationRequest) serves(t userpool.Trigger) bool {
	return t == userpool.PreAuthentication
}

func (r PreAuthenticationRequest) event(occasion) (any, string) {
	r.UserAttributes = orEmpty(r.UserAttributes)
	return r, `{}`
}

func (PreAuthenticationRequest) answer(occasion, object) Nothing { return Nothing{} }

// PostAuthenticationRequest is sent before tokens are returned.
type PostAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	NewDeviceUsed  bool              `json:"newDeviceUsed"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

func (PostAuthenticationRequest) serves(t userpool.Trigger) bool {
	return t == userpool.PostAuthentication
}

func (r PostAuthenticationRequest) event(occasion) (any, string) {
	r.UserAttributes = orEmpty(r.UserAttributes)
	return r, `{}`
}

func (PostAuthenticationRequest) answer(occasion, object) Nothing { return Nothing{} }

// UserMigrationRequest requests a user that the pool does not have. Password is
// nil in a password reset.
type UserMigrationRequest struct {
	Password       *userpool.Secret
	ValidationData map[string]string
	ClientMetadata map[string]string
}

// UserMigrationResponse describes the user. Without UserAttributes the user
// does not exist.
type UserMigrationResponse struct {
	UserAttributes map[string]string
	// FinalUserStatus CONFIRMED keeps the typed password; with any other value the
	// user must reset it.
	FinalUserStatus string
	// MessageAction SUPPRESS sends no welcome message.
	MessageAction          string
	DesiredDeliveryMediums []string // EMAIL, SMS; none given means SMS
	ForceAliasCreation     bool
	EnableSMSMFA           bool
}

func (UserMigrationRequest) serves(t userpool.Trigger) bool { return t == userpool.UserMigration }

func (r UserMigrationRequest) event(occasion) (any, string) {
	e := struct {
		Password       *string           `json:"password,omitempty"`
		ValidationData map[string]string `json:"validationData"`
		ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
	}{nil, r.ValidationData, r.ClientMetadata}
	if r.Password != nil {
		clear := r.Password.Reveal()
		e.Password = &clear
	}
	return e,
		`{"userAttributes":null,"forceAliasCreation":null,"enableSMSMFA":null,"finalUserStatus":null,` +
			`"messageAction":null,"desiredDeliveryMediums":null}`
}

func (UserMigrationRequest) answer(_ occasion, o object) UserMigrationResponse {
	r := UserMigrationResponse{
		UserAttributes:         o.texts("userAttributes"),
		FinalUserStatus:        o.text("finalUserStatus"),
		MessageAction:          o.text("messageAction"),
		DesiredDeliveryMediums: o.list("desiredDeliveryMediums"),
		ForceAliasCreation:     o.flagOrNull("forceAliasCreation"),
		EnableSMSMFA:           o.flagOrNull("enableSMSMFA"),
	}
	if _, given := r.UserAttributes["sub"]; given {
		o.reject("response.userAttributes.sub is the pool's to give")
	}
	for _, medium := range r.DesiredDeliveryMediums {
		if medium != string(userpool.Email) && medium != string(userpool.SMS) {
			o.reject("response.desiredDeliveryMediums names an unknown medium")
		}
	}
	return r
}

// InboundFederationRequest requests the attributes to map from an external
// identity, at every federated sign-in.
type InboundFederationRequest struct {
	ProviderName string `json:"providerName"`
	// OIDC, SAML, Facebook, Google, SignInWithApple, LoginWithAmazon
	ProviderType string              `json:"providerType"`
	Attributes   FederatedAttributes `json:"attributes"`
}

// FederatedAttributes are the claims of an identity provider. For SAML only
// SAMLResponse is set; for other providers all others are.
type FederatedAttributes struct {
	TokenResponse map[string]string `json:"tokenResponse,omitzero"`
	IDToken       map[string]string `json:"idToken,omitzero"`
	UserInfo      map[string]string `json:"userInfo,omitzero"`
	SAMLResponse  map[string]string `json:"samlResponse,omitzero"`
}

// InboundFederationResponse replaces the attributes unless the map is empty.
type InboundFederationResponse struct{ UserAttributesToMap map[string]string }

func (InboundFederationRequest) serves(t userpool.Trigger) bool { return t == InboundFederation }

func (r InboundFederationRequest) event(occasion) (any, string) {
	return r, `{"userAttributesToMap":{}}`
}

func (InboundFederationRequest) answer(_ occasion, o object) InboundFederationResponse {
	return InboundFederationResponse{o.texts("userAttributesToMap")}
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
