package record

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Client is the settings of a client.
var Client = of("client", 1, fromClient, toClient)

// ClientSecret is one secret of a client. See EncodeSecrets.
var ClientSecret = of("client_secret", 1,
	func(s userpool.ClientSecret) clientSecret { return clientSecret(s) },
	func(s clientSecret) userpool.ClientSecret { return userpool.ClientSecret(s) })

type client struct {
	Name                                     string                  `json:"Name"`
	RefreshTokenValidity                     int32                   `json:"RefreshTokenValidity"`
	AccessTokenValidity                      *int32                  `json:"AccessTokenValidity,omitempty"`
	IdTokenValidity                          *int32                  `json:"IdTokenValidity,omitempty"`
	TokenValidityUnits                       tokenValidityUnits      `json:"TokenValidityUnits"`
	ReadAttributes                           []string                `json:"ReadAttributes,omitempty"`
	WriteAttributes                          []string                `json:"WriteAttributes,omitempty"`
	ExplicitAuthFlows                        []string                `json:"ExplicitAuthFlows,omitempty"`
	SupportedIdentityProviders               []string                `json:"SupportedIdentityProviders,omitempty"`
	CallbackURLs                             []string                `json:"CallbackURLs,omitempty"`
	LogoutURLs                               []string                `json:"LogoutURLs,omitempty"`
	DefaultRedirectURI                       *string                 `json:"DefaultRedirectURI,omitempty"`
	AllowedOAuthFlows                        []string                `json:"AllowedOAuthFlows,omitempty"`
	AllowedOAuthScopes                       []string                `json:"AllowedOAuthScopes,omitempty"`
	AllowedOAuthFlowsUserPoolClient          bool                    `json:"AllowedOAuthFlowsUserPoolClient"`
	AnalyticsConfiguration                   *analyticsConfiguration `json:"AnalyticsConfiguration,omitempty"`
	PreventUserExistenceErrors               *string                 `json:"PreventUserExistenceErrors,omitempty"`
	EnableTokenRevocation                    bool                    `json:"EnableTokenRevocation"`
	EnablePropagateAdditionalUserContextData bool                    `json:"EnablePropagateAdditionalUserContextData"`
	AuthSessionValidity                      int32                   `json:"AuthSessionValidity"`
	RefreshTokenRotation                     *refreshTokenRotation   `json:"RefreshTokenRotation,omitempty"`
	SSOSessionMinutes                        *int32                  `json:"SSOSessionMinutes,omitempty"`
	Registered                               bool                    `json:"Registered,omitempty"`
}

type tokenValidityUnits struct {
	AccessToken  *string `json:"AccessToken,omitempty"`
	IdToken      *string `json:"IdToken,omitempty"`
	RefreshToken *string `json:"RefreshToken,omitempty"`
}

type analyticsConfiguration struct {
	ApplicationId  *string `json:"ApplicationId,omitempty"`
	ApplicationArn *string `json:"ApplicationArn,omitempty"`
	RoleArn        *string `json:"RoleArn,omitempty"`
	ExternalId     *string `json:"ExternalId,omitempty"`
	UserDataShared *bool   `json:"UserDataShared,omitempty"`
}

type refreshTokenRotation struct {
	Feature                 string `json:"Feature"`
	RetryGracePeriodSeconds *int32 `json:"RetryGracePeriodSeconds,omitempty"`
}

type clientSecret struct {
	ID      string          `json:"ID"`
	Value   userpool.Secret `json:"Value"`
	Created time.Time       `json:"Created"`
}

func fromClient(s userpool.ClientSettings) client {
	return client{
		Name:                                     s.Name,
		RefreshTokenValidity:                     s.RefreshTokenValidity,
		AccessTokenValidity:                      s.AccessTokenValidity,
		IdTokenValidity:                          s.IdTokenValidity,
		TokenValidityUnits:                       tokenValidityUnits(s.TokenValidityUnits),
		ReadAttributes:                           s.ReadAttributes,
		WriteAttributes:                          s.WriteAttributes,
		ExplicitAuthFlows:                        s.ExplicitAuthFlows,
		SupportedIdentityProviders:               s.SupportedIdentityProviders,
		CallbackURLs:                             s.CallbackURLs,
		LogoutURLs:                               s.LogoutURLs,
		DefaultRedirectURI:                       s.DefaultRedirectURI,
		AllowedOAuthFlows:                        s.AllowedOAuthFlows,
		AllowedOAuthScopes:                       s.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient:          s.AllowedOAuthFlowsUserPoolClient,
		AnalyticsConfiguration:                   (*analyticsConfiguration)(s.AnalyticsConfiguration),
		PreventUserExistenceErrors:               s.PreventUserExistenceErrors,
		EnableTokenRevocation:                    s.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: s.EnablePropagateAdditionalUserContextData,
		AuthSessionValidity:                      s.AuthSessionValidity,
		RefreshTokenRotation:                     (*refreshTokenRotation)(s.RefreshTokenRotation),
		SSOSessionMinutes:                        s.SSOSessionMinutes,
		Registered:                               s.Registered,
	}
}

func toClient(c client) userpool.ClientSettings {
	return userpool.ClientSettings{
		Name:                                     c.Name,
		RefreshTokenValidity:                     c.RefreshTokenValidity,
		AccessTokenValidity:                      c.AccessTokenValidity,
		IdTokenValidity:                          c.IdTokenValidity,
		TokenValidityUnits:                       userpool.TokenValidityUnits(c.TokenValidityUnits),
		ReadAttributes:                           c.ReadAttributes,
		WriteAttributes:                          c.WriteAttributes,
		ExplicitAuthFlows:                        c.ExplicitAuthFlows,
		SupportedIdentityProviders:               c.SupportedIdentityProviders,
		CallbackURLs:                             c.CallbackURLs,
		LogoutURLs:                               c.LogoutURLs,
		DefaultRedirectURI:                       c.DefaultRedirectURI,
		AllowedOAuthFlows:                        c.AllowedOAuthFlows,
		AllowedOAuthScopes:                       c.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient:          c.AllowedOAuthFlowsUserPoolClient,
		AnalyticsConfiguration:                   (*userpool.AnalyticsConfiguration)(c.AnalyticsConfiguration),
		PreventUserExistenceErrors:               c.PreventUserExistenceErrors,
		EnableTokenRevocation:                    c.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: c.EnablePropagateAdditionalUserContextData,
		AuthSessionValidity:                      c.AuthSessionValidity,
		RefreshTokenRotation:                     (*userpool.RefreshTokenRotation)(c.RefreshTokenRotation),
		SSOSessionMinutes:                        c.SSOSessionMinutes,
		Registered:                               c.Registered,
	}
}

// EncodeSecrets encodes the list of a client's secrets, with a document for each.
// stored is the list that it replaces, or empty.
func EncodeSecrets(secrets []userpool.ClientSecret, stored []byte) ([]byte, error) {
	documents, before, err := readSecrets(stored)
	if err != nil {
		return nil, err
	}
	list := make([]json.RawMessage, len(secrets))
	for i, s := range secrets {
		var old []byte
		if j := slices.IndexFunc(before, func(o userpool.ClientSecret) bool { return o.ID == s.ID }); j >= 0 {
			old = documents[j]
		}
		if list[i], err = ClientSecret.Encode(s, old); err != nil {
			return nil, err
		}
	}
	return json.Marshal(list)
}

// DecodeSecrets decodes the list of a client's secrets.
func DecodeSecrets(list []byte) ([]userpool.ClientSecret, error) {
	_, secrets, err := readSecrets(list)
	return secrets, err
}

func readSecrets(list []byte) (documents []json.RawMessage, secrets []userpool.ClientSecret, err error) {
	if len(list) == 0 {
		return nil, nil, nil
	}
	if err := json.Unmarshal(list, &documents); err != nil {
		return nil, nil, err
	}
	secrets = make([]userpool.ClientSecret, len(documents))
	for i, doc := range documents {
		if err := ClientSecret.Decode(doc, &secrets[i]); err != nil {
			return nil, nil, err
		}
	}
	return documents, secrets, nil
}
