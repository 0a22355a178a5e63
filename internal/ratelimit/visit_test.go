package ratelimit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
)

// visits returns how many of n simultaneous requests are allowed.
func visits(l *ratelimit.Limiter, n int, v ratelimit.Visit) (passed int) {
	for range n {
		if l.TakeVisit(v) {
			passed++
		}
	}
	return passed
}

// Endpoints count with the operations of their category, and those that are in
// none only with their pool.
func TestEndpointsCountInCategories(t *testing.T) {
	for endpoint, want := range map[string]struct {
		category ratelimit.Category
		rate     int
	}{
		"POST /login":                           {ratelimit.UserAuthentication, 120},
		"POST /mfa/totp":                        {ratelimit.UserAuthentication, 120},
		"POST /device":                          {ratelimit.UserAuthentication, 120},
		"POST /changePassword":                  {ratelimit.UserAccountRecovery, 30},
		"GET /confirmUser":                      {ratelimit.UserCreation, 50},
		"POST /oauth2/token refresh_token":      {ratelimit.UserAuthentication, 120},
		"POST /oauth2/token client_credentials": {ratelimit.ClientAuthentication, 150},
		"POST /oauth2/revoke":                   {ratelimit.UserToken, 120},
		"GET /oauth2/userInfo":                  {ratelimit.UserRead, 120},
		"POST /oauth2/introspect":               {ratelimit.UserRead, 120},
		"GET /login":                            {ratelimit.Domain, 500},
		"GET /oauth2/authorize":                 {ratelimit.Domain, 500},
		"POST /oauth2/token password":           {ratelimit.Domain, 500},
	} {
		l, _ := newLimiter(ratelimit.AWS)
		if got := visits(l, 600, ratelimit.Visit{Owner: ours, PoolID: "a", Endpoint: endpoint}); got != want.rate {
			t.Errorf("%s: %d passed, want %d", endpoint, got, want.rate)
		}
		if got := state(l, want.category); got.Refused != int64(600-want.rate) || got.Level != 0 {
			t.Errorf("%s: %+v", endpoint, got)
		}
	}
	l, _ := newLimiter(ratelimit.AWS)
	passes(l, 100, ratelimit.Request{Owner: ours, Operation: "InitiateAuth"})
	if got := visits(l, 100, ratelimit.Visit{Owner: ours, PoolID: "a", Endpoint: "POST /login"}); got != 20 {
		t.Errorf("%d sign-ins on a page beside 100 by the API, want 20", got)
	}
	var off *ratelimit.Limiter
	if got := visits(off, 600, ratelimit.Visit{Owner: ours, PoolID: "a", Endpoint: "POST /login"}); got != 600 {
		t.Errorf("off: %d passed", got)
	}
}

// Codes have a budget of their own, then they count as sign-ins. Source: guide
// page quotas, note 2.
func TestRedemptionsHaveTheirOwnBudget(t *testing.T) {
	l, _ := newLimiter(ratelimit.AWS)
	code := ratelimit.Visit{Owner: ours, PoolID: "a", Endpoint: "POST /oauth2/token authorization_code"}
	if got := visits(l, 150, code); got != 150 {
		t.Fatalf("%d codes passed", got)
	}
	if got := visits(l, 120, ratelimit.Visit{Owner: ours, PoolID: "a", Endpoint: "POST /login"}); got != 90 {
		t.Errorf("%d sign-ins beside 30 surplus codes, want 90", got)
	}
	if visits(l, 1, code) != 0 {
		t.Error("a code beyond both budgets passes")
	}
}

// One address or client cannot use the whole rate of its pool, nor that of
// another pool. Source: guide page quotas, bulk request-rate limits.
func TestSourcesOfRequests(t *testing.T) {
	l, clk := newLimiter(ratelimit.AWS)
	visit := func(pool, client, address string) ratelimit.Visit {
		return ratelimit.Visit{Owner: ours, PoolID: pool, ClientID: client, Address: address, Endpoint: "GET /login"}
	}
	if got := visits(l, 400, visit("a", "one", "192.0.2.1")); got != 300 {
		t.Errorf("%d of one address passed, want 300", got)
	}
	if visits(l, 1, visit("a", "two", "192.0.2.1")) != 0 {
		t.Error("the address passes with another client")
	}
	if visits(l, 1, visit("a", "one", "192.0.2.2")) != 0 {
		t.Error("the client passes from another address")
	}
	if got := visits(l, 300, visit("a", "two", "192.0.2.2")); got != 200 {
		t.Errorf("%d of another client and address, want the pool's remaining 200", got)
	}
	if got := visits(l, 400, visit("b", "one", "192.0.2.1")); got != 300 {
		t.Errorf("%d in another pool, want 300", got)
	}
	clk.Advance(time.Second)
	if got := visits(l, 400, visit("a", "one", "192.0.2.1")); got != 300 {
		t.Errorf("%d a second later, want 300", got)
	}
}

// Neither refused requests nor requests from many addresses use more memory than
// the rate of their pool.
func TestAddressesAreBounded(t *testing.T) {
	for _, endpoint := range []string{"GET /login", "POST /changePassword"} {
		for _, client := range []string{"", "one"} {
			l, _ := newLimiter(ratelimit.AWS)
			for i := range 5000 {
				l.TakeVisit(ratelimit.Visit{
					Owner: ours, PoolID: "a", ClientID: client, Address: fmt.Sprint(i), Endpoint: endpoint,
				})
			}
			if n := l.Buckets(); n > 503 {
				t.Errorf("%s by client %q: %d buckets", endpoint, client, n)
			}
		}
	}
}
