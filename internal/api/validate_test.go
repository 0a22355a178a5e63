package api

import (
	"strings"
	"testing"
)

// The beginnings of the messages.
const (
	one = "1 validation error detected: "
	two = "2 validation errors detected: "
)

// violations has bodies that violate the model, and the messages.
var violations = []struct{ operation, body, want string }{
	{"DescribeUserPool", `{"UserPoolId":"string"}`,
		one + `Value 'string' at 'userPoolId' failed to satisfy constraint: Member must satisfy ` +
			`regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
	{"GetUserAttributeVerificationCode", `{"AccessToken":"a.b.c"}`,
		one + `Value null at 'attributeName' failed to satisfy constraint: Member must not be null`},
	{"SignUp", `{"ClientId":"c","Username":"u","Password":" x"}`,
		one + `Value at 'password' failed to satisfy constraint: Member must satisfy regular ` +
			`expression pattern: ^[\S]+.*[\S]+$`},
	{"ConfirmSignUp", `{"ClientId":"c","Username":"u","ConfirmationCode":"1 12 123"}`,
		one + `Value '1 12 123' at 'confirmationCode' failed to satisfy constraint: Member must ` +
			`satisfy regular expression pattern: [\S]+`},
	{"ConfirmSignUp", `{"ClientId":"c","Username":"u","ConfirmationCode":""}`,
		two + `Value '' at 'confirmationCode' failed to satisfy constraint: Member must have ` +
			`length greater than or equal to 1; ` +
			`Value '' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression ` +
			`pattern: [\S]+`},
	{"TagResource",
		`{"ResourceArn":"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A","Tags":{"":"b","a":"` +
			strings.Repeat("x", 257) + `"}}`,
		two + `Value '{=b, a=` + strings.Repeat("x", 257) +
			`}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: ` +
			`[Member must have length less than or equal to 128, ` +
			`Member must have length greater than or equal to 1]; ` +
			`Value '{=b, a=` + strings.Repeat("x", 257) +
			`}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: ` +
			`[Member must have length less than or equal to 256, Member must have length greater than or equal to 0]`},
	{"CreateUserPoolClient", `{"UserPoolId":"us-east-1_A","ClientName":"c","AllowedOAuthScopes":["a b"]}`,
		one + `Value '[a b]' at 'allowedOAuthScopes' failed to satisfy constraint: Member must ` +
			`satisfy constraint: ` +
			`[Member must have length less than or equal to 256, Member must have length greater than or equal to 1, ` +
			`Member must satisfy regular expression pattern: [\x21\x23-\x5B\x5D-\x7E]+]`},
	{"CreateIdentityProvider",
		`{"UserPoolId":"us-east-1_A","ProviderName":"abc","ProviderType":"OIDC","ProviderDetails":{"client_secret":"` +
			strings.Repeat("x", 131073) + `"}}`,
		one + `Value at 'providerDetails' failed to satisfy constraint: Map value must satisfy ` +
			`constraint: [Member must have length less than or equal to 131072, ` +
			`Member must have length greater than or equal to 0]`},
	{"CreateUserPool", `{"PoolName":"p","AcrConfiguration":{"Level1":{"AcrValue":"a b"}}}`,
		one + `Value 'a b' at 'acrConfiguration.Level1.member.acrValue' failed to satisfy ` +
			`constraint: ` +
			`Member must satisfy regular expression pattern: [\x21\x23-\x5B\x5D-\x7E]+`},
	{"SetUserPoolSessionConfiguration",
		`{"UserPoolId":"us-east-1_A","UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":101}}`,
		one + `Value '101' at 'tokenSession.maxPerUser' failed to satisfy constraint: Member must ` +
			`have value less than or equal to 100`},
	{"SignUp", `{"ClientId":"c","Username":"a b","SecretHash":"?"}`,
		two + `Value at 'secretHash' failed to satisfy constraint: Member must satisfy regular ` +
			`expression pattern: [\w+=/]+; ` +
			`Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: ` +
			`[\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
	{"CreateUserPool", `{"PoolName":"p","AutoVerifiedAttributes":["fax"]}`,
		one + `Value '[fax]' at 'autoVerifiedAttributes' failed to satisfy constraint: Member must ` +
			`satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]`},
	{"CreateUserPool", `{"PoolName":"p","Schema":[{"Name":"` + strings.Repeat("x", 21) + `"}]}`,
		one + `Value '` + strings.Repeat("x", 21) +
			`' at 'schema.1.member.name' failed to satisfy constraint: ` +
			`Member must have length less than or equal to 20`},
	{"CreateUserPool", `{"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":5,"PasswordHistorySize":25}}}`,
		two + `Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: ` +
			`Member must have value greater than or equal to 6; ` +
			`Value '25' at 'policies.passwordPolicy.passwordHistorySize' failed to satisfy constraint: ` +
			`Member must have value less than or equal to 24`},
	{"ListUserPools", `{"MaxResults":61}`,
		one + `Value '61' at 'maxResults' failed to satisfy constraint: Member must have value ` +
			`less than or equal to 60`},
	{"InitiateAuth", `{"ClientId":"c","AuthFlow":"NO"}`,
		one + `Value 'NO' at 'authFlow' failed to satisfy constraint: Member must satisfy enum ` +
			`value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, ` +
			`USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]`},
	{"ListUsers", `{}`,
		one + `Value null at 'userPoolId' failed to satisfy constraint: Member must not be null`},
}

// The messages are quoted from the live service.
func TestValidationMessages(t *testing.T) {
	for _, c := range violations {
		op, _ := Lookup(c.operation)
		in, err := op.Decode([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if got := Refuse(op.Validate(in)).Message; got != c.want {
			t.Errorf("%s %.60s:\n got %s\nwant %s", c.operation, c.body, got, c.want)
		}
	}
}

func TestValidInputs(t *testing.T) {
	for operation, body := range map[string]string{
		"SignUp":        `{"ClientId":"c","Username":"ann@example.com","Password":"with inner space"}`,
		"ConfirmSignUp": `{"ClientId":"c","Username":"ann","ConfirmationCode":"123456"}`,
		"ListUserPools": `{"MaxResults":60}`,
		"CreateUserPool": `{"PoolName":"p","SmsConfiguration":{"SnsCallerArn":"",` +
			`"EumsSms":{"CallerArn":"arn:aws:iam::123456789012:role/sms"}}}`,
		"GetClientToken": `{"ClientId":"c","Secret":"abcdefghijklmnopqrstuvwxyz","Scopes":["api/read"]}`,
		"AddCustomAttributes": `{"UserPoolId":"us-east-1_A","CustomAttributes":[{"Name":"team",` +
			`"AttributeDataType":"String"}]}`,
	} {
		op, _ := Lookup(operation)
		in, err := op.Decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if v := op.Validate(in); len(v) > 0 {
			t.Errorf("%s: %v", operation, v)
		}
	}
	for _, sizes := range []struct {
		units int
		valid bool
	}{{128, true}, {129, false}, {130, false}} {
		// A character outside the Basic Multilingual Plane has length 2, as in Java.
		name := strings.Repeat("a", sizes.units%2) + strings.Repeat("😀", sizes.units/2)
		op, _ := Lookup("ForgotPassword")
		in, _ := op.Decode([]byte(`{"ClientId":"c","Username":"` + name + `"}`))
		if v := op.Validate(in); (len(v) == 0) != sizes.valid {
			t.Errorf("%d code units: %v", sizes.units, v)
		}
	}
	// Passwordless sign-up sends a blank password.
	op, _ := Lookup("SignUp")
	in, _ := op.Decode([]byte(`{"ClientId":"c","Username":"ann","Password":""}`))
	if v := op.Validate(in); len(v) > 0 {
		t.Errorf("blank password: %v", v)
	}
}
