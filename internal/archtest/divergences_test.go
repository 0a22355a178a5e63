package archtest

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Each row of docs/divergences has a unique id with the prefix that the index
// gives its page. The index links every page. Code and documents name existing
// ids only.
func TestDivergences(t *testing.T) {
	const folder, index = "docs/divergences/", "docs/divergences/README.md"
	paths, _ := inventory(t)
	read := func(p string) string {
		text, err := os.ReadFile(root + "/" + p)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	linked, defined, prefixes := map[string]bool{index: true}, map[string]bool{}, []string{}
	entry := regexp.MustCompile(`(?m)^\| \[.*\]\((.*)\) \| ([A-Z]{2}) \|$`)
	for _, found := range entry.FindAllStringSubmatch(read(index), -1) {
		page, prefix := folder+found[1], found[2]
		linked[page], prefixes = true, append(prefixes, prefix)
		valid := regexp.MustCompile(`^` + prefix + `-[1-9][0-9]*$`)
		for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(read(page), -1) {
			id := row[1]
			if id == "Id" {
				continue // the header of a table
			}
			if !valid.MatchString(id) || defined[id] {
				t.Errorf("%s: the id %q of a row is not one of %s, or not unique", page, id, prefix)
			}
			defined[id] = true
		}
	}
	if len(defined) == 0 {
		t.Fatalf("%s links to no rows", index)
	}
	named := regexp.MustCompile(`\b(?:` + strings.Join(prefixes, "|") + `)-[0-9]+\b|docs/divergences [A-Z]+-[0-9]+`)
	for _, p := range paths {
		if path.Dir(p)+"/" == folder && !linked[p] {
			t.Errorf("%s is not linked from %s", p, index)
		}
		// A changelog may name deleted rows.
		if ext := path.Ext(p); ext != ".go" && ext != ".md" || p == "CHANGELOG.md" {
			continue
		}
		for _, id := range named.FindAllString(read(p), -1) {
			if id = strings.TrimPrefix(id, "docs/divergences "); !defined[id] {
				t.Errorf("%s names %s, which is not in %s", p, id, folder)
			}
		}
	}
}
