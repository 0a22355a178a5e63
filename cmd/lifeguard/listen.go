package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/certificate"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// grace is how long running requests may take after the drain delay.
const grace = 20 * time.Second

// lastRequests is how long the last accepted connections have to send their
// request: http.Server.Shutdown drops requests that it reads after the call.
const lastRequests = time.Second

// settled is the time after which a server has made its keys and seeds.
const settled = 3 * time.Second

// stopSignals stop the server.
var stopSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM}

// listenAndServe runs a server until SIGINT or SIGTERM, then drains it. It opens
// the listeners first: the port may be part of the public URL, and if it is in
// use the start fails early. ready is called when the server accepts requests.
func listenAndServe(
	c config.Config, log *slog.Logger, ready func(*server.Server, *listeners),
) (err error) {
	if c, err = c.Complete(); err != nil {
		return err
	}
	if err := forbidCoreDumps(); err != nil {
		log.Warn("core dumps cannot be forbidden; a crash may write keys to a file", "error", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
	defer stop()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)

	l, err := openListeners(c)
	if err != nil {
		return err
	}
	defer l.close()
	c.Listen = l.public.Addr().String()
	if c.PublicURL == "" {
		c.PublicURL = "http://" + reachable(c.Listen)
	}
	e, err := newEncryption(c, log)
	if err != nil {
		return err
	}
	go onHangup(ctx, hangup, e.reload(log)) // ends with ctx
	parts := server.Parts{Log: log}
	if e.authority != nil {
		parts.Authority = e.authority.PEM()
	}
	s, err := server.New(ctx, c, parts)
	if err != nil && ctx.Err() != nil {
		log.Info("stopped before the start was complete")
		return nil
	}
	if err != nil {
		return err
	}
	l.encrypt(ctx, e, s, log)
	failed := make(chan error, 3)
	front := newFront(s.Handler(), log)
	// The goroutines end when their listener is closed, at the latest with the process.
	go func() { failed <- front.Serve(l.public) }()
	if l.https != nil {
		// As above.
		go func() { failed <- front.Serve(l.https) }()
	}
	if l.metrics != nil {
		// As above.
		go func() { failed <- newFront(s.Metrics(), log).Serve(l.metrics) }()
	}
	if ctx.Err() == nil {
		ready(s, &l)
	}
	// Return to the system the memory that only the start needed.
	defer time.AfterFunc(settled, debug.FreeOSMemory).Stop()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = drain(front, l, s, log)
	}
	return errors.Join(err, s.Close())
}

// reachable returns an address at which programs on this machine reach a
// listener: loopback if it listens on every address.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

// newFront returns an HTTP server with limits on the time and size of requests.
func newFront(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// drain takes a server out of service. During the drain delay /readyz is 503, for
// load balancers, and requests are served. Then drain closes the listener and
// waits for running requests. Those that run after grace, or at a second signal,
// are cut off.
func drain(front *http.Server, l listeners, s *server.Server, log *slog.Logger) error {
	again, stop := signal.NotifyContext(context.Background(), stopSignals...)
	defer stop()
	log.Info("stopping; a second signal stops at once", "drain-delay", s.Config.DrainDelay)
	s.Drain()
	if s.Config.DrainDelay > 0 {
		pause(again, s.Config.DrainDelay)
		l.closeFront()
		pause(again, lastRequests)
	}
	limit, cancel := context.WithTimeout(again, grace)
	defer cancel()
	err := front.Shutdown(limit)
	if limit.Err() == nil {
		return err
	}
	if again.Err() != nil {
		log.Warn("stopped at once by a second signal; running requests were cut off")
	} else {
		log.Warn("requests that were not finished in time were cut off", "limit", grace)
	}
	return front.Close()
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// onHangup calls reload at each SIGHUP until ctx ends. SIGHUP never ends the
// process: service managers send it to reload settings.
func onHangup(ctx context.Context, hangup <-chan os.Signal, reload func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			reload()
		}
	}
}

// listeners are the server's ports. https is the one for TLS in dev mode. metrics
// and https are nil if they are not configured.
type listeners struct {
	public, https, metrics net.Listener
	authority              *certificate.Authority // signs the certificates of https
}

func openListeners(c config.Config) (l listeners, err error) {
	for _, port := range []struct {
		field, address string
		to             *net.Listener
	}{
		{"listen", c.Listen, &l.public}, {"https-listen", c.HTTPSListen, &l.https},
		{"metrics-listen", c.MetricsListen, &l.metrics},
	} {
		if port.address == "" {
			continue
		}
		if *port.to, err = open(port.field, port.address); err != nil {
			l.close()
			return listeners{}, err
		}
	}
	return l, nil
}

// httpsURL returns the URL of the listener for TLS. Its name is localhost where
// that leads to it, since cookies, passkeys and certificates are for names.
func (l listeners) httpsURL() string {
	address := reachable(l.https.Addr().String())
	if host, port, err := net.SplitHostPort(address); err == nil && host == "127.0.0.1" {
		return "https://localhost:" + port
	}
	return "https://" + address
}

// closeFront closes the listeners for clients.
func (l listeners) closeFront() {
	for _, port := range []net.Listener{l.public, l.https} {
		if port != nil {
			_ = port.Close()
		}
	}
}

func (l listeners) close() {
	l.closeFront()
	if l.metrics != nil {
		_ = l.metrics.Close()
	}
}

// encrypt wraps the listeners in TLS, as configured.
func (l *listeners) encrypt(ctx context.Context, e encryption, s *server.Server, log *slog.Logger) {
	if t := e.public(ctx, s.Config, s.Answers, log); t != nil {
		l.public = tls.NewListener(l.public, t)
	}
	if l.https != nil {
		l.authority = e.authority
		l.https = tls.NewListener(l.https, certificate.TLS("", e.authority.Source(s.Answers)))
	}
}

// reload returns what SIGHUP does.
func (e encryption) reload(log *slog.Logger) func() {
	if e.files == nil {
		return func() { log.Info("SIGHUP received; no certificate file is configured, nothing to reload") }
	}
	return e.files.Reload
}

// open listens on an address. field is the setting that named it.
func open(field, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	cure := "choose another address"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		cure = "stop the program that uses the port or choose another one"
		if field == "https-listen" {
			cure += "; an empty value switches HTTPS off"
		}
	case errors.Is(err, syscall.EACCES):
		cure = "choose a port above 1023 or give the process the capability CAP_NET_BIND_SERVICE"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		cure = "choose an address of this machine, or 0.0.0.0 for all of them"
	}
	return nil, &config.FieldError{Field: field, Problem: err.Error(), Cure: cure}
}
