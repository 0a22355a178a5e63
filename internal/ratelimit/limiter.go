package ratelimit

import (
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
)

// Owner is the account and region whose requests are counted together.
type Owner struct{ Account, Region string }

// Given is the provisioned rate of an account.
type Given struct {
	Owner
	Category  Category
	PerSecond int
}

// Request is a request to be counted.
type Request struct {
	Owner
	Operation string
	// PoolID is the pool of the request, or empty.
	PoolID string
	// NewPassword: the request answers NEW_PASSWORD_REQUIRED.
	NewPassword bool
}

// Visit is a request to an OAuth endpoint or a page of a pool, to be counted.
type Visit struct {
	Owner
	PoolID string
	// ClientID and Address are those of the client, or empty.
	ClientID, Address string
	// Endpoint is the name in the table of endpoints. Others count in Domain only.
	Endpoint string
}

// key is the key of a bucket: of a category, or of one operation or source of
// requests in one pool.
type key struct {
	Owner
	category          Category
	poolID, operation string
}

// responses and redemption are the operations in the keys of the buckets of
// challenge responses and redeemed codes. Both have a budget of their own before
// they count as sign-ins.
const responses = "responses"

// responseBudget is that budget, as a multiple of the rate of sign-ins.
const responseBudget = 3

// bucket is a token bucket: its capacity is one second of its rate.
type bucket struct {
	rate, level float64
	at          time.Time
}

// fill refills a bucket up to now. A clock that goes back adds and removes
// nothing.
func (b *bucket) fill(now time.Time) {
	if elapsed := now.Sub(b.at).Seconds(); elapsed > 0 {
		b.level = min(b.rate, b.level+elapsed*b.rate)
	}
	b.at = now
}

// Limiter limits requests. Its methods are safe for concurrent use.
type Limiter struct {
	limits Limits
	clock  clock.Clock

	mu      sync.Mutex
	buckets map[key]*bucket
	given   map[key]int
	refused map[Category]int64
	swept   time.Time
}

// New returns a Limiter with full buckets for AWS and Generous, and nil for
// Off. A nil Limiter allows every request.
func New(limits Limits, clk clock.Clock) *Limiter {
	if limits != AWS && limits != Generous {
		return nil
	}
	return &Limiter{
		limits: limits, clock: clk, buckets: map[key]*bucket{}, given: map[key]int{}, refused: map[Category]int64{},
		swept: clk.Now(),
	}
}

// Take counts a request and reports whether it is within the limits. A request
// beyond the limits only counts as refused.
func (l *Limiter) Take(r Request) bool {
	category, ok := CategoryOf(r.Operation)
	if l == nil || !ok {
		return true
	}
	response := r.Operation == "RespondToAuthChallenge" || r.Operation == "AdminRespondToAuthChallenge"
	if response && r.NewPassword {
		category, response = UserAccountRecovery, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.sweep(now)
	if response && l.bucket(key{Owner: r.Owner, category: category, operation: responses}, now).take() {
		return true
	}
	keys := []key{{Owner: r.Owner, category: category}}
	if rules[category].perPool && r.PoolID != "" {
		keys = append(keys, key{r.Owner, category, r.PoolID, r.Operation})
	}
	return l.take(now, keys)
}

// TakeVisit counts a request to an OAuth endpoint or a page, and reports whether
// it is within the limits of its pool, category, client and address.
func (l *Limiter) TakeVisit(v Visit) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.sweep(now)
	keys := []key{{v.Owner, Domain, v.PoolID, ""}}
	if category, ok := CategoryOf(v.Endpoint); ok {
		k := key{Owner: v.Owner, category: category}
		own := key{Owner: v.Owner, category: category, operation: redemption}
		if v.Endpoint == redemption && l.bucket(own, now).level >= 1 {
			k = own
		}
		keys = append(keys, k)
	}
	if v.ClientID != "" {
		keys = append(keys, key{v.Owner, Domain, v.PoolID, "client " + v.ClientID})
	}
	if v.Address != "" {
		keys = append(keys, key{v.Owner, Domain, v.PoolID, "address " + v.Address})
	}
	return l.take(now, keys)
}

// take takes one from the bucket of every key, or from none if one is empty. It
// makes a bucket only if those before it have capacity: names of pools that do
// not exist, and addresses, use no more memory than the rate of the first bucket.
func (l *Limiter) take(now time.Time, keys []key) bool {
	all := make([]*bucket, len(keys))
	for i, k := range keys {
		if all[i] = l.bucket(k, now); all[i].level < 1 {
			l.refused[k.category]++
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

// bucket returns the bucket of k, refilled up to now.
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
	switch {
	case k.category == Domain && k.operation != "":
		return float64(sourceRate * l.limits.factor())
	case k.poolID != "" && k.operation != "":
		return float64(perPoolRate * l.limits.factor())
	}
	rate := l.limits.Provisioned(k.category, l.given[key{Owner: k.Owner, category: k.category}])
	if k.operation == responses {
		rate *= responseBudget
	}
	return float64(rate)
}

// sweep deletes the full buckets, once a second.
func (l *Limiter) sweep(now time.Time) {
	if elapsed := now.Sub(l.swept); elapsed >= 0 && elapsed < time.Second {
		return
	}
	l.swept = now
	for k, b := range l.buckets {
		if b.fill(now); b.level >= b.rate {
			delete(l.buckets, k)
		}
	}
}

// Provision replaces the provisioned rates of all accounts. It applies to
// existing buckets: a higher rate adds the difference to the level.
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

// State is the state of a category, for metrics.
type State struct {
	Category Category
	// Refused is the number of requests refused since the start.
	Refused int64
	// Level is the level of the emptiest bucket of any account, or in Domain of any
	// pool, from 0 to 1.
	Level float64
}

// States returns the state of every category.
func (l *Limiter) States() (states []State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	level := map[Category]float64{}
	for k, b := range l.buckets {
		if k.operation != "" {
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
