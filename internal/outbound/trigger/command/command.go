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
	// A program that dies before it has answered anything is started again
	// after a pause that doubles.
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Options of an Invoker. The zero value of all but Log and Clock serves.
type Options struct {
	Workers int           // processes at most; 4
	Limit   time.Duration // what handlers are told they have; trigger.DefaultLimit
	Env     []string      // as in os.Environ, which it is by default
	Log     *slog.Logger
	Clock   clock.Clock
}

// Invoker runs one target's workers.
type Invoker struct {
	Options
	program []string
	dir     string
	file    string // the handler file; empty for programs
	turns   chan struct{}
	mu      sync.Mutex // guards what follows
	idle    []*worker
	busy    map[*worker]struct{}
	closed  bool
	deaths  int       // in a row
	notTill time.Time // nothing is started before
	cause   error     // of the last death
}

// New checks that the target, of kind node, python or exec, can be started; it
// starts nothing. Close it.
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
	i := &Invoker{Options: o, turns: make(chan struct{}, o.Workers), busy: map[*worker]struct{}{}}
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

// handler prepares running a handler file in its folder.
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
		return errors.New("no program is named")
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

// Invoke gives the event to a worker that has nothing to do, and waits for one.
func (i *Invoker) Invoke(ctx context.Context, arn string, event []byte) ([]byte, error) {
	select {
	case i.turns <- struct{}{}:
		defer func() { <-i.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w, err := i.take(arn)
	if err != nil {
		return nil, &trigger.InvokeError{Code: trigger.CodeService, Cause: err}
	}
	answer, err := w.call(ctx, request{Event: event, ARN: arn, CallID: trigger.CallID(ctx), Limit: i.Limit.Milliseconds()})
	i.giveBack(w)
	if err != nil {
		return nil, err
	}
	return trigger.Complete(event, answer), nil
}

// take is a worker that waits, or a new one.
func (i *Invoker) take(arn string) (*worker, error) {
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
		go w.stop() // ends when the process is dead, which may take a moment
	}
	if i.Clock.Now().Before(i.notTill) {
		return nil, fmt.Errorf("the program keeps dying; the last time: %w", i.cause)
	}
	w, err := i.start(arn)
	if err != nil {
		i.died(err)
		return nil, err
	}
	w.loaded = loaded
	i.busy[w] = struct{}{}
	return w, nil
}

// modified is when the handler file was last changed.
func (i *Invoker) modified() time.Time {
	if info, err := os.Stat(i.file); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}

// giveBack keeps a worker that can go on and sees to one that cannot.
func (i *Invoker) giveBack(w *worker) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.busy, w)
	if w.died != nil {
		i.died(w.died)
	} else if !w.spent {
		i.deaths, i.notTill = 0, time.Time{}
	}
	if w.died == nil && !w.spent && w.alive() && !i.closed {
		i.idle = append(i.idle, w)
		return
	}
	go w.stop() // ends when the process is dead
}

// died counts a death. The first is made good at once. Called with mu held.
func (i *Invoker) died(cause error) {
	i.cause = cause
	if i.deaths > 0 {
		pause := lastPause
		if i.deaths < 7 {
			pause = min(lastPause, firstPause<<(i.deaths-1))
		}
		i.notTill = i.Clock.Now().Add(pause)
	}
	i.deaths++
}

// Close kills the workers; calls that are under way fail.
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

// environment is what a worker gets: ours without the server's settings, and
// the variables of Lambda.
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
