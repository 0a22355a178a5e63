package archtest

import (
	"go/doc"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The operator's manual has a row for every metric, and no other rows.
func TestMetricsAreDocumented(t *testing.T) {
	files, err := load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile(root + "/docs/operating/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	served, documented := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		if f.dir == "internal/server" && !f.test {
			for _, found := range regexp.MustCompile(`"(lifeguard_\w+)"`).FindAllSubmatch(f.text, -1) {
				served[string(found[1])] = true
			}
		}
	}
	for _, found := range regexp.MustCompile("(?m)^\\| `(lifeguard_\\w+)`").FindAllSubmatch(manual, -1) {
		documented[string(found[1])] = true
	}
	if len(served) == 0 {
		t.Fatal("no metrics found")
	}
	for name := range served {
		if !documented[name] {
			t.Errorf("docs/operating/monitoring.md has no row for %s", name)
		}
	}
	for name := range documented {
		if !served[name] {
			t.Errorf("docs/operating/monitoring.md has %s, which the server does not serve", name)
		}
	}
}

// Tests, source files and link targets that the documents name exist.
func TestDocumentsNameWhatExists(t *testing.T) {
	paths, tests := inventory(t)
	for doc, text := range documents(t, paths) {
		prose := regexp.MustCompile("(?ms)^ *```.*?^ *```").ReplaceAll(text, nil)
		for _, found := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(prose), -1) {
			if !slices.Contains(tests, found) {
				t.Errorf("%s names %s, which is not a test", doc, found)
			}
		}
		for _, found := range regexp.MustCompile("`([a-z]+(?:/[a-z_]+)+\\.go)`").FindAllSubmatch(prose, -1) {
			ends := func(p string) bool { return strings.HasSuffix("/"+p, "/"+string(found[1])) }
			if !slices.ContainsFunc(paths, ends) {
				t.Errorf("%s names %s, which does not exist", doc, found[1])
			}
		}
		for _, found := range regexp.MustCompile(`\]\(([^):#]+)[^):]*\)`).FindAllSubmatch(prose, -1) {
			if _, err := os.Stat(path.Join(root, path.Dir(doc), string(found[1]))); err != nil {
				t.Errorf("%s links to %s: %v", doc, found[1], err)
			}
		}
	}
}

// documents returns the texts of the documents among paths, except the
// changelog, which describes earlier states.
func documents(t *testing.T, paths []string) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	for _, doc := range paths {
		if path.Ext(doc) != ".md" || strings.Contains(doc, "/model/") || doc == "CHANGELOG.md" {
			continue
		}
		text, err := os.ReadFile(root + "/" + doc)
		if err != nil {
			t.Fatal(err)
		}
		texts[doc] = text
	}
	return texts
}

// inventory lists the files of the repository and the tests in them.
func inventory(t *testing.T) (paths, tests []string) {
	t.Helper()
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && p != "." {
				return fs.SkipDir
			}
			return nil
		}
		paths = append(paths, p)
		if !strings.HasSuffix(p, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(tree, p)
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllSubmatch(text, -1) {
			tests = append(tests, string(found[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 500 || len(tests) < 500 {
		t.Fatalf("only %d files and %d tests found", len(paths), len(tests))
	}
	return paths, tests
}

// Each package of internal/crypto, and each that other programs import, has an
// example whose output go test compares.
func TestPackagesHaveExamples(t *testing.T) {
	files, err := load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	hasExample := map[string]bool{"": false, "lifeguardtest": false}
	for _, f := range files {
		found := slices.ContainsFunc(doc.Examples(f.syntax), func(e *doc.Example) bool { return e.Output != "" })
		if found || path.Dir(f.dir) == "internal/crypto" {
			hasExample[f.dir] = hasExample[f.dir] || found
		}
	}
	if len(hasExample) < 3 {
		t.Fatal("internal/crypto was not found")
	}
	for dir, ok := range hasExample {
		if !ok {
			t.Errorf("%q has no example with output", dir)
		}
	}
}

// Lines of documents have the same limit as those of the source, except in
// tables and code. The changelog is exempt: it has one line for each change.
func TestProseIsNarrow(t *testing.T) {
	paths, _ := inventory(t)
	for doc, text := range documents(t, paths) {
		for _, line := range wideProse(string(text)) {
			t.Errorf("%s:%d has more than %d characters", doc, line, maxWidth)
		}
	}
	wide := strings.Repeat("word ", 25)
	got := wideProse(wide + "\n\n| " + wide + "|\n```\n" + wide + "\n```\n- " + wide)
	if !slices.Equal(got, []int{1, 7}) {
		t.Errorf("wideProse returns %v", got)
	}
}
