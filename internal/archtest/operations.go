package archtest

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	modelFile  = "internal/api/model/cognito-idp-2016-04-18.json"
	notesFile  = "docs/operations.json"
	operations = "internal/face/awsapi"
)

// OperationsDoc returns the text of docs/operations.md: the 140 operations of
// the model, which of them are methods of awsapi.Operations, and a test file
// that calls each.
func OperationsDoc(root fs.FS) (string, error) {
	var model struct {
		Operations map[string]struct{ AuthType string }
	}
	if err := readJSON(root, modelFile, &model); err != nil {
		return "", err
	}
	notes := map[string]struct{ State, Differences string }{}
	if err := readJSON(root, notesFile, &notes); err != nil {
		return "", err
	}
	built, err := builtOperations(root)
	if err != nil {
		return "", err
	}
	tests, err := testFiles(root)
	if err != nil {
		return "", err
	}
	var rows strings.Builder
	count := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(model.Operations)) {
		auth, state, test := "IAM", "refused", "–"
		if model.Operations[name].AuthType == "none" {
			auth = "none"
		}
		if built[name] {
			state, test = "full", tests(name)
			if s := notes[name].State; s != "" {
				state = s
			}
		}
		count[state]++
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", name, auth, state, test, notes[name].Differences)
	}
	return fmt.Sprintf(`# Operations

Written by `+"`go generate ./internal/archtest`"+` from the API model, the source and docs/operations.json.
%d operations: %d full, %d stored, %d partial, %d refused. A refused one returns HTTP 501 with
UnsupportedOperationException. A full one validates, stores and returns what Amazon Cognito does, except for the
differences in the table. A stored one does too, but its data has no effect yet. A partial one lacks a part of its
function.
How to run a server: [operating](operating/README.md).

| Operation | Authorization | State | Tested by | Known differences |
|---|---|---|---|---|
%s`, len(model.Operations), count["full"], count["stored"], count["partial"], count["refused"], rows.String()), nil
}

func readJSON(root fs.FS, name string, v any) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// builtOperations returns the exported methods of awsapi.Operations.
func builtOperations(root fs.FS) (map[string]bool, error) {
	files, err := load(root)
	if err != nil {
		return nil, err
	}
	built := map[string]bool{}
	for _, f := range files {
		if f.dir != operations || f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv != nil && fn.Name.IsExported() && receiver(fn) == "Operations" {
				built[fn.Name.Name] = true
			}
		}
	}
	return built, nil
}

func receiver(fn *ast.FuncDecl) string {
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// testFiles returns a function that finds the first test file, by name, that
// calls an operation: those beside the operations first, then the end-to-end
// suite.
func testFiles(root fs.FS) (func(operation string) string, error) {
	var names []string
	for _, dir := range []string{operations, "e2e", "e2e/js", "chaos"} {
		for _, pattern := range []string{"*_test.go", "*.test.mjs", "*.go"} {
			found, err := fs.Glob(root, path.Join(dir, pattern))
			if err != nil {
				return nil, err
			}
			if pattern != "*.go" || dir == "chaos" {
				names = append(names, found...)
			}
		}
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		texts[name] = string(text)
	}
	return func(operation string) string {
		for _, name := range names {
			if strings.Contains(texts[name], "."+operation+"(") || strings.Contains(texts[name], `"`+operation+`"`) {
				return name
			}
		}
		return ""
	}, nil
}
