package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeGo runs the README's Go test in a separate module, which uses this
// repository by the README's replace line. Missing modules are downloaded, as for
// a user.
func TestReadmeGo(t *testing.T) {
	const heading = "In Go tests"
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string { return string(ok(os.ReadFile(name))(t)) }
	_, requirements, _ := strings.Cut(read("go.mod"), "\n")
	write("go.mod", "module example.com/app\n"+requirements)
	write("go.sum", read("go.sum")+read("../go.sum"))
	write("app_test.go", readme(t, heading, "go")[0])
	edit, _, _ := strings.Cut(readme(t, heading, "sh")[0], "\n")
	edit = strings.Replace(edit, "=../lifeguard", "="+ok(filepath.Abs(".."))(t), 1)
	for _, line := range []string{edit, "go test -mod=mod -count=1 -v ./..."} {
		run := exec.Command("sh", "-euc", line)
		run.Dir, run.Env = dir, append(os.Environ(), "GOWORK=off")
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		if strings.HasPrefix(line, "go test") && !strings.Contains(string(out), "--- PASS: TestCodesExpire") {
			t.Errorf("nothing was tested:\n%s", out)
		}
	}
}
