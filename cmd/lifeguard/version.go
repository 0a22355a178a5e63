package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

// release is set by the release build; otherwise the version is the commit.
var release string

func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(out *output) error {
	_, err := fmt.Fprintln(out.stdout, "lifeguard", version())
	return err
}

// smtpPassword comes from the environment only: a flag would show it to every
// user of the machine.
func smtpPassword() string { return os.Getenv("LIFEGUARD_SMTP_PASSWORD") }
