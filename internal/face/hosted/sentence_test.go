package hosted_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// made is a construction of a fault in the source: its kind, and its sentence with {}
// for what is known at run time only.
type made struct{ kind, sentence, at string }

// faultsOf returns the faults that the packages in the folders below internal construct.
func faultsOf(t *testing.T, folders ...string) (all []made) {
	t.Helper()
	for _, folder := range folders {
		set := token.NewFileSet()
		names, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(names), err)
		}
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		constants := constantsOf(files)
		for _, file := range files {
			s := scanner{constants, file.Name.Name}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if kind, sentence, ok := s.fault(call); ok {
					at := set.Position(call.Pos())
					file := filepath.Join(folder, filepath.Base(at.Filename))
					all = append(all, made{kind, sentence, file + ":" + strconv.Itoa(at.Line)})
				}
				return true
			})
		}
	}
	return all
}

// constantsOf returns the constants of the files of a package by name.
func constantsOf(files []*ast.File) map[string]ast.Expr {
	found := map[string]ast.Expr{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok == token.CONST
			case *ast.ValueSpec:
				for i, value := range n.Values {
					found[n.Names[i].Name] = value
				}
			}
			return true
		})
	}
	return found
}

type scanner struct {
	constants map[string]ast.Expr
	name      string
}

// fault returns the kind and the sentence of a call that constructs a fault.
func (s scanner) fault(call *ast.CallExpr) (kind, sentence string, ok bool) {
	name := called(call.Fun)
	if s.name == "fault" {
		name = "fault." + name
	}
	args := call.Args
	switch {
	case name == "fault.Invalid":
		kind = "InvalidParameter"
	case (name == "fault.New" || name == "fault.Newf") && len(args) > 1:
		kind, args = strings.TrimPrefix(called(args[0]), "fault."), args[1:]
	default:
		return "", "", false
	}
	sentence = s.text(args[0])
	if name != "fault.New" {
		sentence = verb.ReplaceAllString(sentence, "{}")
	}
	return kind, sentence, true
}

var verb = regexp.MustCompile(`%(\[\d\])?[.0-9]*[a-z]`)

// called returns the name of a function or value, with that of its package.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if p, ok := e.X.(*ast.Ident); ok {
			return p.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// text returns the value of an expression, with {} for what is no constant.
func (s scanner) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return s.text(e.X) + s.text(e.Y)
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.Ident:
		if value, ok := s.constants[e.Name]; ok {
			return s.text(value)
		}
	}
	return "{}"
}

// notShown are the messages that no page shows, by the reason.
var notShown = map[string][]string{
	"pages use no tokens of the API": {
		"Invalid Access Token", "Could not verify signature for Access Token", "Access Token has expired",
		"Access Token has been revoked", "Access Token does not have required scopes", "Invalid Refresh Token",
		"Refresh Token has been revoked", "Refresh Token has expired", "Invalid token.", "Invalid id_token_hint",
		"The access token was not issued to this user and client.", "redirect_uri is missing",
		"The access token already satisfies the requested authentication level.", "Invalid authorization code",
		"The session of the access token cannot be revoked.", "CLIENT_TOKEN_AUTH flow not enabled for this client",
		"ACCESS_TOKEN requires TARGET_ACR_VALUES.",
	},
	"pages need no secret of a client": {
		"Client {} is configured with secret but SECRET_HASH was not received",
		"Unable to verify secret hash for client {}", "SecretHash does not match for the client: {}",
		"Unable to verify client secret for client {}",
	},
	"the client learns it by a redirect": {
		"The user has no authentication factors for the requested authentication level.",
	},
	"the parameter is not one of pages": {
		"Initiate Auth method not supported.", "TARGET_ACR_VALUES contains no authentication level of the user pool.",
		"TARGET_ACR_VALUES requires the USER_AUTH flow.", "Invalid SRP_A.",
		"TARGET_ACR_VALUES is not accepted with the Session of ConfirmSignUp.",
		"{} is accepted only when a sign-in begins.",
		"MAX_AGE must be a non-negative number of seconds.", "CHALLENGE_NAME must be SRP_A or CUSTOM_CHALLENGE.",
		"Custom auth lambda trigger is not configured for the user pool.", "Invalid PREFERRED_CHALLENGE.",
		"Invalid device key given.", "Invalid DeviceSecretVerifierConfig given.",
	},
	"users change their profile and factors by the API": {
		"Invalid attribute name. Only phone_number and email can be verified.",
		"A factor cannot be preferred unless it is enabled.",
		"Only one factor can be set as preferred.",
		"MFAOptions can only have the DeliveryMedium SMS and the AttributeName phone_number.",
		"The only attribute that the user can sign in with cannot be removed.",
		"The user has no second factor that a recovery code could stand in for.",
	},
	"administrators alone": {
		"Error while parsing filter.", "One or more requested attributes do not exist.", "Invalid pagination token.",
		"A user without a password needs an attribute that one-time codes can be sent to.",
		"Email is required to verify/un-verify an email",
		"Phone Number is required to verify/un-verify a phone number",
		"Attributes did not conform to the schema: {}",
	},
	"shown by the key of its kind": {
		"Credential is not a valid registration response.", "The passkey is already registered.",
		"Users of an external provider cannot have passkeys.",
	},
}

// composed are the constructions whose message is composed elsewhere, by the function or
// file in which it is; TestComposedMessages has such messages.
var composed = map[string]bool{
	"flow/account/credential.go": true, "userpool/user_attribute.go": true, "fault/fault.go": true,
	"flow/signin/engine.go": true, "outbound/trigger/failure.go": true, "flow/account/attribute.go": true,
}

// Every message of a fault that a page can show has a text in every language: this test
// reads the source of what pages call.
func TestEveryMessageHasAText(t *testing.T) {
	unused := map[string]bool{}
	for _, list := range notShown {
		for _, text := range list {
			unused[text] = true
		}
	}
	listed := maps.Clone(unused)
	seen := 0
	for _, m := range faultsOf(t,
		"fault", "flow/signin", "flow/account", "flow/token", "userpool", "outbound/trigger", "outbound/deliver",
		"face/hosted",
	) {
		file, _, _ := strings.Cut(m.at, ":")
		configuration := strings.HasPrefix(m.at, "userpool/pool_") || strings.HasPrefix(m.at, "userpool/client_")
		switch key, _ := hosted.KeyOf(m.sentence); {
		case configuration || !hosted.ShowsMessage(fault.Kind(m.kind)):
		case key != "":
			seen++
		case listed[m.sentence]:
			delete(unused, m.sentence)
		case strings.Trim(m.sentence, "{}") == "" && composed[file]:
		default:
			t.Errorf("%s: %q has no text in sentences, and is not in notShown", m.at, m.sentence)
		}
	}
	for text := range unused {
		t.Errorf("notShown has %q, which no fault has", text)
	}
	if seen < 50 {
		t.Errorf("only %d messages were found", seen)
	}
}

// Messages that are composed have a text, too.
func TestComposedMessages(t *testing.T) {
	german := locale.Of("de")
	weak := func(policy userpool.PasswordPolicy) error {
		pool := &userpool.Pool{PoolSettings: userpool.PoolSettings{PasswordPolicy: policy}}
		return account.CheckPolicy(pool, "", account.ChallengeWording)
	}
	const schema = "Attributes did not conform to the schema: "
	for _, test := range []struct {
		err            error
		key, attribute string
	}{
		{weak(userpool.PasswordPolicy{MinimumLength: 8}), "fault.passwordShort", ""},
		{weak(userpool.PasswordPolicy{RequireUppercase: true}), "fault.passwordUpper", ""},
		{weak(userpool.PasswordPolicy{RequireLowercase: true}), "fault.passwordLower", ""},
		{weak(userpool.PasswordPolicy{RequireNumbers: true}), "fault.passwordNumber", ""},
		{weak(userpool.PasswordPolicy{RequireSymbols: true}), "fault.passwordSymbol", ""},
		{fault.AliasTaken("email"), "fault.taken", german.Text("signIn.email")},
		{fault.AliasTaken("phone_number"), "fault.taken", german.Text("signIn.phone")},
		{fault.Invalid(schema + "custom:size: The attribute is required\n"), "fault.missing", "size"},
		{fault.Invalid(schema + "custom:size: Value must be a number.\nx: y\n"), "fault.value", "size"},
		{fault.Invalid("A message of a later version."), "fault.invalid", ""},
		{fault.New(fault.NotAuthorized, "A message of a later version."), "fault.refused", ""},
		{fault.New(fault.UserLambdaValidation, "PreSignUp failed with error X."), "PreSignUp failed with error X.", ""},
	} {
		err, want := test.err, german.Text(test.key, "attribute", test.attribute)
		if got := hosted.Message(german, fault.Of(err)); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
		if got := hosted.Message(locale.English, fault.Of(err)); got != fault.Of(err).Message {
			t.Errorf("in English: %q", got)
		}
	}
}

// A page shows a fault in its language.
func TestMessageOnAPage(t *testing.T) {
	b := world(t).Browser()
	first := b.Follow(b.Get(hostedtest.AuthorizeURL("public", "lang", "de")))
	page := b.Fill(first, "username", "ann", "password", "x")
	refused(t, "wrong password", page, locale.Of("de").Text("fault.signIn"))
}
