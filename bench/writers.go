package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

type in = map[string]any

// scene is the work of concurrent writers. Each repeats it with its own users or,
// as an administrator, in its own pool.
type scene struct {
	name     string
	writers  int
	ownPools bool
	once     func(*writer) error
}

func scenes(writers int) []scene {
	return []scene{
		{"sign-ups", writers, false, (*writer).signUp},
		{"lives of users", writers, false, (*writer).live},
		{"administrators", administrators, true, (*writer).administer},
	}
}

const (
	administrators = 8
	fixedCode      = "123456" // every delivered code
)

// writer is a caller.
type writer struct {
	caller
	poolID, clientID string
	number, serial   int
	name             string // of its newest user
	done             tally
}

// newWriters creates the writers of a scene, and their pools.
func (s scene) newWriters(server caller) ([]*writer, error) {
	writers := make([]*writer, s.writers)
	for i := range writers {
		w := &writer{caller: server, number: i, done: tally{}}
		writers[i] = w
		if i > 0 && !s.ownPools {
			w.poolID, w.clientID = writers[0].poolID, writers[0].clientID
			continue
		}
		var pool struct{ UserPool struct{ Id string } }
		if err := w.Call("CreateUserPool", in{
			"PoolName": s.name, "AutoVerifiedAttributes": []string{"email"},
			"DeviceConfiguration": in{"DeviceOnlyRememberedOnUserPrompt": false},
		}, &pool); err != nil {
			return nil, err
		}
		w.poolID = pool.UserPool.Id
		var client struct{ UserPoolClient struct{ ClientId string } }
		if err := w.Call("CreateUserPoolClient", in{
			"UserPoolId": w.poolID, "ClientName": s.name, "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"},
		}, &client); err != nil {
			return nil, err
		}
		w.clientID = client.UserPoolClient.ClientId
	}
	return writers, nil
}

// tally counts calls by kind.
type tally map[string]*count

// count is for one kind of call. refused are the errors by name.
type count struct {
	took    []time.Duration
	refused map[string]int
}

func (t tally) of(kind string) *count {
	if t[kind] == nil {
		t[kind] = &count{refused: map[string]int{}}
	}
	return t[kind]
}

// call sends an operation and counts it.
func (w *writer) call(kind, operation string, request in, out any) error {
	begun := time.Now()
	err := w.Call(operation, request, out)
	c := w.done.of(kind)
	c.took = append(c.took, time.Since(begun))
	var refusal *harness.Refusal
	switch {
	case errors.As(err, &refusal):
		c.refused[refusal.Type]++
	case err != nil:
		c.refused["no response"]++
	}
	return err
}

func (w *writer) signUp() error {
	w.serial++
	w.name = fmt.Sprintf("user-%d-%d", w.number, w.serial)
	return w.call("SignUp", "SignUp", in{
		"ClientId": w.clientID, "Username": w.name, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": w.name + "@example.com"}},
	}, nil)
}

// signedIn is the response of a sign-in.
type signedIn struct {
	Session              string
	ChallengeParameters  map[string]string
	AuthenticationResult struct {
		AccessToken       string
		NewDeviceMetadata struct{ DeviceKey, DeviceGroupKey string }
	}
}

// live is the life cycle of a user: sign-up, confirmation, a sign-in whose device
// is confirmed, a change of an attribute, and a sign-in with that device.
func (w *writer) live() error {
	if err := w.signUp(); err != nil {
		return err
	}
	if err := w.call("ConfirmSignUp", "ConfirmSignUp", in{
		"ClientId": w.clientID, "Username": w.name, "ConfirmationCode": fixedCode,
	}, nil); err != nil {
		return err
	}
	credentials := map[string]string{"USERNAME": w.name, "PASSWORD": password}
	request := in{"ClientId": w.clientID, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": credentials}
	var first signedIn
	if err := w.call("sign-in", "InitiateAuth", request, &first); err != nil {
		return err
	}
	device := first.AuthenticationResult.NewDeviceMetadata
	v, err := srp.NewVerifier(entropy.System(), device.DeviceGroupKey, device.DeviceKey, password)
	if err != nil {
		return err
	}
	own := in{"AccessToken": first.AuthenticationResult.AccessToken}
	if err := w.call("ConfirmDevice", "ConfirmDevice", plus(own, in{
		"DeviceKey":                  device.DeviceKey,
		"DeviceSecretVerifierConfig": in{"Salt": base64of(v.Salt), "PasswordVerifier": base64of(v.V)},
	}), nil); err != nil {
		return err
	}
	if err := w.call("UpdateUserAttributes", "UpdateUserAttributes", plus(own, in{
		"UserAttributes": []map[string]string{{"Name": "family_name", "Value": w.name}},
	}), nil); err != nil {
		return err
	}
	credentials["DEVICE_KEY"] = device.DeviceKey
	var challenge signedIn
	if err := w.call("sign-in", "InitiateAuth", request, &challenge); err != nil {
		return err
	}
	return w.answerDeviceSRP(srp.Claim{Pool: device.DeviceGroupKey, User: device.DeviceKey}, challenge.Session)
}

// answerDeviceSRP answers DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER.
func (w *writer) answerDeviceSRP(claim srp.Claim, session string) error {
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		return err
	}
	var challenge signedIn
	if err := w.call("device, first step", "RespondToAuthChallenge", in{
		"ClientId": w.clientID, "ChallengeName": "DEVICE_SRP_AUTH", "Session": session,
		"ChallengeResponses": map[string]string{
			"USERNAME": w.name, "DEVICE_KEY": claim.User, "SRP_A": client.PublicHex(),
		},
	}, &challenge); err != nil {
		return err
	}
	p := challenge.ChallengeParameters
	if claim.SecretBlock, err = base64.StdEncoding.DecodeString(p["SECRET_BLOCK"]); err != nil {
		return err
	}
	claim.Timestamp = srpTime()
	return w.call("device, second step", "RespondToAuthChallenge", in{
		"ClientId": w.clientID, "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
		"ChallengeResponses": map[string]string{
			"USERNAME": w.name, "DEVICE_KEY": claim.User, "TIMESTAMP": claim.Timestamp,
			"PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE":    base64of(client.Sign(claim, password, p["SALT"], p["SRP_B"])),
		},
	}, nil)
}

func base64of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// plus returns a copy of a request with more fields.
func plus(request, more in) in {
	request = maps.Clone(request)
	maps.Copy(request, more)
	return request
}

// administer changes the users and the configuration of the writer's own pool.
func (w *writer) administer() error {
	w.serial++
	user := in{"UserPoolId": w.poolID, "Username": fmt.Sprintf("user-%d", w.serial)}
	group := in{"UserPoolId": w.poolID, "GroupName": fmt.Sprintf("group-%d", w.serial)}
	var made struct{ UserPoolClient struct{ ClientId string } }
	for _, s := range []struct {
		operation string
		request   in
		out       any
	}{
		{"AdminCreateUser", plus(user, in{"MessageAction": "SUPPRESS"}), nil},
		{"AdminSetUserPassword", plus(user, in{"Password": password, "Permanent": true}), nil},
		{"AdminUpdateUserAttributes", plus(user, in{
			"UserAttributes": []map[string]string{{"Name": "family_name", "Value": "x"}},
		}), nil},
		{"CreateGroup", group, nil},
		{"AdminAddUserToGroup", plus(user, group), nil},
		{"CreateUserPoolClient", in{"UserPoolId": w.poolID, "ClientName": "made"}, &made},
		{"UpdateUserPool", in{"UserPoolId": w.poolID}, nil},
		{"AdminDeleteUser", user, nil},
		{"DeleteGroup", group, nil},
	} {
		if err := w.call(s.operation, s.operation, s.request, s.out); err != nil {
			return err
		}
	}
	return w.call("DeleteUserPoolClient", "DeleteUserPoolClient", in{
		"UserPoolId": w.poolID, "ClientId": made.UserPoolClient.ClientId,
	}, nil)
}
