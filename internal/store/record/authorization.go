package record

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Authorization is the authorization of a code.
var Authorization = of("authorization", 1,
	func(n userpool.AuthorizationTerms) authorization { return authorization(n) },
	func(r authorization) userpool.AuthorizationTerms { return userpool.AuthorizationTerms(r) })

type authorization struct {
	Sub             string    `json:"Sub"`
	RedirectURI     string    `json:"RedirectURI"`
	RedirectImplied bool      `json:"RedirectImplied,omitempty"`
	Scopes          []string  `json:"Scopes"`
	Nonce           string    `json:"Nonce,omitempty"`
	Challenge       string    `json:"Challenge,omitempty"`
	AuthTime        time.Time `json:"AuthTime"`
	EventID         string    `json:"EventID"`
	Provider        string    `json:"Provider,omitempty"`
	Resource        string    `json:"Resource,omitempty"`
	TokenChanges    string    `json:"TokenChanges,omitempty"`
	SSOSession      string    `json:"SSOSession,omitempty"`
	ACR             string    `json:"ACR,omitempty"`
	AMR             []string  `json:"AMR,omitempty"`
	InfoClaims      []string  `json:"InfoClaims,omitempty"`
	IDClaims        []string  `json:"IDClaims,omitempty"`
	DeviceKey       string    `json:"DeviceKey,omitempty"`
}
