package oauth_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// redemptions is the number of parallel requests with one code.
const redemptions = 200

// A code that two nodes redeem many times in parallel gives tokens once, and they
// stay valid. The same holds for the code of a device, and for a pushed request.
func TestParallelRedemptions(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		here := hostedtest.New(t, a, clk)
		there := here.Node(b)
		here.Extend(here.Pool, func(e *userpool.PoolExtensions) { e.DeviceGrant, e.PushedRequests = true, true })
		t.Run("code", func(t *testing.T) {
			code := here.Browser().Code("public")
			responses := onBoth(here, there, func(node *hostedtest.World) hostedtest.Page { return redeem(node, code) })
			requireOneSuccess(t, there, responses, `{"error":"invalid_grant"}`)
		})
		t.Run("device code", func(t *testing.T) {
			d := startDevice(here, "public")
			requireAt(t, d.signIn(here.Browser()), "/device/connected")
			responses := onBoth(here, there, func(node *hostedtest.World) hostedtest.Page { return d.poll(node) })
			requireOneSuccess(t, there, responses, `{"error":"slow_down"}`)
			d.require("invalid_grant")
		})
		t.Run("pushed request", func(t *testing.T) {
			browser := here.Browser()
			browser.Code("public")
			uri := object(t, push(here, "public").Body)["request_uri"]
			responses := onBoth(here, there, func(node *hostedtest.World) hostedtest.Page {
				again := node.Browser()
				again.Cookies = map[string]string{"cognito-" + node.Pool.ID: browser.Cookies["cognito-"+node.Pool.ID]}
				return again.Get(pushedAt("public", uri))
			})
			answered := 0
			for _, p := range responses {
				if p.Query().Get("code") != "" {
					answered++
				} else {
					requireNoPushed(t, "parallel", p)
				}
			}
			if answered != 1 {
				t.Errorf("the request was answered %d times", answered)
			}
		})
	})
}

// onBoth sends requests in parallel, half of them to each node.
func onBoth(here, there *hostedtest.World, send func(*hostedtest.World) hostedtest.Page) []hostedtest.Page {
	responses := make([]hostedtest.Page, redemptions)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range responses {
		node := here
		if i%2 == 1 {
			node = there
		}
		all.Go(func() {
			<-start
			responses[i] = send(node)
		})
	}
	close(start)
	all.Wait()
	return responses
}

// requireOneSuccess requires that one response has tokens, which are valid, and
// that the others are a refusal.
func requireOneSuccess(t *testing.T, node *hostedtest.World, responses []hostedtest.Page, refusal string) {
	t.Helper()
	var set members
	others := map[string]int{}
	for _, p := range responses {
		if p.Status == 200 {
			if set != nil {
				t.Error("a code gives tokens twice")
			}
			set = object(t, p.Body)
			continue
		}
		others[fmt.Sprintf("%d %s", p.Status, p.Body)]++
	}
	if want := "400 " + refusal; set == nil || len(others) != 1 || others[want] != redemptions-1 {
		t.Fatalf("tokens %v, others %v", set != nil, others)
	}
	info := node.Browser()
	info.Header.Set("Authorization", "Bearer "+set["access_token"].(string))
	if p := info.Get("/oauth2/userInfo"); p.Status != 200 {
		t.Errorf("userInfo: %d %s", p.Status, p.Body)
	}
	p := node.Browser().Post("/oauth2/token", refreshForm("public", set["refresh_token"].(string)))
	if p.Status != 200 {
		t.Errorf("refresh: %d %s", p.Status, p.Body)
	}
}
