package lifeguardtest

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// Server is a running Lifeguard.
type Server struct {
	// URL is the endpoint, such as http://127.0.0.1:40123.
	URL   string
	t     testing.TB
	clock *clock.Driven
	inner *server.Server
}

// Option changes how a server starts.
type Option func(*settings)

type settings struct {
	config    config.Config
	log       io.Writer
	functions map[string]server.Function
}

// WithDemonstration seeds the pool, clients and user of `lifeguard dev`.
func WithDemonstration() Option { return func(s *settings) { s.config.Seed = true } }

// WithFixedCode makes every delivered code the same six digits.
func WithFixedCode(code string) Option { return func(s *settings) { s.config.FixedCode = code } }

// WithAWSIssuer gives pools the issuers that Amazon Cognito has, for verifiers
// that compute it from the pool id.
func WithAWSIssuer() Option { return func(s *settings) { s.config.IssuerMode = "aws" } }

// WithDatabase keeps users in a PostgreSQL instead of in memory. The database
// must be for tests alone: every process of this package seals it with the same
// key, which is no secret.
func WithDatabase(url string) Option {
	return func(s *settings) { s.config.Data, s.config.Database, s.config.MasterKey = "", url, masterKey }
}

// masterKey seals databases of tests. It is fixed so that the next run, and
// another test at the same time, can open what this one has sealed.
const masterKey = "lifeguardtest bGlmZWd1YXJkdGVzdCwgbm90IGEgc2VjcmV0IGtleSE="

// WithTrigger runs f as the function of a pool's trigger, such as PreSignUp, or
// of the function whose ARN or name it is. f gets the event and returns it, or
// no more than {"response":{…}}; the text of its error is what the caller of
// the operation is told. The demonstration pool has the trigger; other pools
// name a function in LambdaConfig, any ARN does.
func WithTrigger(name string, f func(ctx context.Context, event []byte) ([]byte, error)) Option {
	return func(s *settings) {
		if s.functions == nil {
			s.functions = map[string]server.Function{}
		}
		s.functions[name] = func(ctx context.Context, _ string, event []byte) ([]byte, error) { return f(ctx, event) }
	}
}

// WithLog writes the server's log, at debug level, to w.
func WithLog(w io.Writer) Option { return func(s *settings) { s.log = w } }

// stock is shared by every server of a test process: making RSA keys is what
// costs most in starting one.
var stock = sync.OnceValue(func() *token.Stock {
	s := token.NewStock(entropy.System(), 4)
	go func() { _ = s.Run(context.Background()) }()
	return s
})

// Start runs a server until the test ends.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := settings{config: config.Config{Mode: config.Dev, Data: ":memory:"}, log: io.Discard}
	for _, o := range options {
		o(&s)
	}
	front := httptest.NewUnstartedServer(nil)
	s.config.Listen = front.Listener.Addr().String()
	s.config.PublicURL = "http://" + s.config.Listen
	c, err := s.config.Complete()
	if err != nil {
		t.Fatalf("lifeguardtest: %v", err)
	}
	clk := clock.Shifted(clock.System())
	inner, err := server.New(t.Context(), c, server.Parts{
		Clock: clk, Stock: stock(), Functions: s.functions,
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatalf("lifeguardtest: %v", err)
	}
	front.Config.Handler = inner.Handler()
	front.Start()
	t.Cleanup(func() {
		front.Close()
		if err := inner.Close(); err != nil {
			t.Errorf("lifeguardtest: stop: %v", err)
		}
	})
	return &Server{URL: front.URL, t: t, clock: clk, inner: inner}
}

// Advance moves the server's clock.
func (s *Server) Advance(step time.Duration) { s.clock.Advance(step) }

// Now is the server's time.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Message is what a user was sent.
type Message struct {
	Medium, To, Subject, Body, Code, Link string
	UserPoolID, Username, TriggerSource   string
	Time                                  time.Time
}

// Messages returns what was delivered to an address, or to anyone when it is
// empty, newest first.
func (s *Server) Messages(to string) []Message {
	s.t.Helper()
	delivered, err := s.inner.Messages(s.t.Context(), to)
	if err != nil {
		s.t.Fatalf("lifeguardtest: messages: %v", err)
	}
	out := make([]Message, 0, len(delivered))
	for _, m := range delivered {
		out = append(out, Message{
			Medium: string(m.Medium), To: m.To, Subject: m.Subject, Body: m.Body, Code: m.Code, Link: m.Link,
			UserPoolID: m.PoolID, Username: m.Username, TriggerSource: m.TriggerSource, Time: m.Created,
		})
	}
	return out
}
