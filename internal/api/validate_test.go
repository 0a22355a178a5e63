package api

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// The messages are quoted from the live service.
func TestValidationMessages(t *testing.T) {
	for _, c := range []struct{ operation, body, want string }{
		{"DescribeUserPool", `{"UserPoolId":"string"}`,
			`1 validation error detected: Value 'string' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
		{"GetUserAttributeVerificationCode", `{"AccessToken":"a.b.c"}`,
			`1 validation error detected: Value null at 'attributeName' failed to satisfy constraint: Member must not be null`},
		{"SignUp", `{"ClientId":"c","Username":"u","Password":" x"}`,
			`1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`},
		{"SignUp", `{"ClientId":"c","Username":"a b","SecretHash":"?"}`,
			`2 validation errors detected: Value at 'secretHash' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=/]+; ` +
				`Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		{"CreateUserPool", `{"PoolName":"p","AutoVerifiedAttributes":["fax"]}`,
			`1 validation error detected: Value '[fax]' at 'autoVerifiedAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]`},
		{"CreateUserPool", `{"PoolName":"p","Schema":[{"Name":"` + strings.Repeat("x", 21) + `"}]}`,
			`1 validation error detected: Value '` + strings.Repeat("x", 21) + `' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20`},
		{"CreateUserPool", `{"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":5,"PasswordHistorySize":25}}}`,
			`2 validation errors detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6; ` +
				`Value '25' at 'policies.passwordPolicy.passwordHistorySize' failed to satisfy constraint: Member must have value less than or equal to 24`},
		{"ListUserPools", `{"MaxResults":61}`,
			`1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60`},
		{"InitiateAuth", `{"ClientId":"c","AuthFlow":"NO"}`,
			`1 validation error detected: Value 'NO' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]`},
		{"ListUsers", `{}`,
			`1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null`},
	} {
		op, _ := Lookup(c.operation)
		in, err := op.Decode([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if got := FormatViolations(op.Validate(in)); got != c.want {
			t.Errorf("%s %.60s:\n got %s\nwant %s", c.operation, c.body, got, c.want)
		}
	}
}

func TestValidInputs(t *testing.T) {
	for operation, body := range map[string]string{
		"SignUp":              `{"ClientId":"c","Username":"ann@example.com","Password":"with inner space"}`,
		"ConfirmSignUp":       `{"ClientId":"c","Username":"ann","ConfirmationCode":"123456"}`,
		"ListUserPools":       `{"MaxResults":60}`,
		"AddCustomAttributes": `{"UserPoolId":"us-east-1_A","CustomAttributes":[{"Name":"team","AttributeDataType":"String"}]}`,
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
	// Passwordless sign-up sends a blank password.
	op, _ := Lookup("SignUp")
	in, _ := op.Decode([]byte(`{"ClientId":"c","Username":"ann","Password":""}`))
	if v := op.Validate(in); len(v) > 0 {
		t.Errorf("blank password: %v", v)
	}
}

// Every pattern of the model compiles in Go's dialect.
func TestPatternsCompile(t *testing.T) {
	text, err := os.ReadFile("model/cognito-idp-2016-04-18.json")
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Shapes map[string]struct{ Pattern string }
	}
	if err := json.Unmarshal(text, &model); err != nil {
		t.Fatal(err)
	}
	for name, s := range model.Shapes {
		if s.Pattern != "" {
			func() {
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("%s: %v", name, p)
					}
				}()
				matches(s.Pattern, "x")
			}()
		}
	}
	for bucket, want := range map[string]bool{"my-bucket": true, "my.bucket": true, "bucket.": false, "": true} {
		if matches(`^[0-9A-Za-z\.\-_]*(?<!\.)$`, bucket) != want {
			t.Errorf("bucket %q", bucket)
		}
	}
}

// filler writes a random valid-looking JSON value for each shape of the model.
type filler struct {
	shapes map[string]struct {
		Type       string
		Members    map[string]struct{ Shape string }
		Member     struct{ Shape string }
		Key, Value struct{ Shape string }
		Document   bool
	}
	chance *rand.Rand
}

func (f filler) value(shape string, depth int) any {
	s := f.shapes[shape]
	switch s.Type {
	case "integer", "long":
		return f.chance.IntN(1000)
	case "boolean":
		return f.chance.IntN(2) == 0
	case "timestamp":
		return 1548099495.428
	case "blob":
		return "AAEC"
	case "list":
		return []any{f.value(s.Member.Shape, depth+1)}
	case "map":
		return map[string]any{"key": f.value(s.Value.Shape, depth+1)}
	case "structure":
		out := map[string]any{}
		for name, m := range s.Members {
			if depth < 8 {
				out[name] = f.value(m.Shape, depth+1)
			}
		}
		return out
	default:
		return "text \"é\""
	}
}

// Every operation's largest input comes back from its types as it went in:
// no member is lost, renamed or of another kind.
func TestEveryInputRoundTrips(t *testing.T) {
	text, err := os.ReadFile("model/cognito-idp-2016-04-18.json")
	if err != nil {
		t.Fatal(err)
	}
	f := filler{chance: rand.New(rand.NewPCG(1, 2))}
	model := struct {
		Operations map[string]struct{ Input struct{ Shape string } }
		Shapes     any
	}{Shapes: &f.shapes}
	if err := json.Unmarshal(text, &model); err != nil {
		t.Fatal(err)
	}
	if len(model.Operations) != len(Operations) {
		t.Errorf("%d operations in the model, %d in the table", len(model.Operations), len(Operations))
	}
	for name, o := range model.Operations {
		op, ok := Lookup(name)
		if !ok {
			t.Errorf("%s is not in the table", name)
			continue
		}
		body, err := json.Marshal(f.value(o.Input.Shape, 0))
		if err != nil {
			t.Fatal(err)
		}
		in, err := op.Decode(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var e encoder
		in.(interface{ encode(*encoder) }).encode(&e)
		var sent, back any
		if json.Unmarshal(body, &sent) != nil || json.Unmarshal(e.b, &back) != nil {
			t.Fatalf("%s: %s", name, e.b)
		}
		a, _ := json.Marshal(sent)
		b, _ := json.Marshal(back)
		if string(a) != string(b) {
			t.Errorf("%s:\nsent %s\nback %s", name, a, b)
		}
		if _, err := op.Decode([]byte("{}")); err != nil {
			t.Errorf("%s, empty: %v", name, err)
		}
	}
	if !slices.IsSortedFunc(Operations, func(a, b Operation) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not sorted")
	}
}
