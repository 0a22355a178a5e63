package trigger

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// Request is what a trigger is asked; R is what it may answer.
type Request[R any] interface {
	serves(userpool.Trigger) bool
	// event returns the event's request and the prefilled response.
	event(occasion) (request any, response string)
	// answer reads a response; what is wrong with it stays in the object.
	answer(occasion, object) R
}

// Nothing is the answer of triggers whose response has no members: that they
// answered is what counts.
type Nothing struct{}

// PreSignUpRequest asks before a user is created.
type PreSignUpRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// PreSignUpResponse says what becomes of the new user. Cognito ignores all
// three for users that an administrator creates.
type PreSignUpResponse struct{ AutoConfirmUser, AutoVerifyEmail, AutoVerifyPhone bool }

func (PreSignUpRequest) serves(t userpool.Trigger) bool { return t == userpool.PreSignUp }

func (r PreSignUpRequest) event(occasion) (any, string) {
	r.UserAttributes = orEmpty(r.UserAttributes)
	return r, `{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`
}

func (PreSignUpRequest) answer(_ occasion, o object) PreSignUpResponse {
	return PreSignUpResponse{o.flag("autoConfirmUser"), o.flag("autoVerifyEmail"), o.flag("autoVerifyPhone")}
}

// PostConfirmationRequest tells that a user was confirmed or has a new password.
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

// PreAuthenticationRequest asks before a password is checked.
type PreAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	// ValidationData is the ClientMetadata of InitiateAuth: this event has no
	// clientMetadata of its own.
	ValidationData map[string]string `json:"validationData"`
	// UserNotFound is left out, nil, where the client does not hide users.
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

// PostAuthenticationRequest asks before tokens leave.
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

// UserMigrationRequest asks for a user that the pool does not have. Password
// is nil when the password was forgotten.
type UserMigrationRequest struct {
	Password       *userpool.Secret
	ValidationData map[string]string
	ClientMetadata map[string]string
}

// UserMigrationResponse describes the user. Without UserAttributes there is
// none.
type UserMigrationResponse struct {
	UserAttributes map[string]string
	// FinalUserStatus CONFIRMED keeps the typed password; anything else makes
	// the user reset it.
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
		`{"userAttributes":null,"forceAliasCreation":null,"enableSMSMFA":null,"finalUserStatus":null,"messageAction":null,` +
			`"desiredDeliveryMediums":null}`
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

// InboundFederationRequest asks what of an external identity is to be mapped,
// at every federated sign-in.
type InboundFederationRequest struct {
	ProviderName string `json:"providerName"`
	// OIDC, SAML, Facebook, Google, SignInWithApple, LoginWithAmazon
	ProviderType string              `json:"providerType"`
	Attributes   FederatedAttributes `json:"attributes"`
}

// FederatedAttributes is what an identity provider said. All but SAMLResponse
// is nil for SAML, and only SAMLResponse is nil otherwise.
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
