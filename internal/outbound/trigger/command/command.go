package command

import (
	"context"
	_ "embed" // the shims
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

//go:embed shim.mjs
var nodeShim string

//go:embed shim.py
var pythonShim string

const (
	defaultWorkers = 4
	// The pauses before a program that crashed repeatedly is started again. They
	// double.
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Options of an Invoker. Log and Clock are required; the others default.
type Options struct {
	Workers int           // maximum number of processes; default 4
	Limit   time.Duration // time limit passed to handlers; default trigger.DefaultLimit
	Env     []string      // default os.Environ()
	Log     *slog.Logger
	Clock   clock.Clock
}

// Invoker runs one target's workers.
type Invoker struct {
	Options
	program   []string
	dir       string
	file      string // the handler file; empty for programs
	slots     chan struct{}
	mu        sync.Mutex // guards the following fields
	idle      []*worker
	busy      map[*worker]struct{}
	closed    bool
	crashes   int       // in a row
	notBefore time.Time // no worker is started before
	cause     error     // of the last crash
}

// New checks that the target, of kind node, python or exec, can be started. It
// starts no process. The caller must call Close.
func New(t trigger.Target, o Options) (*Invoker, error) {
	if o.Workers == 0 {
		o.Workers = defaultWorkers
	}
	if o.Limit == 0 {
		o.Limit = trigger.DefaultLimit
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	i := &Invoker{Options: o, slots: make(chan struct{}, o.Workers), busy: map[*worker]struct{}{}}
	var err error
	switch t.Kind {
	case trigger.Node:
		err = i.handler(t.Argument, "node", "--input-type=module", "--eval", nodeShim, "--")
	case trigger.Python:
		err = i.handler(t.Argument, "python3", "-u", "-c", pythonShim)
	case trigger.Exec:
		i.program = strings.Fields(t.Argument)
		err = i.find()
	default:
		err = fmt.Errorf("%s is not run as a command", t.Kind)
	}
	if err != nil {
		return nil, err
	}
	return i, nil
}

// handler sets up the program for a handler file, to run in its folder.
func (i *Invoker) handler(file string, program ...string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the handler file: %w", err)
	}
	i.file, i.dir, i.program = path, filepath.Dir(path), append(program, path)
	return i.find()
}

func (i *Invoker) find() error {
	if len(i.program) == 0 {
		return errors.New("the program is missing")
	}
	path, err := exec.LookPath(i.program[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return fmt.Errorf("the program: %w", err)
	}
	i.program[0] = path
	return nil
}

// Invoke sends the event to an idle worker. It waits if there is none.
func (i *Invoker) Invoke(ctx context.Context, arn string, event []byte) ([]byte, error) {
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w, err := i.acquire(arn)
	if err != nil {
		return nil, &trigger.InvokeError{Code: trigger.CodeService, Cause: err}
	}
	q := request{Event: event, ARN: arn, CallID: trigger.CallID(ctx), Limit: i.Limit.Milliseconds()}
	answer, err := w.call(ctx, q)
	i.release(w)
	if err != nil {
		return nil, err
	}
	return trigger.Complete(event, answer), nil
}

// acquire returns an idle worker or a new one.
func (i *Invoker) acquire(arn string) (*worker, error) {
	loaded := i.modified()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil, errors.New("the server is stopping")
	}
	for len(i.idle) > 0 {
		w := i.idle[len(i.idle)-1]
		i.idle = i.idle[:len(i.idle)-1]
		if w.alive() && w.loaded.Equal(loaded) {
			i.busy[w] = struct{}{}
			return w, nil
		}
		go w.stop() // ends when the process has exited
	}
	if i.Clock.Now().Before(i.notBefore) {
		return nil, fmt.Errorf("the program crashes repeatedly; last error: %w", i.cause)
	}
	w, err := i.start(arn)
	if err != nil {
		i.crashed(err)
		return nil, err
	}
	w.loaded = loaded
	i.busy[w] = struct{}{}
	return w, nil
}

// modified returns the modification time of the handler file.
func (i *Invoker) modified() time.Time {
	if info, err := os.Stat(i.file); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}

// release makes a usable worker idle, and stops any other.
func (i *Invoker) release(w *worker) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.busy, w)
	if w.crash != nil {
		i.crashed(w.crash)
	} else if !w.spent {
		i.crashes, i.notBefore = 0, time.Time{}
	}
	if w.crash == nil && !w.spent && w.alive() && !i.closed {
		i.idle = append(i.idle, w)
		return
	}
	go w.stop() // ends when the process has exited
}

// crashed counts a crash. The first one is followed by a restart without a
// pause. Called with mu held.
func (i *Invoker) crashed(cause error) {
	i.cause = cause
	if i.crashes > 0 {
		pause := lastPause
		if i.crashes < 7 {
			pause = min(lastPause, firstPause<<(i.crashes-1))
		}
		i.notBefore = i.Clock.Now().Add(pause)
	}
	i.crashes++
}

// Close kills the workers. Running calls fail.
func (i *Invoker) Close() error {
	i.mu.Lock()
	workers := i.idle
	for w := range i.busy {
		workers = append(workers, w)
	}
	i.idle, i.closed = nil, true
	i.mu.Unlock()
	for _, w := range workers {
		w.stop()
	}
	return nil
}

// environment returns the environment of a worker: that of the server without
// its settings, and the variables of Lambda.
func (i *Invoker) environment(arn string) []string {
	name, _, _ := strings.Cut(trigger.FunctionName(arn), ":")
	var env []string
	for _, variable := range i.Env {
		if !strings.HasPrefix(variable, "LIFEGUARD_") {
			env = append(env, variable)
		}
	}
	env = append(env,
		"AWS_LAMBDA_FUNCTION_NAME="+name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
	)
	if i.file != "" {
		stem := strings.TrimSuffix(filepath.Base(i.file), filepath.Ext(i.file))
		env = append(env, "LAMBDA_TASK_ROOT="+i.dir, "_HANDLER="+stem+".handler")
	}
	return env
}
