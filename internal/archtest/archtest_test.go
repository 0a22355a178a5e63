package archtest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const root = "../.."

var checks = map[string]check{
	"stair": checkStair, "restricted": checkRestricted, "modules": checkModules,
	"sizes": checkSizes, "packages": checkPackages,
	"errors": checkErrors, "shapes": checkShapes,
	"goroutines": checkGoroutines, "test time": checkTestTime, "widths": checkWidths,
	"variables": checkVariables,
}

func TestSourceFollowsTheRules(t *testing.T) {
	files, err := load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files found", len(files))
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			broken := check(files)
			slices.Sort(broken)
			for _, b := range broken {
				t.Error(b)
			}
		})
	}
}

// long is the body of a function that is too long.
var long = strings.Repeat("\t_ = 0\n", 81)

// refused are sources that break a rule, with a part of the message.
var refused = map[string]struct {
	check, path, source, want string
}{
	"upwards": {
		"stair", "internal/userpool/a.go", `import "` + module + `/internal/store"`, "imports internal/store",
	},
	"any sender": {
		"stair", "internal/outbound/deliver/new/a.go", `import "` + module + `/internal/store"`,
		"imports internal/store",
	},
	"below a sender": {
		"stair", "internal/outbound/deliver/new/below/a.go", ``, "internal/outbound/deliver/new/below has no entry",
	},
	"unknown package": {"stair", "internal/unknown/a.go", ``, "internal/unknown has no entry"},
	"api elsewhere": {
		"restricted", "internal/flow/token/a.go", `import "` + module + `/internal/api"`, "imports internal/api",
	},
	"sql elsewhere":  {"restricted", "internal/flow/token/a.go", `import "database/sql"`, "imports database/sql"},
	"rand elsewhere": {"restricted", "internal/userpool/a.go", `import "crypto/rand"`, "imports crypto/rand"},
	"weak rand":      {"restricted", "internal/userpool/a.go", `import "math/rand/v2"`, "imports math/rand/v2"},
	"clock":          {"restricted", "internal/userpool/a.go", "import \"time\"\nvar x = time.Now()", "uses time.Now"},
	"renamed import": {"restricted", "internal/userpool/a.go", "import t \"time\"\nvar x = t.Now()", "uses t.Now"},
	"http client": {
		"restricted", "internal/server/a.go", "import \"net/http\"\nvar x = http.DefaultClient",
		"uses http.DefaultClient",
	},
	"json tag": {
		"shapes", "internal/userpool/idp/a.go", "type a struct { B string `json:\"b\"` }", "has a json tag",
	},
	"marshals itself": {
		"shapes", "internal/userpool/a.go", "func (a) MarshalJSON() ([]byte, error) { return nil, nil }",
		"has MarshalJSON",
	},
	"unlisted module": {"modules", "internal/userpool/a.go", `import "example.com/x"`, "not in the table"},
	"module elsewhere": {
		"modules", "internal/userpool/a.go", `import "github.com/jackc/pgx/v5"`, "belongs to internal/store",
	},
	"long function": {"sizes", "internal/userpool/a.go", "func f() {\n" + long + "}", "has 83 lines"},
	"long file":     {"sizes", "internal/userpool/a.go", strings.Repeat("\n", 501), "more than 500"},
	"parameters":    {"sizes", "internal/userpool/a.go", "func f(a, b, c, d, e, g int) {}", "6 parameters"},
	"nesting": {
		"sizes", "internal/userpool/a.go", "func f() { for { if true { switch { default: if true { } } } } }",
		"nested 4 deep",
	},
	"no comment":   {"packages", "internal/userpool/a.go", "", "no package comment"},
	"package util": {"packages", "internal/util/a.go", "// x\npackage util", "does not say"},
	"dropped error": {
		"errors", "internal/face/oauth/a.go",
		"func f(tx *store.Tx) error { if _, err := tx.X(); err != nil { return wrong }; return nil }",
		"does not mention err",
	},
	"goroutine": {"goroutines", "internal/userpool/a.go", "func f() { go g() } // ends", "not in the list"},
	"group": {
		"goroutines", "internal/userpool/a.go", "func f(w sync.WaitGroup) { w.Go(g) }", "not in the list",
	},
	"goroutine, no comment": {
		"goroutines", "internal/server/job.go", "func f() { go g() }", "no comment says what ends",
	},
	"goroutine entry": {"goroutines", "internal/server/job.go", "", "is not needed"},
	"background": {
		"restricted", "internal/flow/token/a.go", "import \"context\"\nvar x = context.Background()",
		"uses context.Background",
	},
	"without cancel": {
		"restricted", "internal/flow/token/a.go", "import \"context\"\nvar x = context.WithoutCancel(y)",
		"uses context.WithoutCancel",
	},
	"sleep": {"restricted", "internal/userpool/a.go", "import \"time\"\nvar x = time.Sleep", "uses time.Sleep"},
	"sleeping test": {
		"test time", "internal/userpool/a_test.go", "import \"time\"\nvar x = time.Sleep", "uses time.Sleep",
	},
	"clock of a test": {
		"test time", "internal/userpool/a_test.go", "import \"time\"\nvar x = time.Since(y)", "uses time.Since",
	},
	"clock entry": {"test time", "internal/store/store_test.go", "", "is not needed"},
	"variable":    {"variables", "internal/userpool/a.go", "var x = 1\nfunc f() { x = 2 }", "assigns to x"},
	"element": {
		"variables", "internal/userpool/a.go", "var x = map[int]int{}\nfunc f() { x[1]++ }", "assigns to x",
	},
	"wide line": {"widths", "internal/clock/a.go", "// " + strings.Repeat("é", 118), "has 121 columns"},
	"wide tab":  {"widths", "internal/clock/a.go", "\t//" + strings.Repeat("e", 115), "has 121 columns"},
	"wide string": {
		"widths", "internal/clock/a.go", "var x = `" + strings.Repeat("e", 120) + "`", "has 130 columns",
	},
	"wide test": {"widths", "internal/clock/a_test.go", "// " + strings.Repeat("e", 118), "has 121 columns"},
	"long e2e":  {"sizes", "e2e/a_test.go", "func f() {\n" + long + "}", "has 83 lines"},
	"init":      {"packages", "internal/userpool/a.go", "func init() {}", "hidden effects"},
}

// Each rule reports a source that breaks it.
func TestRulesRefuse(t *testing.T) {
	for name, c := range refused {
		source := c.source
		if !strings.Contains(source, "package ") {
			source = "package userpool\n" + source
		}
		files, err := load(fstest.MapFS{c.path: {Data: []byte(source)}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if broken := strings.Join(checks[c.check](files), "\n"); !strings.Contains(broken, c.want) {
			t.Errorf("%s: found %q, want %q", name, broken, c.want)
		}
	}
}

// readUser begins most of the function bodies in branches.
const readUser = "u, err := tx.User(p, name)\n"

// branches are function bodies, good when they mention every error of the store.
var branches = map[string]struct {
	body string
	good bool
}{
	"refusal": {
		readUser + "if err != nil { return nil, fault.SessionInvalid }\nreturn u, nil", false,
	},
	"cause of a refusal": {
		readUser + "if err != nil { return nil, fault.SessionInvalid.WithCause(err) }\nreturn u, nil", false,
	},
	"new refusal": {
		readUser + "if err != nil { return nil, fault.New(fault.NotAuthorized, text) }\nreturn u, nil",
		false,
	},
	"init of an if": {"if err := f(ctx); err != nil { return nil, fault.SessionInvalid }\nreturn u, nil", false},
	"or": {
		readUser + "if err != nil || u == nil { return nil, fault.SessionInvalid }\nreturn u, nil", false,
	},
	"and": {
		readUser + "if err != nil && strict { return nil, fault.SessionInvalid }\nreturn u, err", false,
	},
	"case": {
		readUser + "switch {\ncase err != nil:\nreturn nil, fault.SessionInvalid\n}\nreturn u, nil", false,
	},
	"else": {
		readUser + "if err == nil { g(u) } else { return nil, fault.SessionInvalid }\nreturn u, nil", false,
	},
	"statements after the branch": {
		readUser + "if err == nil { return u, nil }\nreturn nil, fault.SessionInvalid", false,
	},
	"returned as bool": {"_, err := tx.User(p, name)\nreturn err == nil, nil", false},
	"swallowed":        {"if err := f(ctx); err != nil { return nil, nil }\nreturn u, nil", false},
	"in a transaction": {
		"err := db.View(ctx, func(tx *store.Tx) error {\nif _, err := tx.User(p, " +
			"name); err != nil { return fault.SessionInvalid }\nreturn nil })\nreturn nil, err",
		false,
	},
	"in a helper": {
		"u, err := resolve(tx, name)\nif err != nil { return nil, fault.SessionInvalid }\nreturn u, nil", false,
	},
	"of a request": {
		"u, err := f.Lookup(r.Context(), r.Host)\n" +
			"if err != nil { return nil, fault.SessionInvalid }\nreturn u, nil",
		false,
	},
	"returned": {readUser + "if err != nil { return nil, err }\nreturn u, nil", true},
	"in place of a kind": {
		readUser + "if err != nil { return nil, fault.SessionInvalid.ReplacingKind(fault.UserNotFound, err) }" +
			"\nreturn u, nil",
		true,
	},
	"cause, of a kind": {
		readUser + "if errors.Is(err, fault.UserNotFound) { return nil, fault.SessionInvalid.WithCause(err) }" +
			"\nreturn u, err",
		true,
	},
	"after the kind": {
		readUser + "if errors.Is(err, fault.UserNotFound) { return nil, fault.SessionInvalid }" +
			"\nreturn u, err",
		true,
	},
	"the kind beside it": {
		readUser + "if err != nil && errors.Is(err, fault.UserNotFound) { return nil, fault.SessionInvalid }" +
			"\nreturn u, err",
		true,
	},
	"of a pure function": {
		"raw, err := hex.DecodeString(name)\nif err != nil { return nil, fault.SessionInvalid }\nreturn raw, nil", true,
	},
	"assigned again": {
		readUser + "if err != nil { return nil, err }\nraw, err := hex.DecodeString(name)" +
			"\nif err != nil { return nil, fault.SessionInvalid }\nreturn u, nil",
		true,
	},
	"pure inside": {
		"err := db.View(ctx, func(tx *store.Tx) error {\n_, err := hex.DecodeString(name)" +
			"\nif err != nil { return fault.SessionInvalid }\nreturn nil })\nreturn nil, err",
		true,
	},
	"another result": {
		"old, err := tx.User(p, name)\nif err != nil { return nil, err }" +
			"\nif old != nil { return nil, fault.UsernameExists }\nreturn u, nil",
		true,
	},
	"no error and a condition": {
		readUser + "if err == nil && u == nil { return nil, fault.SessionInvalid }\nreturn u, err", true,
	},
}

// A branch for any error of the store must mention the error, whatever its form.
func TestErrorsAreNotDropped(t *testing.T) {
	for name, c := range branches {
		source := "// x\npackage token\n" +
			"func f(ctx context.Context, tx *store.Tx, r *http.Request) (any, error) {\n" + c.body + "\n}"
		files, err := load(fstest.MapFS{"internal/flow/token/a.go": {Data: []byte(source)}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if broken := checkErrors(files); (len(broken) == 0) != c.good {
			t.Errorf("%s: %q", name, broken)
		}
	}
}

func TestElseIfIsNotNesting(t *testing.T) {
	files, err := load(fstest.MapFS{"internal/userpool/a.go": {Data: []byte(
		"// x\npackage userpool\nfunc f() { if a { } else if b { } else if c { } else if d { } else if e { } }")}})
	if err != nil {
		t.Fatal(err)
	}
	if broken := checkSizes(files); len(broken) > 0 {
		t.Error(broken)
	}
}

// docs/operations.md is current, and every operation that is built has a test.
func TestOperationsAreDocumentedAndTested(t *testing.T) {
	want, err := OperationsDoc(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(root + "/docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/operations.md is stale: run go generate ./internal/archtest")
	}
	for _, line := range strings.Split(want, "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) == 5 && cells[3] == "" {
			t.Errorf("%s is built, but no test calls it", strings.TrimPrefix(cells[0], "| "))
		}
	}
}

// Every direct module has a line in docs/decisions.
func TestModulesAreDecided(t *testing.T) {
	entries, err := os.ReadDir(root + "/docs/decisions")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		text, err := os.ReadFile(root + "/docs/decisions/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	required, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(required), "\n") {
		fields := strings.Fields(line)
		if strings.Contains(line, "// indirect") || len(fields) != 2 || !strings.Contains(fields[0], ".") {
			continue
		}
		if !strings.Contains(all.String(), "`"+fields[0]+"`") {
			t.Errorf("docs/decisions does not list %s", fields[0])
		}
	}
}

// Struct tags and strings over several lines may be wide.
func TestExemptLinesMayBeWide(t *testing.T) {
	wide := strings.Repeat("e", 121)
	files, err := load(fstest.MapFS{"internal/clock/a.go": {Data: []byte(
		"// x\npackage clock\ntype t struct { X int `json:\"" + wide + "\"` }\nvar x = `SELECT\n" + wide + "`\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if broken := checkWidths(files); len(broken) > 0 {
		t.Error(broken)
	}
}

// A local variable may have the name of a package variable.
func TestLocalVariablesMayChange(t *testing.T) {
	files, err := load(fstest.MapFS{"internal/userpool/a.go": {Data: []byte(
		"// x\npackage userpool\nvar x = 1\nfunc f() { x := 0; x++ }\nfunc g(x int) { x = 2 }")}})
	if err != nil {
		t.Fatal(err)
	}
	if broken := checkVariables(files); len(broken) > 0 {
		t.Error(broken)
	}
}
