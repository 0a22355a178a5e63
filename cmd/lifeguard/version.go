package main

import (
	"fmt"
	"runtime/debug"
)

// The build sets these with -ldflags "-X main.release=…"; see the Makefile.
// Otherwise they come from the build information that Go records in a binary.
var release, commit, date string

// version returns the release, or devel and the commit.
func version() string {
	v, c, _ := build()
	switch {
	case v != "":
		return v
	case c != "":
		return "devel-" + c[:min(len(c), 12)]
	}
	return "devel"
}

// build returns the release, the commit and the commit's date of this binary, ""
// if unknown.
func build() (v, c, d string) {
	v, c, d = release, commit, date
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v, c, d
	}
	recorded := map[string]string{}
	for _, s := range info.Settings {
		recorded[s.Key] = s.Value
	}
	if c == "" {
		c = recorded["vcs.revision"]
	}
	if d == "" {
		d = recorded["vcs.time"]
	}
	// `go install …@v1.2.3` records the version, and no commit.
	if v == "" && c == "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	return v, c, d
}

type versionCmd struct{}

// Run prints version, commit and date.
func (versionCmd) Run(out *output) error {
	_, c, d := build()
	_, err := fmt.Fprintf(out.stdout, "lifeguard %s\ncommit %s\ndate %s\n", version(), known(c), known(d))
	return err
}

func known(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
