package e2e

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
)

const (
	homeAccount    = "111111111111"
	foreignAccount = "222222222222"
)

// fixture has a user pool with one resource of each kind. Each resource is created
// at its first use, so that a small input is cheap.
type fixture struct {
	*testing.T
	srv     *server
	m       *model
	account string
	stored  map[string]string
}

func newFixture(t *testing.T, srv *server, m *model) *fixture {
	return &fixture{T: t, srv: srv, m: m, account: homeAccount, stored: map[string]string{}}
}

// once creates a resource at its first use and stores its name.
func (f *fixture) once(what string, build func() string) string {
	f.Helper()
	if _, ok := f.stored[what]; !ok {
		f.stored[what] = build()
	}
	return f.stored[what]
}

func with(in object, more object) object {
	out := maps.Clone(in)
	maps.Copy(out, more)
	return out
}

// dig follows a path of names through a response.
func dig(out object, path ...string) string {
	for _, name := range path[:len(path)-1] {
		out, _ = out[name].(object)
	}
	text, _ := out[path[len(path)-1]].(string)
	return text
}

func (f *fixture) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: f.account, SecretAccessKey: "any"}
}

// send sends a body unchanged, signed, and returns the response.
func (f *fixture) send(operation string, body []byte) (status int, response []byte) {
	f.Helper()
	r, err := http.NewRequestWithContext(f.Context(), http.MethodPost, f.srv.URL+"/", bytes.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	sum := hex.EncodeToString(hash(body))
	if err := v4.NewSigner().SignHTTP(
		f.Context(), f.credentials(), r, sum, "cognito-idp", region, time.Now(),
	); err != nil {
		f.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		f.Fatalf("%s: %v", operation, err)
	}
	defer res.Body.Close()
	if response, err = io.ReadAll(res.Body); err != nil {
		f.Fatalf("%s: %v", operation, err)
	}
	f.checkResponse(operation, res.StatusCode, response)
	return res.StatusCode, response
}

// checkResponse fails the test if a response does not fit the model.
func (f *fixture) checkResponse(operation string, status int, response []byte) {
	f.Helper()
	if status == http.StatusNotImplemented {
		return
	}
	var out object
	if err := json.Unmarshal(response, &out); err != nil && (status != http.StatusOK || len(response) > 0) {
		f.Errorf("%s: %d, not a JSON object: %.200s", operation, status, response)
		return
	}
	if status != http.StatusOK {
		if name := dig(out, "__type"); !f.m.listsError(operation, name) {
			f.Errorf("%s returns %d %s, which its model does not list: %.300s", operation, status, name, response)
		}
		return
	}
	shape := f.m.Operations[operation].Output.Shape
	if shape == "" {
		if len(response) > 0 {
			f.Errorf("%s has no output in the model, but returns %.200s", operation, response)
		}
		return
	}
	for _, wrong := range f.m.misfits(shape, shape, out) {
		f.Errorf("%s: the response does not fit the model: %s", operation, wrong)
	}
}

// call returns the response of an operation, or "Name: message" if it is refused.
func (f *fixture) call(operation string, in object) (out object, refused string) {
	f.Helper()
	status, body := f.send(operation, marshal(f.T, in))
	return f.read(operation, status, body)
}

func (f *fixture) read(operation string, status int, body []byte) (out object, refused string) {
	f.Helper()
	if len(body) > 0 {
		if err := json.Unmarshal(body, &out); err != nil {
			f.Fatalf("%s: %.200s", operation, body)
		}
	}
	if status == http.StatusNotImplemented {
		return nil, notBuilt
	}
	if status != http.StatusOK {
		return nil, dig(out, "__type") + ": " + dig(out, "message")
	}
	return out, ""
}

// notBuilt is the refusal that call returns for an operation that returns 501.
const notBuilt = "not built"

// must is call for a request that must succeed. It skips the test if the operation
// is not built.
func (f *fixture) must(operation string, in object) object {
	f.Helper()
	out, refused := f.call(operation, in)
	if refused == notBuilt {
		f.Skipf("needs %s, which is not built yet", operation)
	}
	if refused != "" {
		f.Fatalf("%s: %s", operation, refused)
	}
	return out
}

// recorder keeps the last response that the SDK received.
type recorder struct {
	wholeResponses
	status int
	body   []byte
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	res, err := r.wholeResponses.Do(req)
	if err != nil {
		return nil, err
	}
	r.body, err = io.ReadAll(res.Body)
	r.status, res.Body = res.StatusCode, io.NopCloser(bytes.NewReader(r.body))
	return res, err
}

// bySDK is call through the AWS SDK. For an operation or a member that the SDK
// lacks it sends the request itself, and known is false.
func (f *fixture) bySDK(operation string, in object) (out object, refused string, known bool) {
	f.Helper()
	rec := &recorder{}
	client := f.srv.sdk(f.T, func(o *cip.Options) {
		o.HTTPClient = rec
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return f.credentials(), nil
		})
	})
	method := reflect.ValueOf(client).MethodByName(operation)
	if !method.IsValid() {
		out, refused = f.call(operation, in)
		return out, refused, false
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := f.fill(input, in); err != nil {
		f.Logf("%s is sent without the SDK: %v", operation, err)
		out, refused = f.call(operation, in)
		return out, refused, false
	}
	err, _ := method.Call([]reflect.Value{reflect.ValueOf(f.Context()), input})[1].Interface().(error)
	if rec.status == 0 {
		f.Fatalf("%s was not sent: %v", operation, err)
	}
	f.checkResponse(operation, rec.status, rec.body)
	out, refused = f.read(operation, rec.status, rec.body)
	if (err == nil) != (refused == "") {
		f.Errorf("%s: the response is %q and the SDK returns %v", operation, refused, err)
	}
	if name, _, _ := strings.Cut(refused, ":"); err != nil && refused != notBuilt && !isCode(err, name) {
		f.Errorf("%s: the SDK decodes %q as %v", operation, refused, err)
	}
	return out, refused, true
}

// fill sets the members of an SDK input. An error names a member that the input
// lacks.
func (f *fixture) fill(input reflect.Value, in object) error {
	in = maps.Clone(in)
	for _, name := range []string{"Settings", "Credential"} {
		if v, ok := in[name]; ok {
			input.Elem().FieldByName(name).Set(reflect.ValueOf(document.NewLazyDocument(v)))
			delete(in, name)
		}
	}
	d := json.NewDecoder(bytes.NewReader(marshal(f.T, in)))
	d.DisallowUnknownFields()
	if err := d.Decode(input.Interface()); err != nil {
		return fmt.Errorf("the SDK's input: %w", err)
	}
	return nil
}

// Resources that requests name.

func (f *fixture) pool() string {
	return f.once("pool", func() string {
		made := f.must("CreateUserPool", object{
			"PoolName": "conformance", "AutoVerifiedAttributes": []any{"email"},
			"Schema": []any{object{"Name": "team", "AttributeDataType": "String", "Mutable": true}},
		})
		return dig(made, "UserPool", "Id")
	})
}

// in returns the member UserPoolId and more members.
func (f *fixture) in(more object) object { return with(object{"UserPoolId": f.pool()}, more) }

func (f *fixture) arn() string {
	return "arn:aws:cognito-idp:" + region + ":" + f.account + ":userpool/" + f.pool()
}

// client returns a public client with every flow that needs no trigger.
func (f *fixture) client() string {
	return f.once("client", func() string {
		made := f.must("CreateUserPoolClient", f.in(object{"ClientName": "app", "ExplicitAuthFlows": everyFlow}))
		return dig(made, "UserPoolClient", "ClientId")
	})
}

// secretClient is a confidential client; its secret is f.stored["secret"].
func (f *fixture) secretClient() string {
	return f.once("secretClient", func() string {
		made := f.must("CreateUserPoolClient",
			f.in(object{"ClientName": "server", "ExplicitAuthFlows": everyFlow, "GenerateSecret": true}))
		f.stored["secret"] = dig(made, "UserPoolClient", "ClientSecret")
		return dig(made, "UserPoolClient", "ClientId")
	})
}

// hash is SECRET_HASH at the confidential client.
func (f *fixture) hash(name string) string {
	a := app{id: f.secretClient()}
	a.secret = f.stored["secret"]
	return *a.hash(name)
}

func (f *fixture) invite(name string) string {
	f.must("AdminCreateUser", f.in(object{
		"Username": name, "MessageAction": "SUPPRESS", "TemporaryPassword": "Temporary-1!",
		"UserAttributes": []any{
			attribute("email", name+"@example.com"), attribute("email_verified", "true"), attribute("nickname", "n"),
		},
	}))
	return name
}

// user is CONFIRMED, with the password of this package and a verified address.
func (f *fixture) user() string {
	return f.once("user", func() string {
		f.invite("ann")
		f.must("AdminSetUserPassword", f.in(object{"Username": "ann", "Password": password, "Permanent": true}))
		return "ann"
	})
}

// invited still has the temporary password.
func (f *fixture) invited() string {
	return f.once("invited", func() string { return f.invite("fay") })
}

// unconfirmed has signed up through the client, or through the confidential one.
func (f *fixture) unconfirmed(client string, more object) string {
	return f.once("unconfirmed", func() string {
		f.must("SignUp", with(object{
			"ClientId": client, "Username": "una", "Password": password,
			"UserAttributes": []any{attribute("email", "una@example.com")},
		}, more))
		return "una"
	})
}

// signIn signs in and returns one member of the tokens.
func (f *fixture) signIn(member string) string {
	f.once("AccessToken", func() string {
		out := f.must("InitiateAuth", object{
			"ClientId": f.client(), "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": object{"USERNAME": f.user(), "PASSWORD": password},
		})
		f.stored["RefreshToken"] = dig(out, "AuthenticationResult", "RefreshToken")
		return dig(out, "AuthenticationResult", "AccessToken")
	})
	return f.stored[member]
}

func (f *fixture) access() string { return f.signIn("AccessToken") }

func (f *fixture) group() string {
	return f.once("group", func() string {
		f.must("CreateGroup", f.in(object{"GroupName": "staff"}))
		return "staff"
	})
}

func (f *fixture) member() string {
	return f.once("member", func() string {
		f.must("AdminAddUserToGroup", f.in(object{"GroupName": f.group(), "Username": f.user()}))
		return f.user()
	})
}

func (f *fixture) resourceServer() string {
	return f.once("resourceServer", func() string {
		f.must("CreateResourceServer", f.in(object{
			"Identifier": "https://api.example.com", "Name": "API",
			"Scopes": []any{object{"ScopeName": "read", "ScopeDescription": "Read"}},
		}))
		return "https://api.example.com"
	})
}

func (f *fixture) provider() string {
	return f.once("provider", func() string {
		f.must("CreateIdentityProvider", f.in(object{
			"ProviderName": "Partner", "ProviderType": "OIDC", "ProviderDetails": oidcDetails,
			"IdpIdentifiers": []any{"partner.example"},
		}))
		return "Partner"
	})
}

func (f *fixture) domain() string {
	return f.once("domain", func() string {
		f.must("CreateUserPoolDomain", f.in(object{"Domain": f.domainName()}))
		return f.domainName()
	})
}

// domainName returns a prefix that is unique among fixtures.
func (f *fixture) domainName() string { return strings.ToLower(strings.ReplaceAll(f.pool(), "_", "-")) }

func (f *fixture) terms() string {
	return f.once("terms", func() string {
		made := f.must("CreateTerms", f.in(object{
			"ClientId": f.client(), "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
			"Links": object{"cognito:default": "https://example.com/terms"},
		}))
		return dig(made, "Terms", "TermsId")
	})
}

func (f *fixture) branding() string {
	return f.once("branding", func() string {
		defaults := f.in(object{"ClientId": f.client(), "UseCognitoProvidedValues": true})
		made := f.must("CreateManagedLoginBranding", defaults)
		return dig(made, "ManagedLoginBranding", "ManagedLoginBrandingId")
	})
}

// secondPage creates rows and returns the request for their second page: in and the
// token of that page, which is a member of request and response.
func (f *fixture) secondPage(operation, member string, in object, rows ...func() string) object {
	for _, row := range rows {
		row()
	}
	token := dig(f.must(operation, in), member)
	if token == "" {
		f.Fatalf("%s %v has no second page", operation, in)
	}
	return with(in, object{member: token})
}
