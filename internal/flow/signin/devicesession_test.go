package signin_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var withoutSession = signin.Outcome{}

// atDevice signs in up to DEVICE_SRP_AUTH.
func (w *world) atDevice(g testDevice) signin.Outcome {
	w.t.Helper()
	out, err := w.byDevice(g.key)
	return w.expect("DEVICE_SRP_AUTH", out, err)
}

// deviceAnswer is an answer to DEVICE_SRP_AUTH without a Session.
func (w *world) deviceAnswer(g testDevice) signin.Answer {
	w.t.Helper()
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		w.t.Fatal(err)
	}
	return signin.Answer{Pool: w.pool, Client: w.client, Challenge: "DEVICE_SRP_AUTH", Responses: map[string]string{
		"USERNAME": w.user.Username, "DEVICE_KEY": g.key, "SRP_A": client.PublicHex(),
	}}
}

func from(address string) context.Context {
	return token.WithPeer(context.Background(), userpool.Peer{Address: address})
}

// The samples of AWS's guide answer without a Session. With or without one, the
// challenge can be answered once.
func TestDeviceWithoutSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.track(true, false)
		g := w.newDevice()
		out, err := w.bySRP("ann", password)
		signedIn(t, "positive control: no device named", out, err)
		_, err = w.verifyDevice(g, withoutSession)
		wants(t, "no pending challenge", err, fault.MissingParameter("Session"))

		first := w.atDevice(g)
		out, err = w.verifyDevice(g, withoutSession)
		signedIn(t, "without a session", out, err)
		_, err = w.verifyDevice(g, withoutSession)
		wants(t, "again", err, fault.SessionUsed)
		_, err = w.verifyDevice(g, first)
		wants(t, "again, with the session", err, fault.SessionUsed)

		first = w.atDevice(g)
		out, err = w.verifyDevice(g, first)
		signedIn(t, "with the session", out, err)
		_, err = w.verifyDevice(g, withoutSession)
		wants(t, "after the session", err, fault.SessionUsed)

		first = w.atDevice(g)
		w.atDevice(g)
		out, err = w.verifyDevice(g, first)
		signedIn(t, "the earlier of two sign-ins, with its session", out, err)
		out, err = w.verifyDevice(g, withoutSession)
		signedIn(t, "the later one, without", out, err)

		w.atDevice(g)
		answer := func(int) (signin.Outcome, error) { return w.verifyDevice(g, withoutSession) }
		if won := w.race(20, answer, fault.SessionUsed); won != 1 {
			t.Errorf("one challenge was answered %d times", won)
		}
	})
}

// amazon-cognito-identity-js answers with the Session with which it answered
// the second factor. That Session is valid for its own sign-in only.
func TestDeviceWithSessionOfTheFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "t")
		w.track(false, false)
		g := w.newDevice()
		app := w.enrol()
		atFactor := func() signin.Outcome {
			t.Helper()
			out, err := w.byDevice(g.key)
			return w.expect("SOFTWARE_TOKEN_MFA", out, err)
		}
		pass := func(factor signin.Outcome) {
			t.Helper()
			w.clk.Advance(time.Minute)
			out, err := w.submit(factor, app.Code(w.clk.Now()))
			w.expect("DEVICE_SRP_AUTH", out, err)
		}
		abandoned, factor := atFactor(), atFactor()
		for what, out := range map[string]signin.Outcome{"no session": withoutSession, "the session": factor} {
			_, err := w.verifyDevice(g, out)
			want := fault.SessionInvalid
			if out.Session == "" {
				want = fault.MissingParameter("Session")
			}
			wants(t, what+" before the factor", err, want)
		}
		pass(factor)
		_, err := w.verifyDevice(g, abandoned)
		wants(t, "the session of another sign-in", err, fault.SessionInvalid)
		w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
		_, err = w.verifyDevice(g, factor)
		wants(t, "for another user", err, fault.SessionInvalid)
		w.user.Username = "ann"

		atAnotherAddress := w.deviceAnswer(g)
		atAnotherAddress.Session = factor.Session
		out, err := w.engine.Answer(from("192.0.2.9"), atAnotherAddress)
		w.expect("DEVICE_PASSWORD_VERIFIER", out, err)
		_, err = w.verifyDevice(g, factor)
		wants(t, "again", err, fault.SessionUsed)

		factor = atFactor()
		pass(factor)
		out, err = w.verifyDevice(g, factor)
		signedIn(t, "with the session of the factor", out, err)
		pass(atFactor())
		out, err = w.verifyDevice(g, withoutSession)
		signedIn(t, "with none", out, err)
	})
}

// A pending DEVICE_SRP_AUTH is bound to client, user, device and address, until
// it expires.
func TestPendingDevicesAreBound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.track(true, false)
		g, second := w.newDevice(), w.newDevice()
		other := w.addClient("other")
		w.addUser(w.accounts(), "bob", userpool.Confirmed)
		for what, modify := range map[string]func(*signin.Answer){
			"another client":     func(in *signin.Answer) { in.Client = other },
			"another user":       func(in *signin.Answer) { in.Responses["USERNAME"] = "bob" },
			"an unknown user":    func(in *signin.Answer) { in.Responses["USERNAME"] = "nobody" },
			"another device":     func(in *signin.Answer) { in.Responses["DEVICE_KEY"] = second.key },
			"an unknown device":  func(in *signin.Answer) { in.Responses["DEVICE_KEY"] = "us-east-1_x" },
			"after its lifetime": func(*signin.Answer) { w.clk.Advance(w.client.SessionLifetime()) },
		} {
			w.atDevice(g)
			in := w.deviceAnswer(g)
			modify(&in)
			_, err := w.engine.Answer(t.Context(), in)
			wants(t, what, err, fault.MissingParameter("Session"))
		}
		w.atDevice(g)
		_, err := w.engine.Answer(from("192.0.2.9"), w.deviceAnswer(g))
		wants(t, "another address", err, fault.MissingParameter("Session"))
		out, err := w.engine.Answer(t.Context(), w.deviceAnswer(g))
		w.expect("DEVICE_PASSWORD_VERIFIER", out, err)

		w.atDevice(g)
		admin := w.deviceAnswer(g)
		admin.Admin = true
		out, err = w.engine.Answer(from("192.0.2.9"), admin)
		w.expect("DEVICE_PASSWORD_VERIFIER", out, err)

		w.atDevice(g)
		in := w.deviceAnswer(g)
		in.Responses["USERNAME"] = "ann@example.com"
		out, err = w.engine.Answer(t.Context(), in)
		w.expect("DEVICE_PASSWORD_VERIFIER", out, err)
	})
}

// Neither names nor secret of the device replace the password: without it no
// challenge is pending. The names do not replace the secret.
func TestDeviceDoesNotReplaceThePassword(t *testing.T) {
	w := openWorld(t)
	w.track(true, false)
	g := w.newDevice()
	_, err := w.start("USER_PASSWORD_AUTH", map[string]string{
		"USERNAME": "ann", "PASSWORD": "Wrong-Pa55", "DEVICE_KEY": g.key,
	})
	wants(t, "positive control: wrong password", err, fault.IncorrectUsernameOrPassword)
	if _, err := w.beginSRP("ann", password); err != nil {
		t.Fatal(err)
	}
	_, err = w.verifyDevice(g, withoutSession)
	wants(t, "a password that was not verified", err, fault.MissingParameter("Session"))

	w.atDevice(g)
	_, err = w.verifyDevice(testDevice{g.key, g.group, "guess"}, withoutSession)
	wants(t, "without the secret", err, fault.IncorrectUsernameOrPassword)
	w.atDevice(g)
	out, err := w.verifyDevice(g, withoutSession)
	signedIn(t, "positive control", out, err)
}

// A pending challenge, set when a device sufficed, does not skip a second
// factor that is required when it is answered.
func TestPendingDeviceAndALaterFactor(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "t")
	w.track(true, false)
	g := w.newDevice()
	w.enrol()
	w.atDevice(g)
	w.track(false, false)
	out, err := w.verifyDevice(g, withoutSession)
	w.expect("SOFTWARE_TOKEN_MFA", out, err)
}

// A change that ends the user's sign-ins or the trust in the device also ends a
// pending challenge, with its Session and without.
func TestPendingDeviceIsEnded(t *testing.T) {
	for what, c := range map[string]struct {
		end           func(*world, testDevice) error
		with, without *fault.Fault
	}{
		"positive control": {end: func(*world, testDevice) error { return nil }},
		"sign-out": {func(w *world, _ testDevice) error {
			return w.accounts().SignOut(context.Background(), w.pool, account.Self(w.user))
		}, fault.SessionInvalid, fault.SessionInvalid},
		"password": {func(w *world, _ testDevice) error {
			return w.accounts().AdminSetUserPassword(context.Background(), w.pool, "ann", "Other-Pa55word", true)
		}, fault.SessionInvalid, fault.SessionInvalid},
		"disabled": {func(w *world, _ testDevice) error {
			return w.accounts().DisableUser(context.Background(), w.pool, account.Self(w.user))
		}, fault.UserIsDisabled, fault.UserIsDisabled},
		"disabled and enabled": {func(w *world, _ testDevice) error {
			if err := w.accounts().DisableUser(context.Background(), w.pool, account.Self(w.user)); err != nil {
				return err
			}
			return w.accounts().EnableUser(context.Background(), w.pool, account.Self(w.user))
		}, fault.SessionInvalid, fault.SessionInvalid},
		"deleted": {func(w *world, _ testDevice) error {
			return w.accounts().DeleteUser(context.Background(), w.pool, account.Self(w.user))
		}, fault.SessionInvalid, fault.MissingParameter("Session")},
		"deleted and created again": {func(w *world, _ testDevice) error {
			if err := w.accounts().DeleteUser(context.Background(), w.pool, account.Self(w.user)); err != nil {
				return err
			}
			w.user.Sub = "sub-again"
			w.user.Version = 0
			return w.db.Update(context.Background(), func(tx *store.Tx) error { return tx.InsertUser(w.pool, w.user) })
		}, fault.SessionInvalid, fault.MissingParameter("Session")},
		"device forgotten": {func(w *world, g testDevice) error {
			q := account.DeviceQuery{User: account.Self(w.user), Key: g.key}
			return w.accounts().ForgetDevice(context.Background(), w.pool, q)
		}, fault.DeviceDoesNotExist, fault.DeviceDoesNotExist},
		"device not remembered": {func(w *world, g testDevice) error {
			w.remember(g, false)
			return nil
		}, fault.SessionInvalid, fault.SessionInvalid},
	} {
		for _, way := range []string{"with the session", "without", "at the verifier"} {
			w := openWorld(t)
			w.track(true, false)
			g := w.newDevice()
			want := c.with
			if way == "without" {
				want = c.without
			}
			answer := w.answersAtDevice(g)[way]
			if err := c.end(w, g); err != nil {
				t.Fatal(err)
			}
			out, err := answer()
			if want == nil {
				signedIn(t, what+", "+way, out, err)
				continue
			}
			wants(t, what+", "+way, err, want)
		}
	}
}

// answersAtDevice starts three sign-ins up to a device challenge and returns
// the calls that complete them.
func (w *world) answersAtDevice(g testDevice) map[string]func() (signin.Outcome, error) {
	w.t.Helper()
	responses, err := w.deviceClaim(g, w.atDevice(g))
	if err != nil {
		w.t.Fatal(err)
	}
	pending := w.atDevice(g)
	return map[string]func() (signin.Outcome, error){
		"with the session": func() (signin.Outcome, error) { return w.verifyDevice(g, pending) },
		"without":          func() (signin.Outcome, error) { return w.verifyDevice(g, withoutSession) },
		"at the verifier": func() (signin.Outcome, error) {
			return w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
		},
	}
}

// A client with a secret must send SECRET_HASH here too. A refused answer does
// not consume the challenge.
func TestPendingDeviceAndSecretHash(t *testing.T) {
	w := openWorld(t)
	w.track(true, false)
	g := w.newDevice()
	const secret = "first-secret-first-secret"
	w.client = w.addClient("confidential", func(c *userpool.Client) {
		c.Secrets = []userpool.ClientSecret{{ID: "1", Value: secret}}
	})
	out, err := w.start("USER_PASSWORD_AUTH", map[string]string{
		"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": g.key,
		"SECRET_HASH": secretHash(secret, "ann", w.client.ID),
	})
	w.expect("DEVICE_SRP_AUTH", out, err)
	answer := func(more map[string]string) (signin.Outcome, error) {
		in := w.deviceAnswer(g)
		maps.Copy(in.Responses, more)
		return w.engine.Answer(t.Context(), in)
	}
	_, err = answer(nil)
	wants(t, "no hash", err, fault.SecretHashMissing(w.client.ID))
	_, err = answer(map[string]string{"SECRET_HASH": "AAAA"})
	wants(t, "wrong hash", err, fault.SecretHashWrong(w.client.ID))
	_, err = answer(map[string]string{"SRP_A": "0"})
	wants(t, "wrong SRP_A", err, fault.New(fault.InvalidParameter, "Invalid SRP_A."))
	out, err = answer(map[string]string{"SECRET_HASH": secretHash(secret, "ann", w.client.ID)})
	w.expect("DEVICE_PASSWORD_VERIFIER", out, err)
}

// RequireDeviceSession requires a Session in every answer. The Session of a
// second factor is sufficient.
func TestRequiredDeviceSession(t *testing.T) {
	w := openWorld(t)
	w.engine.RequireDeviceSession = true
	w.offer(userpool.MFAOptional, "t")
	w.track(false, false)
	g := w.newDevice()
	app := w.enrol()
	out, err := w.byDevice(g.key)
	factor := w.expect("SOFTWARE_TOKEN_MFA", out, err)
	out, err = w.submit(factor, app.Code(w.clk.Now()))
	w.expect("DEVICE_SRP_AUTH", out, err)
	_, err = w.verifyDevice(g, withoutSession)
	wants(t, "without", err, fault.MissingParameter("Session"))
	out, err = w.verifyDevice(g, factor)
	signedIn(t, "with that of the factor", out, err)
}
