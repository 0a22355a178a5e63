package e2e

import (
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestTwoNodes runs two servers on one PostgreSQL.
func TestTwoNodes(t *testing.T) {
	if len(engines(t)) == 1 {
		t.Skip("LIFEGUARD_TEST_POSTGRES names no server")
	}
	st := postgres.make(t)
	one := startDev(t, st, "--no-seed")
	two := startSecondNode(t, one)
	here := newPool(t, one).newApp(t)
	// The same pool and client, on the other node.
	there := &app{pool: &pool{srv: two, c: two.sdk(t), id: here.pool.id}, id: here.id}
	t.Run("a user", func(t *testing.T) { userOnBothNodes(t, here, there) })
	t.Run("a client", func(t *testing.T) { clientOnBothNodes(t, here, there) })
	t.Run("a code", func(t *testing.T) { codeOnBothNodes(t, here, there) })
	t.Run("guesses", func(t *testing.T) { guessesOnBothNodes(t, here, there) })
}

// startSecondNode starts a second node of the same service: with the same public URL
// and therefore the same issuers.
func startSecondNode(t *testing.T, first *server) *server {
	t.Helper()
	address := freeAddress(t)
	s := spawn(t, first.store, "dev", "--no-seed", "--listen", address, "--public-url", first.URL)
	s.URL = "http://" + address
	s.awaitReady(t)
	return s
}

// userOnBothNodes: a user created on one node signs in on the other; tokens and
// revocations of one node are valid on the other.
func userOnBothNodes(t *testing.T, here, there *app) {
	here.addUser(t, "nora")
	tokens := ok(there.srpSignIn(t, "nora", password))(t).AuthenticationResult
	ok(there.getUser(t, *tokens.AccessToken))(t)
	ok(here.getUser(t, *tokens.AccessToken))(t)
	ok(here.exchange(t, *tokens.RefreshToken))(t)
	ok(here.c.AdminUserGlobalSignOut(t.Context(),
		&cip.AdminUserGlobalSignOutInput{UserPoolId: &here.pool.id, Username: aws.String("nora")}))(t)
	refused(t, errOf(there.getUser(t, *tokens.AccessToken)), notAuthorized, "Access Token has been revoked")
	refused(t, errOf(here.exchange(t, *tokens.RefreshToken)), notAuthorized, "Refresh Token has been revoked")
	// The two steps of one sign-in may reach different nodes.
	e, out, err := here.srpStart(t, "nora")
	if err != nil {
		t.Fatal(err)
	}
	claim := there.srpClaim(e, out.ChallengeParameters, password)
	ok(there.respond(t, "PASSWORD_VERIFIER", out.Session, claim))(t)
	claim = here.srpClaim(e, out.ChallengeParameters, password)
	refused(t, errOf(here.respond(t, "PASSWORD_VERIFIER", out.Session, claim)), notAuthorized, "")
}

// clientOnBothNodes: a change is enforced on the other node soon after.
func clientOnBothNodes(t *testing.T, here, there *app) {
	here.addUser(t, "nils")
	ok(there.passwordSignIn(t, "nils", password))(t) // that node now caches the client
	change := func(flows ...types.ExplicitAuthFlowsType) {
		ok(here.c.UpdateUserPoolClient(t.Context(), &cip.UpdateUserPoolClientInput{
			UserPoolId: &here.pool.id, ClientId: &here.id, ExplicitAuthFlows: flows,
		}))(t)
	}
	change("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
	var last error
	there.srv.until(t, "the refusal of a flow", func() bool {
		last = errOf(there.passwordSignIn(t, "nils", password))
		return last != nil
	})
	refused(t, last, invalid, "USER_PASSWORD_AUTH flow not enabled for this client")
	change(everyFlow...)
	there.srv.until(t, "the flow", func() bool { return errOf(there.passwordSignIn(t, "nils", password)) == nil })
}

// onBoth makes n concurrent calls, half of them on each node.
func onBoth(n int, here, there *app, call func(a *app) error) []error {
	results := make([]error, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		a := here
		if i%2 == 1 {
			a = there
		}
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			results[i] = call(a)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return results
}

// codeOnBothNodes: of two hundred requests that redeem one code, one succeeds.
func codeOnBothNodes(t *testing.T, here, there *app) {
	const email = "nick@example.com"
	ok(here.signUp(t, "nick", password, attr("email", email)))(t)
	// Either node may have sent the message.
	var code string
	here.srv.until(t, "the code", func() bool {
		for _, a := range []*app{here, there} {
			if sent := a.srv.messages(t, email); len(sent) > 0 {
				code = sent[0].Code
			}
		}
		return code != ""
	})
	succeeded := 0
	for _, err := range onBoth(200, here, there, func(a *app) error { return a.confirm(t, "nick", code) }) {
		if err == nil {
			succeeded++
			continue
		}
		refused(t, err, "", "")
	}
	if succeeded != 1 {
		t.Errorf("%d of 200 redeemed the code", succeeded)
	}
	if status := here.adminGetUser(t, "nick").UserStatus; status != "CONFIRMED" {
		t.Errorf("status %s", status)
	}
}

// guessesOnBothNodes: in a burst of wrong passwords on both nodes, only a few
// more are verified than the lock-out allows.
func guessesOnBothNodes(t *testing.T, here, there *app) {
	here.addUser(t, "nina")
	verified := 0
	for _, err := range onBoth(40, here, there, func(a *app) error {
		return errOf(a.passwordSignIn(t, "nina", "Wrong-horse-9"))
	}) {
		if err == nil {
			t.Fatal("a wrong password signs in")
		}
		if isMessage(err, "Incorrect username or password.") {
			verified++
		}
	}
	// Each node verifies one attempt of a user at a time. Two nodes can each be
	// one attempt ahead of what the other has counted, and a lock of one second may
	// expire during the burst.
	if verified > 10 {
		t.Errorf("%d of 40 concurrent guesses were verified", verified)
	}
}
