package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/command"
	"github.com/lifeguard-auth/lifeguard/internal/server"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// hangingPools is the number of pools whose function hangs. As many callers wait
// for each as a pool may have: a thousand in total.
const hangingPools = 10

// p99 signs in n times, one after the other, and returns the 99th percentile.
func p99(b *testing.B, w *world, n int) time.Duration {
	b.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		if err := operations["password"](w); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[n*99/100]
}

// BenchmarkHangingPools reports the effect on a pool without triggers of a
// thousand sign-ups whose functions hang in other pools: the ratio of the 99th
// percentiles of its sign-ins, with and without them.
func BenchmarkHangingPools(b *testing.B) {
	entered := make(chan struct{}, 10*hangingPools*trigger.DefaultConcurrency)
	hang := func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c, err := config.Config{
		Mode: config.Dev, Listen: "127.0.0.1:0", Data: b.TempDir(), PublicURL: "http://127.0.0.1",
	}.Complete()
	if err != nil {
		b.Fatal(err)
	}
	s, err := server.New(b.Context(), c, server.Parts{
		Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock(),
		Functions: map[string]server.Function{"PreSignUp": hang},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	w, err := newWorld(inProcess{s.Handler()}, 10)
	if err != nil {
		b.Fatal(err)
	}
	n := max(b.N, 300)
	p99(b, w, 50)
	alone := p99(b, w, n)

	ctx, cancel := context.WithCancel(b.Context())
	var callers sync.WaitGroup
	for range hangingPools {
		hooked, err := newHookedClient(w)
		if err != nil {
			b.Fatal(err)
		}
		for i := range trigger.DefaultConcurrency {
			r := request("SignUp", map[string]any{
				"ClientId": hooked, "Username": fmt.Sprintf("u%d", i), "Password": password,
			})
			callers.Go(func() { s.Handler().ServeHTTP(discard{}, r.WithContext(ctx)) })
		}
	}
	for range hangingPools * trigger.DefaultConcurrency {
		<-entered
	}
	b.ResetTimer()
	loaded := p99(b, w, n)
	b.StopTimer()
	cancel()
	callers.Wait()
	b.ReportMetric(float64(alone)/1e6, "alone-p99-ms")
	b.ReportMetric(float64(loaded)/1e6, "beside-p99-ms")
	b.ReportMetric(float64(loaded)/float64(alone), "×alone")
}

// newHookedClient creates a client of a new pool whose sign-ups call a function.
func newHookedClient(c caller) (string, error) {
	var pool struct{ UserPool struct{ Id string } }
	err := c.Call("CreateUserPool", map[string]any{
		"PoolName":     "hooked",
		"LambdaConfig": map[string]any{"PreSignUp": "arn:aws:lambda:us-east-1:000000000000:function:hang"},
	}, &pool)
	if err != nil {
		return "", err
	}
	var client struct{ UserPoolClient struct{ ClientId string } }
	err = c.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": pool.UserPool.Id, "ClientName": "hooked",
	}, &client)
	return client.UserPoolClient.ClientId, err
}

// BenchmarkTriggerWorker calls a handler in a worker process. The floor is the
// same text through a pipe to a Node process that returns every line.
func BenchmarkTriggerWorker(b *testing.B) {
	file := filepath.Join(b.TempDir(), "handler.mjs")
	if err := os.WriteFile(file, []byte("export const handler = async (event) => event;"), 0o600); err != nil {
		b.Fatal(err)
	}
	worker, err := command.New(trigger.Target{Kind: trigger.Node, Argument: file},
		command.Options{Log: slog.New(slog.DiscardHandler), Clock: clock.System()})
	if err != nil {
		b.Skip(err)
	}
	defer worker.Close()
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}},
		func(trigger.Target) (trigger.Invoker, error) { return worker, nil })
	if err != nil {
		b.Fatal(err)
	}
	runner := trigger.NewRunner(trigger.Options{Targets: targets, Clock: clock.System(), Entropy: entropy.System()})
	arn := "arn:aws:lambda:us-east-1:000000000000:function:f"
	p := &userpool.Pool{ID: "us-east-1_Bench", Region: "us-east-1"}
	p.LambdaConfig.PreSignUp = &arn
	target := trigger.Call{Pool: p, Source: trigger.PreSignUpSignUp, Username: "ann"}
	event := trigger.PreSignUpRequest{UserAttributes: map[string]string{"email": "ann@example.com"}}
	call := func() {
		if _, err := trigger.Run(b.Context(), runner, target, event); err != nil {
			b.Fatal(err)
		}
	}
	call() // starts the worker
	floor := pipeRoundTrip(b)
	b.ResetTimer()
	start := time.Now()
	for range b.N {
		call()
	}
	each := time.Since(start) / time.Duration(b.N)
	b.ReportMetric(float64(each)/1e6, "ms/op")
	b.ReportMetric(float64(each)/float64(floor), "×floor")
}

// pipeRoundTrip is the time of a line of the length of an event to a Node process
// and back.
func pipeRoundTrip(b *testing.B) time.Duration {
	b.Helper()
	echo := `require("node:readline").createInterface({ input: process.stdin }).on("line", ` +
		`(line) => process.stdout.write(line + "\n"))`
	cmd := exec.Command("node", "--eval", echo)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Skip(err)
	}
	defer func() {
		in.Close()
		_ = cmd.Wait()
	}()
	lines := bufio.NewReader(out)
	line := make([]byte, 420)
	for i := range line {
		line[i] = 'x'
	}
	line[len(line)-1] = '\n'
	const rounds = 300
	var start time.Time
	for i := range rounds + 20 {
		if i == 20 { // warmed up
			start = time.Now()
		}
		if _, err := in.Write(line); err != nil {
			b.Fatal(err)
		}
		if _, err := lines.ReadString('\n'); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / rounds
}

// discard is a response writer that drops the response.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
