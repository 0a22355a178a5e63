package awsapi_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
)

type tieredFeature struct {
	operation, tier, enough string
	in                      object
	features                string
}

// tieredFeatures returns features that one tier lacks and another has.
func tieredFeatures() map[string]tieredFeature {
	v2 := object{"PreTokenGenerationConfig": object{"LambdaVersion": "V2_0", "LambdaArn": lambdaARN}}
	rotation := object{
		"RefreshTokenRotation": object{"Feature": "ENABLED"}, "ExplicitAuthFlows": []string{"ALLOW_USER_SRP_AUTH"},
	}
	history := object{"Policies": object{"PasswordPolicy": object{"MinimumLength": 8, "PasswordHistorySize": 3}}}
	return map[string]tieredFeature{
		"passwordless": {
			"UpdateUserPool", "LITE", "ESSENTIALS", firstFactors("PASSWORD", "EMAIL_OTP"), "Passwordless Sign-In",
		},
		"token": {
			"UpdateUserPool", "LITE", "ESSENTIALS", object{"LambdaConfig": v2},
			"Token Customization with Pre-Token Generation Lambda V2_0",
		},
		"several": {
			"UpdateUserPool", "LITE", "ESSENTIALS", with(history, object{"LambdaConfig": v2}),
			"Token Customization with Pre-Token Generation Lambda V2_0, Password History",
		},
		"step-up": {
			"UpdateUserPool", "LITE", "ESSENTIALS",
			object{"AcrConfiguration": object{"Level1": object{"AcrValue": "one"}}}, "Step-Up Authentication",
		},
		"registration": {
			"UpdateUserPool", "LITE", "ESSENTIALS", object{"DcrConfiguration": object{"EnableStatus": "Enabled"}},
			"Dynamic Client Registration",
		},
		"protection, LITE": {"UpdateUserPool", "LITE", "PLUS", protected, "Threat Protection"},
		"protection":       {"UpdateUserPool", "ESSENTIALS", "PLUS", protected, "Threat Protection"},
		"choice": {
			"CreateUserPoolClient", "LITE", "ESSENTIALS",
			object{"ClientName": "c", "ExplicitAuthFlows": []string{"ALLOW_USER_AUTH"}}, "Choice-Based Sign-In",
		},
		"rotation": {
			"CreateUserPoolClient", "LITE", "ESSENTIALS",
			with(rotation, object{"ClientName": "c"}), "Refresh Token Rotation",
		},
		"rotation later": {"UpdateUserPoolClient", "LITE", "ESSENTIALS", rotation, "Refresh Token Rotation"},
		"e-mail MFA": {
			"SetUserPoolMfaConfig", "LITE", "ESSENTIALS",
			object{"MfaConfiguration": "ON", "EmailMfaConfiguration": object{}}, "Email MFA",
		},
		"passkeys": {
			"SetUserPoolMfaConfig", "LITE", "ESSENTIALS",
			object{"WebAuthnConfiguration": object{"UserVerification": "required"}}, "WebAuthn Configuration",
		},
		"log export": {
			"SetLogDeliveryConfiguration", "ESSENTIALS", "PLUS", object{"LogConfigurations": []object{toBucket}},
			"User Activity Log Export",
		},
		"replica": {
			"CreateUserPoolReplica", "LITE", "ESSENTIALS",
			object{"RegionName": "us-west-2"}, "Multi-Region Replication",
		},
		"sessions": {
			"SetUserPoolSessionConfiguration", "LITE", "ESSENTIALS",
			object{"UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 5}}, "User Session Tracking",
		},
	}
}

// If tiers are enforced, every operation that can enable a feature refuses it in a
// tier without the feature. The same request succeeds in a tier with the feature,
// and if tiers are not enforced.
func TestTiersAreEnforced(t *testing.T) {
	refused := func(tier, features string) string {
		return "FeatureUnavailableInTierException: The following features need to be disabled for the " + tier +
			" pricing tier configured: " + features
	}
	for name, c := range tieredFeatures() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			in := func(tier string) object {
				ref := object{"UserPoolId": w.pool(with(with(replicable, ownMail), object{"UserPoolTier": tier}))}
				if c.operation == "UpdateUserPoolClient" {
					ref["ClientId"] = w.client(ref["UserPoolId"].(string), nil)
				}
				return with(c.in, ref)
			}
			w.must(c.operation, in(c.tier))
			w.gate.Service.(*awsapi.Operations).Tiers = true
			w.refusal(c.operation, in(c.tier), refused(c.tier, c.features))
			w.must(c.operation, in(c.enough))
			if c.operation == "UpdateUserPool" {
				w.refusal("CreateUserPool", with(c.in, object{"PoolName": "p", "UserPoolTier": c.tier}),
					refused(c.tier, c.features))
				w.must("CreateUserPool", with(c.in, object{"PoolName": "p", "UserPoolTier": c.enough}))
			}
		})
	}
}

// A tier without a feature that the pool or one of its clients uses is refused.
func TestTierDowngrades(t *testing.T) {
	w := newWorld(t)
	w.gate.Service.(*awsapi.Operations).Tiers = true
	pool := w.pool(ownMail)
	ref := object{"UserPoolId": pool}
	lite := with(ref, object{"UserPoolTier": "LITE"})
	const refused = "FeatureUnavailableInTierException: " +
		"The following features need to be disabled for the LITE pricing tier configured: "
	choice := object{"ExplicitAuthFlows": []string{"ALLOW_USER_AUTH"}}
	client := with(ref, object{"ClientId": w.client(pool, choice)})
	w.must("SetUserPoolMfaConfig", with(ref, object{"MfaConfiguration": "ON", "EmailMfaConfiguration": object{}}))
	w.refusal("UpdateUserPool", lite, refused+"Email MFA, Choice-Based Sign-In")
	w.must("SetUserPoolMfaConfig", ref)
	w.refusal("UpdateUserPool", lite, refused+"Choice-Based Sign-In")
	w.must("UpdateUserPoolClient", client)
	w.must("UpdateUserPool", lite)
	// Threat protection sets the tier only if the request has none.
	plus := w.pool(protected)
	if got := at(w.must("DescribeUserPool", object{"UserPoolId": plus}), "UserPool.UserPoolTier"); got != "PLUS" {
		t.Errorf("the tier is %v", got)
	}
	// Every tier has notifications.
	w.must("SetLogDeliveryConfiguration", with(ref, object{"LogConfigurations": []object{toLogGroup}}))
}
