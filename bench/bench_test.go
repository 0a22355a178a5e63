package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// cpu is the process's CPU time, user and system.
func cpu() time.Duration {
	used, err := harness.ProcessorTime()
	if err != nil {
		panic(err)
	}
	return used
}

// cost is the CPU time of one call of fn.
func cost(fn func()) time.Duration {
	const rounds = 60
	fn()
	before := cpu()
	for range rounds {
		fn()
	}
	return (cpu() - before) / rounds
}

// primitives are the costs that every implementation has, measured once per run.
type primitives struct {
	rsaSign, rsaVerify, fixedBase, proof, request time.Duration
	database
}

var measured = sync.OnceValue(func() primitives {
	key, err := jose.GenerateSigningKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	claims := bytes.Repeat([]byte("x"), 600)
	jwt, err := key.Sign([]byte(`{"iss":"x"}`))
	if err != nil {
		panic(err)
	}
	v, err := srp.NewVerifier(rand.Reader, "Pool", "user", "Pa55word!")
	if err != nil {
		panic(err)
	}
	e, err := srp.NewEphemeral(rand.Reader, v)
	if err != nil {
		panic(err)
	}
	client, err := srp.NewClient(rand.Reader)
	if err != nil {
		panic(err)
	}
	public, err := srp.ParsePublic(client.PublicHex())
	if err != nil {
		panic(err)
	}
	db, err := measureDatabase()
	if err != nil {
		panic(err)
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) })
	return primitives{
		rsaSign:   cost(func() { _, _ = key.Sign(claims) }),
		rsaVerify: cost(func() { _, _ = jose.Verify(jwt, func(string) *publicKey { return key.Public() }) }),
		fixedBase: cost(func() { v.CheckPassword("Pool", "user", "wrong") }),
		proof:     cost(func() { e.Verify(v, public, srp.Claim{}) }),
		request:   cost(func() { hello.ServeHTTP(httptest.NewRecorder(), request("Hello", map[string]any{})) }),
		database:  db,
	}
})

func request(operation string, in map[string]any) *http.Request {
	r, err := harness.Request("", operation, in)
	if err != nil {
		panic(err)
	}
	return r
}

// inProcess calls operations without a network.
type inProcess struct{ handler http.Handler }

// Call runs one operation.
func (p inProcess) Call(operation string, in map[string]any, out any) error {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, request(operation, in))
	return harness.DecodeResponse(w.Code, w.Body.Bytes(), out)
}

// embedded starts a server in this process on the store in a directory.
func embedded(dir string) (*server.Server, error) {
	c, err := config.Config{
		Mode: config.Dev, Listen: "127.0.0.1:0", Data: dir, PublicURL: "http://127.0.0.1", FixedCode: fixedCode,
	}.Complete()
	if err != nil {
		return nil, err
	}
	return server.New(context.Background(), c, server.Parts{
		// the generation of keys in the background would be counted
		Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock(),
	})
}

// benchWorld is shared by the benchmarks of a run: an embedded store with a
// crowd in it.
var benchWorld = sync.OnceValues(func() (*world, error) {
	dir, err := tempDir()
	if err != nil {
		return nil, err
	}
	s, err := embedded(dir)
	if err != nil {
		return nil, err
	}
	return newWorld(inProcess{s.Handler()}, 200)
})

// run runs an operation and returns its CPU time in milliseconds. Parallel
// callers share commits, as in production.
func run(b *testing.B, w *world, op func(*world) error) float64 {
	b.ResetTimer()
	before := cpu()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := op(w); err != nil {
				b.Error(err)
				return
			}
		}
	})
	return float64(cpu()-before) / 1e6 / float64(b.N)
}

// measure runs an operation and reports its CPU time and its ratio to the floor.
func measure(b *testing.B, name string, floor time.Duration) {
	w, err := benchWorld()
	if err != nil {
		b.Fatal(err)
	}
	report(b, run(b, w, operations[name]), floor)
}

// report reports a CPU time in milliseconds and its ratio to the floor.
func report(b *testing.B, each float64, floor time.Duration) {
	b.ReportMetric(each, "cpu-ms/op")
	b.ReportMetric(each*1e6/float64(floor), "×floor")
}

func BenchmarkPasswordSignIn(b *testing.B) {
	p := measured()
	measure(b, "password", 2*p.rsaSign+p.fixedBase+2*p.read+p.request)
}

func BenchmarkRefresh(b *testing.B) {
	p := measured()
	measure(b, "refresh", 2*p.rsaSign+2*p.read+p.request)
}

// A refresh and one durable write: the row of the replaced token.
func BenchmarkRefreshWithRotation(b *testing.B) {
	p := measured()
	measure(b, "rotate", 2*p.rsaSign+2*p.read+p.write+p.request)
}

func BenchmarkSRPFirstStep(b *testing.B) {
	p := measured()
	measure(b, "srp-first", p.fixedBase+2*p.read+p.request)
}

// The floor includes the client's two exponentiations, which run in the same
// process.
func BenchmarkSRPWhole(b *testing.B) {
	p := measured()
	client := cost(func() {
		c, _ := srp.NewClient(rand.Reader)
		c.Sign(srp.Claim{}, "x", "ab", "cd")
	})
	measure(b, "srp", 2*p.rsaSign+p.fixedBase+p.proof+client+4*p.read+p.write+2*p.request)
}

func BenchmarkSignUp(b *testing.B) {
	p := measured()
	measure(b, "signup", p.write+p.fixedBase+p.request)
}

func BenchmarkGetUser(b *testing.B) {
	p := measured()
	measure(b, "getuser", p.rsaVerify+2*p.read+p.request)
}

func BenchmarkAdminGetUser(b *testing.B) {
	p := measured()
	measure(b, "admingetuser", p.read+p.request)
}

func BenchmarkListUsers60(b *testing.B) {
	p := measured()
	measure(b, "listusers", p.page+p.request)
}

func BenchmarkListUsersByEmail(b *testing.B) {
	p := measured()
	measure(b, "listbyemail", p.read+p.request)
}
