package api

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func decode(t *testing.T, operation, body string) (any, error) {
	t.Helper()
	op, ok := Lookup(operation)
	if !ok {
		t.Fatalf("no operation %s", operation)
	}
	return op.Decode([]byte(body))
}

// The texts are those of AWS's JSON services.
func TestSerializationErrors(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for body, want := range map[string]string{
		`{"ClientId":7}`:                          "NUMBER_VALUE can not be converted to a String",
		`{"ClientId":true}`:                       "TRUE_VALUE can not be converted to a String",
		`{"ClientId":{}}`:                         "Start of structure or map found where not expected.",
		`{"ClientId":[]}`:                         "Start of list found where not expected",
		`{"UserAttributes":"x"}`:                  "Unexpected field type",
		`{"UserAttributes":[7]}`:                  "Unexpected field type",
		`{"UserAttributes":{"Name":"x"}}`:         "Unexpected field type",
		`{"ClientMetadata":[]}`:                   "Unexpected field type",
		`{"ClientMetadata":{"a":1}}`:              "NUMBER_VALUE can not be converted to a String",
		`[]`:                                      "Unexpected field type",
		`7`:                                       "Unexpected field type",
		`{`:                                       errSyntax.message,
		`{"ClientId":"x"`:                         errSyntax.message,
		`{"ClientId":"x"} trailing`:               errSyntax.message,
		`{"ClientId":"x",}`:                       errSyntax.message,
		`{'ClientId':'x'}`:                        errSyntax.message,
		`{"ClientId":"\ud800"}`:                   errSyntax.message,
		`{"ClientId":"\ud800\u0041"}`:             errSyntax.message,
		`{"ClientId":"\x"}`:                       errSyntax.message,
		"{\"ClientId\":\"a\nb\"}":                 errSyntax.message,
		"{\"ClientId\":\"\xff\"}":                 errSyntax.message,
		`{"Unknown":` + deep + `}`:                errDepth.message,
		`{"Unknown":nul}`:                         errSyntax.message,
		`{"Unknown":01}`:                          errSyntax.message,
		`{"Unknown":` + strings.Repeat("[", 1000): errDepth.message,
	} {
		_, err := decode(t, "SignUp", body)
		var malformed *SerializationError
		if !errors.As(err, &malformed) || malformed.Error() != want {
			t.Errorf("%.60s: %v, want %q", body, err, want)
		}
	}
	for body, fails := range map[string]bool{
		`{"MaxResults":10}`: false, `{"MaxResults":10.0}`: false, `{"MaxResults":1e1}`: false, `{"MaxResults":null}`: false,
		`{"MaxResults":10.5}`: true, `{"MaxResults":"10"}`: true, `{"MaxResults":9007199254740993}`: true,
		`{"MaxResults":-99999999999}`: true, `{"MaxResults":1e999}`: true, `{"MaxResults":true}`: true,
	} {
		if _, err := decode(t, "ListUserPools", body); (err != nil) != fails {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDecoding(t *testing.T) {
	in, err := decode(t, "SignUp", ` {"ClientId" : "first", "clientid":"other case", "Extra":[1,{"a":null}], "Password":null,
		"ClientId":"caf\u00e9 \ud83d\ude00 \"\\\/\b\f\n\r\t", "UserAttributes":[], "ClientMetadata":{} } `)
	if err != nil {
		t.Fatal(err)
	}
	r := in.(*SignUpRequest)
	if *r.ClientId != "café 😀 \"\\/\b\f\n\r\t" {
		t.Errorf("client id %q", *r.ClientId)
	}
	if r.Password != nil || r.UserAttributes == nil || r.ClientMetadata == nil || r.ValidationData != nil {
		t.Error("null, absent and empty are mixed up")
	}
	for _, empty := range []string{"", "  ", "{}"} {
		if in, err := decode(t, "SignUp", empty); err != nil || in.(*SignUpRequest).ClientId != nil {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func TestDecodingIsLinear(t *testing.T) {
	long := `{"Unknown":"` + strings.Repeat(`\u0041`, 1<<20) + `","ClientId":"` + strings.Repeat("x", 5<<20) + `"}`
	many := `{` + strings.Repeat(`"a":1,`, 200_000) + `"ClientId":"x"}`
	begun := time.Now()
	for _, body := range []string{long, many} {
		if _, err := decode(t, "SignUp", body); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("%v for 12 MB", took)
	}
}

func TestEncoding(t *testing.T) {
	op, _ := Lookup("AdminGetUser")
	at := time.UnixMilli(1548099495428)
	whole := time.Unix(1548099495, 0)
	name, yes := "a\"\\\n\x01<>&\u2028é", true
	out := string(op.AppendOutput(nil, &AdminGetUserResponse{Username: &name, UserCreateDate: &at, UserLastModifiedDate: &whole, Enabled: &yes, UserAttributes: []AttributeType{}}))
	want := `{"Enabled":true,"UserAttributes":[],"UserCreateDate":1548099495.428,"UserLastModifiedDate":1548099495,"Username":"a\"\\\n\u0001<>&` + "\u2028é" + `"}`
	if out != want {
		t.Errorf("encoded %s\nwant    %s", out, want)
	}
	device, _ := Lookup("GetDevice")
	if out := string(device.AppendOutput(nil, &GetDeviceResponse{Device: &DeviceType{DeviceLastAuthenticatedDate: &whole}})); out != `{"Device":{"DeviceLastAuthenticatedDate":1548099495.0}}` {
		t.Errorf("encoded %s", out)
	}
	none, _ := Lookup("DeleteUserPool")
	if out := none.AppendOutput(nil, nil); len(out) != 0 || none.HasOutput {
		t.Errorf("an operation without output answers %s", out)
	}
	empty, _ := Lookup("AdminConfirmSignUp")
	if out := string(empty.AppendOutput(nil, &AdminConfirmSignUpResponse{})); out != "{}" {
		t.Errorf("an empty output is %s", out)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	secret := "Planted-Secret"
	for _, v := range []any{
		SignUpRequest{Password: &secret}, &SignUpRequest{Password: &secret}, InitiateAuthRequest{AuthParameters: map[string]string{"PASSWORD": secret}},
		&AuthenticationResultType{AccessToken: &secret}, AttributeType{Value: &secret}, UserPoolClientType{ClientSecret: &secret},
		[]AttributeType{{Value: &secret}}, struct{ In SignUpRequest }{SignUpRequest{Password: &secret}},
	} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", v, v, v, v), log.String()} {
			if strings.Contains(text, secret) {
				t.Errorf("%T prints its secret: %s", v, text)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"ClientId":"x","UserAttributes":[{"Name":"a","Value":"b"}]}`, `{"Settings":{"a":[1,2,{"b":null}]}}`, `{"Policies":{"PasswordPolicy":{"MinimumLength":8}}}`} {
		f.Add(uint8(0), seed)
	}
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		op := &Operations[int(n)%len(Operations)]
		in, err := op.Decode([]byte(body))
		if err != nil {
			var malformed *SerializationError
			if !errors.As(err, &malformed) {
				t.Errorf("%s: %v", op.Name, err)
			}
			return
		}
		op.Validate(in)
	})
}

func BenchmarkDecodeInitiateAuth(b *testing.B) {
	op, _ := Lookup("InitiateAuth")
	body := []byte(`{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"demopublicclient0000000000","AuthParameters":{"USERNAME":"ann","PASSWORD":"Demo-Passw0rd"}}`)
	for b.Loop() {
		in, err := op.Decode(body)
		if err != nil || len(op.Validate(in)) > 0 {
			b.Fatal(err)
		}
	}
}
