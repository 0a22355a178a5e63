package e2e

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// The goals are 100 ms and 40 MiB; tests run on machines that are busy with
	// something else, so they are held to with room to spare.
	startGoal, startLimit = 100 * time.Millisecond, 300 * time.Millisecond
	idleGoal, idleLimit   = 40, 60 // MiB
)

// TestFootprint measures the time from the start to the first answer on a
// directory that has users, and the memory of an idle server.
func TestFootprint(t *testing.T) {
	st := sqlite.make(t)
	first := startDev(t, st)
	p := newPool(t, first)
	p.addUser(t, "uma")
	first.stop(t)

	best := time.Hour
	for range 3 {
		took := startToAnswer(t, st)
		best = min(best, took)
	}
	fmt.Printf("start to first answer: %v (goal %v)\n", best.Round(time.Millisecond), startGoal)
	if best > startLimit {
		t.Errorf("start to first answer took %v, the limit is %v", best, startLimit)
	}

	srv := startDev(t, st)
	resident := idleMemory(t, srv)
	fmt.Printf("idle resident memory: %.1f MiB (goal %d MiB)\n", resident, idleGoal)
	if resident > idleLimit {
		t.Errorf("an idle server holds %.1f MiB, the limit is %d", resident, idleLimit)
	}
}

// startToAnswer starts a server on an address that is known beforehand and
// asks it until it answers.
func startToAnswer(t *testing.T, st *storage) time.Duration {
	t.Helper()
	address := freeAddress(t)
	began := time.Now()
	srv := spawn(t, st, "dev", "--listen", address)
	srv.URL = "http://" + address
	quick := &http.Client{Timeout: time.Second}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		res, err := quick.Get(srv.URL + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(began) > patience {
			t.Fatalf("no answer within %v\n%s", patience, srv.log)
		}
		<-tick.C
	}
	took := time.Since(began)
	srv.stop(t)
	return took
}

// idleMemory is the resident set once the server has come to rest: the keys
// that it makes in the background at its start are made.
func idleMemory(t *testing.T, srv *server) float64 {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("resident memory is read from /proc")
	}
	const calm = 400 * time.Millisecond
	used, since := cpuTicks(t, srv), time.Now()
	srv.until(t, "the server to come to rest", func() bool {
		if now := cpuTicks(t, srv); now > used+1 {
			used, since = now, time.Now()
		}
		return time.Since(since) > calm
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

// cpuTicks is the processor time the server has used, in hundredths of a second.
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
