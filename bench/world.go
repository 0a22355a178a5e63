package main

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

const password = "Bench-Passw0rd"

type publicKey = rsa.PublicKey

// caller sends one operation of the API.
type caller interface {
	Call(operation string, in map[string]any, out any) error
}

// world is a pool with a crowd and one user's tokens.
type world struct {
	caller
	poolID, clientID, access, refresh string
	// rotating are refresh tokens of a client that rotates, each used by one caller
	// at a time.
	rotatingID string
	rotating   chan string
	serial     atomic.Int64
}

type tokens struct {
	ChallengeParameters  map[string]string
	AuthenticationResult struct{ AccessToken, RefreshToken string }
}

func tempDir() (string, error) { return os.MkdirTemp("", "lifeguard-bench-") }

// newWorld creates a pool with users; all have the same password.
func newWorld(c caller, users int) (*world, error) {
	w := &world{caller: c}
	var pool struct{ UserPool struct{ Id string } }
	if err := c.Call("CreateUserPool", map[string]any{"PoolName": "bench"}, &pool); err != nil {
		return nil, err
	}
	w.poolID = pool.UserPool.Id
	if err := w.addClient(); err != nil {
		return nil, err
	}
	for range users - 1 {
		if err := w.signUp(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// addClient creates a client of the pool, and a first user who is signed in.
func (w *world) addClient() error {
	var client struct{ UserPoolClient struct{ ClientId string } }
	err := w.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": w.poolID, "ClientName": "bench",
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &client)
	if err != nil {
		return err
	}
	w.clientID = client.UserPoolClient.ClientId
	if err := w.signUp(); err != nil {
		return err
	}
	first := map[string]any{"UserPoolId": w.poolID, "Username": "user000001"}
	if err := w.Call("AdminConfirmSignUp", first, nil); err != nil {
		return err
	}
	var t tokens
	err = w.initiate("USER_PASSWORD_AUTH", map[string]string{"USERNAME": "user000001", "PASSWORD": password}, &t)
	w.access, w.refresh = t.AuthenticationResult.AccessToken, t.AuthenticationResult.RefreshToken
	if err != nil {
		return err
	}
	return w.addRotatingClient()
}

// rotatingTokens is the number of callers that can refresh with rotation concurrently.
const rotatingTokens = 64

// addRotatingClient signs the first user in to a client that rotates.
func (w *world) addRotatingClient() error {
	var client struct{ UserPoolClient struct{ ClientId string } }
	if err := w.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": w.poolID, "ClientName": "rotating", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"},
		"RefreshTokenRotation": map[string]any{"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
	}, &client); err != nil {
		return err
	}
	w.rotatingID, w.rotating = client.UserPoolClient.ClientId, make(chan string, rotatingTokens)
	for range rotatingTokens {
		var t tokens
		if err := w.Call("InitiateAuth", map[string]any{
			"ClientId": w.rotatingID, "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": map[string]string{"USERNAME": "user000001", "PASSWORD": password},
		}, &t); err != nil {
			return err
		}
		w.rotating <- t.AuthenticationResult.RefreshToken
	}
	return nil
}

// rotate refreshes and keeps the new refresh token.
func (w *world) rotate() error {
	var t tokens
	old := <-w.rotating
	err := w.Call("GetTokensFromRefreshToken", map[string]any{"ClientId": w.rotatingID, "RefreshToken": old}, &t)
	w.rotating <- t.AuthenticationResult.RefreshToken
	return err
}

func (w *world) initiate(flow string, params map[string]string, out any) error {
	return w.Call("InitiateAuth", map[string]any{
		"ClientId": w.clientID, "AuthFlow": flow, "AuthParameters": params,
	}, out)
}

func (w *world) signUp() error {
	name := fmt.Sprintf("user%06d", w.serial.Add(1))
	return w.Call("SignUp", map[string]any{
		"ClientId": w.clientID, "Username": name, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": name + "@example.com"}},
	}, nil)
}

// operations are the operations that can be measured, by name.
var operations = map[string]func(*world) error{
	"signup": (*world).signUp,
	"password": func(w *world) error {
		return w.initiate("USER_PASSWORD_AUTH", map[string]string{"USERNAME": "user000001", "PASSWORD": password}, nil)
	},
	"refresh": func(w *world) error {
		return w.initiate("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": w.refresh}, nil)
	},
	"rotate": (*world).rotate,
	"srp-first": func(w *world) error {
		return w.initiate("USER_SRP_AUTH", map[string]string{"USERNAME": "user000001", "SRP_A": "abc"}, nil)
	},
	"srp": (*world).srp,
	"getuser": func(w *world) error {
		return w.Call("GetUser", map[string]any{"AccessToken": w.access}, nil)
	},
	"admingetuser": func(w *world) error {
		return w.Call("AdminGetUser", map[string]any{"UserPoolId": w.poolID, "Username": "user000001"}, nil)
	},
	"listusers": func(w *world) error {
		return w.Call("ListUsers", map[string]any{"UserPoolId": w.poolID}, nil)
	},
	"listbyemail": func(w *world) error {
		return w.Call("ListUsers", map[string]any{
			"UserPoolId": w.poolID, "Filter": `email = "user000001@example.com"`,
		}, nil)
	},
	"listbyprefix": func(w *world) error {
		return w.Call("ListUsers", map[string]any{
			"UserPoolId": w.poolID, "Filter": `email ^= "user00"`, "Limit": 10,
		}, nil)
	},
}

// srp is both steps, including the arithmetic of a client.
func (w *world) srp() error {
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		return err
	}
	var first tokens
	params := map[string]string{"USERNAME": "user000001", "SRP_A": client.PublicHex()}
	if err := w.initiate("USER_SRP_AUTH", params, &first); err != nil {
		return err
	}
	p := first.ChallengeParameters
	block, err := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	if err != nil {
		return err
	}
	_, pool, _ := strings.Cut(w.poolID, "_")
	claim := srp.Claim{Pool: pool, User: p["USER_ID_FOR_SRP"], SecretBlock: block, Timestamp: srpTime()}
	signature := client.Sign(claim, password, p["SALT"], p["SRP_B"])
	return w.Call("RespondToAuthChallenge", map[string]any{
		"ClientId": w.clientID, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": map[string]string{
			"USERNAME": claim.User, "TIMESTAMP": claim.Timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE": base64of(signature),
		},
	}, nil)
}

// srpTime returns the current time in the format of SRP clients.
func srpTime() string { return time.Now().UTC().Format("Mon Jan 2 15:04:05 UTC 2006") }
