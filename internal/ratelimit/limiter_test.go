package ratelimit_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
)

var (
	start = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	ours  = ratelimit.Owner{Account: "111111111111", Region: "us-east-1"}
)

func newLimiter(limits ratelimit.Limits) (*ratelimit.Limiter, *clock.Driven) {
	clk := clock.Frozen(start)
	return ratelimit.New(limits, clk), clk
}

// passes returns how many of n simultaneous requests are allowed.
func passes(l *ratelimit.Limiter, n int, r ratelimit.Request) (passed int) {
	for range n {
		if l.Take(r) {
			passed++
		}
	}
	return passed
}

func state(l *ratelimit.Limiter, c ratelimit.Category) (s ratelimit.State) {
	for _, each := range l.States() {
		if each.Category == c {
			s = each
		}
	}
	return s
}

func TestEveryOperationHasACategory(t *testing.T) {
	for _, op := range api.Operations {
		c, ok := ratelimit.CategoryOf(op.Name)
		if !ok || !c.Known() {
			t.Errorf("%s has no category", op.Name)
		}
	}
	total := 0
	for _, n := range ratelimit.Table() {
		total += n
	}
	if total != len(api.Operations) {
		t.Errorf("the table has %d operations, the API %d", total, len(api.Operations))
	}
	for _, c := range []struct {
		operation string
		want      ratelimit.Category
	}{
		{"AdminRemoveUserFromGroup", ratelimit.UserUpdate}, {"GlobalSignOut", ratelimit.UserUpdate},
		{"RevokeToken", ratelimit.UserToken}, {"ResendConfirmationCode", ratelimit.UserResourceRead},
		{"VerifySoftwareToken", ratelimit.UserResourceUpdate}, {"GetClientToken", ratelimit.ClientAuthentication},
		{"GetTokensFromRefreshToken", ratelimit.UserAuthentication},
	} {
		if got, _ := ratelimit.CategoryOf(c.operation); got != c.want {
			t.Errorf("%s is counted with %s, want %s", c.operation, got, c.want)
		}
	}
}

func TestBucketsByCategoryAccountAndRegion(t *testing.T) {
	l, clk := newLimiter(ratelimit.AWS)
	request := func(operation string, o ratelimit.Owner) ratelimit.Request {
		return ratelimit.Request{Owner: o, Operation: operation}
	}
	if got := passes(l, 60, request("ListUsers", ours)); got != 30 {
		t.Errorf("%d of 60 passed, want 30", got)
	}
	if l.Take(request("ListUsersInGroup", ours)) {
		t.Error("another operation of the category passed")
	}
	for name, r := range map[string]ratelimit.Request{
		"another category": request("AdminGetUser", ours),
		"another account":  request("ListUsers", ratelimit.Owner{Account: "222222222222", Region: "us-east-1"}),
		"another region":   request("ListUsers", ratelimit.Owner{Account: "111111111111", Region: "eu-west-1"}),
	} {
		if !l.Take(r) {
			t.Errorf("%s was refused", name)
		}
	}
	if s := state(l, ratelimit.UserList); s.Refused != 31 || s.Level != 0 {
		t.Errorf("state %+v", s)
	}
	clk.Advance(100 * time.Millisecond)
	if got := passes(l, 60, request("ListUsers", ours)); got != 3 {
		t.Errorf("%d passed after a tenth of a second, want 3", got)
	}
	clk.Advance(time.Hour)
	if got := passes(l, 60, request("ListUsers", ours)); got != 30 {
		t.Errorf("%d passed after an hour, want 30", got)
	}
	clk.Advance(-time.Hour)
	l.Take(request("ListUsers", ours))
	clk.Advance(time.Second)
	if got := passes(l, 60, request("ListUsers", ours)); got != 30 {
		t.Errorf("%d passed a second after the clock was set back", got)
	}
	if s := state(l, ratelimit.UserCreation); s.Refused != 0 || s.Level != 1 {
		t.Errorf("an unused category is %+v", s)
	}
}

func TestGenerousAndOff(t *testing.T) {
	l, _ := newLimiter(ratelimit.Generous)
	if got := passes(l, 4000, ratelimit.Request{Owner: ours, Operation: "ListUsers"}); got != 3000 {
		t.Errorf("generous: %d passed", got)
	}
	off, _ := newLimiter(ratelimit.Off)
	off.Provision([]ratelimit.Given{{Owner: ours, Category: ratelimit.UserList, PerSecond: 1}})
	if got := passes(off, 4000, ratelimit.Request{Owner: ours, Operation: "ListUsers"}); got != 4000 {
		t.Errorf("off: %d passed", got)
	}
}

func TestPoolLimits(t *testing.T) {
	l, clk := newLimiter(ratelimit.AWS)
	request := func(operation, pool string) ratelimit.Request {
		return ratelimit.Request{Owner: ours, Operation: operation, PoolID: pool}
	}
	if got := passes(l, 10, request("CreateGroup", "a")); got != 5 {
		t.Errorf("%d of 10 of one operation passed, want 5", got)
	}
	if got := passes(l, 10, request("UpdateGroup", "a")); got != 5 {
		t.Errorf("%d of another operation, want 5", got)
	}
	// A request refused by the pool limit does not count for the account.
	if got := passes(l, 10, request("CreateGroup", "b")); got != 5 {
		t.Errorf("%d in another pool, want 5", got)
	}
	if got := passes(l, 10, request("CreateGroup", "c")); got != 0 {
		t.Errorf("%d beyond the category's 15", got)
	}
	clk.Advance(time.Second)
	if got := passes(l, 10, request("CreateGroup", "c")); got != 5 {
		t.Errorf("%d a second later", got)
	}
	// Operations on users have no pool limit.
	if got := passes(l, 60, request("ListUsers", "a")); got != 30 {
		t.Errorf("%d ListUsers", got)
	}
}

// The example of the guide: responses have three times the rate of sign-ins,
// further responses count as sign-ins.
func TestAnswersToChallenges(t *testing.T) {
	l, _ := newLimiter(ratelimit.AWS)
	answer := ratelimit.Request{Owner: ours, Operation: "RespondToAuthChallenge", PoolID: "a"}
	if got := passes(l, 400, answer); got != 360+40 {
		t.Fatalf("%d of 400 answers passed", got)
	}
	if got := passes(l, 200, ratelimit.Request{Owner: ours, Operation: "InitiateAuth"}); got != 80 {
		t.Errorf("%d sign-ins beside 40 surplus answers, want 80", got)
	}
	if passes(l, 1, answer) != 0 ||
		passes(l, 1, ratelimit.Request{Owner: ours, Operation: "AdminRespondToAuthChallenge"}) != 0 {
		t.Error("answers beyond both budgets pass")
	}
	answer.NewPassword = true
	if got := passes(l, 60, answer); got != 30 {
		t.Errorf("%d new passwords, want the 30 of UserAccountRecovery", got)
	}
	if s := state(l, ratelimit.UserAccountRecovery); s.Refused != 30 {
		t.Errorf("%+v", s)
	}
}

func TestProvision(t *testing.T) {
	l, clk := newLimiter(ratelimit.AWS)
	r := ratelimit.Request{Owner: ours, Operation: "SignUp"}
	passes(l, 50, r)
	provision := func(n int) {
		l.Provision([]ratelimit.Given{{Owner: ours, Category: ratelimit.UserCreation, PerSecond: n}})
	}
	provision(80)
	if got := passes(l, 100, r); got != 30 {
		t.Errorf("%d passed at once after 50 became 80", got)
	}
	clk.Advance(time.Second)
	if got := passes(l, 100, r); got != 80 {
		t.Errorf("%d of 80", got)
	}
	if got := passes(l, 100, ratelimit.Request{
		Owner: ratelimit.Owner{Account: "222222222222", Region: "us-east-1"}, Operation: "SignUp",
	}); got != 50 {
		t.Errorf("another account has %d", got)
	}
	clk.Advance(time.Second)
	l.Provision(nil)
	if got := passes(l, 100, r); got != 50 {
		t.Errorf("%d after the provisioned rate was removed", got)
	}
	provision(7) // below the free rate
	clk.Advance(time.Second)
	if got := passes(l, 100, r); got != 50 {
		t.Errorf("%d with a provisioned rate below the free rate", got)
	}
}

// Idle buckets are deleted, so memory does not grow with accounts and pools.
func TestMemoryIsBounded(t *testing.T) {
	l, clk := newLimiter(ratelimit.AWS)
	for i := range 5000 {
		l.Take(ratelimit.Request{Owner: ours, Operation: "CreateGroup", PoolID: fmt.Sprint(i)})
	}
	if n := l.Buckets(); n > 16 {
		t.Errorf("%d buckets for pool names, want at most the category's rate and one", n)
	}
	for i := range 1000 {
		l.Take(ratelimit.Request{Owner: ratelimit.Owner{Account: fmt.Sprint(i)}, Operation: "ListUsers"})
	}
	clk.Advance(2 * time.Second)
	l.Take(ratelimit.Request{Owner: ours, Operation: "ListUsers"})
	if n := l.Buckets(); n != 1 {
		t.Errorf("%d buckets, want 1 after the others were idle", n)
	}
}

func TestConcurrentUse(t *testing.T) {
	l, _ := newLimiter(ratelimit.AWS)
	var passed atomic.Int64
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			passed.Add(int64(passes(l, 100, ratelimit.Request{Owner: ours, Operation: "GetUser", PoolID: "a"})))
			l.Provision(nil)
			l.States()
		})
	}
	done.Wait()
	if passed.Load() != 120 {
		t.Errorf("%d passed, want 120", passed.Load())
	}
}
