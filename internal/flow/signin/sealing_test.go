package signin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// beginBoth begins a sign-in with a Session and one with a SECRET_BLOCK. It
// returns the calls that complete them.
func (w *world) beginBoth() map[string]func(*world) (signin.Outcome, error) {
	w.t.Helper()
	session := w.signInTo("SMS_MFA")
	code := w.code("+15550100")
	block, err := w.beginSRP("ann", password)
	if err != nil {
		w.t.Fatal(err)
	}
	return map[string]func(*world) (signin.Outcome, error){
		"Session": func(on *world) (signin.Outcome, error) { return on.submit(session, code) },
		"block": func(on *world) (signin.Outcome, error) {
			return on.answer("PASSWORD_VERIFIER", "", block.responses)
		},
	}
}

// A sign-in that began before a rotation of the root can be completed on
// another node after it, until the root is retired.
func TestSignInsAcrossARotationOfTheRoot(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		w := newWorld(t, a, clk)
		w.offer("ON", "s")
		w.enable(userpool.SMSMFA)
		other := w.node(b)
		rotate := func() {
			t.Helper()
			if _, err := a.RotateSealingRoot(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before, lost := w.beginBoth(), w.beginBoth()
		rotate()
		after := w.beginBoth()
		for what, answer := range before {
			if out, err := answer(other); err != nil {
				t.Errorf("%s from before the rotation: %v, %v", what, out, err)
			}
		}
		for what, answer := range after {
			if out, err := answer(other); err != nil {
				t.Errorf("%s from after the rotation: %v, %v", what, out, err)
			}
		}
		if err := a.RetireSealingRoot(t.Context(), seal.RootID{}.String(), true); err != nil {
			t.Fatal(err)
		}
		for what, answer := range lost {
			_, err := answer(w)
			wants(t, what+" of a retired root", err, fault.SessionExpired)
		}
	})
}

// Decoys are the same before and after a rotation, and after the first root is
// retired.
func TestDecoysStayTheSame(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		w := newWorld(t, a, clk)
		w.choose("pek")
		decoysOf := func(w *world) string {
			t.Helper()
			x, err := w.beginSRP("nobody", password)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(x.first["SALT"], x.first["USER_ID_FOR_SRP"], w.choiceList("nobody").Available,
				w.flow.DeviceGroupKey(w.pool))
		}
		before := decoysOf(w)
		other, err := w.beginSRP("nobody-else", password)
		if err != nil || strings.HasPrefix(before, other.first["SALT"]) {
			t.Fatalf("positive control: %v, %v", other.first, err)
		}
		for _, change := range []func() error{
			func() error { _, err := a.RotateSealingRoot(t.Context()); return err },
			func() error { return a.RetireSealingRoot(t.Context(), seal.RootID{}.String(), true) },
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			for name, on := range map[string]*world{"this node": w, "the other node": w.node(b)} {
				if after := decoysOf(on); after != before {
					t.Errorf("%s returns %s, was %s", name, after, before)
				}
			}
		}
	})
}

// reseal opens a Session, changes its payload and seals it with again.
func (w *world) reseal(
	session string, change func(payload string) string, again func(seal.Token) (string, error),
) string {
	w.t.Helper()
	sealed := w.opened(session)
	sealed.Payload = []byte(change(string(sealed.Payload)))
	text, err := again(sealed)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// opened opens a Session.
func (w *world) opened(session string) seal.Token {
	w.t.Helper()
	want := seal.Token{Type: "signin-session", Pool: w.pool.ID, Client: w.client.ID}
	sealed, err := w.db.Tokens("signin-session").OpenToken(w.t.Context(), session, want, w.clk.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return sealed
}

// A Session of the format without token keys and without a payload version is
// accepted.
func TestOldSessionFormat(t *testing.T) {
	w := openWorld(t)
	w.invite("bob")
	out := w.signInTo("NEW_PASSWORD_REQUIRED")
	old := w.reseal(out.Session, func(payload string) string {
		return strings.Replace(payload, `"v":1,`, "", 1)
	}, func(s seal.Token) (string, error) {
		plain, err := json.Marshal(map[string]any{
			"u": s.User, "x": s.Expires.UnixMilli(), "h": s.Handle[:], "p": s.Payload,
		})
		if err != nil {
			return "", err
		}
		key, binding := w.db.Root().Derive("signin-session"), seal.Bind("token", s.Type, s.Pool, s.Client)
		raw, err := key.Seal(entropy.System(), binding, plain)
		return base64.StdEncoding.EncodeToString(raw), err
	})
	responses := map[string]string{"USERNAME": "bob", "NEW_PASSWORD": "New-Pa55word"}
	done, err := w.answer("NEW_PASSWORD_REQUIRED", old, responses)
	signedIn(t, "old Session", done, err)
	_, err = w.answer("NEW_PASSWORD_REQUIRED", out.Session, responses)
	wants(t, "the same Session in the current format", err, fault.SessionUsed)
}

// A node keeps the members that a newer version has added to a Session, over
// every step.
func TestSessionsKeepUnknownMembers(t *testing.T) {
	w := openWorld(t)
	w.offer("ON", "se")
	w.enable(userpool.SMSMFA, userpool.EmailMFA)
	w.change(func(u *userpool.User) { u.Factors.Preferred = "" })
	out := w.signInTo("SELECT_MFA_TYPE")
	const newer = `"zz":{"later":[1,"x"]}`
	if strings.Contains(string(w.opened(out.Session).Payload), newer) {
		t.Fatal("positive control: the Session already has the member")
	}
	out.Session = w.reseal(out.Session, func(payload string) string {
		return strings.Replace(payload, `{"v":1,`, `{"v":1,`+newer+`,`, 1)
	}, func(s seal.Token) (string, error) {
		return w.db.Tokens("signin-session").SealToken(entropy.System(), s)
	})
	next, err := w.submit(out, "SMS_MFA")
	next = w.expect("SMS_MFA", next, err)
	if payload := string(w.opened(next.Session).Payload); !strings.Contains(payload, newer) ||
		!strings.HasPrefix(payload, `{"v":1,`) {
		t.Errorf("the next Session has %s", payload)
	}
	done, err := w.submit(next, w.code("+15550100"))
	signedIn(t, "with the code", done, err)
}
