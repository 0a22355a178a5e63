package awsapi_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

const (
	passkeyParty  = "example.com"
	passkeyOrigin = "https://login.example.com"
)

// passkeyPool creates a pool with passkeys for a relying party.
func (w *world) passkeyPool(config object) (poolID, clientID string) {
	w.t.Helper()
	poolID, clientID = w.mailPool(firstFactors("PASSWORD", "WEB_AUTHN"), nil)
	if config != nil {
		w.must("SetUserPoolMfaConfig", object{"UserPoolId": poolID, "WebAuthnConfiguration": config})
	}
	return poolID, clientID
}

// creation starts a registration and returns the options for a browser.
func (w *world) creation(token any) []byte {
	w.t.Helper()
	out := w.must("StartWebAuthnRegistration", object{"AccessToken": token})
	options, err := json.Marshal(out["CredentialCreationOptions"])
	if err != nil {
		w.t.Fatal(err)
	}
	return options
}

func registration(token any, answer []byte) object {
	return object{"AccessToken": token, "Credential": json.RawMessage(answer)}
}

// register registers a passkey for the user of a token.
func (w *world) register(token any, a *passkeytest.Authenticator) {
	w.t.Helper()
	w.must("CompleteWebAuthnRegistration", registration(token, a.Create(w.creation(token))))
}

func (w *world) passkeys(token any, more object) []any {
	w.t.Helper()
	return w.must("ListWebAuthnCredentials", with(object{"AccessToken": token}, more))["Credentials"].([]any)
}

func TestPasskeyLifeCycle(t *testing.T) {
	w := newWorld(t)
	_, client := w.passkeyPool(object{"RelyingPartyId": passkeyParty})
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	if list := w.passkeys(token, nil); len(list) != 0 {
		t.Errorf("before the registration: %v", list)
	}
	var options struct {
		RP      struct{ ID string }
		User    struct{ ID, Name string }
		Exclude []struct{ ID string } `json:"excludeCredentials"`
	}
	if err := json.Unmarshal(w.creation(token), &options); err != nil {
		t.Fatal(err)
	}
	handle, err := base64.RawURLEncoding.DecodeString(options.User.ID)
	sub := attributeOf(w.must("GetUser", object{"AccessToken": token})["UserAttributes"], "sub")
	if err != nil || string(handle) != sub {
		t.Errorf("user handle %q, %v; want the sub %v", handle, err, sub)
	}
	if options.RP.ID != passkeyParty || options.User.Name != "ann" || len(options.Exclude) != 0 {
		t.Errorf("options %+v", options)
	}
	a := passkeytest.NewES256(t, passkeyOrigin)
	w.register(token, a)
	list := w.passkeys(token, nil)
	id := base64.RawURLEncoding.EncodeToString(a.ID)
	sameJSON(t, "list", list, []object{{
		"AuthenticatorAttachment": "platform", "AuthenticatorTransports": []string{"internal"},
		"CreatedAt": w.clk.Now().Unix(), "CredentialId": id,
		"FriendlyCredentialName": "Platform passkey", "RelyingPartyId": "example.com",
	}})
	if err := json.Unmarshal(w.creation(token), &options); err != nil || len(options.Exclude) != 1 ||
		options.Exclude[0].ID != id {
		t.Errorf("excluded %+v, %v", options.Exclude, err)
	}
	w.confirmed(client, "bob")
	theirs := object{"AccessToken": w.accessToken(client, "bob"), "CredentialId": id}
	const missing = "ResourceNotFoundException: The passkey does not exist."
	w.refusal("DeleteWebAuthnCredential", theirs, missing)
	own := object{"AccessToken": token, "CredentialId": id}
	w.refusal("DeleteWebAuthnCredential", with(own, object{"CredentialId": "?"}), missing)
	w.must("DeleteWebAuthnCredential", own)
	w.refusal("DeleteWebAuthnCredential", own, missing)
	if list := w.passkeys(token, nil); len(list) != 0 {
		t.Errorf("after the deletion: %v", list)
	}
}

func TestPasskeyPages(t *testing.T) {
	w := newWorld(t)
	_, client := w.passkeyPool(object{"RelyingPartyId": passkeyParty})
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	for range 20 {
		w.register(token, passkeytest.NewES256(t, passkeyOrigin))
		w.clk.Advance(time.Second)
	}
	const limit = "LimitExceededException: Exceeded the limit of 20 passkeys for user ann."
	w.refusal("StartWebAuthnRegistration", object{"AccessToken": token}, limit)
	if n := len(w.passkeys(token, object{"MaxResults": 0})); n != 20 {
		t.Errorf("the only page has %d passkeys, want 20", n)
	}
	seen, next := map[string]bool{}, any(nil)
	for range 4 {
		in := object{"AccessToken": token, "MaxResults": 6}
		if next != nil {
			in["NextToken"] = next
		}
		out := w.must("ListWebAuthnCredentials", in)
		for _, c := range out["Credentials"].([]any) {
			seen[c.(object)["CredentialId"].(string)] = true
		}
		next = out["NextToken"]
	}
	if len(seen) != 20 || next != nil {
		t.Errorf("%d seen, next %v", len(seen), next)
	}
	page := w.must("ListWebAuthnCredentials", object{"AccessToken": token, "MaxResults": 1})["NextToken"]
	w.confirmed(client, "bob")
	w.refusal("ListWebAuthnCredentials", object{"AccessToken": w.accessToken(client, "bob"), "NextToken": page},
		"InvalidParameterException: Invalid pagination token.")
}

// The relying party of passkeys, and the error if a setting for it is missing.
func TestRelyingParty(t *testing.T) {
	w := newWorld(t)
	_, client := w.mailPool(nil, nil)
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	start := object{"AccessToken": token}
	const notEnabled = "WebAuthnNotEnabledException: Passkeys are not enabled for this user pool."
	w.refusal("StartWebAuthnRegistration", start, notEnabled)
	w.refusal("CompleteWebAuthnRegistration",
		registration(token, passkeytest.NewES256(t, passkeyOrigin).Create([]byte(`{}`))), notEnabled)
	poolID, client := w.passkeyPool(nil)
	w.confirmed(client, "ann")
	start["AccessToken"] = w.accessToken(client, "ann")
	w.refusal("StartWebAuthnRegistration", start,
		"WebAuthnConfigurationMissingException: The user pool has neither a relying party ID nor a domain.")
	party := func(want string) {
		t.Helper()
		if got := at(w.must("StartWebAuthnRegistration", start), "CredentialCreationOptions.rp.id"); got != want {
			t.Errorf("relying party %v, want %s", got, want)
		}
	}
	w.must("CreateUserPoolDomain", object{"UserPoolId": poolID, "Domain": "team"})
	party("team.auth.us-east-1.id.example.com")
	w.must("CreateUserPoolDomain", object{
		"UserPoolId": poolID, "Domain": "login.example.org",
		"CustomDomainConfig": object{"CertificateArn": certificateARN},
	})
	party("login.example.org")
	w.must("SetUserPoolMfaConfig",
		object{"UserPoolId": poolID, "WebAuthnConfiguration": object{"RelyingPartyId": passkeyParty}})
	party(passkeyParty)
}

// TestRegistrationIsBound: a registration is bound to pool, client, user and
// relying party, expires after some minutes, and is completed once.
func TestRegistrationIsBound(t *testing.T) {
	const unknown = "WebAuthnChallengeNotFoundException: The registration was not started, has expired or is complete."
	w := newWorld(t)
	poolID, client := w.passkeyPool(object{"RelyingPartyId": passkeyParty})
	other := w.client(poolID, object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"}})
	_, foreign := w.passkeyPool(object{"RelyingPartyId": passkeyParty})
	w.confirmed(client, "ann")
	w.confirmed(client, "bob")
	w.confirmed(foreign, "ann")
	token := w.accessToken(client, "ann")
	a := passkeytest.NewES256(t, passkeyOrigin)
	answer := a.Create(w.creation(token))
	for name, c := range map[string]struct {
		token any
		want  string
	}{
		"another client": {
			w.accessToken(other, "ann"),
			"WebAuthnClientMismatchException: The registration was started by another app client.",
		},
		"another user": {w.accessToken(client, "bob"), unknown},
		"another pool": {w.accessToken(foreign, "ann"), unknown},
	} {
		if _, refused := w.call("CompleteWebAuthnRegistration", registration(c.token, answer)); refused != c.want {
			t.Errorf("%s: %q", name, refused)
		}
	}
	w.must("CompleteWebAuthnRegistration", registration(token, answer))
	w.refusal("CompleteWebAuthnRegistration", registration(token, answer), unknown)

	again := a.Create(w.creation(token))
	w.refusal("CompleteWebAuthnRegistration", registration(token, again),
		"InvalidParameterException: The passkey is already registered.")
	bob := w.accessToken(client, "bob")
	w.refusal("CompleteWebAuthnRegistration", registration(bob, a.Create(w.creation(bob))),
		"InvalidParameterException: The passkey is already registered.")

	late := passkeytest.NewES256(t, passkeyOrigin).Create(w.creation(token))
	w.clk.Advance(5 * time.Minute)
	w.refusal("CompleteWebAuthnRegistration", registration(token, late), unknown)

	moved := passkeytest.NewES256(t, passkeyOrigin).Create(w.creation(token))
	w.must("SetUserPoolMfaConfig",
		object{"UserPoolId": poolID, "WebAuthnConfiguration": object{"RelyingPartyId": "example.net"}})
	w.refusal("CompleteWebAuthnRegistration", registration(token, moved),
		"WebAuthnRelyingPartyMismatchException: The passkey belongs to another relying party than the user pool's.")
	if n := len(w.passkeys(token, nil)); n != 1 {
		t.Errorf("%d passkeys, want 1", n)
	}
	if options := w.creation(token); strings.Contains(string(options), base64.RawURLEncoding.EncodeToString(a.ID)) {
		t.Errorf("a passkey of another relying party is excluded: %s", options)
	}
}

// Each invalid response has its own exception, and the registration can still be
// completed.
func TestRefusedRegistrations(t *testing.T) {
	w := newWorld(t)
	_, client := w.passkeyPool(object{"RelyingPartyId": passkeyParty, "UserVerification": "required"})
	w.confirmed(client, "ann")
	token := w.accessToken(client, "ann")
	const malformed = "InvalidParameterException: Credential is not a valid registration response."
	const unsupported = "WebAuthnCredentialNotSupportedException: The passkey is not supported."
	options := w.creation(token)
	for name, c := range map[string]struct {
		spoil func(*passkeytest.Authenticator)
		want  string
	}{
		"origin": {func(a *passkeytest.Authenticator) { a.Origin = "https://example.com.evil.org" },
			"WebAuthnOriginNotAllowedException: " +
				"The origin of the passkey is not allowed for the relying party of the user pool."},
		"relying party": {func(a *passkeytest.Authenticator) { a.RelyingParty = "evil.org" },
			"WebAuthnRelyingPartyMismatchException: " +
				"The passkey belongs to another relying party than the user pool's."},
		"challenge": {func(a *passkeytest.Authenticator) {
			a.Modify.Client = func(c map[string]any) { c["challenge"] = "AAAA" }
		}, "WebAuthnChallengeNotFoundException: The registration was not started, has expired or is complete."},
		"no user verification": {func(a *passkeytest.Authenticator) {
			a.Flags &^= passkeytest.UserVerified
		}, unsupported},
		"algorithm": {func(a *passkeytest.Authenticator) {
			a.COSE = passkeytest.NewRS256(t, passkeyOrigin, 1024).COSE
		}, unsupported},
		"no user presence": {func(a *passkeytest.Authenticator) {
			a.Flags &^= passkeytest.UserPresent
		}, malformed},
		"response of a sign-in": {func(a *passkeytest.Authenticator) {
			a.Modify.Client = func(c map[string]any) { c["type"] = "webauthn.get" }
		}, malformed},
		"no attestation": {
			func(a *passkeytest.Authenticator) { a.Modify.Object = func([]byte) []byte { return nil } }, malformed,
		},
	} {
		a := passkeytest.NewES256(t, passkeyOrigin)
		c.spoil(a)
		_, refused := w.call("CompleteWebAuthnRegistration", registration(token, a.Create(options)))
		if refused != c.want {
			t.Errorf("%s: %q", name, refused)
		}
	}
	w.refusal("CompleteWebAuthnRegistration", registration(token, []byte(`{}`)), malformed)
	w.must("CompleteWebAuthnRegistration", registration(token, passkeytest.NewES256(t, passkeyOrigin).Create(options)))
}

// TestPasskeysNeedTheUsersToken is attack case M10 and M1: an invalid token cannot
// read or change passkeys.
func TestPasskeysNeedTheUsersToken(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *world, pool string, token any)
		want string
	}{
		"deleted": {func(w *world, pool string, _ any) {
			w.must("AdminDeleteUser", object{"UserPoolId": pool, "Username": "ann"})
		}, "NotAuthorizedException: Invalid Access Token"},
		"disabled": {func(w *world, pool string, _ any) {
			w.must("AdminDisableUser", object{"UserPoolId": pool, "Username": "ann"})
		}, "NotAuthorizedException: User is disabled."},
		"signed out": {
			func(w *world, _ string, token any) { w.must("GlobalSignOut", object{"AccessToken": token}) },
			"NotAuthorizedException: Access Token has been revoked",
		},
	} {
		w := newWorld(t)
		pool, client := w.passkeyPool(object{"RelyingPartyId": passkeyParty})
		w.confirmed(client, "ann")
		token := w.accessToken(client, "ann")
		a := passkeytest.NewES256(t, passkeyOrigin)
		w.register(token, a)
		answer := passkeytest.NewES256(t, passkeyOrigin).Create(w.creation(token))
		c.end(w, pool, token)
		for operation, in := range map[string]object{
			"StartWebAuthnRegistration": {}, "ListWebAuthnCredentials": {},
			"CompleteWebAuthnRegistration": {"Credential": json.RawMessage(answer)},
			"DeleteWebAuthnCredential":     {"CredentialId": base64.RawURLEncoding.EncodeToString(a.ID)},
		} {
			if _, refused := w.call(operation, with(in, object{"AccessToken": token})); refused != c.want {
				t.Errorf("%s, %s: %q", name, operation, refused)
			}
		}
	}
}
