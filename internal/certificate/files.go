package certificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// pollEvery is how often the files are read.
const pollEvery = 10 * time.Second

// Pair is the names of the PEM files of a certificate with its chain, and of its
// key.
type Pair struct{ Cert, Key string }

// Files are certificates in files, and those last read from them.
type Files struct {
	main    Pair
	dir     string
	log     *slog.Logger
	current atomic.Pointer[set]

	mu       sync.Mutex
	loaded   map[Pair]*tls.Certificate
	problems map[string]string // the last error of each file, so that it is logged once
}

// set is the certificates of one reading.
type set struct {
	byName   map[string]*tls.Certificate
	fallback *tls.Certificate
}

// NewFiles reads a pair, and the pairs in a directory: NAME.crt with NAME.key,
// and fullchain.pem with privkey.pem, also in the folders directly below. Either
// may be empty. The pair is for clients that ask for no name or for one that no
// file has. An error names what is wrong.
func NewFiles(main Pair, dir string, log *slog.Logger) (*Files, error) {
	f := &Files{main: main, dir: dir, log: log, loaded: map[Pair]*tls.Certificate{}, problems: map[string]string{}}
	return f, f.read(func(_ string, err error) error { return err })
}

// Certificate returns the certificate that has the server name, or the one of the
// main pair.
func (f *Files) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s, name := f.current.Load(), serverName(hello)
	if c := s.byName[name]; c != nil {
		return c, nil
	}
	if _, parent, ok := strings.Cut(name, "."); ok {
		if c := s.byName["*."+parent]; c != nil {
			return c, nil
		}
	}
	return s.fallback, nil
}

// read reads the files. A pair that cannot be used is reported; the certificate
// that was read from it before stays. The function stops at an error that report
// returns.
func (f *Files) read(report func(file string, err error) error) error {
	pairs, err := f.pairs()
	if err != nil {
		return report(f.dir, err)
	}
	delete(f.problems, f.dir)
	loaded := make(map[Pair]*tls.Certificate, len(pairs))
	for _, p := range pairs {
		old := f.loaded[p]
		read, err := tls.LoadX509KeyPair(p.Cert, p.Key)
		if err == nil {
			delete(f.problems, p.Cert)
		} else if err := report(p.Cert, err); err != nil {
			return fmt.Errorf("%s: %w", p.Cert, err)
		}
		switch {
		case err == nil && old != nil && slices.EqualFunc(old.Certificate, read.Certificate, bytes.Equal), err != nil:
			if old != nil {
				loaded[p] = old
			}
		default:
			loaded[p] = &read
			if f.current.Load() != nil {
				f.log.Info("the certificate was replaced", "file", p.Cert, "expires", read.Leaf.NotAfter)
			}
		}
	}
	if !maps.Equal(loaded, f.loaded) || f.current.Load() == nil {
		f.loaded = loaded
		f.current.Store(f.newSet(pairs))
	}
	return nil
}

// pairs returns the pairs that exist, the main one first.
func (f *Files) pairs() (pairs []Pair, err error) {
	if f.main.Cert != "" {
		pairs = append(pairs, f.main)
	}
	if f.dir == "" {
		return pairs, nil
	}
	// Glob ignores what it cannot read.
	if _, err := os.ReadDir(f.dir); err != nil {
		return nil, err
	}
	for _, pattern := range []string{"*.crt", "*/*.crt", "fullchain.pem", "*/fullchain.pem"} {
		found, err := filepath.Glob(filepath.Join(f.dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, cert := range found {
			key := strings.TrimSuffix(cert, ".crt") + ".key"
			if filepath.Base(cert) == "fullchain.pem" {
				key = filepath.Join(filepath.Dir(cert), "privkey.pem")
			}
			pairs = append(pairs, Pair{cert, key})
		}
	}
	return pairs, nil
}

// newSet returns the set of what is loaded. If two certificates have a name, the
// one that expires later is used.
func (f *Files) newSet(pairs []Pair) *set {
	s := &set{byName: map[string]*tls.Certificate{}, fallback: f.loaded[f.main]}
	for _, p := range pairs {
		c := f.loaded[p]
		if c == nil {
			continue
		}
		names := slices.Clone(c.Leaf.DNSNames)
		for _, ip := range c.Leaf.IPAddresses {
			names = append(names, ip.String())
		}
		for _, name := range names {
			name = strings.ToLower(name)
			if old := s.byName[name]; old == nil || old.Leaf.NotAfter.Before(c.Leaf.NotAfter) {
				s.byName[name] = c
			}
		}
	}
	return s
}

// poll reads the files again, and logs each problem once.
func (f *Files) poll() {
	_ = f.read(func(file string, err error) error {
		if f.problems[file] != err.Error() {
			f.log.Error("the new certificate cannot be used; the old one stays", "file", file, "error", err)
		}
		f.problems[file] = err.Error()
		return nil
	})
}

// Reload reads the files again on request, and logs problems even if they are
// the same as before.
func (f *Files) Reload() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.problems)
	f.poll()
}

// Watch reads the files periodically until ctx ends. Open connections keep the
// certificate that they started with.
func (f *Files) Watch(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.mu.Lock()
			f.poll()
			f.mu.Unlock()
		}
	}
}
