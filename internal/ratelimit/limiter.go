package ratelimit

import (
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
)

// Owner is whose requests are counted together.
type Owner struct{ Account, Region string }

// Given is a rate that an account has been given.
type Given struct {
	Owner
	Category  Category
	PerSecond int
}

// Request is a request about to be run.
type Request struct {
	Owner
	Operation string
	// PoolID is the pool that it touches; empty for none.
	PoolID string
	// NewPassword: it answers the challenge NEW_PASSWORD_REQUIRED.
	NewPassword bool
}

// key names a bucket: of a category, or of one operation in one pool.
type key struct {
	Owner
	category          Category
	poolID, operation string
}

// responses marks the bucket of the answers to challenges, which have a budget
// of their own before they count as sign-ins.
const responses = "responses"

// responseBudget is that budget, in multiples of the sign-ins' rate.
const responseBudget = 3

// bucket holds up to a second's worth of requests and fills by its rate.
type bucket struct {
	rate, level float64
	at          time.Time
}

// fill brings a bucket up to now. A clock that was set back costs nothing.
func (b *bucket) fill(now time.Time) {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.level = min(b.rate, b.level+passed*b.rate)
	}
	b.at = now
}

// Limiter counts requests. All methods may be called at once.
type Limiter struct {
	limits Limits
	clock  clock.Clock

	mu      sync.Mutex
	buckets map[key]*bucket
	given   map[key]int
	refused map[Category]int64
	swept   time.Time
}

// New returns a limiter with full buckets for AWS and Generous. For Off it
// returns nil: a nil limiter lets everything through.
func New(limits Limits, clk clock.Clock) *Limiter {
	if limits != AWS && limits != Generous {
		return nil
	}
	return &Limiter{
		limits: limits, clock: clk, buckets: map[key]*bucket{}, given: map[key]int{}, refused: map[Category]int64{},
		swept: clk.Now(),
	}
}

// Take counts a request, or reports false: then it is one too many and nothing
// was counted but the refusal.
func (l *Limiter) Take(r Request) bool {
	category, ok := CategoryOf(r.Operation)
	if l == nil || !ok {
		return true
	}
	answer := r.Operation == "RespondToAuthChallenge" || r.Operation == "AdminRespondToAuthChallenge"
	if answer && r.NewPassword {
		category, answer = UserAccountRecovery, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.sweep(now)
	if answer && l.bucket(key{Owner: r.Owner, category: category, operation: responses}, now).take() {
		return true
	}
	all := []*bucket{l.bucket(key{Owner: r.Owner, category: category}, now)}
	// The pool's bucket is made only for who may still call: names of pools
	// that do not exist cost no more memory than the category's rate.
	if all[0].level >= 1 && rules[category].perPool && r.PoolID != "" {
		all = append(all, l.bucket(key{r.Owner, category, r.PoolID, r.Operation}, now))
	}
	for _, b := range all {
		if b.level < 1 {
			l.refused[category]++
			return false
		}
	}
	for _, b := range all {
		b.level--
	}
	return true
}

func (b *bucket) take() bool {
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}

// bucket returns a bucket, filled up to now.
func (l *Limiter) bucket(k key, now time.Time) *bucket {
	b := l.buckets[k]
	if b == nil {
		rate := l.rate(k)
		b = &bucket{rate: rate, level: rate, at: now}
		l.buckets[k] = b
	}
	b.fill(now)
	return b
}

func (l *Limiter) rate(k key) float64 {
	if k.poolID != "" {
		return float64(perPoolRate * l.limits.factor())
	}
	rate := l.limits.Provisioned(k.category, l.given[key{Owner: k.Owner, category: k.category}])
	if k.operation == responses {
		rate *= responseBudget
	}
	return float64(rate)
}

// sweep forgets, once a second, the buckets that have filled up.
func (l *Limiter) sweep(now time.Time) {
	if passed := now.Sub(l.swept); passed >= 0 && passed < time.Second {
		return
	}
	l.swept = now
	for k, b := range l.buckets {
		if b.fill(now); b.level >= b.rate {
			delete(l.buckets, k)
		}
	}
}

// Provision replaces what accounts have been given. Buckets follow at once: a
// rate that grew adds what it grew by.
func (l *Limiter) Provision(rates []Given) {
	if l == nil {
		return
	}
	given := map[key]int{}
	for _, r := range rates {
		given[key{Owner: r.Owner, category: r.Category}] = r.PerSecond
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given = given
	now := l.clock.Now()
	for k, b := range l.buckets {
		b.fill(now)
		rate := l.rate(k)
		b.level = max(0, min(rate, b.level+rate-b.rate))
		b.rate = rate
	}
}

// State is a category as its operator sees it.
type State struct {
	Category Category
	// Refused is how many requests were one too many since the start.
	Refused int64
	// Level is how full the emptiest bucket of any account is, from 0 to 1.
	Level float64
}

// States returns the state of every category.
func (l *Limiter) States() (states []State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	level := map[Category]float64{}
	for k, b := range l.buckets {
		if k.poolID != "" || k.operation != "" {
			continue
		}
		b.fill(now)
		full := b.level / b.rate
		if least, seen := level[k.category]; !seen || full < least {
			level[k.category] = full
		}
	}
	for c := range rules {
		s := State{Category: c, Refused: l.refused[c], Level: 1}
		if full, ok := level[c]; ok {
			s.Level = full
		}
		states = append(states, s)
	}
	return states
}
