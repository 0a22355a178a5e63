package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// kinds returns the constants of kinds.go, by group.
func kinds(t *testing.T) (model, frontEnd map[string]bool) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "kinds.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var groups []map[string]bool
	for _, d := range f.Decls {
		group := map[string]bool{}
		for _, spec := range d.(*ast.GenDecl).Specs {
			v, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			group[v] = true
		}
		groups = append(groups, group)
	}
	return groups[0], groups[1]
}

// A kind plus "Exception" is an error of the API model, and each error has a kind.
func TestKindsAreTheModelsErrors(t *testing.T) {
	text, err := os.ReadFile("../api/model/cognito-idp-2016-04-18.json")
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Shapes map[string]struct{ Exception bool }
	}
	if err := json.Unmarshal(text, &model); err != nil {
		t.Fatal(err)
	}
	ours, frontEnd := kinds(t)
	for name, shape := range model.Shapes {
		if kind := strings.TrimSuffix(name, "Exception"); shape.Exception && !ours[kind] {
			t.Errorf("%s has no kind", name)
		}
	}
	for kind := range ours {
		if !model.Shapes[kind+"Exception"].Exception {
			t.Errorf("the model has no %sException", kind)
		}
	}
	for kind := range frontEnd {
		if model.Shapes[kind+"Exception"].Exception {
			t.Errorf("%s is a kind of the front end, but is in the model", kind)
		}
	}
}

func TestFaultsAreFoundInAChain(t *testing.T) {
	secret := errors.New("the cause")
	err := fmt.Errorf("flow: %w", fault.UserDoesNotExist.WithCause(secret))
	if !errors.Is(err, fault.UserNotFound) || errors.Is(err, fault.NotAuthorized) || !errors.Is(err, secret) {
		t.Errorf("kinds of %v", err)
	}
	if f := fault.Of(err); f == nil || f.Message != "User does not exist." {
		t.Errorf("found %v", f)
	}
	if strings.Contains(fault.UserDoesNotExist.Error(), secret.Error()) {
		t.Error("WithCause changes the shared value")
	}
	// The kind of a cause does not match; other errors and types in the cause do.
	err = fault.InvalidAccessToken.WithCause(fmt.Errorf("reading: %w",
		fault.UserDoesNotExist.WithCause(&fs.PathError{Err: secret})))
	if !errors.Is(err, fault.NotAuthorized) || errors.Is(err, fault.UserNotFound) || !errors.Is(err, secret) {
		t.Errorf("kinds of %v", err)
	}
	var path *fs.PathError
	if !errors.As(err, &path) {
		t.Error("the type of a cause is not found")
	}
	internal := errors.New("internal")
	if err := fault.InvalidAccessToken.ReplacingKind(fault.UserNotFound, internal); err != internal {
		t.Errorf("an internal error became %v", err)
	}
	err = fault.InvalidAccessToken.ReplacingKind(fault.UserNotFound, fault.UserDoesNotExist)
	if fault.Of(err).Message != fault.InvalidAccessToken.Message {
		t.Errorf("an unknown user became %v", err)
	}
	if fault.Of(errors.New("internal")) != nil || fault.Of(nil) != nil {
		t.Error("Of returned a fault for an internal error")
	}
}

// Error does not repeat a message that the cause has too.
func TestErrorRepeatsNothing(t *testing.T) {
	const sentence = "The limit is reached."
	inner := fault.New(fault.LimitExceeded, sentence)
	text := fault.New(fault.InvalidParameter, sentence).WithCause(inner).Error()
	if strings.Count(text, sentence) != 1 || !strings.Contains(text, string(fault.InvalidParameter)) ||
		!strings.Contains(text, string(fault.LimitExceeded)) {
		t.Errorf("the error text is %q", text)
	}
	text = fault.New(fault.InvalidParameter, "No.").WithCause(inner).Error()
	if !strings.Contains(text, "No.") || !strings.Contains(text, sentence) {
		t.Errorf("the error text is %q", text)
	}
}
