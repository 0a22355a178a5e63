package awsapi_test

import (
	"encoding/base64"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// A device signs in as in the guide's samples, by which neither answer has a
// Session, for an app and for a server. Source: guide page
// amazon-cognito-user-pools-device-tracking.
func TestDeviceSignInWithoutSession(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true}})
	start := object{"ClientId": d.client, "AuthFlow": "USER_PASSWORD_AUTH"}
	name := object{"USERNAME": "ann", "PASSWORD": "Right-Passw0rd"}
	result := d.must("InitiateAuth", with(start, object{"AuthParameters": name}))["AuthenticationResult"].(object)
	made := result["NewDeviceMetadata"].(object)
	key, group := at(made, "DeviceKey").(string), at(made, "DeviceGroupKey").(string)
	v, err := srp.NewVerifier(entropy.System(), group, key, "secret")
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString
	d.must("ConfirmDevice", object{
		"AccessToken": result["AccessToken"], "DeviceKey": key,
		"DeviceSecretVerifierConfig": object{"Salt": text(v.Salt), "PasswordVerifier": text(v.V)},
	})
	d.refusal("RespondToAuthChallenge", object{
		"ClientId": d.client, "ChallengeName": "DEVICE_SRP_AUTH",
		"ChallengeResponses": object{"USERNAME": "ann", "DEVICE_KEY": key, "SRP_A": "0a"},
	}, "InvalidParameterException: Missing required parameter Session")
	for operation, more := range map[string]object{
		"RespondToAuthChallenge": {}, "AdminRespondToAuthChallenge": {"UserPoolId": d.pool},
	} {
		client, err := srp.NewClient(entropy.System())
		if err != nil {
			t.Fatal(err)
		}
		answer := func(challenge string, responses object) object {
			return with(more, object{
				"ClientId": d.client, "ChallengeName": challenge,
				"ChallengeResponses": with(object{"USERNAME": "ann", "DEVICE_KEY": key}, responses),
			})
		}
		first := answer("DEVICE_SRP_AUTH", object{"SRP_A": client.PublicHex()})
		d.must("InitiateAuth", with(start, object{"AuthParameters": with(name, object{"DEVICE_KEY": key})}))
		p := d.must(operation, first)["ChallengeParameters"].(object)
		block, err := base64.StdEncoding.DecodeString(at(p, "SECRET_BLOCK").(string))
		if err != nil {
			t.Fatal(err)
		}
		claim := srp.Claim{
			Pool: group, User: key, SecretBlock: block, Timestamp: d.clk.Now().Format("Mon Jan 2 15:04:05 UTC 2006"),
		}
		out := d.must(operation, answer("DEVICE_PASSWORD_VERIFIER", object{
			"PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"], "TIMESTAMP": claim.Timestamp,
			"PASSWORD_CLAIM_SIGNATURE": text(client.Sign(claim, "secret", at(p, "SALT").(string), at(p, "SRP_B").(string))),
		}))
		if result, ok := out["AuthenticationResult"].(object); !ok || result["AccessToken"] == nil || result["NewDeviceMetadata"] != nil {
			t.Errorf("%s: %v", operation, out)
		}
		d.refusal(operation, first, "NotAuthorizedException: Invalid session for the user, session can only be used once.")
	}
}
