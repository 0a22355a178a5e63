package hosted_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// choosing is the client whose users choose the first factor, open is one that does
// not hide which users exist.
const choosing, open = "choosing", "open"

// offerChoices makes the pool permit first factors, and adds the clients.
func offerChoices(w *hostedtest.World, factors ...string) {
	w.T.Helper()
	w.Update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.Pool.ID)
		if err != nil {
			return err
		}
		changed, party := *p, "id.example.com"
		changed.AllowedFirstAuthFactors = factors
		changed.WebAuthn = &userpool.WebAuthnConfiguration{RelyingPartyId: &party}
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
	hide := "ENABLED"
	w.Client(w.Pool, choosing, func(c *userpool.Client) {
		c.ExplicitAuthFlows, c.PreventUserExistenceErrors = []string{"ALLOW_USER_AUTH"}, &hide
	})
	w.Client(w.Pool, open, func(c *userpool.Client) { c.ExplicitAuthFlows = []string{"ALLOW_USER_AUTH"} })
}

// register registers a passkey of a user.
func register(w *hostedtest.World, client, name string) *passkeytest.Authenticator {
	w.T.Helper()
	a := passkeytest.NewES256(w.T, hostedtest.PublicURL)
	h := account.Holder{Pool: w.Pool}
	w.Update(func(tx *store.Tx) (err error) {
		if h.Client, err = tx.Client(w.Pool.ID, client); err != nil {
			return err
		}
		h.User, err = tx.User(w.Pool, name)
		return err
	})
	options, err := w.Account.StartPasskey(w.T.Context(), h)
	if err == nil {
		err = w.Account.CompletePasskey(w.T.Context(), h, a.Create(options), "")
	}
	if err != nil {
		w.T.Fatal(err)
	}
	return a
}

// name enters a name at a client and returns the page that follows.
func name(b *hostedtest.Browser, client, name string, values ...string) hostedtest.Page {
	b.World.T.Helper()
	p := b.Follow(b.Get(hostedtest.AuthorizeURL(client)))
	if _, fields := p.Form(); fields.Has("password") || !fields.Has("username") ||
		!strings.Contains(p.Body, `name="cognitoSignInForm"`) {
		b.World.T.Fatalf("the first page does not ask for the name alone: %s", p.Body)
	}
	return b.Fill(p, append([]string{"username", name}, values...)...)
}

// onPage requires that a page is that of a path.
func onPage(t *testing.T, what, path string, p hostedtest.Page) hostedtest.Page {
	t.Helper()
	if action, _ := p.Form(); !strings.HasPrefix(action, path+"?") {
		t.Fatalf("%s: form to %q, want %s: %d %v %s", what, action, path, p.Status, p.Location, p.Body)
	}
	return p
}

var offered = regexp.MustCompile(`name="answer" value="([A-Z_]+)"`)

func waysOf(p hostedtest.Page) (names []string) {
	for _, m := range offered.FindAllStringSubmatch(p.Body, -1) {
		names = append(names, m[1])
	}
	return names
}

var passkeyOptions = regexp.MustCompile(`data-options="([^"]*)"`)

func optionsOf(t *testing.T, p hostedtest.Page) []byte {
	t.Helper()
	found := passkeyOptions.FindStringSubmatch(p.Body)
	if found == nil {
		t.Fatalf("no options in %s", p.Body)
	}
	return []byte(html.UnescapeString(found[1]))
}

// answerKey answers the passkey request of a page.
func answerKey(b *hostedtest.Browser, a *passkeytest.Authenticator, p hostedtest.Page) hostedtest.Page {
	b.World.T.Helper()
	return b.Fill(p, "credential", string(a.Get(optionsOf(b.World.T, p))))
}

// The name comes first, then the list of what the user can sign in with, and each of
// that signs in.
func TestFirstFactors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerChoices(w, "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
		key := register(w, choosing, "ann")
		b := w.Browser()
		list := onPage(t, "list", "/login/choice", name(b, choosing, "ann"))
		if got := waysOf(list); !slices.Equal(got, []string{"PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}) {
			t.Fatalf("ways %v", got)
		}
		if !strings.Contains(list.Body, "<span>ann</span>") || !strings.Contains(list.Body, "&amp;another=1") {
			t.Errorf("the page does not name the user: %s", list.Body)
		}
		p := onPage(t, "password", "/login/password", b.Fill(list, "answer", "PASSWORD"))
		refused(t, "no password", b.Fill(p, "password", ""), "Please fill in every field.")
		p = onPage(t, "wrong password", "/login/password", b.Fill(p, "password", "wrong"))
		refused(t, "wrong password", p, "Incorrect username or password.")
		signedIn(t, "password", b.Fill(p, "password", hostedtest.Password))

		for way, path := range map[string]string{"EMAIL_OTP": "/login/email", "SMS_OTP": "/login/sms"} {
			b = w.Browser()
			p = onPage(t, way, path, b.Fill(name(b, choosing, "ann"), "answer", way))
			code := sent(t, w)
			if len(code) != 8 || !strings.Contains(p.Body, `class="cells eight"`) {
				t.Errorf("%s: code %q, page %s", way, code, p.Body)
			}
			p = onPage(t, way, path, b.Fill(p, "mfa_code", wrong(code)))
			refused(t, "wrong code", p, "errorMessage-customizable")
			signedIn(t, way, b.Fill(p, "mfa_code", code))
		}
		b = w.Browser()
		p = onPage(t, "passkey", "/login/passkey", b.Fill(name(b, choosing, "ann"), "answer", "WEB_AUTHN"))
		refused(t, "without scripts", b.Fill(p), "Passkeys need JavaScript")
		signedIn(t, "passkey", answerKey(b, key, p))
		b = w.Browser()
		preferred := name(b, choosing, "ann", "challenge", "WEB_AUTHN")
		signedIn(t, "preferred passkey", answerKey(b, key, onPage(t, "preferred", "/login/passkey", preferred)))
		b = w.Browser()
		p = b.Follow(b.Get(hostedtest.AuthorizeURL(choosing)))
		signedIn(t, "name and password", b.Fill(p, "username", "ann", "password", hostedtest.Password))
	})
}

// Where only one way is available, no list is shown.
func TestOnlyFirstFactor(t *testing.T) {
	w := world(t)
	offerChoices(w, "PASSWORD", "EMAIL_OTP")
	w.User(w.Pool, "plain", userpool.Confirmed)
	w.Change("plain", func(u *userpool.User) { delete(u.Attributes, "email"); delete(u.Attributes, "email_verified") })
	b := w.Browser()
	p := onPage(t, "password", "/login/password", name(b, choosing, "plain"))
	if strings.Contains(p.Body, "Try another way") {
		t.Errorf("another way: %s", p.Body)
	}
	signedIn(t, "password", b.Fill(p, "password", hostedtest.Password))

	free := &userpool.User{PoolID: w.Pool.ID, Username: "free", Sub: "sub-free", Enabled: true}
	free.Status = userpool.Confirmed
	free.Attributes = map[string]string{"email": "free@example.com", "email_verified": "true"}
	w.Update(func(tx *store.Tx) error { return tx.InsertUser(w.Pool, free) })
	b = w.Browser()
	p = onPage(t, "code", "/login/email", name(b, choosing, "free"))
	signedIn(t, "code", b.Fill(p, "mfa_code", sent(t, w)))
}

// "Try another way" leads back to the list, from each page, and each way works then.
func TestAnotherWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerChoices(w, "PASSWORD", "EMAIL_OTP", "WEB_AUTHN")
		key := register(w, choosing, "ann")
		finish := map[string]func(*hostedtest.Browser, hostedtest.Page) hostedtest.Page{
			"PASSWORD": func(b *hostedtest.Browser, p hostedtest.Page) hostedtest.Page {
				return b.Fill(p, "password", hostedtest.Password)
			},
			"EMAIL_OTP": func(b *hostedtest.Browser, p hostedtest.Page) hostedtest.Page {
				return b.Fill(p, "mfa_code", sent(t, w))
			},
			"WEB_AUTHN": func(b *hostedtest.Browser, p hostedtest.Page) hostedtest.Page {
				return answerKey(b, key, p)
			},
		}
		for from := range finish {
			for to, end := range finish {
				clk.Advance(time.Hour) // the limit of messages
				b := w.Browser()
				p := b.Fill(name(b, choosing, "ann"), "answer", from)
				if !strings.Contains(p.Body, `name="another"`) {
					t.Fatalf("%s: no other way: %s", from, p.Body)
				}
				p = onPage(t, "back from "+from, "/login/choice", b.Fill(p, "another", "1"))
				if got := waysOf(p); !slices.Equal(got, []string{"PASSWORD", "EMAIL_OTP", "WEB_AUTHN"}) {
					t.Errorf("back from %s: %v", from, got)
				}
				if from == "EMAIL_OTP" {
					sent(t, w) // and not used
				}
				signedIn(t, from+" then "+to, end(b, b.Fill(p, "answer", to)))
			}
		}
	})
}

// A page that the browser went back to, or that was open longer than the session of
// the engine, continues the sign-in.
func TestFirstFactorsAfterBack(t *testing.T) {
	w := world(t)
	offerChoices(w, "PASSWORD", "EMAIL_OTP", "WEB_AUTHN")
	key := register(w, choosing, "ann")
	b := w.Browser()
	list := name(b, choosing, "ann")
	code := onPage(t, "code", "/login/email", b.Fill(list, "answer", "EMAIL_OTP"))
	passkey := onPage(t, "back, then passkey", "/login/passkey", b.Fill(list, "answer", "WEB_AUTHN"))
	password := onPage(t, "back, then password", "/login/password", b.Fill(list, "answer", "PASSWORD"))
	signedIn(t, "password", b.Fill(password, "password", hostedtest.Password))
	signedIn(t, "passkey of an open page", answerKey(b, key, passkey))
	first := sent(t, w)
	signedIn(t, "code of an open page", b.Fill(code, "mfa_code", first))
	refused(t, "the code again", b.Fill(code, "mfa_code", first), "Your session has expired.")
	refused(t, "the passkey again", answerKey(b, key, passkey), "Your session has expired.")

	b = w.Browser()
	p := b.Fill(name(b, choosing, "ann"), "answer", "PASSWORD")
	w.Clock.Advance(4 * time.Minute)
	signedIn(t, "after the session of the engine", b.Fill(p, "password", hostedtest.Password))
}

// A refused passkey leads to the list, where it can be tried again.
func TestRefusedPasskey(t *testing.T) {
	w := world(t)
	offerChoices(w, "PASSWORD", "WEB_AUTHN")
	key := register(w, choosing, "ann")
	stranger := passkeytest.NewES256(t, hostedtest.PublicURL)
	b := w.Browser()
	p := b.Fill(name(b, choosing, "ann"), "answer", "WEB_AUTHN")
	p = onPage(t, "unknown passkey", "/login/choice", answerKey(b, stranger, p))
	refused(t, "unknown passkey", p, "That passkey was not accepted.")
	signedIn(t, "own passkey", answerKey(b, key, b.Fill(p, "answer", "WEB_AUTHN")))
	b = w.Browser()
	p = name(b, choosing, "ann")
	for range 8 {
		p = answerKey(b, stranger, b.Fill(p, "answer", "WEB_AUTHN"))
		if strings.Contains(p.Body, "Password attempts exceeded") {
			return
		}
	}
	t.Errorf("wrong passkeys are not counted in the lock-out: %s", p.Body)
}
