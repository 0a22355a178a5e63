package hosted_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var linkInMail = regexp.MustCompile(`href="?([^"> ]+)`)

// confirmByLink makes the pool send links to confirm sign-ups.
func confirmByLink(w *hostedtest.World) {
	w.T.Helper()
	w.Update(func(tx *store.Tx) error {
		changed := *w.Pool
		changed.AutoVerifiedAttributes = []string{"email"}
		changed.VerificationMessageTemplate.DefaultEmailOption = "CONFIRM_WITH_LINK"
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
}

// link signs a user up in a pool that confirms by link, and returns the address
// in the message, below that of the server.
func link(t *testing.T, w *hostedtest.World, name string) string {
	t.Helper()
	_, err := w.Account.SignUp(t.Context(), account.SignUpRequest{
		Request: account.Request{ClientID: "public", Username: name}, Password: hostedtest.Password,
		Attributes: map[string]string{"email": "someone@example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := w.DB.Outbox().Claim(t.Context(), nil, 10, time.Minute)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%+v, %v", messages, err)
	}
	found := linkInMail.FindStringSubmatch(messages[0].Item.Body)
	if found == nil {
		t.Fatalf("no link in %s", messages[0].Item.Body)
	}
	path, ok := strings.CutPrefix(html.UnescapeString(found[1]), hostedtest.PublicURL)
	if !ok {
		t.Fatalf("the link is %s, not below %s", found[1], hostedtest.PublicURL)
	}
	return path
}

func status(t *testing.T, w *hostedtest.World, name string) (s userpool.Status) {
	t.Helper()
	w.Update(func(tx *store.Tx) error {
		u, err := tx.User(w.Pool, name)
		if err == nil {
			s = u.Status
		}
		return err
	})
	return s
}

// A link confirms its own sign-up, once.
func TestConfirmationLink(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		confirmByLink(w)
		const name = `a<b>&"c`
		path := link(t, w, name)
		b := w.Browser()
		for what, wrong := range map[string]string{
			"another code":   regexp.MustCompile(`confirmation_code=\d+`).ReplaceAllString(path, "confirmation_code=x"),
			"another user":   strings.Replace(path, "user_name=", "user_name=x", 1),
			"another client": strings.Replace(path, "client_id=public", "client_id=stranger", 1),
			"unknown client": strings.Replace(path, "client_id=public", "client_id=nobody", 1),
			"no code":        strings.Split(path, "&confirmation_code")[0],
		} {
			p := b.Get(wrong)
			if p.Status != http.StatusBadRequest || p.Header.Get("Content-Security-Policy") == "" ||
				strings.Contains(p.Body, "confirmed!") || strings.Contains(p.Body, name) {
				t.Errorf("%s: %d %s", what, p.Status, p.Body)
			}
		}
		elsewhere := w.Browser()
		elsewhere.Host = "theirs.auth.us-east-1.id.example.com"
		theirs, err := userpool.NewDomain(w.Other.ID, "theirs", userpool.DomainChange{})
		if err != nil {
			t.Fatal(err)
		}
		w.Update(func(tx *store.Tx) error { return tx.InsertDomain(theirs) })
		if p := elsewhere.Get(path); p.Status != http.StatusBadRequest {
			t.Errorf("at another pool's domain: %d %s", p.Status, p.Body)
		}
		if p := b.Post(path, nil); p.Status != http.StatusMethodNotAllowed {
			t.Errorf("POST: %d", p.Status)
		}
		if got := status(t, w, name); got != userpool.Unconfirmed {
			t.Fatalf("%s before the link was opened", got)
		}
		if p := b.Get(path); p.Status != http.StatusOK ||
			!strings.Contains(p.Body, "Your registration has been confirmed!") {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		if got := status(t, w, name); got != userpool.Confirmed {
			t.Errorf("%s after the link was opened", got)
		}
		if p := b.Get(path); p.Status != http.StatusBadRequest || !strings.Contains(p.Body, "used already") ||
			!strings.Contains(p.Body, "you can sign in") || strings.Contains(p.Body, "Not confirmed") {
			t.Errorf("the link opened again: %d %s", p.Status, p.Body)
		}
	})
}
