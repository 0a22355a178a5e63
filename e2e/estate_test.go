package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
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

// estate is a user pool with everything that a request may name. Each resource
// is created at its first use, so that a small input is cheap.
type estate struct {
	*testing.T
	srv     *server
	m       *model
	account string
	had     map[string]string
}

func newEstate(t *testing.T, srv *server, m *model) *estate {
	return &estate{T: t, srv: srv, m: m, account: homeAccount, had: map[string]string{}}
}

// once creates a resource at its first use and stores its name.
func (e *estate) once(what string, make func() string) string {
	e.Helper()
	if _, ok := e.had[what]; !ok {
		e.had[what] = make()
	}
	return e.had[what]
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

func (e *estate) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: e.account, SecretAccessKey: "any"}
}

// send sends a body unchanged, signed, and returns the response.
func (e *estate) send(operation string, body []byte) (status int, answer []byte) {
	e.Helper()
	r, err := http.NewRequestWithContext(e.Context(), http.MethodPost, e.srv.URL+"/", bytes.NewReader(body))
	if err != nil {
		e.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(e.Context(), e.credentials(), r, hex.EncodeToString(hash[:]), "cognito-idp", region,
		time.Now()); err != nil {
		e.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		e.Fatalf("%s: %v", operation, err)
	}
	defer res.Body.Close()
	if answer, err = io.ReadAll(res.Body); err != nil {
		e.Fatalf("%s: %v", operation, err)
	}
	e.checkResponse(operation, res.StatusCode, answer)
	return res.StatusCode, answer
}

// checkResponse fails the test if a response does not fit the model.
func (e *estate) checkResponse(operation string, status int, answer []byte) {
	e.Helper()
	if status == http.StatusNotImplemented {
		return
	}
	var out object
	if err := json.Unmarshal(answer, &out); err != nil && (status != http.StatusOK || len(answer) > 0) {
		e.Errorf("%s: %d, no JSON object: %.200s", operation, status, answer)
		return
	}
	if status != http.StatusOK {
		if name := dig(out, "__type"); !e.m.models(operation, name) {
			e.Errorf("%s returns %d %s, which its model does not list: %.300s", operation, status, name, answer)
		}
		return
	}
	shape := e.m.Operations[operation].Output.Shape
	if shape == "" {
		if len(answer) > 0 {
			e.Errorf("%s has no output in the model, but returns %.200s", operation, answer)
		}
		return
	}
	for _, wrong := range e.m.misfits(shape, shape, out) {
		e.Errorf("%s: the response does not fit the model: %s", operation, wrong)
	}
}

// call returns the response of an operation, or "Name: message" if it is refused.
func (e *estate) call(operation string, in object) (out object, refused string) {
	e.Helper()
	status, body := e.send(operation, marshal(e.T, in))
	return e.read(operation, status, body)
}

func (e *estate) read(operation string, status int, body []byte) (out object, refused string) {
	e.Helper()
	if len(body) > 0 {
		if err := json.Unmarshal(body, &out); err != nil {
			e.Fatalf("%s: %.200s", operation, body)
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

// must is call for a request that must succeed. A test that needs an operation
// that is not built is skipped.
func (e *estate) must(operation string, in object) object {
	e.Helper()
	out, refused := e.call(operation, in)
	if refused == notBuilt {
		e.Skipf("needs %s, which is not built yet", operation)
	}
	if refused != "" {
		e.Fatalf("%s: %s", operation, refused)
	}
	return out
}

// recorder keeps the last response that the SDK received.
type recorder struct {
	wholeAnswers
	status int
	body   []byte
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	res, err := r.wholeAnswers.Do(req)
	if err != nil {
		return nil, err
	}
	r.body, err = io.ReadAll(res.Body)
	r.status, res.Body = res.StatusCode, io.NopCloser(bytes.NewReader(r.body))
	return res, err
}

// bySDK is call through the AWS SDK. For an operation or a member that the SDK
// lacks it sends the request itself, and known is false.
func (e *estate) bySDK(operation string, in object) (out object, refused string, known bool) {
	e.Helper()
	rec := &recorder{}
	client := e.srv.sdk(e.T, func(o *cip.Options) {
		o.HTTPClient = rec
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return e.credentials(), nil
		})
	})
	method := reflect.ValueOf(client).MethodByName(operation)
	if !method.IsValid() {
		out, refused = e.call(operation, in)
		return out, refused, false
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := e.fill(input, in); err != nil {
		e.Logf("%s is sent without the SDK: %v", operation, err)
		out, refused = e.call(operation, in)
		return out, refused, false
	}
	err, _ := method.Call([]reflect.Value{reflect.ValueOf(e.Context()), input})[1].Interface().(error)
	if rec.status == 0 {
		e.Fatalf("%s was not sent: %v", operation, err)
	}
	e.checkResponse(operation, rec.status, rec.body)
	out, refused = e.read(operation, rec.status, rec.body)
	if (err == nil) != (refused == "") {
		e.Errorf("%s: the response is %q and the SDK returns %v", operation, refused, err)
	}
	if name, _, _ := strings.Cut(refused, ":"); err != nil && refused != notBuilt && !isCode(err, name) {
		e.Errorf("%s: the SDK decodes %q as %v", operation, refused, err)
	}
	return out, refused, true
}

// fill sets the members of an SDK input. An error names a member that the input
// lacks.
func (e *estate) fill(input reflect.Value, in object) error {
	in = maps.Clone(in)
	for _, name := range []string{"Settings", "Credential"} {
		if v, ok := in[name]; ok {
			input.Elem().FieldByName(name).Set(reflect.ValueOf(document.NewLazyDocument(v)))
			delete(in, name)
		}
	}
	d := json.NewDecoder(bytes.NewReader(marshal(e.T, in)))
	d.DisallowUnknownFields()
	if err := d.Decode(input.Interface()); err != nil {
		return fmt.Errorf("the SDK's input: %w", err)
	}
	return nil
}

// Resources that requests name.

func (e *estate) pool() string {
	return e.once("pool", func() string {
		return dig(e.must("CreateUserPool",
			object{"PoolName": "conformance", "AutoVerifiedAttributes": []any{"email"}, "Schema": []any{
				object{"Name": "team", "AttributeDataType": "String", "Mutable": true},
			}}), "UserPool", "Id")
	})
}

// in returns the member UserPoolId and more members.
func (e *estate) in(more object) object { return with(object{"UserPoolId": e.pool()}, more) }

func (e *estate) arn() string {
	return "arn:aws:cognito-idp:" + region + ":" + e.account + ":userpool/" + e.pool()
}

// client returns a public client with every flow that needs no trigger.
func (e *estate) client() string {
	return e.once("client", func() string {
		return dig(e.must("CreateUserPoolClient", e.in(object{"ClientName": "app", "ExplicitAuthFlows": everyFlow})),
			"UserPoolClient", "ClientId")
	})
}

// secretClient is a confidential client; its secret is e.had["secret"].
func (e *estate) secretClient() string {
	return e.once("secretClient", func() string {
		made := e.must("CreateUserPoolClient",
			e.in(object{"ClientName": "server", "ExplicitAuthFlows": everyFlow, "GenerateSecret": true}))
		e.had["secret"] = dig(made, "UserPoolClient", "ClientSecret")
		return dig(made, "UserPoolClient", "ClientId")
	})
}

// hash is SECRET_HASH at the confidential client.
func (e *estate) hash(name string) string {
	a := app{id: e.secretClient()}
	a.secret = e.had["secret"]
	return *a.hash(name)
}

func (e *estate) invite(name string) string {
	e.must("AdminCreateUser",
		e.in(object{"Username": name, "MessageAction": "SUPPRESS", "TemporaryPassword": "Temporary-1!",
			"UserAttributes": []any{
				object{"Name": "email", "Value": name + "@example.com"}, object{"Name": "email_verified", "Value": "true"},
				object{"Name": "nickname", "Value": "n"},
			}}))
	return name
}

// user is CONFIRMED, with the password of this package and a verified address.
func (e *estate) user() string {
	return e.once("user", func() string {
		e.invite("ann")
		e.must("AdminSetUserPassword", e.in(object{"Username": "ann", "Password": password, "Permanent": true}))
		return "ann"
	})
}

// invited still has the temporary password.
func (e *estate) invited() string {
	return e.once("invited", func() string { return e.invite("fay") })
}

// unconfirmed has signed up through the client, or through the confidential one.
func (e *estate) unconfirmed(client string, more object) string {
	return e.once("unconfirmed", func() string {
		e.must("SignUp", with(object{"ClientId": client, "Username": "una", "Password": password,
			"UserAttributes": []any{object{"Name": "email", "Value": "una@example.com"}}}, more))
		return "una"
	})
}

// signIn signs in and returns one member of the tokens.
func (e *estate) signIn(member string) string {
	e.once("AccessToken", func() string {
		out := e.must("InitiateAuth", object{
			"ClientId": e.client(), "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": object{"USERNAME": e.user(), "PASSWORD": password},
		})
		e.had["RefreshToken"] = dig(out, "AuthenticationResult", "RefreshToken")
		return dig(out, "AuthenticationResult", "AccessToken")
	})
	return e.had[member]
}

func (e *estate) access() string { return e.signIn("AccessToken") }

func (e *estate) group() string {
	return e.once("group", func() string {
		e.must("CreateGroup", e.in(object{"GroupName": "staff"}))
		return "staff"
	})
}

func (e *estate) member() string {
	return e.once("member", func() string {
		e.must("AdminAddUserToGroup", e.in(object{"GroupName": e.group(), "Username": e.user()}))
		return e.user()
	})
}

func (e *estate) resourceServer() string {
	return e.once("resourceServer", func() string {
		e.must("CreateResourceServer", e.in(object{
			"Identifier": "https://api.example.com", "Name": "API",
			"Scopes": []any{object{"ScopeName": "read", "ScopeDescription": "Read"}},
		}))
		return "https://api.example.com"
	})
}

func (e *estate) provider() string {
	return e.once("provider", func() string {
		e.must("CreateIdentityProvider", e.in(object{
			"ProviderName": "Partner", "ProviderType": "OIDC", "ProviderDetails": oidcDetails,
			"IdpIdentifiers": []any{"partner.example"},
		}))
		return "Partner"
	})
}

func (e *estate) domain() string {
	return e.once("domain", func() string {
		e.must("CreateUserPoolDomain", e.in(object{"Domain": e.domainName()}))
		return e.domainName()
	})
}

// domainName returns a prefix that is unique among estates.
func (e *estate) domainName() string { return strings.ToLower(strings.ReplaceAll(e.pool(), "_", "-")) }

func (e *estate) terms() string {
	return e.once("terms", func() string {
		return dig(e.must("CreateTerms",
			e.in(object{"ClientId": e.client(), "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
				"Links": object{"cognito:default": "https://example.com/terms"}})), "Terms", "TermsId")
	})
}

func (e *estate) branding() string {
	return e.once("branding", func() string {
		return dig(
			e.must("CreateManagedLoginBranding", e.in(object{"ClientId": e.client(), "UseCognitoProvidedValues": true})),
			"ManagedLoginBranding", "ManagedLoginBrandingId")
	})
}

// token returns the token of the second of two pages of one row each.
func (e *estate) token(operation, member string, in object, rows ...func() string) string {
	for _, row := range rows {
		row()
	}
	token := dig(e.must(operation, in), member)
	if token == "" {
		e.Fatalf("%s %v has no second page", operation, in)
	}
	return token
}
