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
	"stair": checkStair, "never": checkNever, "modules": checkModules, "sizes": checkSizes, "packages": checkPackages,
}

func TestTheHouseStands(t *testing.T) {
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

// Each rule refuses a source that breaks it.
func TestRulesBite(t *testing.T) {
	long := strings.Repeat("\t_ = 0\n", 81)
	for name, c := range map[string]struct {
		check, path, source, want string
	}{
		"upwards":         {"stair", "internal/userpool/a.go", `import "` + module + `/internal/store"`, "imports internal/store"},
		"unknown room":    {"stair", "internal/cellar/a.go", ``, "no room internal/cellar"},
		"api elsewhere":   {"never", "internal/flow/token/a.go", `import "` + module + `/internal/api"`, "imports internal/api"},
		"sql elsewhere":   {"never", "internal/flow/token/a.go", `import "database/sql"`, "imports database/sql"},
		"rand elsewhere":  {"never", "internal/userpool/a.go", `import "crypto/rand"`, "imports crypto/rand"},
		"weak rand":       {"never", "internal/userpool/a.go", `import "math/rand/v2"`, "imports math/rand/v2"},
		"the hour":        {"never", "internal/userpool/a.go", "import \"time\"\nvar x = time.Now()", "uses time.Now"},
		"renamed import":  {"never", "internal/userpool/a.go", "import t \"time\"\nvar x = t.Now()", "uses t.Now"},
		"http client":     {"never", "internal/server/a.go", "import \"net/http\"\nvar x = http.DefaultClient", "uses http.DefaultClient"},
		"unlisted module": {"modules", "internal/userpool/a.go", `import "example.com/x"`, "not in the table"},
		"module's room":   {"modules", "internal/userpool/a.go", `import "github.com/jackc/pgx/v5"`, "belongs to internal/store"},
		"long function":   {"sizes", "internal/userpool/a.go", "func f() {\n" + long + "}", "has 83 lines"},
		"long file":       {"sizes", "internal/userpool/a.go", strings.Repeat("\n", 501), "more than 500"},
		"parameters":      {"sizes", "internal/userpool/a.go", "func f(a, b, c, d, e, g int) {}", "6 parameters"},
		"nesting":         {"sizes", "internal/userpool/a.go", "func f() { for { if true { switch { default: if true { } } } } }", "nested 4 deep"},
		"no comment":      {"packages", "internal/userpool/a.go", "", "no package comment"},
		"package util":    {"packages", "internal/util/a.go", "// x\npackage util", "tells nothing"},
		"init":            {"packages", "internal/userpool/a.go", "func init() {}", "behind the reader's back"},
	} {
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
			t.Errorf("%s is built and no test calls it", strings.TrimPrefix(cells[0], "| "))
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
			t.Errorf("docs/decisions says nothing of %s", fields[0])
		}
	}
}
