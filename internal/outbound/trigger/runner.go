package trigger

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	// DefaultLimit is the default time limit of an attempt. Source: guide page
	// cognito-user-pools-working-with-lambda-triggers.
	DefaultLimit = 5 * time.Second
	// DefaultConcurrency is the default number of concurrent calls of a pool. See
	// docs/divergences TR-1.
	DefaultConcurrency = 100

	attempts      = 3
	throttlePause = 100 * time.Millisecond // doubles
)

// Timer bounds a context by a duration; it is context.WithTimeout, or a test's.
type Timer func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)

// Options of a Runner. Targets, Clock and Entropy are required; the others
// default.
type Options struct {
	Targets     *Targets
	Clock       clock.Clock
	Entropy     entropy.Source
	Limit       time.Duration // of one attempt, including the wait for a slot
	Concurrency int           // concurrent calls of one pool
	Recorder    *Recorder     // records calls
	// Observe is called after each call. outcome is ok, canceled, or the kind of
	// the fault.
	Observe func(t userpool.Trigger, outcome string, took time.Duration)
	Timer   Timer
	// ReleaseSlot is called when a caller starts to wait for a function; back is called
	// when the wait is over.
	ReleaseSlot func(ctx context.Context) (back func())
	// Runs are the calls that continue after the client has disconnected.
	Runs *after.Runs
}

// Runner runs triggers. Use it through Run.
type Runner struct {
	Options
	bulkheads bulkheads
}

// NewRunner returns a runner.
func NewRunner(o Options) *Runner {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Observe == nil {
		o.Observe = func(userpool.Trigger, string, time.Duration) {}
	}
	if o.ReleaseSlot == nil {
		o.ReleaseSlot = func(context.Context) func() { return func() {} }
	}
	if o.Timer == nil {
		o.Timer = context.WithTimeout
	}
	if o.Runs == nil {
		o.Runs = after.NewRuns(0, 0)
	}
	return &Runner{Options: o, bulkheads: bulkheads{size: o.Concurrency, pools: map[string]*bulkhead{}}}
}

// Run calls the pool's function for the call's source. Without one the response
// is zero. Failures are faults with Cognito's text: UserLambdaValidation if the
// function returned an error, UnexpectedLambda if it could not be called or
// timed out, InvalidLambdaResponse if its result is invalid. After a time-out
// or throttling there are up to three attempts, so a function may be called
// more than once. An error of the function is not retried.
//
// A trigger that runs after the commit (PostConfirmation, PostAuthentication)
// is called even if ctx has ended, as when the client has disconnected, because
// it would not be called later. Run returns when the call has ended. Limit and
// attempts bound its time, Options.Runs the number of such calls.
//
// The caller must hold no locks, because functions may call this server. A nil
// Runner runs nothing: a pool that has the trigger gets an error.
func Run[R any](ctx context.Context, r *Runner, c Call, q Request[R]) (response R, err error) {
	t := c.Source.Trigger()
	if !q.serves(t) {
		return response, fmt.Errorf("trigger: a %T is not a request of source %s", q, c.Source)
	}
	arn, version := function(c.Pool.LambdaConfig, c.Source)
	if arn == "" {
		return response, missing(t)
	}
	if r == nil {
		return response, refusal(t, nothingRuns(arn))
	}
	if c.SDK == "" {
		c.SDK = CallerSDK(ctx)
	}
	o := occasion{c, version}
	request, prefilled := q.event(o)
	event, err := o.encode(request, prefilled)
	if err != nil {
		return response, err
	}
	call := func(ctx context.Context) error {
		return r.exchange(ctx, exchange{o, arn, event}, func(answer []byte) (err error) {
			if prefilled != "" { // otherwise the response is ignored
				response, err = read(o, q, answer)
			}
			return err
		}).Err
	}
	if afterCommit(t) {
		return response, r.Runs.Do(ctx, call)
	}
	return response, call(ctx)
}

func read[R any](o occasion, q Request[R], answer []byte) (response R, err error) {
	members, err := parseAnswer(answer)
	if err != nil {
		return response, err
	}
	found := q.answer(o, members)
	if err := *members.wrong; err != nil {
		return response, err
	}
	return found, nil
}

// missing returns the error for a pool without the trigger: nil if an unchanged
// event would have no effect.
func missing(t userpool.Trigger) error {
	switch t {
	case DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallenge,
		userpool.CustomEmailSender, userpool.CustomSMSSender:
		return fmt.Errorf("trigger: the pool has no %s", t)
	}
	return nil
}

// exchange is one event to send.
type exchange struct {
	occasion
	arn   string
	event []byte
}

// exchange calls the function, decodes the result with read, and turns failures
// into faults.
func (r *Runner) exchange(ctx context.Context, x exchange, read func([]byte) error) Entry {
	t, id, start := x.Source.Trigger(), CallID(ctx), r.Clock.Now()
	if id == "" { // otherwise the caller has set it for its retries
		id = r.Entropy.UUID()
		ctx = WithCallID(ctx, id)
	}
	back := r.ReleaseSlot(ctx)
	answer, tries, err := r.invoke(ctx, x)
	back()
	if err == nil {
		err = read(answer)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		err = fmt.Errorf("trigger %s: %w", t, ctx.Err())
	default:
		err = refusal(t, err)
	}
	e := Entry{
		ID: id, Time: start, Duration: r.Clock.Now().Sub(start), Attempts: tries,
		PoolID: x.Pool.ID, Source: x.Source, ARN: x.arn, Err: err,
	}
	r.Observe(t, outcome(err), e.Duration)
	return r.Recorder.add(e, x.event, answer)
}

// outcome returns the outcome of a call for Observe.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if f := fault.Of(err); f != nil {
		return string(f.Kind)
	}
	return "canceled"
}

// ErrNotRecorded means that the Recorder has no such call.
var ErrNotRecorded = errors.New("no such call is recorded")

// Replay sends the event of a recorded call again, to the current target of its
// function, and returns the new entry. The event is the recorded one, without
// passwords and codes. The result has no effect other than the entry.
func (r *Runner) Replay(ctx context.Context, id string) (Entry, error) {
	e, found := r.Recorder.Get(id)
	if !found {
		return Entry{}, ErrNotRecorded
	}
	c := Call{Pool: &userpool.Pool{ID: e.PoolID}, Source: e.Source}
	return r.exchange(ctx, exchange{occasion{Call: c}, e.ARN, e.Request}, func(answer []byte) error {
		switch e.Source.Trigger() {
		case userpool.CustomEmailSender, userpool.CustomSMSSender:
			return nil
		}
		_, err := parseAnswer(answer)
		return err
	}), nil
}

// invoke makes up to three attempts, and returns their number.
func (r *Runner) invoke(ctx context.Context, x exchange) (answer []byte, tries int, err error) {
	invoker := r.Targets.Find(x.Source.Trigger(), x.arn)
	if invoker == nil {
		return nil, 0, nothingRuns(x.arn)
	}
	for tries = 1; ; tries++ {
		answer, err = r.attempt(ctx, invoker, x)
		if err == nil && len(answer) > MaxResponse {
			return nil, tries, TooLarge()
		}
		var refused *InvokeError
		throttled := errors.As(err, &refused) && refused.Code == CodeTooManyRequests && !errors.Is(err, errBusy)
		if tries == attempts || ctx.Err() != nil || !throttled && !timedOut(err) {
			return answer, tries, err
		}
		if throttled {
			r.pause(ctx, throttlePause<<(tries-1))
		}
	}
}

func nothingRuns(arn string) error {
	return &InvokeError{CodeNotFound, fmt.Errorf("nothing is configured to run %s", arn)}
}

func (r *Runner) pause(ctx context.Context, d time.Duration) {
	ctx, cancel := r.Timer(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// attempt makes one attempt. It returns at the limit even if the invoker does
// not; the slot is released when the invoker returns.
func (r *Runner) attempt(ctx context.Context, invoker Invoker, x exchange) ([]byte, error) {
	limited, cancel := r.Timer(ctx, r.Limit)
	leave, err := r.bulkheads.enter(limited, x.Pool.ID)
	if err != nil {
		cancel()
		return nil, &InvokeError{CodeTooManyRequests, err}
	}
	type outcome struct {
		answer []byte
		err    error
	}
	done := make(chan outcome, 1)
	// It ends when the invoker returns; the limit cancels its context.
	go func() {
		defer cancel()
		defer leave()
		answer, err := guarded(limited, invoker, x)
		if err != nil && limited.Err() != nil {
			err = errTimeout // whatever the canceled invoker returns
		}
		done <- outcome{answer, err}
	}()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-limited.Done():
	}
	select {
	case o := <-done: // the context ended because the invoker returned
		return o.answer, o.err
	default:
		return nil, errTimeout
	}
}

// guarded calls Invoke and turns a panic into an error.
func guarded(ctx context.Context, invoker Invoker, x exchange) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the invoker panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return invoker.Invoke(ctx, x.arn, x.event)
}
