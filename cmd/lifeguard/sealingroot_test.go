package main

import (
	"strings"
	"testing"
)

func TestSealingRootCommands(t *testing.T) {
	dir := newStore(t)
	run := func(args ...string) (int, string, string) {
		return command(append([]string{"sealing-root", args[0], "--data", dir}, args[1:]...)...)
	}
	lines := func() []string {
		t.Helper()
		status, out, errs := run("list")
		if status != 0 {
			t.Fatalf("%d %s", status, errs)
		}
		return strings.Split(strings.TrimSpace(out), "\n")[1:]
	}
	first := lines()
	if len(first) != 1 || !strings.HasPrefix(first[0], "0000000000000000 ") {
		t.Fatalf("%q", first)
	}
	status, out, errs := run("rotate")
	if status != 0 || !strings.Contains(out, "is in use") {
		t.Fatalf("%d %s %s", status, out, errs)
	}
	second := strings.Fields(lines()[1])[0]
	if !strings.Contains(out, second) {
		t.Errorf("rotate printed %q, list %s", out, second)
	}
	for _, refused := range [][]string{
		{"retire", second}, {"retire", "0000000000000000"}, {"retire", "x"}, {"retire"},
	} {
		if status, out, _ := run(refused...); status == 0 || out != "" {
			t.Errorf("%q: %d %s", refused, status, out)
		}
	}
	if status, _, errs := run("retire", "--early", "0000000000000000"); status != 0 {
		t.Errorf("%d %s", status, errs)
	}
	for i, want := range []bool{true, false} {
		fields := strings.Fields(lines()[i])
		if retired := fields[len(fields)-1] != "-"; retired != want {
			t.Errorf("%q is retired: %v", fields, retired)
		}
	}
}
