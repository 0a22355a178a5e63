package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// timeout is the time limit of a round for its acknowledged writes: much longer
// than a slow machine needs.
const timeout = 2 * time.Minute

type config struct {
	rounds, writers int
	seed            uint64
	// fault is a permanent fault of the server: ack-early or no-sync.
	fault string
	// database is a PostgreSQL URL; empty means an embedded store.
	database string
	// powerCut cuts the power of the embedded store's disk instead of only
	// killing the server.
	powerCut bool
	// binary is the server; empty means that it is built.
	binary   string
	progress io.Writer
}

// report is the result of a run.
type report struct {
	kills, checked int
	acknowledged   map[string]int // by operation
	broken         []string
}

// writes counts all acknowledged writes.
func (r report) writes() (n int) {
	for _, acknowledged := range r.acknowledged {
		n += acknowledged
	}
	return n
}

// kinds lists every operation and how often it was acknowledged.
func (r report) kinds() string {
	var b strings.Builder
	for _, operation := range operations() {
		fmt.Fprintf(&b, "%7d %s\n", r.acknowledged[operation], operation)
	}
	return b.String()
}

func (r report) String() string {
	s := fmt.Sprintf("%d kills, %d acknowledged writes, %d checks, %d broken",
		r.kills, r.writes(), r.checked, len(r.broken))
	if len(r.broken) > 0 {
		s += ":\n  " + strings.Join(r.broken[:min(10, len(r.broken))], "\n  ")
	}
	return s
}

// world is a store and the server that currently runs on it.
type world struct {
	config
	ctx    context.Context
	args   []string
	disk   *disk
	server *harness.Server
	log    *serverLog
	inbox  *inbox
	report *report
}

// start starts a server with a fault or a failpoint, or neither.
func (w *world) start(fault string) (err error) {
	w.server, err = harness.Start(w.ctx, w.binary, w.args, []string{"LIFEGUARD_FAILPOINT=" + fault}, w.log.to)
	return err
}

// stop kills the server. With a disk, the power is cut first.
func (w *world) stop() error {
	if w.disk != nil {
		return w.cut()
	}
	w.server.Kill()
	return w.showLog(fmt.Sprintf("before kill %d", w.report.kills), true)
}

// build builds the server, with its failpoints.
func build(ctx context.Context, module, binary string) error {
	return harness.Build(ctx, module, "failpoint", binary)
}

// prepare creates the files that the servers need in dir.
func (w *world) prepare(dir string) (err error) {
	if w.binary == "" {
		w.binary = filepath.Join(dir, "lifeguard")
		if err := build(w.ctx, "", w.binary); err != nil {
			return err
		}
	}
	if w.log, err = newServerLog(filepath.Join(dir, "log")); err != nil {
		return err
	}
	if w.inbox, err = newInbox(); err != nil {
		return err
	}
	functions := "=http://" + w.inbox.listener.Addr().String()
	w.args = []string{
		"--code", code, "--kms", "local",
		"--trigger", "CustomEmailSender" + functions, "--trigger", "PreTokenGeneration" + functions,
		// The port changes with each start. The issuer of mode self contains it, which would invalidate access tokens.
		"--issuer-mode", "aws",
	}
	if w.database != "" {
		key := filepath.Join(dir, "master.key")
		w.args = append(w.args, "--database", w.database, "--master-key-file", key)
		_, err = store.LoadMasterKeys(key, true, entropy.System())
		return err
	}
	if w.powerCut {
		if w.disk, err = newDisk(dir); err != nil {
			return err
		}
		dir = w.disk.mount
	}
	w.args = append(w.args, "--data", filepath.Join(dir, "data"))
	return nil
}

// run kills and compares for the configured rounds, or until something is broken.
func run(ctx context.Context, c config) (r report, err error) {
	dir, err := os.MkdirTemp("", "lifeguard-chaos-")
	if err != nil {
		return r, err
	}
	w := &world{config: c, ctx: ctx, report: &r}
	defer func() {
		if w.server != nil {
			w.server.Kill()
		}
		if w.log != nil {
			err = errors.Join(err, w.showLog("at the end", true), w.log.close())
		}
		if w.inbox != nil {
			err = errors.Join(err, w.inbox.listener.Close())
		}
		if w.disk != nil {
			err = errors.Join(err, w.disk.off())
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	if err := w.prepare(dir); err != nil {
		return r, err
	}
	if err := w.start(w.fault); err != nil {
		return r, err
	}
	l := &ledger{inbox: w.inbox, acknowledged: map[string]int{}, random: rand.New(rand.NewPCG(c.seed, 0))}
	if err := l.setUp(w.server); err != nil {
		return r, err
	}
	r.acknowledged = l.acknowledged
	for range c.rounds {
		if ctx.Err() != nil {
			break
		}
		if err := w.round(l); err != nil || len(r.broken) > 0 {
			return r, err
		}
	}
	l.all = true
	checked, broken := l.compare(w.server)
	r.checked += checked
	promised, undelivered := l.undelivered(w.server)
	r.checked += promised
	r.broken = slices.Concat(broken, invariants(w.server, l.main.poolID), undelivered)
	return r, nil
}

// round runs writers, kills and restarts the server, and compares.
func (w *world) round(l *ledger) error {
	r := w.report
	r.kills++
	if w.fault == "" && w.database == "" && r.kills%2 == 0 {
		w.server.Kill()
		if err := w.startWithFailpoint(l.random); err != nil {
			return err
		}
	}
	if err := l.runWriters(w.server, w.writers, 20+l.random.IntN(100), w.stop); err != nil {
		return err
	}
	if w.disk != nil {
		if err := w.disk.check(w.ctx); err != nil {
			r.broken = append(r.broken, fmt.Sprintf("after cut %d: %v", r.kills, err))
			return nil
		}
	}
	if err := w.start(w.fault); err != nil {
		r.broken = append(r.broken, fmt.Sprintf("the server does not start after kill %d: %v", r.kills, err))
		return nil
	}
	checked, broken := l.compare(w.server)
	r.checked += checked
	r.broken = append(r.broken, broken...)
	if l.allRefused() {
		r.broken = append(r.broken, "the server refused every write")
	}
	if r.kills%10 == 0 {
		fmt.Fprintln(w.progress, *r)
	}
	return nil
}

// startWithFailpoint starts a server that stops at a failpoint. Messages of earlier
// rounds can reach it while the server starts: then it starts again without the
// failpoint.
func (w *world) startWithFailpoint(random *rand.Rand) error {
	point := []string{"before-commit", "after-commit"}[random.IntN(2)]
	if err := w.start(fmt.Sprintf("%s:%d", point, 5+random.IntN(60))); err != nil {
		return w.start(w.fault)
	}
	return nil
}
