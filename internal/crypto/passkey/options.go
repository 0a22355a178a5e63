package passkey

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
)

const (
	// challengeBytes is twice the minimum of the specification (section 13.4.3).
	challengeBytes = 32
	// The timeout in milliseconds, a hint for browsers.
	creationTimeout = 60_000
	requestTimeout  = 180_000

	publicKey = "public-key"
	algES256  = -7
	algRS256  = -257
)

// UserVerification is whether the authenticator must verify the user, by PIN or
// biometrics, or should if it can.
type UserVerification string

// The values of WebAuthnConfiguration; Preferred is the default.
const (
	Required  UserVerification = "required"
	Preferred UserVerification = "preferred"
)

// User is the user of a new passkey. Handle is the sub, at most 64 bytes;
// authenticators store it and return it at sign-in.
type User struct{ Handle, Name string }

// NewChallenge returns a random challenge.
func NewChallenge(rand io.Reader) ([]byte, error) {
	challenge := make([]byte, challengeBytes)
	if _, err := io.ReadFull(rand, challenge); err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return challenge, nil
}

type party struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type account struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

type parameter struct {
	Type      string `json:"type"`
	Algorithm int    `json:"alg"`
}

type excluded struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type selection struct {
	RequireResidentKey bool             `json:"requireResidentKey"`
	ResidentKey        string           `json:"residentKey"`
	UserVerification   UserVerification `json:"userVerification"`
}

type creation struct {
	RP                     party       `json:"rp"`
	User                   account     `json:"user"`
	Challenge              string      `json:"challenge"`
	Parameters             []parameter `json:"pubKeyCredParams"`
	Timeout                int         `json:"timeout"`
	Exclude                []excluded  `json:"excludeCredentials"`
	AuthenticatorSelection selection   `json:"authenticatorSelection"`
}

// CreationOptions returns CredentialCreationOptions of
// StartWebAuthnRegistration, a JSON object with the members and order of
// Amazon Cognito. have are the credentials that the user already has;
// authenticators must not create them again. Source: the sample response in
// the CLI reference.
func (c Ceremony) CreationOptions(u User, have []Credential) []byte {
	o := creation{
		RP:                     party{c.RelyingParty, c.RelyingParty},
		User:                   account{encode([]byte(u.Handle)), u.Name, u.Name},
		Challenge:              encode(c.Challenge),
		Parameters:             []parameter{{publicKey, algES256}, {publicKey, algRS256}},
		Timeout:                creationTimeout,
		Exclude:                make([]excluded, len(have)),
		AuthenticatorSelection: selection{true, "required", c.userVerification()},
	}
	for i, h := range have {
		o.Exclude[i] = excluded{encode(h.ID), publicKey}
	}
	return marshal(o)
}

type allowed struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

type request struct {
	Challenge        string           `json:"challenge"`
	Timeout          int              `json:"timeout"`
	RelyingParty     string           `json:"rpId"`
	Allow            []allowed        `json:"allowCredentials"`
	UserVerification UserVerification `json:"userVerification"`
}

// RequestOptions returns CREDENTIAL_REQUEST_OPTIONS of the WEB_AUTHN
// challenge, a JSON object. allow are the credentials of the user; if empty,
// the authenticator offers those that it has for the relying party. Source:
// the members that Amplify reads.
func (c Ceremony) RequestOptions(allow []Credential) []byte {
	o := request{encode(c.Challenge), requestTimeout, c.RelyingParty, make([]allowed, len(allow)), c.userVerification()}
	for i, a := range allow {
		o.Allow[i] = allowed{publicKey, encode(a.ID), a.Transports}
	}
	return marshal(o)
}

func (c Ceremony) userVerification() UserVerification {
	if c.UserVerification == Required {
		return Required
	}
	return Preferred
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// marshal encodes JSON without HTML escapes, which would change names.
func marshal(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // impossible for the types of this package
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
