package awsapi_test

import (
	"fmt"
	"testing"
)

var protected = object{"UserPoolAddOns": object{"AdvancedSecurityMode": "AUDIT"}}

func TestRiskConfiguration(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(protected)
	ofPool := object{"UserPoolId": pool}
	ofClient := with(ofPool, object{"ClientId": w.client(pool, nil)})
	shown := func(ref object) object {
		return at(w.must("DescribeRiskConfiguration", ref), "RiskConfiguration").(object)
	}
	same := func(what string, got object, want object) {
		t.Helper()
		delete(got, "LastModifiedDate")
		if g, w := asJSON(t, got), asJSON(t, want); g != w {
			t.Errorf("%s: %s, want %s", what, g, w)
		}
	}
	same("never set", shown(ofPool), ofPool)
	same("never set for the client", shown(ofClient), ofClient)
	same("response", at(w.must("SetRiskConfiguration", with(ofPool, wholeRisk)), "RiskConfiguration").(object),
		with(ofPool, wholeRisk))
	if shown(ofPool)["LastModifiedDate"] == nil {
		t.Error("no LastModifiedDate")
	}
	same("the pool's", shown(ofPool), with(ofPool, wholeRisk))
	same("the client's is not the pool's", shown(ofClient), ofClient)
	// Each part alone replaces the whole; the filter has a default.
	block := object{"CompromisedCredentialsRiskConfiguration": object{"Actions": object{"EventAction": "BLOCK"}}}
	w.must("SetRiskConfiguration", with(ofClient, block))
	same("the client's", shown(ofClient), with(ofClient, object{"CompromisedCredentialsRiskConfiguration": object{
		"Actions": object{"EventAction": "BLOCK"}, "EventFilter": []string{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"},
	}}))
	exceptions := object{"RiskExceptionConfiguration": object{"BlockedIPRangeList": []string{"10.0.0.0/8"}}}
	w.must("SetRiskConfiguration", with(ofClient, exceptions))
	same("the client's, replaced", shown(ofClient), with(ofClient, exceptions))
	// An empty request removes it.
	same("removed", at(w.must("SetRiskConfiguration", ofClient), "RiskConfiguration").(object), ofClient)
	same("the client's, removed", shown(ofClient), ofClient)
	same("the pool's stays", shown(ofPool), with(ofPool, wholeRisk))
	// An empty request for a pool restores Cognito's defaults.
	blocked := object{"EventAction": "BLOCK", "Notify": false}
	defaults := with(ofPool, object{
		"CompromisedCredentialsRiskConfiguration": object{
			"Actions": object{"EventAction": "BLOCK"}, "EventFilter": []string{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"},
		},
		"AccountTakeoverRiskConfiguration": object{
			"Actions": object{"LowAction": blocked, "MediumAction": blocked, "HighAction": blocked},
		},
	})
	same("back to the defaults", at(w.must("SetRiskConfiguration", ofPool), "RiskConfiguration").(object), defaults)
	same("the defaults, read", shown(ofPool), defaults)
	w.poolRefusals("SetRiskConfiguration", ofPool)
	w.poolRefusals("DescribeRiskConfiguration", ofPool)
}

func TestRiskConfigurationRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(protected)
	ref := object{"UserPoolId": pool}
	var many []string
	for i := range 201 {
		many = append(many, fmt.Sprintf("10.0.0.%d/32", i%256))
	}
	ranges := func(list ...string) object {
		return with(ref, object{"RiskExceptionConfiguration": object{"SkippedIPRangeList": list}})
	}
	w.must("SetRiskConfiguration", ranges(many[:200]...))
	if _, refused := w.call("SetRiskConfiguration", ranges(many...)); refused == "" {
		t.Error("201 ranges are accepted")
	}
	for _, r := range []string{
		"10.0.0.1", "10.0.0.0/33", "10.0.0/8", "2001:db8::/129", "fe80::1%eth0/64", "", "example.com/8",
	} {
		w.refusal("SetRiskConfiguration", ranges(r),
			"InvalidParameterException: "+r+" is not an IP range in CIDR notation.")
	}
	notify := func(n object) object {
		takeover := object{"Actions": object{}, "NotifyConfiguration": n}
		return with(ref, object{"AccountTakeoverRiskConfiguration": takeover})
	}
	sender := object{"SourceArn": "arn:aws:ses:us-east-1:111111111111:identity/a@example.com"}
	w.must("SetRiskConfiguration", notify(sender))
	w.refusal("SetRiskConfiguration", notify(with(sender, object{"MfaEmail": object{"Subject": "s"}})),
		"InvalidParameterException: MfaEmail needs HtmlBody, TextBody or both.")
	w.refusal("SetRiskConfiguration", notify(object{"SourceArn": "arn:aws:iam::111111111111:role/sms"}),
		"InvalidEmailRoleAccessPolicyException: SourceArn is not the ARN of an Amazon SES identity.")
	for _, client := range []string{"nobody", w.client(w.pool(nil), nil)} {
		for _, operation := range []string{"SetRiskConfiguration", "DescribeRiskConfiguration"} {
			w.refusal(operation, with(ref, object{"ClientId": client}),
				"ResourceNotFoundException: User pool client "+client+" does not exist.")
		}
	}
	for _, mode := range []object{nil, {"UserPoolAddOns": object{"AdvancedSecurityMode": "OFF"}}} {
		plain := object{"UserPoolId": w.pool(mode)}
		sameJSON(t, "without threat protection",
			at(w.must("DescribeRiskConfiguration", plain), "RiskConfiguration"), plain)
		w.must("SetRiskConfiguration", with(plain, wholeRisk))
		w.must("SetRiskConfiguration", plain)
	}
}

// A client's risk configuration is deleted with it, and does not apply to a new
// client with the same id.
func TestRiskConfigurationIsDeletedWithItsClient(t *testing.T) {
	w := newWorld(t)
	ref := object{"UserPoolId": w.pool(protected), "ClientId": "again"}
	for range 2 {
		w.client(ref["UserPoolId"].(string), object{"ClientName": "_custom_id_:again"})
		sameJSON(t, "a new client", at(w.must("DescribeRiskConfiguration", ref), "RiskConfiguration"), ref)
		w.must("SetRiskConfiguration", with(ref, wholeRisk))
		w.must("DeleteUserPoolClient", ref)
	}
}
