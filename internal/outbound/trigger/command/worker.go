package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strconv"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

const (
	// wait bounds how long a dead worker's pipes are read that its children
	// may hold open.
	wait = time.Second
	// maxFrame is an answer with what is around it.
	maxFrame = trigger.MaxResponse + 4096
	maxLog   = 8 << 10
)

// request is a line to a worker.
type request struct {
	ID     string          `json:"id"`
	Event  json.RawMessage `json:"event"`
	ARN    string          `json:"arn"`
	CallID string          `json:"callId"`
	Limit  int64           `json:"limit"` // milliseconds
}

// answer is a line from a worker.
type answer struct {
	ID     string          `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	} `json:"error"`
	Last     bool `json:"last"` // the worker ends after it
	tooLarge bool
}

// worker is one process. It serves one call at a time.
type worker struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers chan answer
	done    chan struct{} // closed when the process has ended
	exit    error         // how; read after done
	loaded  time.Time     // the handler file's time when it was started
	calls   int
	spent   bool  // there must not be another call
	died    error // how it ended in the midst of a call
}

// start starts a worker.
func (i *Invoker) start(arn string) (*worker, error) {
	cmd := exec.Command(i.program[0], i.program[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = i.dir, i.environment(arn), wait
	separate(cmd)
	log := i.Log.With("function", trigger.FunctionName(arn))
	w := &worker{cmd: cmd, answers: make(chan answer, 1), done: make(chan struct{})}
	cmd.Stdout = &lines{limit: maxFrame, line: func(line []byte, whole bool) { w.hear(log, line, whole) }}
	cmd.Stderr = &lines{limit: maxLog, line: func(line []byte, _ bool) { report(log, line) }}
	var err error
	if w.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	log.Debug("a trigger's worker has started", "pid", cmd.Process.Pid)
	// It ends with the process, which stop kills.
	go func() {
		w.exit = cmd.Wait()
		killAll(cmd) // what it left behind
		close(w.done)
	}()
	return w, nil
}

// hear takes a line of standard output: an answer, or something to log.
func (w *worker) hear(log *slog.Logger, line []byte, whole bool) {
	a := answer{tooLarge: !whole}
	if whole && (json.Unmarshal(line, &a) != nil || a.ID == "") {
		report(log, line)
		return
	}
	select {
	case w.answers <- a:
	default:
		log.Warn("a trigger's worker answers what nobody asked")
	}
}

func report(log *slog.Logger, line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		log.Info("a trigger says: " + string(line[:min(len(line), maxLog)]))
	}
}

// call sends an event and waits for the answer. When ctx ends first the worker
// is dead: whatever it does then, it must not answer the next call.
func (w *worker) call(ctx context.Context, r request) ([]byte, error) {
	w.calls++
	r.ID = strconv.Itoa(w.calls)
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode the event: %w", err)
	}
	// A worker that does not read must not hold up the limit. The write ends
	// when the worker does.
	go func() { _, _ = w.stdin.Write(append(line, '\n')) }()
	for {
		select {
		case a := <-w.answers:
			if a.ID == r.ID || a.tooLarge {
				return w.outcome(a)
			}
		case <-w.done:
			return w.lastWords(r)
		case <-ctx.Done():
			w.spent = true
			w.kill()
			return nil, ctx.Err()
		}
	}
}

// lastWords is the outcome of a worker that has ended, maybe with an answer.
func (w *worker) lastWords(r request) ([]byte, error) {
	select {
	case a := <-w.answers:
		if a.ID == r.ID {
			return w.outcome(a)
		}
	default:
	}
	why := "Runtime exited without providing a reason"
	var status *exec.ExitError
	if errors.As(w.exit, &status) {
		why = "Runtime exited with error: " + status.Error()
	}
	w.died = errors.New(why)
	return nil, &trigger.FunctionError{Type: "Runtime.ExitError", Message: "RequestId: " + r.CallID + " Error: " + why}
}

func (w *worker) outcome(a answer) ([]byte, error) {
	w.spent = a.Last
	switch {
	case a.tooLarge:
		w.spent = true
		return nil, trigger.TooLarge()
	case a.Error != nil:
		return nil, &trigger.FunctionError{Type: a.Error.Type, Message: a.Error.Message}
	case a.Result == nil:
		return []byte("null"), nil
	}
	return a.Result, nil
}

func (w *worker) alive() bool {
	select {
	case <-w.done:
		return false
	default:
		return true
	}
}

// stop kills the worker and waits for its end.
func (w *worker) stop() {
	w.kill()
	<-w.done
}

func (w *worker) kill() {
	w.stdin.Close()
	if w.alive() {
		killAll(w.cmd)
	}
}

// lines cuts what is written into lines. Of a line beyond the limit the
// beginning is passed on once, marked as not whole.
type lines struct {
	limit int
	line  func(text []byte, whole bool)
	held  []byte
	skip  bool // until the line ends
}

func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		text, rest, ended := bytes.Cut(p, []byte("\n"))
		p = rest
		if !l.skip {
			l.held = append(l.held, text...)
		}
		over := !l.skip && len(l.held) > l.limit
		if over || ended && !l.skip {
			l.line(l.held, !over)
			l.held = nil
		}
		l.skip = !ended && (over || l.skip)
	}
	return n, nil
}
