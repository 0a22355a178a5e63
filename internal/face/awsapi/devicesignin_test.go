package awsapi_test

import (
	"encoding/base64"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

func srpClient(t *testing.T) *srp.Client {
	t.Helper()
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// proof returns the responses to the challenge with the parameters p, for a user's
// password or a device's secret. For a device, pool is the device group key and
// user is the device key.
func (w *world) proof(client *srp.Client, pool, user, secret string, p object) object {
	w.t.Helper()
	block, err := base64.StdEncoding.DecodeString(at(p, "SECRET_BLOCK").(string))
	if err != nil {
		w.t.Fatal(err)
	}
	claim := srp.Claim{
		Pool: pool, User: user, SecretBlock: block, Timestamp: w.clk.Now().Format("Mon Jan 2 15:04:05 UTC 2006"),
	}
	return object{
		"PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"], "TIMESTAMP": claim.Timestamp,
		"PASSWORD_CLAIM_SIGNATURE": b64(client.Sign(claim, secret, at(p, "SALT").(string), at(p, "SRP_B").(string))),
	}
}

// firstSignIn signs a user in from a new device and confirms the device, with the
// secret "secret".
func (d *devices) firstSignIn(name string) (group, key string) {
	d.t.Helper()
	out, refused := d.signIn(d.client, name, "Right-Passw0rd")
	if refused != "" {
		d.t.Fatal(refused)
	}
	device := at(out, "AuthenticationResult.NewDeviceMetadata").(object)
	group, key = at(device, "DeviceGroupKey").(string), at(device, "DeviceKey").(string)
	v, err := srp.NewVerifier(entropy.System(), group, key, "secret")
	if err != nil {
		d.t.Fatal(err)
	}
	d.must("ConfirmDevice", object{
		"AccessToken": at(out, "AuthenticationResult.AccessToken"), "DeviceKey": key,
		"DeviceSecretVerifierConfig": object{"Salt": b64(v.Salt), "PasswordVerifier": b64(v.V)},
	})
	return group, key
}

// A device signs in as in the guide's samples, where no request has a Session, for
// an app and for a server. Source: guide page
// amazon-cognito-user-pools-device-tracking.
func TestDeviceSignInWithoutSession(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true}})
	start := object{"ClientId": d.client, "AuthFlow": "USER_PASSWORD_AUTH"}
	name := object{"USERNAME": "ann", "PASSWORD": "Right-Passw0rd"}
	group, key := d.firstSignIn("ann")
	d.refusal("RespondToAuthChallenge", object{
		"ClientId": d.client, "ChallengeName": "DEVICE_SRP_AUTH",
		"ChallengeResponses": object{"USERNAME": "ann", "DEVICE_KEY": key, "SRP_A": "0a"},
	}, "InvalidParameterException: Missing required parameter Session")
	for operation, more := range map[string]object{
		"RespondToAuthChallenge": {}, "AdminRespondToAuthChallenge": {"UserPoolId": d.pool},
	} {
		client := srpClient(t)
		answer := func(challenge string, responses object) object {
			return with(more, object{
				"ClientId": d.client, "ChallengeName": challenge,
				"ChallengeResponses": with(object{"USERNAME": "ann", "DEVICE_KEY": key}, responses),
			})
		}
		first := answer("DEVICE_SRP_AUTH", object{"SRP_A": client.PublicHex()})
		d.must("InitiateAuth", with(start, object{"AuthParameters": with(name, object{"DEVICE_KEY": key})}))
		p := d.must(operation, first)["ChallengeParameters"].(object)
		out := d.must(operation, answer("DEVICE_PASSWORD_VERIFIER", d.proof(client, group, key, "secret", p)))
		if result, ok := out["AuthenticationResult"].(object); !ok || result["AccessToken"] == nil ||
			result["NewDeviceMetadata"] != nil {
			t.Errorf("%s: %v", operation, out)
		}
		d.refusal(operation, first,
			"NotAuthorizedException: Invalid session for the user, session can only be used once.")
	}
}
