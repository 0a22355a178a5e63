package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/address"
	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/face/dev"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/mailbox"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/command"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
)

// Parts are the dependencies of a server besides its configuration. The zero
// value is for production.
type Parts struct {
	Clock   clock.Clock
	Entropy *entropy.Source
	Log     *slog.Logger
	// Stock is the stock of signing keys; if nil, New makes one and fills it in the
	// background.
	Stock *token.Stock
	// Functions run as triggers. The key is the part before the equals sign of a rule
	// in config.Triggers.Targets.
	Functions map[string]Function
	// Authority is the certificate of the local authority in PEM form, which dev mode
	// serves; nil for none.
	Authority []byte
}

// Server is a running Lifeguard without its listener.
type Server struct {
	Config config.Config
	log    *slog.Logger
	clock  clock.Clock
	driven *clock.Driven // dev only
	// authority is the certificate of the local authority; dev only.
	authority []byte
	dev       *dev.Face    // dev only
	unlock    func() error // releases the data directory
	store     *store.DB
	addresses *address.Addresses
	ops       *awsapi.Operations
	gate      *gate.Gate
	faces     *http.ServeMux // for browsers and OAuth clients
	// notFound serves browsers at unknown addresses.
	notFound http.HandlerFunc
	mailbox  *mailbox.Mailbox // dev only
	// builtin are the senders of pools without custom ones.
	builtin deliver.Senders
	keys    kms.Keys   // nil: codes cannot be encrypted for custom senders
	devKeys *kms.Local // keys, if they are local; else nil
	worker  *deliver.Worker
	runs    *after.Runs // calls of functions that outlast their request
	metrics *metrics
	runner  *trigger.Runner
	// recorder records the calls of triggers; dev only.
	recorder *trigger.Recorder
	workers  []*command.Invoker
	// targetKeys are the keys of the trigger rules.
	targetKeys map[string]bool
	rates      *ratelimit.Limiter // nil when off
	handler    http.Handler
	stop       context.CancelFunc
	jobs       sync.WaitGroup
	draining   atomic.Bool
}

// keyStock is how many signing keys are kept in stock: enough for four new pools.
const keyStock = 8

// New opens the store and starts the background jobs. The configuration must
// have been completed.
func New(ctx context.Context, c config.Config, p Parts) (*Server, error) {
	s := &Server{Config: c, log: p.Log, clock: p.Clock, authority: p.Authority}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.clock == nil {
		s.clock = clock.System()
	}
	if c.Mode == config.Dev {
		s.driven = driven(s.clock)
		s.clock = s.driven
	}
	rand := entropy.System()
	if p.Entropy != nil {
		rand = *p.Entropy
	}
	var err error
	if s.unlock, err = lockData(c.Data); err != nil {
		return nil, s.dataError(err)
	}
	if err := s.open(ctx, rand, true); err != nil {
		return nil, errors.Join(s.dataError(err), s.unlock())
	}
	stock, own := p.Stock, p.Stock == nil
	if own {
		stock = token.NewStock(rand, keyStock)
	}
	if s.addresses, err = address.New(address.Config{
		PublicURL: c.PublicURL, Dev: c.Mode == config.Dev, AmazonHosts: c.AmazonHosts, TrustedProxies: c.Proxies(),
	}); err == nil {
		err = s.wire(rand, stock, p.Functions)
	}
	if err != nil {
		return nil, errors.Join(err, s.store.Close(), s.unlock())
	}
	s.startJobs(stock, own)
	if c.Seed {
		// It does not end with ctx: an incomplete pool would not be completed later.
		if err := s.Seed(context.WithoutCancel(ctx)); err != nil {
			return nil, errors.Join(fmt.Errorf("demonstration pool: %w", err), s.Close())
		}
	}
	return s, nil
}

// driven returns a clock that dev mode can advance: c itself if it is driven.
func driven(c clock.Clock) *clock.Driven {
	if d, ok := c.(*clock.Driven); ok {
		return d
	}
	return clock.Shifted(c)
}

func (s *Server) wire(rand entropy.Source, stock *token.Stock, functions map[string]Function) (err error) {
	s.metrics = newMetrics()
	s.runs = after.NewRuns(0, 0)
	s.metrics.watchRuns(s.runs)
	if s.runner, err = s.newRunner(rand, functions); err != nil {
		return err
	}
	if err := s.openDelivery(rand); err != nil {
		return err
	}
	tokens := token.New(token.Config{
		Store: s.store, Clock: s.clock, Entropy: rand, Stock: stock,
		Mode: token.Mode(s.Config.IssuerMode), PublicURL: s.Config.PublicURL,
		Triggers: s.runner,
	})
	accounts := account.New(account.Config{
		Store: s.store, Clock: s.clock, Entropy: rand, Log: s.log, FixedCode: s.Config.FixedCode,
		Addresses: s.addresses, Triggers: s.runner, CanDeliver: s.canDeliver,
		RecoveryCodes: s.Config.RecoveryCodes,
	})
	engine := signin.New(signin.Config{
		Store: s.store, Clock: s.clock, Entropy: rand, Account: accounts, Tokens: tokens, Log: s.log,
		ClientClock: s.clientClock(), Triggers: s.runner, RequireDeviceSession: s.Config.RequireDeviceSession,
		CustomAuthLockout: s.Config.CustomAuthLockout, ReleaseSlot: gate.ReleaseSlot, Tiers: s.tiers(),
	})
	s.ops = &awsapi.Operations{
		Store: s.store, Clock: s.clock, Entropy: rand,
		Pages:   page.Sealer{Tokens: s.store.Tokens("page-token"), Clock: s.clock, Entropy: rand},
		Account: accounts, Signin: engine, Tokens: tokens,
		Federation: federation.New(federation.Config{
			Store: s.store, Clock: s.clock, Entropy: rand, Stock: stock,
			Fetch: fetch.New(fetch.Config{Allow: s.Config.PrivateAddresses()}),
		}),
		PinnedIDs: s.Config.Mode == config.Dev,
		Tiers:     s.tiers(),
		Limits:    ratelimit.Limits(s.Config.RateLimits),
	}
	s.worker = deliver.NewWorker(s.store.Outbox(), s.senders(rand), s.clock, s.log)
	s.metrics.watchStore(s.store)
	s.metrics.watchDelivery(s.worker)
	s.metrics.watchTokens(tokens, stock)
	s.rates = ratelimit.New(ratelimit.Limits(s.Config.RateLimits), s.clock)
	s.metrics.watchRates(s.rates)
	if s.Config.Mode == config.Dev {
		s.dev = s.newDev(rand)
	}
	s.gate = s.newGate(rand)
	if err := s.wireFaces(rand); err != nil {
		return err
	}
	s.handler = s.routes()
	return nil
}

// clientClock returns the clock for protocols with other systems: the real time,
// also where the server's clock can be advanced.
func (s *Server) clientClock() clock.Clock {
	if s.driven != nil {
		return clock.System()
	}
	return s.clock
}

func (s *Server) newGate(rand entropy.Source) *gate.Gate {
	g := &gate.Gate{
		Service: s.ops, Clock: s.clock, Entropy: rand, Log: s.log, PlainJSON: s.dev != nil,
		Observe: s.metrics.observe, Rates: s.rates, Store: s.store,
		Auth: gate.StrictAuth{Store: s.store, Clock: s.clock, Region: s.Config.Region, Policies: &iampolicy.Memo{}},
	}
	if s.dev != nil {
		g.Tolerate = awsapi.IsPinnedNameViolation
		g.Auth = gate.DevAuth{Region: s.Config.Region, Foreign: s.dev.Names.Foreign}
	}
	// Twice the number of processors keeps them busy while some requests wait for the
	// disk or read from PostgreSQL; those that write to PostgreSQL release their slot.
	// The queue holds one or two seconds of work; clients would not wait longer.
	n := runtime.GOMAXPROCS(0)
	g.Admission = gate.NewAdmission(2*n, 1000*n)
	return g
}

// sweepEvery is how often expired rows are removed.
const sweepEvery = time.Minute

func (s *Server) startJobs(stock *token.Stock, fill bool) {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.job(ctx, "deliver", s.worker.Run)
	if fill {
		s.job(ctx, "key stock", stock.Run)
	}
	if s.rates != nil {
		s.job(ctx, "provisioned limits", s.followRates)
	}
	s.job(ctx, "sweep", func(ctx context.Context) error {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				if _, err := s.store.Sweep(ctx); err != nil && ctx.Err() == nil {
					s.log.Warn("expired rows could not be removed", "error", err)
				}
			}
		}
	})
}

// Handler serves all endpoints, except metrics in serve mode.
func (s *Server) Handler() http.Handler { return s.handler }

// Metrics serves /metrics. It is for operators only: the count of sent messages
// reveals whether a user exists.
func (s *Server) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}

// Drain prepares a stop: /readyz returns 503, and each connection is closed after
// its next response, so that none is cut off later.
func (s *Server) Drain() { s.draining.Store(true) }

// Close stops the background jobs, waits for the calls of functions that outlast
// their requests, stops the workers of triggers and closes the store. Requests
// must have been drained.
func (s *Server) Close() error {
	s.stop()
	s.jobs.Wait()
	s.runs.Close()
	return errors.Join(s.closeWorkers(), s.store.Close(), s.unlock())
}
