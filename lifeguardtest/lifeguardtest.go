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

// Option is an option of Start.
type Option func(*settings)

type settings struct {
	config    config.Config
	log       io.Writer
	functions map[string]server.Function
}

// WithDemonstration creates the pool, clients and user of `lifeguard dev`:
// pool us-east-1_Lifeguard, public client demopublicclient0000000000.
func WithDemonstration() Option { return func(s *settings) { s.config.Seed = true } }

// WithFixedCode replaces every delivered code by the same six digits.
func WithFixedCode(code string) Option { return func(s *settings) { s.config.FixedCode = code } }

// WithAWSIssuer gives pools the issuers of Amazon Cognito, for verifiers that
// compute the issuer from the pool id.
func WithAWSIssuer() Option { return func(s *settings) { s.config.IssuerMode = "aws" } }

// WithDatabase stores users in PostgreSQL instead of in memory; url begins with
// postgres://. The database must be for tests only: this package always encrypts
// it with the same key, which is public.
func WithDatabase(url string) Option {
	return func(s *settings) { s.config.Data, s.config.Database, s.config.MasterKey = "", url, masterKey }
}

// masterKey seals databases of tests. It is fixed so that a later run, and another
// test at the same time, can open the database.
const masterKey = "lifeguardtest bGlmZWd1YXJkdGVzdCwgbm90IGEgc2VjcmV0IGtleSE="

// WithTrigger runs f as a Lambda function. name is a trigger, such as PreSignUp,
// or the ARN or the name of a function. f gets the event and returns it, or only
// {"response":{…}}; the caller of the operation sees the text of its error. The
// demonstration pool uses the trigger; other pools need a function in
// LambdaConfig, with any ARN.
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

// stock is shared by all servers of a test process: RSA key generation is the most
// expensive part of a start.
var stock = sync.OnceValue(func() *token.Stock {
	s := token.NewStock(entropy.System(), 4)
	// It ends with the process, since all servers share the stock.
	go func() { _ = s.Run(context.Background()) }()
	return s
})

// Start starts a server and stops it when the test ends. If it cannot start, the
// test fails at once.
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

// Advance moves the server's clock forward by step.
func (s *Server) Advance(step time.Duration) { s.clock.Advance(step) }

// Now returns the time of the server's clock.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Message is an e-mail or a text message to a user.
type Message struct {
	// Medium is EMAIL or SMS; To is the address or the phone number.
	Medium, To string
	// Body is HTML in an e-mail. A text message has no Subject.
	Subject, Body string
	// Code and Link are those in Body, if any.
	Code, Link string
	// TriggerSource is that of the CustomMessage trigger, such as
	// CustomMessage_SignUp.
	UserPoolID, Username, TriggerSource string
	// Time is when the message was made, by the server's clock.
	Time time.Time
}

// Messages returns the messages to an address or a phone number, newest first;
// if to is empty, all messages.
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
