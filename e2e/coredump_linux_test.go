package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
)

// TestNoCoreDumps checks server processes: the limit on core files is 0, and
// their files in /proc do not belong to their user, as with PR_SET_DUMPABLE 0
// (proc(5)). An ordinary process is the control. The user is not root, who owns
// those files in any case.
func TestNoCoreDumps(t *testing.T) {
	user := os.Geteuid()
	st := sqlite.make(t)
	if user == 0 {
		user = 65534
		st.process = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}}
		st.dir = openDirectory(t, user)
		st.flags = []string{"--data", st.dir + "/data"}
	}
	other := exec.Command("sleep", "600")
	other.SysProcAttr = st.process
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	if owner := ownerOf(t, other.Process.Pid); owner != user {
		t.Fatalf("the control failed: the files of a process of user %d in /proc belong to %d", user, owner)
	}
	for mode, start := range map[string]func(*testing.T, *storage, ...string) *server{
		"dev": startDev, "serve": startServe,
	} {
		t.Run(mode, func(t *testing.T) {
			srv := start(t, st)
			defer srv.stop(t)
			limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", srv.process.Pid))
			if err != nil {
				t.Fatal(err)
			}
			if limit := regexp.MustCompile(`(?m)^Max core file size.*`).Find(limits); !zeroLimit.Match(limit) {
				t.Errorf("a core file may be written: %q", limit)
			}
			if owner := ownerOf(t, srv.process.Pid); owner != 0 {
				t.Errorf("the server's files in /proc belong to %d: its user can read its memory", owner)
			}
		})
	}
}

// zeroLimit matches a limit on core files whose soft and hard values are 0.
var zeroLimit = regexp.MustCompile(`^Max core file size +0 +0 +bytes`)

// openDirectory creates an empty directory that belongs to the user. Other users
// cannot reach those of t.TempDir.
func openDirectory(t *testing.T, user int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lifeguard-e2e-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ownerOf returns the owner of a process's files in /proc.
func ownerOf(t *testing.T, pid int) int {
	t.Helper()
	about, err := os.Stat(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		t.Fatal(err)
	}
	return int(about.Sys().(*syscall.Stat_t).Uid)
}
