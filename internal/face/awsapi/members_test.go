package awsapi_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/api"
)

// requestType returns the type of an operation's request.
func requestType(t *testing.T, operation string) reflect.Type {
	t.Helper()
	op, ok := api.Lookup(operation)
	if !ok {
		t.Fatalf("no operation %s", operation)
	}
	in, err := op.Decode([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return reflect.TypeOf(in).Elem()
}

// inside returns the element type of pointers, lists and maps.
func inside(typ reflect.Type) reflect.Type {
	for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, typ.Kind()) {
		typ = typ.Elem()
	}
	return typ
}

// memberPaths lists the paths of all scalar members of a type.
func memberPaths(typ reflect.Type, path string) (paths []string) {
	typ = inside(typ)
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() {
		return []string{path}
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		paths = append(paths, memberPaths(f.Type, strings.TrimPrefix(path+"."+f.Name, "."))...)
	}
	return paths
}

// sentPaths marks the paths of a type that a request sends.
func sentPaths(typ reflect.Type, v any, path string, sent map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			sentPaths(typ.Elem(), item, path, sent)
		}
		return
	case object:
		if typ.Kind() == reflect.Map {
			for _, item := range v {
				sentPaths(typ.Elem(), item, path, sent)
			}
			return
		}
		for name, item := range v {
			if f, ok := inside(typ).FieldByName(name); ok {
				sentPaths(f.Type, item, strings.TrimPrefix(path+"."+name, "."), sent)
			}
		}
		return
	}
	sent[path] = true
}

// plain returns a value as encoding/json decodes it.
func plain[T any](t *testing.T, v T) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(asJSON(t, v)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// missing lists the paths at which a response does not have what was sent. Objects
// in the response may have further members; lists may not have further elements.
func missing(sent, answered any, path string) (paths []string) {
	switch sent := sent.(type) {
	case object:
		answer, _ := answered.(object)
		for name, v := range sent {
			paths = append(paths, missing(v, answer[name], path+"."+name)...)
		}
		return paths
	case []any:
		answer, ok := answered.([]any)
		if !ok || len(answer) != len(sent) {
			return []string{path}
		}
		for i, v := range sent {
			paths = append(paths, missing(v, answer[i], path+"[]")...)
		}
		return paths
	}
	if !reflect.DeepEqual(sent, answered) {
		return []string{path}
	}
	return nil
}

// only keeps the members that an operation's request has.
func only(t *testing.T, operation string, in object) object {
	t.Helper()
	typ, out := requestType(t, operation), object{}
	for name, v := range in {
		if _, ok := typ.FieldByName(name); ok {
			out[name] = v
		}
	}
	return out
}

const keyARN = "arn:aws:kms:us-east-1:111111111111:key/mrk-0123456789abcdef0123456789abcdef"

// otherPools have the members that cannot be combined with those of everything.
var otherPools = []object{
	{
		"LambdaConfig": object{
			"PreSignUp": lambdaARN, "PostConfirmation": lambdaARN, "CustomMessage": lambdaARN,
			"PreAuthentication": lambdaARN, "PostAuthentication": lambdaARN,
			"DefineAuthChallenge": lambdaARN, "CreateAuthChallenge": lambdaARN,
			"VerifyAuthChallengeResponse": lambdaARN, "PreTokenGeneration": lambdaARN, "UserMigration": lambdaARN,
			"PreTokenGenerationConfig": object{"LambdaVersion": "V3_0", "LambdaArn": lambdaARN}, "KMSKeyID": keyARN,
			"CustomSMSSender":   object{"LambdaVersion": "V1_0", "LambdaArn": lambdaARN},
			"CustomEmailSender": object{"LambdaVersion": "V1_0", "LambdaArn": lambdaARN},
			"InboundFederation": object{"LambdaVersion": "V1_0", "LambdaArn": lambdaARN},
		},
		"KeyConfiguration": object{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": keyARN},
		"DcrConfiguration": object{
			"EnableStatus": "Enabled", "OpenDcrEnabled": true, "AuthenticatedGrantTypes": []string{"code"},
			"OpenDcrGrantTypes": []string{"code", "implicit"}, "AllowedScopes": []string{"api/read"},
		},
		"SmsConfiguration": object{"EumsSms": object{
			"CallerArn": "arn:aws:iam::111111111111:role/sms", "ConfigurationSetName": "set", "ExternalId": "x",
			"InEntityId": "entity", "InTemplateId": "template",
			"OriginationIdentity": "+15555550100", "Region": "us-east-1",
		}},
		"AdminCreateUserConfig": object{"UnusedAccountValidityDays": 9},
		"AliasAttributes":       []string{"email", "preferred_username"},
		"UsernameConfiguration": object{"CaseSensitive": false},
		"Schema": []object{
			{
				"Name": "team", "AttributeDataType": "String",
				"Mutable": false, "Required": false, "DeveloperOnlyAttribute": false,
				"StringAttributeConstraints": object{"MinLength": "1", "MaxLength": "8"},
			},
			{
				"Name": "level", "AttributeDataType": "Number",
				"NumberAttributeConstraints": object{"MinValue": "1", "MaxValue": "8"},
			},
		},
	},
	{
		"UsernameAttributes": []string{"email"},
		"DcrConfiguration":   object{"AuthenticatedGrantTypes": []string{}, "OpenDcrGrantTypes": []string{}},
	},
}

var otherClient = object{
	"ClientSecret": "0123456789abcdef0123456789", "ExplicitAuthFlows": []string{"ALLOW_USER_SRP_AUTH"},
	"EnableTokenRevocation": true,
	"RefreshTokenRotation":  object{"Feature": "ENABLED", "RetryGracePeriodSeconds": 30},
	"AnalyticsConfiguration": object{
		"ApplicationId": "abc", "RoleArn": "arn:aws:iam::111111111111:role/r", "ExternalId": "x",
		"UserDataShared": true,
	},
}

var notice = object{"Subject": "Notice", "HtmlBody": "<p>Hello</p>", "TextBody": "Hello there"}

// wholeRisk has every member of a risk configuration.
var wholeRisk = object{
	"CompromisedCredentialsRiskConfiguration": object{
		"EventFilter": []string{"SIGN_IN"}, "Actions": object{"EventAction": "BLOCK"},
	},
	"AccountTakeoverRiskConfiguration": object{
		"Actions": object{
			"LowAction":    object{"EventAction": "NO_ACTION", "Notify": false},
			"MediumAction": object{"EventAction": "MFA_IF_CONFIGURED", "Notify": true},
			"HighAction":   object{"EventAction": "BLOCK", "Notify": true},
		},
		"NotifyConfiguration": object{
			"SourceArn": "arn:aws:ses:us-east-1:111111111111:identity/a@example.com", "From": "A <a@example.com>",
			"ReplyTo": "r@example.com", "BlockEmail": notice, "MfaEmail": notice, "NoActionEmail": notice,
		},
	},
	"RiskExceptionConfiguration": object{
		"BlockedIPRangeList": []string{"192.0.2.0/24"}, "SkippedIPRangeList": []string{"2001:db8::/32", "10.0.0.1/32"},
	},
}

// wholeMfa has every member of a configuration of second factors.
var wholeMfa = object{
	"MfaConfiguration": "OPTIONAL",
	"SmsMfaConfiguration": object{
		"SmsAuthenticationMessage": "Code {####}",
		"SmsConfiguration": object{
			"SnsCallerArn": "arn:aws:iam::111111111111:role/sms", "ExternalId": "x", "SnsRegion": "us-east-1",
		},
	},
	"SoftwareTokenMfaConfiguration": object{"Enabled": true},
	"EmailMfaConfiguration":         object{"Message": "Code {####}", "Subject": "Your code"},
	"WebAuthnConfiguration": object{
		"RelyingPartyId": "login.example.com", "UserVerification": "required",
		"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
	},
}

var ownMail = object{"EmailConfiguration": object{
	"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:111111111111:identity/a@example.com",
}}

// settableMembers is an operation whose settings another operation returns.
type settableMembers struct {
	operation string
	// not lists members that are not settings.
	not     []string
	samples []object
	// set sends a request and returns the settings as they are read then.
	set func(object) object
}

func settable(w *world) []settableMembers {
	read := func(operation, path string, in object) object { return at(w.must(operation, in), path).(object) }
	pools := append([]object{with(everything, object{"PoolName": "p"})}, otherPools...)
	watched := w.pool(object{"UserPoolAddOns": object{"AdvancedSecurityMode": "ENFORCED"}})
	client := w.client(watched, nil)
	logs := func(c object) object { return object{"LogConfigurations": []object{c}} }
	smsByEums := object{"SmsMfaConfiguration": object{"SmsConfiguration": otherPools[0]["SmsConfiguration"]}}
	return []settableMembers{
		{"CreateUserPool", nil, pools, func(in object) object {
			return read("DescribeUserPool", "UserPool", object{"UserPoolId": w.pool(in)})
		}},
		{"UpdateUserPool", []string{"UserPoolId"}, pools, func(in object) object {
			ref := object{"UserPoolId": w.pool(nil)}
			w.must("UpdateUserPool", with(in, ref))
			return read("DescribeUserPool", "UserPool", ref)
		}},
		{"CreateUserPoolClient", []string{"UserPoolId", "GenerateSecret"}, []object{
			with(wholeClient, object{"ClientName": "c", "GenerateSecret": true}), otherClient,
		}, func(in object) object {
			return read("DescribeUserPoolClient", "UserPoolClient",
				object{"UserPoolId": watched, "ClientId": w.client(watched, in)})
		}},
		{"UpdateUserPoolClient", []string{"UserPoolId", "ClientId"},
			[]object{with(wholeClient, object{"ClientName": "c"}), otherClient}, func(in object) object {
				ref := object{"UserPoolId": watched, "ClientId": w.client(watched, object{"GenerateSecret": true})}
				w.must("UpdateUserPoolClient", with(in, ref))
				return read("DescribeUserPoolClient", "UserPoolClient", ref)
			}},
		{"SetUserPoolMfaConfig", []string{"UserPoolId"}, []object{wholeMfa, with(wholeMfa, smsByEums)},
			func(in object) object {
				ref := object{"UserPoolId": w.pool(ownMail)}
				w.must("SetUserPoolMfaConfig", with(in, ref))
				return w.must("GetUserPoolMfaConfig", ref)
			}},
		{"SetRiskConfiguration", []string{"UserPoolId"},
			[]object{wholeRisk, with(wholeRisk, object{"ClientId": client})}, func(in object) object {
				ref := object{"UserPoolId": watched}
				if in["ClientId"] != nil {
					ref["ClientId"] = in["ClientId"]
				}
				w.must("SetRiskConfiguration", with(in, ref))
				return read("DescribeRiskConfiguration", "RiskConfiguration", ref)
			}},
		{"SetLogDeliveryConfiguration", []string{"UserPoolId"},
			[]object{logs(toLogGroup), logs(toBucket), logs(toStream)}, func(in object) object {
				ref := object{"UserPoolId": watched}
				w.must("SetLogDeliveryConfiguration", with(in, ref))
				return read("GetLogDeliveryConfiguration", "LogDeliveryConfiguration", ref)
			}},
		{"SetUserPoolSessionConfiguration", []string{"UserPoolId"},
			[]object{{"UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 7}}},
			func(in object) object {
				ref := object{"UserPoolId": watched}
				w.must("SetUserPoolSessionConfiguration", with(in, ref))
				return w.must("GetUserPoolSessionConfiguration", ref)
			}},
		{"SetUserPoolClientSessionConfiguration", []string{"UserPoolId", "ClientId"},
			[]object{{"SSOSession": object{"MaxValidityMinutes": 0}}}, func(in object) object {
				ref := object{"UserPoolId": watched, "ClientId": client}
				w.must("SetUserPoolClientSessionConfiguration", with(in, ref))
				return w.must("GetUserPoolClientSessionConfiguration", ref)
			}},
	}
}

// Every member that can be set is in some sample, and is returned.
func TestEverySettableMemberIsReturned(t *testing.T) {
	w := newWorld(t)
	for _, c := range settable(w) {
		typ, sent := requestType(t, c.operation), map[string]bool{}
		for _, sample := range c.samples {
			in := plain(t, only(t, c.operation, sample))
			sentPaths(typ, in, "", sent)
			answer := c.set(in)
			for _, name := range c.not {
				delete(in, name)
			}
			if _, ok := in["PoolName"]; ok {
				answer["PoolName"] = answer["Name"]
			}
			if schema, ok := in["Schema"].([]any); ok {
				answer["Schema"] = customAttributes(answer["SchemaAttributes"].([]any), len(schema))
			}
			for _, path := range missing(in, answer, "") {
				t.Errorf("%s: %s was sent and is not returned", c.operation, path[1:])
			}
		}
		for _, path := range memberPaths(typ, "") {
			if name, _, _ := strings.Cut(path, "."); !sent[path] && !slices.Contains(c.not, name) {
				t.Errorf("%s: no sample sends %s", c.operation, path)
			}
		}
	}
}

// customAttributes returns the last n attributes of a pool's schema, with the names
// that were sent.
func customAttributes(schema []any, n int) []any {
	schema = schema[len(schema)-n:]
	for _, a := range schema {
		a := a.(object)
		a["Name"] = strings.TrimPrefix(a["Name"].(string), "custom:")
	}
	return schema
}
