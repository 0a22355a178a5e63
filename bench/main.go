package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	callers := flag.Int("c", 16, "callers at once")
	length := flag.Duration("d", 3*time.Second, "how long each operation is measured")
	users := flag.Int("users", 1000, "how many users there are before")
	names := flag.String("ops", "signup,password,srp,refresh,getuser,admingetuser,listusers,listbyemail", "operations, comma-separated")
	database := flag.String("database", "", "a postgres:// URL instead of an embedded store")
	flag.Parse()
	if err := load(strings.Split(*names, ","), *callers, *users, *length, *database); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func load(names []string, callers, users int, length time.Duration, database string) (err error) {
	dir, err := tempDir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p, err := startServer(dir, database)
	if err != nil {
		return err
	}
	defer func() { _ = p.cmd.Process.Signal(os.Interrupt); _ = p.cmd.Wait() }()
	w, err := newWorld(p, users)
	if err != nil {
		return err
	}
	fmt.Printf("%-13s %10s %12s %9s %9s\n", "operation", "ops/s", "CPU ms/op", "p50 ms", "p99 ms")
	for _, name := range names {
		op, ok := operations[name]
		if !ok {
			return fmt.Errorf("there is no operation %q", name)
		}
		before := p.cpu()
		took, failed := hammer(w, op, callers, length)
		if failed != nil {
			return fmt.Errorf("%s: %w", name, failed)
		}
		n := len(took)
		fmt.Printf("%-13s %10.0f %12.3f %9.2f %9.2f\n", name, float64(n)/length.Seconds(),
			(p.cpu()-before).Seconds()*1000/float64(n), millis(took[n/2]), millis(took[n*99/100]))
	}
	return nil
}

func millis(d time.Duration) float64 { return float64(d) / 1e6 }

// hammer runs an operation from many callers and returns the latencies, sorted.
func hammer(w *world, op func(*world) error, callers int, length time.Duration) (took []time.Duration, failed error) {
	var mu sync.Mutex
	var working sync.WaitGroup
	end := time.Now().Add(length)
	for range callers {
		working.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && time.Now().Before(end) {
				begun := time.Now()
				err = op(w)
				mine = append(mine, time.Since(begun))
			}
			mu.Lock()
			defer mu.Unlock()
			took, failed = append(took, mine...), errors.Join(failed, err)
		})
	}
	working.Wait()
	slices.Sort(took)
	return took, failed
}

// process is a server of its own, so that its CPU time is not ours.
type process struct {
	cmd *exec.Cmd
	url string
}

func startServer(dir, database string) (*process, error) {
	binary := filepath.Join(dir, "lifeguard")
	if out, err := exec.Command("go", "build", "-o", binary, "lifeguard/cmd/lifeguard").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	args := []string{"dev", "--no-seed", "--listen", "127.0.0.1:0", "--log-level", "error"}
	if database == "" {
		args = append(args, "--data", filepath.Join(dir, "data"))
	} else {
		args = append(args, "--database", database, "--master-key-file", filepath.Join(dir, "master.key"))
	}
	p := &process{cmd: exec.Command(binary, args...)}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && p.url == "" {
		p.url, _ = strings.CutPrefix(lines.Text(), "endpoint: ")
		if !strings.HasPrefix(p.url, "http") {
			p.url = ""
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if p.url == "" {
		return nil, errors.New("the server printed no endpoint")
	}
	return p, nil
}

// cpu is the server's CPU time from the kernel's accounting: clock ticks of a
// hundredth of a second, in the fields after the command's name.
func (p *process) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, _ := strconv.ParseInt(f, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}

func (p *process) call(operation string, in map[string]any, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, p.url+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target+operation)
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%d %s", answer.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
