package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
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
		`{"Unknown":-}`:                           errSyntax.message,
		`{"Unknown":1.}`:                          errSyntax.message,
		`{"Unknown":.5}`:                          errSyntax.message,
		`{"Unknown":1e}`:                          errSyntax.message,
		`{"Unknown":+1}`:                          errSyntax.message,
		`{"ClientMetadata":{"a":{}}}`:             "Start of structure or map found where not expected.",
		`{"Unknown":` + strings.Repeat("[", 1000): errDepth.message,
	} {
		_, err := decode(t, "SignUp", body)
		var malformed *SerializationError
		if !errors.As(err, &malformed) || malformed.Error() != want {
			t.Errorf("%.60s: %v, want %q", body, err, want)
		}
	}
	for _, c := range []struct{ operation, body, want string }{
		{"ListUserPools", `{"MaxResults":"10"}`, "class java.lang.String can not be converted to an Integer"},
		{"ListUserPools", `{"MaxResults":false}`, "FALSE_VALUE can not be converted to an Integer"},
		{"ConfirmSignUp", `{"ForceAliasCreation":"true"}`, "class java.lang.String can not be converted to a Boolean"},
		{"ConfirmSignUp", `{"ForceAliasCreation":1}`, "NUMBER_VALUE can not be converted to a Boolean"},
		{"CreateManagedLoginBranding", `{"Settings":"x"}`, "Unexpected field type"},
		{"CreateManagedLoginBranding", `{"Settings":[]}`, "Unexpected field type"},
		{"CreateManagedLoginBranding", `{"Assets":{}}`, "Unexpected field type"},
		{"SetUICustomization", `{"ImageFile":"?"}`, "A blob must be base64 text."},
		{"SetUICustomization", `{"ImageFile":5}`, "NUMBER_VALUE can not be converted to a String"},
	} {
		if _, err := decode(t, c.operation, c.body); err == nil || err.Error() != c.want {
			t.Errorf("%s %s: %v, want %q", c.operation, c.body, err, c.want)
		}
	}
	for body, fails := range map[string]bool{
		`{"MaxResults":10}`: false, `{"MaxResults":10.0}`: false, `{"MaxResults":1e1}`: false,
		`{"MaxResults":null}`: false, `{"MaxResults":10.5}`: true, `{"MaxResults":"10"}`: true,
		`{"MaxResults":9007199254740993}`: true, `{"MaxResults":-99999999999}`: true,
		`{"MaxResults":1e999}`: true, `{"MaxResults":true}`: true,
	} {
		if _, err := decode(t, "ListUserPools", body); (err != nil) != fails {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDecoding(t *testing.T) {
	in, err := decode(t, "SignUp",
		` {"ClientId" : "first", "clientid":"other case", "Extra":[1,{"a":null}], "Password":null,
		"ClientId":"caf\u00e9 \ud83d\ude00 \"\\\/\b\f\n\r\t", "UserAttributes":[], "ClientMetadata":{} } `)
	if err != nil {
		t.Fatal(err)
	}
	r := in.(*SignUpRequest)
	if *r.ClientId != "café 😀 \"\\/\b\f\n\r\t" {
		t.Errorf("client id %q", *r.ClientId)
	}
	if r.Password != nil || r.UserAttributes == nil || r.ClientMetadata == nil || r.ValidationData != nil {
		t.Error("null, absent and empty are not distinguished")
	}
	in, err = decode(t, "CreateManagedLoginBranding", `{"Settings": {"a" : [1, null]} , "Settings":null}`)
	if err != nil || in.(*CreateManagedLoginBrandingRequest).Settings != nil {
		t.Errorf("a later null does not replace an earlier document: %v", err)
	}
	in, err = decode(t, "SignUp",
		`{"ClientMetadata":{"a":"1","b":"2","a":"3","b":null},"UserAttributes":[null,{"Name":"x"}],"Password":"p",`+
			`"Password":null}`)
	if err != nil {
		t.Fatal(err)
	}
	r = in.(*SignUpRequest)
	if len(r.ClientMetadata) != 1 || r.ClientMetadata["a"] != "3" || len(r.UserAttributes) != 1 || r.Password != nil {
		t.Errorf("duplicates and nulls: %v, %d attributes", r.ClientMetadata, len(r.UserAttributes))
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
	// Quadratic decoding would take hours.
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("%v for 12 MB", took)
	}
}

func TestTimestampsAreReadInBothForms(t *testing.T) {
	for text, want := range map[string]string{
		`1548099495.428`: "2019-01-21T19:38:15.428Z", `1.548099495428E9`: "2019-01-21T19:38:15.428Z",
		`0`: "1970-01-01T00:00:00Z", `-1.5`: "1969-12-31T23:59:58.5Z",
		`"2019-01-21T19:38:15.428Z"`: "2019-01-21T19:38:15.428Z", `"2019-01-21T20:38:15+01:00"`: "2019-01-21T19:38:15Z",
		`"yesterday"`: "", `1e300`: "", `true`: "", `{}`: "",
	} {
		var v *time.Time
		err := (&decoder{data: []byte(text)}).timestamp(&v)
		if (err != nil) != (want == "") || err == nil && v.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v %v, want %q", text, v, err, want)
		}
	}
}

func TestEncoding(t *testing.T) {
	op, _ := Lookup("AdminGetUser")
	at := time.UnixMilli(1548099495428)
	whole := time.Unix(1548099495, 0)
	name, yes := "a\"\\\n\x01<>&\u2028é", true
	out := string(op.AppendOutput(nil, &AdminGetUserResponse{
		Username: &name, UserCreateDate: &at, UserLastModifiedDate: &whole, Enabled: &yes,
		UserAttributes: []AttributeType{},
	}))
	want := `{"Enabled":true,"UserAttributes":[],"UserCreateDate":1548099495.428,"UserLastModifiedDate":1548099495,` +
		`"Username":"a\"\\\n\u0001<>&` + "\u2028é" + `"}`
	if out != want {
		t.Errorf("encoded %s\nwant    %s", out, want)
	}
	device, _ := Lookup("GetDevice")
	if out := string(device.AppendOutput(nil, &GetDeviceResponse{
		Device: &DeviceType{DeviceLastAuthenticatedDate: &whole},
	})); out != `{"Device":{"DeviceLastAuthenticatedDate":1548099495.0}}` {
		t.Errorf("encoded %s", out)
	}
	branding, _ := Lookup("CreateManagedLoginBranding")
	for document, want := range map[string]string{
		`{"a": 1}`: `{"ManagedLoginBranding":{"Settings":{"a": 1}}}`, "": `{"ManagedLoginBranding":{}}`,
	} {
		response := CreateManagedLoginBrandingResponse{
			ManagedLoginBranding: &ManagedLoginBrandingType{Settings: Document(document)},
		}
		out := branding.AppendOutput(nil, &response)
		if string(out) != want {
			t.Errorf("encoded %s, want %s", out, want)
		}
	}
	broken := "a\xffb"
	if out := string(op.AppendOutput(nil,
		&AdminGetUserResponse{Username: &broken})); out != "{\"Username\":\"a\ufffdb\"}" {
		t.Errorf("encoded %q", out)
	}
	none, _ := Lookup("DeleteUserPool")
	if out := none.AppendOutput(nil, nil); len(out) != 0 || none.HasOutput {
		t.Errorf("an operation without output returned %s", out)
	}
	empty, _ := Lookup("AdminConfirmSignUp")
	if out := string(empty.AppendOutput(nil, &AdminConfirmSignUpResponse{})); out != "{}" {
		t.Errorf("an empty output is %s", out)
	}
}

// prints formats a value in every way in which it can be logged.
func prints(v any) string {
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	text, err := json.Marshal(v)
	return log.String() + fmt.Sprintf("%v %+v %#v %s %q %d", v, v, v, v, v, v) + fmt.Sprint(string(text), err)
}

func TestSecretsDoNotPrint(t *testing.T) {
	secret := "Planted-Secret"
	for _, v := range []any{
		SignUpRequest{Password: &secret}, &SignUpRequest{Password: &secret},
		InitiateAuthRequest{AuthParameters: map[string]string{"PASSWORD": secret}},
		&RespondToAuthChallengeRequest{ChallengeResponses: map[string]string{"ANSWER": secret}},
		&AuthenticationResultType{AccessToken: &secret}, AttributeType{Value: &secret},
		UserPoolClientType{ClientSecret: &secret}, []AttributeType{{Value: &secret}},
		struct{ In SignUpRequest }{SignUpRequest{Password: &secret}},
		map[string]any{"in": &SignUpRequest{Password: &secret}},
		(*SignUpRequest)(nil),
	} {
		if text := prints(v); strings.Contains(text, secret) {
			t.Errorf("%T prints its secret: %s", v, text)
		}
	}
}

// secretNames are members that must not be printed even if their shape is not
// sensitive.
var secretNames = []string{
	"Password", "PreviousPassword", "ProposedPassword", "TemporaryPassword", "ClientSecret", "ClientSecretValue",
	"SecretHash", "AccessToken", "IdToken", "RefreshToken", "Token", "Session", "SecretCode", "UserCode",
	"ConfirmationCode", "Code", "FeedbackToken", "Secret", "AuthParameters", "ChallengeParameters", "ProviderDetails",
	"PreSignedUrl", "UserAttributes",
}

// plant returns a value of a shape in which every secret text is the marker.
func (m testModel) plant(shape, marker string, secret bool) any {
	s := m.Shapes[shape]
	secret = secret || s.Sensitive
	switch s.Type {
	case "string":
		if secret {
			return marker
		}
		return "plain"
	case "list":
		return []any{m.plant(s.Member.Shape, marker, secret)}
	case "map":
		return map[string]any{"key": m.plant(s.Value.Shape, marker, secret)}
	case "structure":
		out := map[string]any{}
		for name, r := range s.Members {
			out[name] = m.plant(r.Shape, marker, secret || slices.Contains(secretNames, name))
		}
		return out
	}
	return m.sample(shape, false)
}

// No request or response of any operation prints its secrets.
func TestNoOperationPrintsSecrets(t *testing.T) {
	const marker = "Planted-Secret"
	m := patchedModel(t)
	planted := 0
	for name, o := range m.Operations {
		op, _ := Lookup(name)
		in, err := op.Decode(asJSON(t, m.plant(o.Input.Shape, marker, false)))
		if err != nil {
			t.Fatal(err)
		}
		values := []any{in}
		if out := newOutput(name); out != nil {
			if err := decodeBody(asJSON(t, m.plant(o.Output.Shape, marker, false)),
				out.(interface{ decode(*decoder) error }).decode); err != nil {
				t.Fatal(err)
			}
			values = append(values, out)
		}
		for _, v := range values {
			if strings.Contains(string(encoded(v)), marker) {
				planted++
			}
			text := prints(v) + prints([]any{v, reflect.ValueOf(v).Elem().Interface()})
			if strings.Contains(text, marker) {
				t.Errorf("%T prints its secret: %.500s", v, text)
			}
		}
	}
	if planted < 100 {
		t.Errorf("only %d secrets planted", planted)
	}
}

func FuzzDecode(f *testing.F) {
	m := patchedModel(f)
	for i, op := range Operations {
		for _, largest := range []bool{false, true} {
			f.Add(uint8(i), string(asJSON(f, m.sample(m.Operations[op.Name].Input.Shape, largest))))
		}
	}
	for _, body := range []string{
		``, ` {} `, `{"a":[1,-2.5e+3,"\u00e9\ud83d\ude00",{"b":null}],"c":true}`,
		`{"MaxResults":01}`, `[`, `{"a":"\ud800"}`,
	} {
		f.Add(uint8(0), body)
	}
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		op := &Operations[int(n)%len(Operations)]
		in, err := op.Decode([]byte(body))
		if err != nil {
			var malformed *SerializationError
			if nul := errors.Is(err, errNUL) && strings.Contains(body, `\u0000`); !nul && !errors.As(err, &malformed) {
				t.Errorf("%s: %v", op.Name, err)
			}
			valid := json.Valid([]byte(body)) && utf8.ValidString(body) && !strings.Contains(body, `\u`)
			if errors.Is(err, errSyntax) && valid {
				t.Errorf("%s refuses valid JSON: %q", op.Name, body)
			}
			return
		}
		if strings.Trim(body, " \t\r\n") != "" && !json.Valid([]byte(body)) {
			t.Errorf("%s accepts invalid JSON: %q", op.Name, body)
		}
		op.Validate(in)
		once := encoded(in)
		again, err := op.Decode(once)
		if err != nil || !json.Valid(once) {
			t.Fatalf("%s cannot decode its own output: %v: %s", op.Name, err, once)
		}
		if twice := encoded(again); !bytes.Equal(once, twice) {
			t.Errorf("%s is not stable:\n%s\n%s", op.Name, once, twice)
		}
	})
}

func BenchmarkDecodeInitiateAuth(b *testing.B) {
	op, _ := Lookup("InitiateAuth")
	body := []byte(
		`{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"demopublicclient0000000000","AuthParameters":{"USERNAME":"ann",` +
			`"PASSWORD":"Demo-Passw0rd"}}`,
	)
	for b.Loop() {
		in, err := op.Decode(body)
		if err != nil || len(op.Validate(in)) > 0 {
			b.Fatal(err)
		}
	}
}

func TestStatusOf(t *testing.T) {
	for name, want := range map[string]int{
		InternalErrorException: 500, InternalServerException: 500, NotAuthorizedException: 400,
		TooManyRequestsException: 400, SerializationException: 400, UnknownOperationException: 400, "": 400,
	} {
		if got := StatusOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// The error of Unbuilt names the operation.
func TestUnbuilt(t *testing.T) {
	for i := range Operations {
		op := &Operations[i]
		in, err := op.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		var unbuilt *NotBuiltError
		if _, err := op.Call(t.Context(), Unbuilt{}, in); !errors.As(err, &unbuilt) || unbuilt.Operation != op.Name {
			t.Errorf("%s: %v", op.Name, err)
		}
		if fields := reflect.ValueOf(in).Elem(); op.PoolID != nil {
			id := "us-east-1_A"
			fields.FieldByName("UserPoolId").Set(reflect.ValueOf(&id))
			if got := op.PoolID(in); got == nil || *got != id {
				t.Errorf("%s: pool id %v", op.Name, got)
			}
		}
		for member, read := range map[string]func(any) *string{
			"UserPoolId": op.PoolID, "ClientId": op.ClientID, "AccessToken": op.AccessToken,
		} {
			if has := reflect.ValueOf(in).Elem().FieldByName(member).IsValid(); has != (read != nil) {
				t.Errorf("%s: %s", op.Name, member)
			}
		}
	}
}
