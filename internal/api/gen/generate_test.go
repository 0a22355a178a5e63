package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The generated files of package api are up to date.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := Generate("../model")
	if err != nil {
		t.Fatal(err)
	}
	present, err := filepath.Glob("../zz_generated_*.go")
	if err != nil {
		t.Fatal(err)
	}
	if len(present) != len(files) {
		t.Errorf("%d generated files in the package, the generator writes %d", len(present), len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./internal/api", name)
		}
	}
}

func TestPatchRefusesWhatChangesNothing(t *testing.T) {
	model := func() map[string]any {
		return map[string]any{"shapes": map[string]any{"A": map[string]any{"max": 5.0, "enum": []any{"x"}}}}
	}
	for name, c := range map[string]struct {
		path  []string
		value any
		fails bool
	}{
		"set":            {[]string{"shapes", "A", "max"}, 6.0, false},
		"set the same":   {[]string{"shapes", "A", "max"}, 5.0, true},
		"append":         {[]string{"shapes", "A", "enum", "-"}, "y", false},
		"append present": {[]string{"shapes", "A", "enum", "-"}, "x", true},
		"remove":         {[]string{"shapes", "A", "max"}, nil, false},
		"remove nothing": {[]string{"shapes", "A", "min"}, nil, true},
		"no such shape":  {[]string{"shapes", "B", "max"}, 1.0, true},
	} {
		if err := patch(model(), c.path, c.value); (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}
