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
	// wait bounds how long the pipes of an exited worker are read, which its
	// children may keep open.
	wait = time.Second
	// maxFrame is the maximum length of a line: a response in its frame.
	maxFrame = trigger.MaxResponse + 4096
	maxLog   = 8 << 10
)

// request is a line sent to a worker.
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
	Last     bool `json:"last"` // the worker exits afterwards
	tooLarge bool
}

// worker is one process. It runs one call at a time.
type worker struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers chan answer
	done    chan struct{} // closed when the process has exited
	exit    error         // exit error; read after done
	loaded  time.Time     // modification time of the handler file at the start
	calls   int
	spent   bool  // must not be used again
	crash   error // error of an exit during a call
}

// start starts a worker.
func (i *Invoker) start(arn string) (*worker, error) {
	cmd := exec.Command(i.program[0], i.program[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = i.dir, i.environment(arn), wait
	separate(cmd)
	log := i.Log.With("function", trigger.FunctionName(arn))
	w := &worker{cmd: cmd, answers: make(chan answer, 1), done: make(chan struct{})}
	cmd.Stdout = &lines{limit: maxFrame, line: func(line []byte, whole bool) { w.handleLine(log, line, whole) }}
	cmd.Stderr = &lines{limit: maxLog, line: func(line []byte, _ bool) { report(log, line) }}
	var err error
	if w.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	log.Debug("trigger worker started", "pid", cmd.Process.Pid)
	// It ends when the process exits; stop kills it.
	go func() {
		w.exit = cmd.Wait()
		killAll(cmd) // remaining child processes
		close(w.done)
	}()
	return w, nil
}

// handleLine handles a line of standard output: a response, or text to log.
func (w *worker) handleLine(log *slog.Logger, line []byte, whole bool) {
	a := answer{tooLarge: !whole}
	if whole && (json.Unmarshal(line, &a) != nil || a.ID == "") {
		report(log, line)
		return
	}
	select {
	case w.answers <- a:
	default:
		log.Warn("unexpected response of a trigger worker")
	}
}

func report(log *slog.Logger, line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		log.Info("trigger output: " + string(line[:min(len(line), maxLog)]))
	}
}

// call sends an event and waits for the response. If ctx ends first the worker
// is killed, so that a late response is not taken for that of the next call.
func (w *worker) call(ctx context.Context, r request) ([]byte, error) {
	w.calls++
	r.ID = strconv.Itoa(w.calls)
	line, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode the event: %w", err)
	}
	// In a goroutine, because a worker may not read. The write ends when the
	// worker exits.
	go func() { _, _ = w.stdin.Write(append(line, '\n')) }()
	for {
		select {
		case a := <-w.answers:
			if a.ID == r.ID || a.tooLarge {
				return w.outcome(a)
			}
		case <-w.done:
			return w.exitOutcome(r)
		case <-ctx.Done():
			w.spent = true
			w.kill()
			return nil, ctx.Err()
		}
	}
}

// exitOutcome returns the outcome of a worker that has exited, possibly after a
// response.
func (w *worker) exitOutcome(r request) ([]byte, error) {
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
	w.crash = errors.New(why)
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

// stop kills the worker and waits until it has exited.
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

// lines splits its input into lines. Of a line beyond the limit only the
// beginning is passed on, with whole false.
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
