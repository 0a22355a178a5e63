package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// probe makes the request about a name whose response is timed.
type probe func(name string) (*http.Request, error)

// population is a pool whose client hides users, with as many users as unknown
// names of the same form. fresh users have not confirmed their sign-up.
type population struct {
	*harness.Server
	poolID, clientID, srpA string
	users, unknown         []string
	fresh, unknownFresh    []string
}

// functions is the server's flag for the functions of CUSTOM_AUTH, which
// immediately request the password.
var functions = []string{"--trigger", `challenge=exec:sed -u -E s/^."id":"([0-9]+)".*/{"id":"\1","result":` +
	`{"response":{"challengeName":"PASSWORD_VERIFIER","issueTokens":false,"failAuthentication":false}}}/`}

const callback = "https://app.example.com/"

func newPopulation(p *harness.Server, n int) (*population, error) {
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		return nil, err
	}
	c := &population{Server: p, srpA: client.PublicHex()}
	if err := c.makeClient(); err != nil {
		return nil, err
	}
	c.users, c.unknown = halves("user", n)
	c.fresh, c.unknownFresh = halves("sign", n)
	return c, errors.Join(inParallel(c.users, c.addUser), inParallel(c.fresh, c.signUp))
}

func (c *population) makeClient() error {
	var pool struct{ UserPool struct{ Id string } }
	function := "arn:aws:lambda:us-east-1:000000000000:function:challenge"
	if err := c.Call("CreateUserPool", map[string]any{
		"PoolName": "population", "AutoVerifiedAttributes": []string{"email"},
		"Policies": map[string]any{
			"SignInPolicy": map[string]any{"AllowedFirstAuthFactors": []string{"PASSWORD", "EMAIL_OTP"}},
		},
		"LambdaConfig": map[string]any{
			"DefineAuthChallenge": function, "CreateAuthChallenge": function, "VerifyAuthChallengeResponse": function,
		},
	}, &pool); err != nil {
		return err
	}
	c.poolID = pool.UserPool.Id
	var client struct{ UserPoolClient struct{ ClientId string } }
	err := c.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": c.poolID, "ClientName": "population", "PreventUserExistenceErrors": "ENABLED",
		"ExplicitAuthFlows": []string{
			"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH",
			"ALLOW_CUSTOM_AUTH",
		},
		"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": []string{"code"},
		"AllowedOAuthScopes": []string{"openid"}, "CallbackURLs": []string{callback},
		"SupportedIdentityProviders": []string{"COGNITO"},
	}, &client)
	c.clientID = client.UserPoolClient.ClientId
	return err
}

// halves returns 2n names in random order, in two halves.
func halves(prefix string, n int) (first, second []string) {
	for _, i := range rand.Perm(2 * n) {
		first = append(first, fmt.Sprintf("%s%06d", prefix, i))
	}
	return first[:n], first[n:]
}

// inParallel calls a function for every name, with limited concurrency.
func inParallel(names []string, do func(name string) error) (failed error) {
	const callers = 16
	var working sync.WaitGroup
	var mu sync.Mutex
	for i := range callers {
		// It ends after its share of the names, before Wait returns.
		working.Go(func() {
			for j := i; j < len(names); j += callers {
				if err := do(names[j]); err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed = err
					return
				}
			}
		})
	}
	working.Wait()
	return failed
}

func (c *population) addUser(name string) error {
	err := c.Call("AdminCreateUser", map[string]any{
		"UserPoolId": c.poolID, "Username": name, "MessageAction": "SUPPRESS",
		"UserAttributes": []map[string]string{
			{"Name": "email", "Value": name + "@example.com"}, {"Name": "email_verified", "Value": "true"},
		},
	}, nil)
	if err != nil {
		return err
	}
	return c.Call("AdminSetUserPassword", map[string]any{
		"UserPoolId": c.poolID, "Username": name, "Password": password, "Permanent": true,
	}, nil)
}

func (c *population) signUp(name string) error {
	return c.Call("SignUp", map[string]any{
		"ClientId": c.clientID, "Username": name, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": name + "@example.com"}},
	}, nil)
}

const wrongPassword, wrongCode = "Wrong-Passw0rd", "000000"

// comparisons are the requests that a client can make about a name. Requests that
// send codes come before those that answer them.
func (c *population) comparisons() []comparison {
	of := func(title string, p probe) comparison {
		return comparison{title: title, probe: p, known: c.users, unknown: c.unknown}
	}
	ofFresh := func(title string, p probe) comparison {
		return comparison{title: title, probe: p, known: c.fresh, unknown: c.unknownFresh}
	}
	return []comparison{
		of("USER_SRP_AUTH", c.startSRP),
		of("PASSWORD_VERIFIER, wrong", c.verifier),
		of("USER_PASSWORD_AUTH, wrong", c.start("USER_PASSWORD_AUTH", "PASSWORD", wrongPassword)),
		of("ADMIN_USER_PASSWORD_AUTH, wrong", c.adminStart),
		of("login page, wrong password", c.page),
		of("USER_AUTH, list", c.start("USER_AUTH")),
		of("USER_AUTH, wrong password",
			c.start("USER_AUTH", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", wrongPassword)),
		of("CUSTOM_AUTH, SRP_A", c.start("CUSTOM_AUTH", "CHALLENGE_NAME", "SRP_A", "SRP_A", c.srpA)),
		of("ForgotPassword", c.about("ForgotPassword")),
		of("ConfirmForgotPassword, wrong code",
			c.about("ConfirmForgotPassword", "ConfirmationCode", wrongCode, "Password", password)),
		ofFresh("ResendConfirmationCode", c.about("ResendConfirmationCode")),
		ofFresh("ConfirmSignUp, wrong code", c.about("ConfirmSignUp", "ConfirmationCode", wrongCode)),
	}
}

// with returns a map with a member for the name and further members.
func with(member, name string, more []string) map[string]string {
	m := map[string]string{member: name}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// about returns the probe that sends an operation about an account.
func (c *population) about(operation string, more ...string) probe {
	return func(name string) (*http.Request, error) {
		in := map[string]any{"ClientId": c.clientID}
		for member, value := range with("Username", name, more) {
			in[member] = value
		}
		return harness.Request(c.URL, operation, in)
	}
}

// start returns the probe that begins a sign-in.
func (c *population) start(flow string, more ...string) probe {
	return func(name string) (*http.Request, error) {
		return harness.Request(c.URL, "InitiateAuth", map[string]any{
			"ClientId": c.clientID, "AuthFlow": flow, "AuthParameters": with("USERNAME", name, more),
		})
	}
}

func (c *population) startSRP(name string) (*http.Request, error) {
	return c.start("USER_SRP_AUTH", "SRP_A", c.srpA)(name)
}

func (c *population) adminStart(name string) (*http.Request, error) {
	return harness.Request(c.URL, "AdminInitiateAuth", map[string]any{
		"UserPoolId": c.poolID, "ClientId": c.clientID, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": with("USERNAME", name, []string{"PASSWORD", wrongPassword}),
	})
}

// verifier starts an SRP exchange and answers it with a wrong signature.
func (c *population) verifier(name string) (*http.Request, error) {
	var first tokens
	if err := c.Call("InitiateAuth", map[string]any{
		"ClientId": c.clientID, "AuthFlow": "USER_SRP_AUTH",
		"AuthParameters": with("USERNAME", name, []string{"SRP_A", c.srpA}),
	}, &first); err != nil {
		return nil, err
	}
	return harness.Request(c.URL, "RespondToAuthChallenge", map[string]any{
		"ClientId": c.clientID, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": map[string]string{
			"USERNAME": name, "TIMESTAMP": srpTime(),
			"PASSWORD_CLAIM_SECRET_BLOCK": first.ChallengeParameters["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE":    base64.StdEncoding.EncodeToString(make([]byte, 32)),
		},
	})
}

// page sends the form of the login page. Any anti-forgery value is accepted if it
// is both in the cookie and in the form.
func (c *population) page(name string) (*http.Request, error) {
	const csrf = "0123456789abcdef"
	at := url.Values{"client_id": {c.clientID}, "response_type": {"code"}, "redirect_uri": {callback}}
	form := url.Values{"_csrf": {csrf}, "username": {name}, "password": {wrongPassword}}
	r, err := http.NewRequest(http.MethodPost, c.URL+"/login?"+at.Encode(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "XSRF-TOKEN", Value: csrf})
	return r, nil
}
