package clock

import (
	"sync"
	"time"
)

// Clock returns the current time.
type Clock interface {
	// Now returns the current time in UTC.
	Now() time.Time
}

// System returns the system clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC() }

// Driven is a clock that has an offset from another clock or, if frozen, stands
// still. The zero value is not usable; use Frozen or Shifted.
type Driven struct {
	mu     sync.Mutex
	base   Clock
	offset time.Duration
	frozen time.Time
}

// Frozen returns a clock that stands at t until it is advanced.
func Frozen(t time.Time) *Driven { return &Driven{frozen: t.UTC()} }

// Shifted returns a clock that runs with base and can be advanced from it.
func Shifted(base Clock) *Driven { return &Driven{base: base} }

// Now implements Clock.
func (d *Driven) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now()
}

func (d *Driven) now() time.Time {
	if d.base == nil {
		return d.frozen
	}
	return d.base.Now().Add(d.offset)
}

// Advance moves the clock by step; a negative step moves it back.
func (d *Driven) Advance(step time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.advance(step)
}

// AdvanceWithin moves the clock by step unless the result would be before from
// or after to. It reports whether the clock has moved.
func (d *Driven) AdvanceWithin(step time.Duration, from, to time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if then := d.now().Add(step); then.Before(from) || then.After(to) {
		return false
	}
	d.advance(step)
	return true
}

func (d *Driven) advance(step time.Duration) {
	if d.base == nil {
		d.frozen = d.frozen.Add(step)
		return
	}
	d.offset += step
}
