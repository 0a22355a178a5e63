package e2e

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestTime moves the server's clock past the ends of lock-outs, codes, sessions
// and tokens.
func TestTime(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		p := newPool(t, srv)
		a := p.newApp(t)
		t.Run("lock-out", func(t *testing.T) { lockOut(t, a) })
		t.Run("lock-out of absent users", func(t *testing.T) { lockOutOfAbsentUser(t, p.newApp(t, hidesUsers)) })
		t.Run("session", func(t *testing.T) { sessionExpires(t, p) })
		t.Run("codes", func(t *testing.T) { codesExpire(t, a) })
		t.Run("temporary password", func(t *testing.T) { temporaryPasswordExpires(t, a) })
		t.Run("tokens", func(t *testing.T) { tokensExpire(t, p) })
		t.Run("attempts", func(t *testing.T) { attemptsAreCounted(t, a) })
	})
}

const locked = "Password attempts exceeded"

// lockOut: five failures lock the user for one second, and each further failure for twice
// as long.
func lockOut(t *testing.T, a *app) {
	name := a.addUser(t, "luke")
	fail := func() error { return errOf(a.passwordSignIn(t, name, "Wrong-horse-9")) }
	for range 5 {
		refused(t, fail(), notAuthorized, "Incorrect username or password.")
	}
	refused(t, errOf(a.passwordSignIn(t, name, password)), notAuthorized, locked)
	refused(t, errOf(a.srpSignIn(t, name, password)), notAuthorized, locked)
	refused(t, errOf(a.adminInitiate(t, "ADMIN_USER_PASSWORD_AUTH", a.params(name, "PASSWORD", password))),
		notAuthorized, locked)
	for failures := 6; failures <= 9; failures++ {
		a.srv.advance(t, time.Duration(1<<(failures-6))*time.Second)
		refused(t, fail(), notAuthorized, "Incorrect username or password.")
		refused(t, fail(), notAuthorized, locked)
	}
	a.srv.advance(t, 16*time.Second)
	ok(a.srpSignIn(t, name, password))(t)
	// A success resets the count.
	for range 4 {
		refused(t, fail(), notAuthorized, "Incorrect username or password.")
	}
	ok(a.passwordSignIn(t, name, password))(t)
}

func lockOutOfAbsentUser(t *testing.T, a *app) {
	for range 5 {
		refused(t, errOf(a.passwordSignIn(t, "nobody", password)), notAuthorized,
			"Incorrect username or password.")
	}
	refused(t, errOf(a.passwordSignIn(t, "nobody", password)), notAuthorized, locked)
}

// sessionExpires: a Session expires after AuthSessionValidity, which is three minutes
// by default.
func sessionExpires(t *testing.T, p *pool) {
	for minutes, a := range map[time.Duration]*app{
		3: p.newApp(t),
		5: p.newApp(t, func(in *cip.CreateUserPoolClientInput) { in.AuthSessionValidity = aws.Int32(5) }),
	} {
		name := "late" + (minutes * time.Minute).String()
		p.invite(t, name, "Temporary-1!")
		begin := func() *string { return ok(a.passwordSignIn(t, name, "Temporary-1!"))(t).Session }
		answer := func(session *string) error {
			return errOf(a.respond(t, "NEW_PASSWORD_REQUIRED", session, a.params(name, "NEW_PASSWORD", password)))
		}
		late := begin()
		p.srv.advance(t, minutes*time.Minute)
		refused(t, answer(late), notAuthorized, "Invalid session for the user, session is expired.")
		early := begin()
		p.srv.advance(t, minutes*time.Minute-10*time.Second)
		if err := answer(early); err != nil {
			t.Errorf("ten seconds before the end of %d minutes: %v", minutes, err)
		}
	}
	a := p.newApp(t)
	p.addUser(t, "slow")
	e, out, err := a.srpStart(t, "slow")
	if err != nil {
		t.Fatal(err)
	}
	p.srv.advance(t, 3*time.Minute)
	claim := a.srpClaim(e, out.ChallengeParameters, password)
	refused(t, errOf(a.respond(t, "PASSWORD_VERIFIER", out.Session, claim)), notAuthorized, "")
}

func codesExpire(t *testing.T, a *app) {
	const expired = "Invalid code provided, please request a code again."
	ok(a.signUp(t, "sue", password, attr("email", "sue@example.com")))(t)
	code := a.srv.code(t, "sue@example.com")
	a.srv.advance(t, 24*time.Hour)
	refused(t, a.confirm(t, "sue", code), "ExpiredCodeException", expired)
	ok(a.resend(t, "sue"))(t)
	if err := a.confirm(t, "sue", a.srv.code(t, "sue@example.com")); err != nil {
		t.Error(err)
	}
	a.addUser(t, "ron", reachable("ron@example.com")...)
	ok(a.forgot(t, "ron"))(t)
	code = a.srv.code(t, "ron@example.com")
	a.srv.advance(t, time.Hour)
	refused(t, a.reset(t, "ron", code), "ExpiredCodeException", expired)
}

func temporaryPasswordExpires(t *testing.T, a *app) {
	a.invite(t, "olaf", "Temporary-1!")
	ok(a.passwordSignIn(t, "olaf", "Temporary-1!"))(t)
	a.srv.advance(t, 7*24*time.Hour)
	refused(t, errOf(a.passwordSignIn(t, "olaf", "Temporary-1!")), notAuthorized,
		"Temporary password has expired and must be reset by an administrator.")
}

func tokensExpire(t *testing.T, p *pool) {
	a := p.newApp(t, func(in *cip.CreateUserPoolClientInput) {
		in.AccessTokenValidity, in.IdTokenValidity, in.RefreshTokenValidity = aws.Int32(5), aws.Int32(10), 2
		in.TokenValidityUnits = &types.TokenValidityUnitsType{
			AccessToken: "minutes", IdToken: "minutes", RefreshToken: "hours",
		}
	})
	name := p.addUser(t, "tom")
	tokens := a.tokens(t, name, password)
	for kind, c := range map[string]struct {
		token   string
		seconds float64
	}{"access": {*tokens.AccessToken, 300}, "ID": {*tokens.IdToken, 600}} {
		body := claims(t, c.token)
		if got := body["exp"].(float64) - body["iat"].(float64); got != c.seconds {
			t.Errorf("the %s token is valid for %v s, want %v", kind, got, c.seconds)
		}
	}
	if tokens.ExpiresIn != 300 {
		t.Errorf("ExpiresIn %d", tokens.ExpiresIn)
	}
	p.srv.advance(t, 5*time.Minute)
	refused(t, errOf(p.getUser(t, *tokens.AccessToken)), notAuthorized, "Access Token has expired")
	fresh := ok(a.exchange(t, *tokens.RefreshToken))(t).AuthenticationResult
	ok(p.getUser(t, *fresh.AccessToken))(t)
	p.srv.advance(t, 2*time.Hour)
	refused(t, errOf(a.refresh(t, name, *tokens.RefreshToken)), notAuthorized, "Refresh Token has expired")
	refused(t, errOf(a.exchange(t, *tokens.RefreshToken)), notAuthorized, "Refresh Token has expired")
}

// attemptsAreCounted: guesses at codes and passwords are limited per hour.
func attemptsAreCounted(t *testing.T, a *app) {
	const limit = "Attempt limit exceeded, please try after some time."
	ok(a.signUp(t, "gus", password, attr("email", "gus@example.com")))(t)
	code := a.srv.code(t, "gus@example.com")
	for range 15 {
		refused(t, a.confirm(t, "gus", wrong(code)), "CodeMismatchException", "")
	}
	refused(t, a.confirm(t, "gus", code), "LimitExceededException", limit)
	for range 5 {
		ok(a.resend(t, "gus"))(t)
	}
	refused(t, errOf(a.resend(t, "gus")), "LimitExceededException", limit)
	a.srv.advance(t, time.Hour)
	ok(a.resend(t, "gus"))(t)
	if err := a.confirm(t, "gus", a.srv.code(t, "gus@example.com")); err != nil {
		t.Errorf("an hour later: %v", err)
	}

	a.addUser(t, "guy", reachable("guy@example.com")...)
	ok(a.forgot(t, "guy"))(t)
	code = a.srv.code(t, "guy@example.com")
	bounded := false
	for range 20 {
		if err := a.reset(t, "guy", wrong(code)); err == nil {
			t.Fatal("a wrong code resets the password")
		} else if bounded = isCode(err, "LimitExceededException"); bounded {
			refused(t, err, "LimitExceededException", limit)
			break
		}
	}
	if !bounded {
		t.Error("more than twenty guesses at a reset code within an hour")
	}
}
