package e2e

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// idleLimit is the maximum memory of an idle server in MiB; the goal is 40.
const idleLimit = 60

// TestIdleMemory measures the memory of an idle server on a directory that has users.
func TestIdleMemory(t *testing.T) {
	st := sqlite.make(t)
	first := startDev(t, st)
	newPool(t, first).addUser(t, "uma")
	first.stop(t)

	srv := startDev(t, st)
	resident := idleMemory(t, srv)
	fmt.Printf("idle resident memory: %.1f MiB\n", resident)
	if resident > idleLimit {
		t.Errorf("an idle server uses %.1f MiB, the limit is %d", resident, idleLimit)
	}
}

// idleMemory returns the resident set size in MiB once the server is idle, after
// it has generated its stock of keys in the background.
func idleMemory(t *testing.T, srv *server) float64 {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is read from /proc")
	}
	const idle = 400 * time.Millisecond
	used, since := cpuTicks(t, srv), time.Now()
	srv.until(t, "the server to become idle", func() bool {
		if now := cpuTicks(t, srv); now > used+1 {
			used, since = now, time.Now()
		}
		return time.Since(since) > idle
	})
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", srv.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib / 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// cpuTicks returns the processor time that the server has used, in hundredths of a second.
func cpuTicks(t *testing.T, srv *server) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", srv.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// The second field is the command in parentheses; utime and stime are the
	// 12th and 13th after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		t.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		t.Fatal(err)
	}
	return user + system
}
