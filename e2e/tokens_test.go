package e2e

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestTokens revokes, forges and misuses tokens.
func TestTokens(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		p := newPool(t, srv)
		a := p.newApp(t)
		p.addUser(t, "ada", reachable("ada@example.com")...)
		t.Run("revocation", func(t *testing.T) { revocation(t, a) })
		t.Run("revocation refused", func(t *testing.T) { revocationRefused(t, a) })
		t.Run("forged", func(t *testing.T) { forgedTokens(t, a) })
		t.Run("foreign", func(t *testing.T) { foreignTokens(t, srv, a) })
		t.Run("attribute permissions", func(t *testing.T) { attributePermissions(t, srv) })
	})
}

func (a *app) revoke(t *testing.T, token string) error {
	return errOf(a.c.RevokeToken(t.Context(),
		&cip.RevokeTokenInput{ClientId: &a.id, ClientSecret: a.secretOrNil(), Token: &token}))
}

// revocation ends only one sign-in.
func revocation(t *testing.T, a *app) {
	one, two := a.tokens(t, "ada", password), a.tokens(t, "ada", password)
	fresh := ok(a.exchange(t, *one.RefreshToken))(t).AuthenticationResult
	if err := a.revoke(t, *one.RefreshToken); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]*string{"first": one.AccessToken, "refreshed": fresh.AccessToken} {
		t.Run(name, func(t *testing.T) {
			refused(t, errOf(a.getUser(t, *token)), notAuthorized, "Access Token has been revoked")
		})
	}
	refused(t, errOf(a.refresh(t, "ada", *one.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	refused(t, errOf(a.exchange(t, *one.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	ok(a.getUser(t, *two.AccessToken))(t)
	ok(a.refresh(t, "ada", *two.RefreshToken))(t)
	if err := a.revoke(t, *one.RefreshToken); err != nil {
		t.Errorf("revoked again: %v", err)
	}
}

func revocationRefused(t *testing.T, a *app) {
	tokens := a.tokens(t, "ada", password)
	refused(t, a.revoke(t, *tokens.AccessToken), "UnsupportedTokenTypeException", "")
	refused(t, a.revoke(t, *tokens.IdToken), "UnsupportedTokenTypeException", "")
	refused(t, a.pool.newApp(t).revoke(t, *tokens.RefreshToken), "UnauthorizedException", "")

	secret := a.pool.newApp(t, confidential)
	theirs := secret.tokens(t, "ada", password)
	wrongSecret := &app{pool: a.pool, id: secret.id, secret: "not" + secret.secret}
	refused(t, wrongSecret.revoke(t, *theirs.RefreshToken), "UnauthorizedException", "")
	refused(t, errOf(wrongSecret.exchange(t, *theirs.RefreshToken)), notAuthorized, "")
	ok(secret.exchange(t, *theirs.RefreshToken))(t)

	irrevocable := a.pool.newApp(t, func(in *cip.CreateUserPoolClientInput) {
		in.EnableTokenRevocation = aws.Bool(false)
	})
	kept := irrevocable.tokens(t, "ada", password)
	refused(t, irrevocable.revoke(t, *kept.RefreshToken), "UnsupportedOperationException", "")
	if body := claims(t, *kept.AccessToken); body["origin_jti"] != nil {
		t.Errorf("origin_jti without token revocation: %v", body["origin_jti"])
	}
	ok(irrevocable.refresh(t, "ada", *kept.RefreshToken))(t)
}

// part replaces one part of a token.
func part(token string, i int, with func(string) string) string {
	parts := strings.Split(token, ".")
	parts[i] = with(parts[i])
	return strings.Join(parts, ".")
}

// flip changes the first character of a part. Decoders may ignore the last bits.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

func forgedTokens(t *testing.T, a *app) {
	tokens := a.tokens(t, "ada", password)
	access := *tokens.AccessToken
	impersonated := func(payload string) string {
		body, _ := base64.RawURLEncoding.DecodeString(payload)
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(body), `"ada"`, `"bob"`, 1)))
	}
	unsigned := func(string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	}
	for name, token := range map[string]string{
		"other signature": part(access, 2, flip),
		"other payload":   part(access, 1, impersonated),
		"no signature":    part(access, 2, func(string) string { return "" }),
		"alg none":        part(part(access, 0, unsigned), 2, func(string) string { return "" }),
		"ID token":        *tokens.IdToken,
		"refresh token":   *tokens.RefreshToken,
		"no JWT":          "abc.def.ghi",
	} {
		if token == access {
			t.Fatalf("%s: the token is unchanged", name)
		}
		t.Run(name, func(t *testing.T) {
			refused(t, errOf(a.getUser(t, token)), notAuthorized, "")
			err := errOf(a.c.DeleteUser(t.Context(), &cip.DeleteUserInput{AccessToken: &token}))
			refused(t, err, notAuthorized, "")
		})
	}
	for i := range 5 {
		refused(t, errOf(a.exchange(t, part(*tokens.RefreshToken, i, flip))), notAuthorized,
			"Invalid Refresh Token")
	}
	ok(a.getUser(t, access))(t)
}

// foreignTokens: tokens of another pool or another client are refused.
func foreignTokens(t *testing.T, srv *server, a *app) {
	tokens := a.tokens(t, "ada", password)
	refused(t, errOf(a.pool.newApp(t).exchange(t, *tokens.RefreshToken)), notAuthorized,
		"Invalid Refresh Token")
	other := newPool(t, srv).newApp(t)
	other.addUser(t, "ada")
	theirs := other.tokens(t, "ada", password)
	refused(t, errOf(a.refresh(t, "ada", *theirs.RefreshToken)), notAuthorized, "Invalid Refresh Token")
	refused(t, errOf(a.exchange(t, *theirs.RefreshToken)), notAuthorized, "Invalid Refresh Token")
	// A token of the other pool with this pool as issuer.
	moved := part(*theirs.AccessToken, 1, func(payload string) string {
		body, _ := base64.RawURLEncoding.DecodeString(payload)
		return base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(string(body), other.pool.id, a.pool.id)))
	})
	refused(t, errOf(a.getUser(t, moved)), notAuthorized, "")
	got := ok(a.getUser(t, *theirs.AccessToken))(t)
	if values(got.UserAttributes)["sub"] == values(ok(a.getUser(t, *tokens.AccessToken))(t).UserAttributes)["sub"] {
		t.Error("the token of one pool reads the user of another")
	}
	// A session of the other pool's client.
	other.invite(t, "new", "Temporary-1!")
	a.invite(t, "new", "Temporary-1!")
	session := ok(other.passwordSignIn(t, "new", "Temporary-1!"))(t).Session
	refused(t, errOf(a.respond(t, "NEW_PASSWORD_REQUIRED", session, a.params("new", "NEW_PASSWORD", password))), "", "")
}

// attributePermissions: a client can read and write only its attributes.
func attributePermissions(t *testing.T, srv *server) {
	p := newPool(t, srv, func(in *cip.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{
			{Name: aws.String("grade"), AttributeDataType: "String", Mutable: aws.Bool(true)},
		}
	})
	narrow := p.newApp(t, func(in *cip.CreateUserPoolClientInput) {
		in.ReadAttributes, in.WriteAttributes = []string{"email"}, []string{"email"}
	})
	const unauthorized = "A client attempted to write unauthorized attribute"
	refused(t, errOf(narrow.signUp(t, "max", password, attr("custom:grade", "A"))), notAuthorized, unauthorized)
	verified := []types.AttributeType{attr("email_verified", "true"), attr("email", "m@example.com")}
	refused(t, errOf(p.newApp(t).signUp(t, "max", password, verified...)), notAuthorized, unauthorized)
	p.addUser(t, "max", append(reachable("max@example.com"), attr("custom:grade", "A"), attr("nickname", "M"))...)
	tokens := narrow.tokens(t, "max", password)
	got := values(ok(p.getUser(t, *tokens.AccessToken))(t).UserAttributes)
	if got["custom:grade"] != "" || got["nickname"] != "" || got["email"] != "max@example.com" || got["sub"] == "" {
		t.Errorf("GetUser shows %v", got)
	}
	id := claims(t, *tokens.IdToken)
	if id["custom:grade"] != nil || id["nickname"] != nil || id["email"] != "max@example.com" {
		t.Errorf("the ID token shows %v", id)
	}
	wide := claims(t, *p.newApp(t).tokens(t, "max", password).IdToken)
	if wide["custom:grade"] != "A" || wide["nickname"] != "M" {
		t.Errorf("the ID token of a client without a list shows %v", wide)
	}
}
