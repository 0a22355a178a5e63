package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMakeBuild: the binary contains its release, commit and date.
func TestMakeBuild(t *testing.T) {
	built := filepath.Join(t.TempDir(), "lifeguard")
	run := exec.Command("make", "build", "BIN="+built, "RELEASE=v9.8.7", "COMMIT=0123456789abcdef",
		"DATE=2026-11-30T00:00:00Z")
	run.Dir = ".."
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("make build: %v\n%s", err, out)
	}
	const want = "lifeguard v9.8.7\ncommit 0123456789abcdef\ndate 2026-11-30T00:00:00Z\n"
	if out := ok(exec.Command(built, "version").CombinedOutput())(t); string(out) != want {
		t.Errorf("printed %q, want %q", out, want)
	}
}
