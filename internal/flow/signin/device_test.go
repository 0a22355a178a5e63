package signin_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// track makes the pool track devices. suffices: a verified device replaces a
// second factor. onPrompt: a device is remembered only if its user agrees.
func (w *world) track(suffices, onPrompt bool) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		changed.DeviceConfiguration = &userpool.DeviceConfiguration{
			ChallengeRequiredOnNewDevice: &suffices, DeviceOnlyRememberedOnUserPrompt: &onPrompt,
		}
		w.pool = &changed
		return tx.UpdatePool(w.pool)
	})
}

// testDevice is the state of a device in its app.
type testDevice struct{ key, group, secret string }

// confirmDevice confirms the new device of a sign-in.
func (w *world) confirmDevice(out signin.Outcome) testDevice {
	w.t.Helper()
	g := testDevice{out.NewDevice.Key, out.NewDevice.GroupKey, "secret of " + out.NewDevice.Key}
	v, err := srp.NewVerifier(entropy.System(), g.group, g.key, g.secret)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := w.tokens.Authorize(w.t.Context(), out.Tokens.Access)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.accounts().ConfirmDevice(w.t.Context(), account.DeviceConfirmation{
		Pool: w.pool, User: b.User, Issued: b.DeviceKey, SignedIn: b.AuthTime, Key: g.key,
		Salt:     base64.StdEncoding.EncodeToString(v.Salt),
		Verifier: base64.StdEncoding.EncodeToString(append([]byte{0}, v.V...)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

// newDevice signs the user in with the password and confirms the new device.
func (w *world) newDevice() testDevice {
	w.t.Helper()
	out, err := w.byPassword(w.user.Username, password)
	signedIn(w.t.(*testing.T), "first sign-in", out, err)
	if out.NewDevice == nil {
		w.t.Fatal("no new device")
	}
	return w.confirmDevice(out)
}

func (w *world) byDevice(key string) (signin.Outcome, error) {
	return w.start("USER_PASSWORD_AUTH",
		map[string]string{"USERNAME": w.user.Username, "PASSWORD": password, "DEVICE_KEY": key})
}

// deviceClaim answers DEVICE_SRP_AUTH and returns the responses to
// DEVICE_PASSWORD_VERIFIER.
func (w *world) deviceClaim(g testDevice, out signin.Outcome) (map[string]string, error) {
	w.t.Helper()
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		w.t.Fatal(err)
	}
	out, err = w.answer("DEVICE_SRP_AUTH", out.Session,
		map[string]string{"USERNAME": w.user.Username, "DEVICE_KEY": g.key, "SRP_A": client.PublicHex()})
	if err != nil {
		return nil, err
	}
	p := w.expect("DEVICE_PASSWORD_VERIFIER", out, nil).Parameters
	block, err := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	if err != nil || p["DEVICE_KEY"] != g.key || p["USERNAME"] != w.user.Username {
		w.t.Fatalf("%+v, %v", p, err)
	}
	claim := srp.Claim{
		Pool: g.group, User: g.key, SecretBlock: block, Timestamp: w.clk.Now().Format("Mon Jan 2 15:04:05 UTC 2006"),
	}
	return map[string]string{
		"USERNAME": w.user.Username, "DEVICE_KEY": g.key, "TIMESTAMP": claim.Timestamp,
		"PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE":    signature(client, claim, g.secret, p),
	}, nil
}

// verifyDevice answers both challenges of the device.
func (w *world) verifyDevice(g testDevice, out signin.Outcome) (signin.Outcome, error) {
	w.t.Helper()
	responses, err := w.deviceClaim(g, out)
	if err != nil {
		return signin.Outcome{}, err
	}
	return w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
}

func (w *world) device(key string) *userpool.Device {
	w.t.Helper()
	d, err := w.accounts().Device(w.t.Context(), w.pool, account.DeviceQuery{User: account.Self(w.user), Key: key})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// requireDevice requires that the tokens are of the device with the key, and
// that the sign-in has no new device.
func (w *world) requireDevice(what string, out signin.Outcome, key string) {
	w.t.Helper()
	b, err := w.tokens.Authorize(w.t.Context(), out.Tokens.Access)
	if err != nil || b.DeviceKey != key || out.NewDevice != nil {
		w.t.Errorf("%s: issued to %+v, %v; new device %v", what, b, err, out.NewDevice)
	}
}

// A device is created by the first sign-in and verified at the next one.
func TestDeviceSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.track(false, false)
		for name, sign := range map[string]func() (signin.Outcome, error){
			"password": func() (signin.Outcome, error) { return w.byPassword("ann", password) },
			"SRP":      func() (signin.Outcome, error) { return w.bySRP("ann", password) },
			"admin": func() (signin.Outcome, error) {
				return w.engine.Start(t.Context(), signin.Start{
					Pool: w.pool, Client: w.client, Admin: true, Flow: "ADMIN_USER_PASSWORD_AUTH",
					Params: map[string]string{"USERNAME": "ann", "PASSWORD": password},
				})
			},
		} {
			out, err := sign()
			signedIn(t, name, out, err)
			if d := out.NewDevice; d == nil || !regexp.MustCompile(`^us-east-1_[0-9a-f-]{36}$`).MatchString(d.Key) ||
				d.GroupKey != w.accounts().DeviceGroupKey(w.pool) {
				t.Errorf("%s: new device %+v", name, d)
			}
		}
		g := w.newDevice()
		calls := w.recordCalls("", nil, postAuthentication, preTokenGeneration)
		w.clk.Advance(time.Hour)
		out, err := w.byDevice(g.key)
		w.expect("DEVICE_SRP_AUTH", out, err)
		responses, err := w.deviceClaim(g, out)
		if err != nil {
			t.Fatal(err)
		}
		ctx := token.WithPeer(t.Context(), userpool.Peer{Address: "192.0.2.7"})
		out, err = w.engine.Answer(ctx,
			signin.Answer{Pool: w.pool, Client: w.client, Challenge: "DEVICE_PASSWORD_VERIFIER", Responses: responses})
		set := signedIn(t, "by device", out, err)
		w.requireDevice("by device", out, g.key)
		if d := w.device(g.key); d.LastIP != "192.0.2.7" || !d.Authenticated.Equal(w.clk.Now()) {
			t.Errorf("recorded %+v", d)
		}
		found := strings.Join(sources(*calls), " ")
		if found != "PostAuthentication_Authentication TokenGeneration_AuthenticateDevice" {
			t.Errorf("called %s", found)
		}
		_, err = w.start("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": set.Refresh})
		wants(t, "refresh without the device", err, fault.InvalidRefreshToken)
		out, err = w.start("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": set.Refresh, "DEVICE_KEY": g.key})
		signedIn(t, "refresh", out, err)
		if out.NewDevice != nil {
			t.Error("a refresh returned a new device")
		}
	})
}

// newDeviceUsed is set for unknown devices, if the pool tracks devices.
func TestNewDeviceUsed(t *testing.T) {
	w := openWorld(t)
	used := func(calls *[]triggerCall, out signin.Outcome, err error) bool {
		t.Helper()
		signedIn(t, "sign-in", out, err)
		if len(*calls) != 1 {
			t.Fatalf("called with %+v", *calls)
		}
		return (*calls)[0].Request.NewDeviceUsed
	}
	calls := w.recordCalls("", nil, postAuthentication)
	out, err := w.byPassword("ann", password)
	if used(calls, out, err) {
		t.Error("set in a pool that does not track devices")
	}
	w.track(false, false)
	calls = w.recordCalls("", nil, postAuthentication)
	out, err = w.byPassword("ann", password)
	if !used(calls, out, err) {
		t.Error("not set for a new device")
	}
	g := w.confirmDevice(out)
	calls = w.recordCalls("", nil, postAuthentication)
	out, err = w.byDevice(g.key)
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	if used(calls, out, err) {
		t.Error("set for a known device")
	}
}

// A device is verified after the functions issue tokens. If it replaces a
// second factor, it is verified before and becomes a round.
func TestDevicesInCustomSignIns(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	lambdas := w.pool.LambdaConfig
	w.track(true, false)
	w.pool.LambdaConfig = lambdas
	g := w.newDevice()
	out, err := w.start("CUSTOM_AUTH", map[string]string{"USERNAME": "ann", "DEVICE_KEY": g.key})
	out, err = w.guess(w.expect("CUSTOM_CHALLENGE", out, err), "5")
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	signedIn(t, "after the functions", out, err)

	w.offer(userpool.MFAOptional, "t")
	w.pool.LambdaConfig = lambdas
	w.enrol()
	q.define = func(rounds []trigger.ChallengeResult) string {
		if rounds[len(rounds)-1].ChallengeName == "DEVICE_PASSWORD_VERIFIER" {
			return `{"challengeName":"CUSTOM_CHALLENGE"}`
		}
		return passwordFirst(rounds)
	}
	q.takeCalls()
	x, err := w.beginSRPOf("CUSTOM_AUTH", "ann", password)
	if err != nil {
		t.Fatal(err)
	}
	x.responses["DEVICE_KEY"] = g.key
	out, err = w.answer("PASSWORD_VERIFIER", x.session, x.responses)
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	w.expect("CUSTOM_CHALLENGE", out, err)
	calls := q.takeCalls()
	found := rounds(calls[len(calls)-2].Request.Session)
	if found != "SRP_A+ PASSWORD_VERIFIER+ DEVICE_SRP_AUTH+ DEVICE_PASSWORD_VERIFIER+" {
		t.Errorf("rounds %s", found)
	}
	out, err = w.guess(out, "5")
	signedIn(t, "before the functions", out, err)
}

// Only a remembered device of the user is verified, and only after the first
// factor.
func TestDeviceChallengeConditions(t *testing.T) {
	w := openWorld(t)
	w.track(true, true)
	g := w.newDevice()

	out, err := w.byDevice(g.key)
	signedIn(t, "not remembered", out, err)
	w.requireDevice("not remembered", out, g.key)
	w.remember(g, true)
	out, err = w.byDevice(g.key)
	w.expect("DEVICE_SRP_AUTH", out, err)

	for _, key := range []string{"us-east-1_01234567-89ab-4cde-8f01-23456789abcd", strings.Repeat("x", 4000)} {
		_, err = w.byDevice(key)
		wants(t, "unknown device", err, fault.DeviceDoesNotExist)
		_, err = w.start("USER_PASSWORD_AUTH",
			map[string]string{"USERNAME": "ann", "PASSWORD": "Wrong-Pa55", "DEVICE_KEY": key})
		wants(t, "unknown device, wrong password", err, fault.IncorrectUsernameOrPassword)
	}
	responses, err := w.deviceClaim(g, out)
	if err != nil {
		t.Fatal(err)
	}
	w.remember(g, false)
	_, err = w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
	wants(t, "no longer remembered", err, fault.SessionInvalid)
	w.remember(g, true)
	out, err = w.byDevice(g.key)
	w.expect("DEVICE_SRP_AUTH", out, err)

	ann := w.user
	w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
	_, err = w.byDevice(g.key)
	wants(t, "another user's device", err, fault.DeviceDoesNotExist)
	w.user = ann

	q := account.DeviceQuery{User: account.Self(ann), Key: g.key}
	if err := w.accounts().ForgetDevice(t.Context(), w.pool, q); err != nil {
		t.Fatal(err)
	}
	_, err = w.verifyDevice(g, out)
	wants(t, "forgotten during the sign-in", err, fault.DeviceDoesNotExist)
	_, err = w.byDevice(g.key)
	wants(t, "forgotten", err, fault.DeviceDoesNotExist)

	w.pool.DeviceConfiguration = nil
	out, err = w.byDevice(g.key)
	signedIn(t, "devices not tracked", out, err)
	w.requireDevice("devices not tracked", out, "")
}

func (w *world) remember(g testDevice, yes bool) {
	w.t.Helper()
	q := account.DeviceQuery{User: account.Self(w.user), Key: g.key}
	if err := w.accounts().RememberDevice(w.t.Context(), w.pool, q, &yes); err != nil {
		w.t.Fatal(err)
	}
}

// Clients repeat the answer to PASSWORD_VERIFIER without a device that was
// refused. They may also name a device there for the first time.
func TestDeviceNamedWithTheClaim(t *testing.T) {
	w := openWorld(t)
	w.track(true, false)
	g := w.newDevice()
	x, err := w.beginSRP("ann", password)
	if err != nil {
		t.Fatal(err)
	}
	x.responses["DEVICE_KEY"] = "us-east-1_01234567-89ab-4cde-8f01-23456789abcd"
	_, err = w.answer("PASSWORD_VERIFIER", "", x.responses)
	wants(t, "unknown", err, fault.DeviceDoesNotExist)
	delete(x.responses, "DEVICE_KEY")
	out, err := w.answer("PASSWORD_VERIFIER", "", x.responses)
	signedIn(t, "again without", out, err)
	if out.NewDevice == nil {
		t.Error("want a new device")
	}

	if x, err = w.beginSRP("ann", password); err != nil {
		t.Fatal(err)
	}
	x.responses["DEVICE_KEY"] = g.key
	out, err = w.answer("PASSWORD_VERIFIER", "", x.responses)
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	signedIn(t, "named with the claim", out, err)
}

// A verified device replaces a second factor only if the pool is configured so.
func TestDevicesAndSecondFactors(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "t")
	w.track(true, false)
	g := w.newDevice()
	app := w.enrol()

	out, err := w.byDevice(g.key)
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	signedIn(t, "in place of the factor", out, err)

	w.signInTo("SOFTWARE_TOKEN_MFA")
	w.remember(g, false)
	out, err = w.byDevice(g.key)
	w.expect("SOFTWARE_TOKEN_MFA", out, err)
	w.remember(g, true)

	w.track(false, false)
	out, err = w.byDevice(g.key)
	out, err = w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	signedIn(t, "after the factor", out, err)

	w.track(true, false)
	out, err = w.byDevice(g.key)
	pending := w.expect("DEVICE_SRP_AUTH", out, err)
	w.track(false, false)
	out, err = w.verifyDevice(g, pending)
	w.expect("SOFTWARE_TOKEN_MFA", out, err)
}

// The challenges of a device accept only its own answers, of the same user,
// client and pool, once.
func TestDeviceProofsAreBound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.track(true, false)
		g := w.newDevice()
		begin := func() signin.Outcome {
			t.Helper()
			out, err := w.byDevice(g.key)
			return w.expect("DEVICE_SRP_AUTH", out, err)
		}
		for _, challenge := range []string{
			"SMS_MFA", "SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED", "CUSTOM_CHALLENGE", "SELECT_CHALLENGE",
		} {
			_, err := w.answer(challenge, begin().Session, map[string]string{
				"USERNAME": "ann", "SMS_MFA_CODE": "123456", "SOFTWARE_TOKEN_MFA_CODE": "123456",
				"NEW_PASSWORD": "Other-Pa55", "ANSWER": "PASSWORD", "PASSWORD": password,
			})
			wants(t, challenge, err, fault.SessionInvalid)
		}

		pending := begin()
		responses, err := w.deviceClaim(g, pending)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.deviceClaim(g, pending)
		wants(t, "the session again", err, fault.SessionUsed)

		_, err = w.answer("PASSWORD_VERIFIER", "", responses)
		wants(t, "as a password", err, fault.IncorrectUsernameOrPassword)
		client := w.client
		w.client = w.addClient("other")
		_, err = w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
		wants(t, "another client", err, fault.IncorrectUsernameOrPassword)
		w.client = client
		w.addUser(w.accounts(), "bob", userpool.Confirmed)
		ofBob := maps.Clone(responses)
		ofBob["USERNAME"] = "bob"
		_, err = w.answer("DEVICE_PASSWORD_VERIFIER", "", ofBob)
		wants(t, "another user", err, fault.SessionInvalid)

		answer := func(int) (signin.Outcome, error) { return w.answer("DEVICE_PASSWORD_VERIFIER", "", responses) }
		if won := w.race(200, answer, fault.SessionUsed); won != 1 {
			t.Errorf("one proof signed in %d times", won)
		}
	})
}

// Wrong answers of a device count with wrong passwords and consume their block.
func TestDevicesShareTheLockOut(t *testing.T) {
	w := openWorld(t)
	w.track(true, false)
	g := w.newDevice()
	stolen := testDevice{g.key, g.group, "guess"}
	for range 2 {
		_, err := w.byPassword("ann", "Wrong-Pa55")
		wants(t, "password", err, fault.IncorrectUsernameOrPassword)
	}
	for range 3 {
		out, err := w.byDevice(g.key)
		responses, err := w.deviceClaim(stolen, w.expect("DEVICE_SRP_AUTH", out, err))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
		wants(t, "device", err, fault.IncorrectUsernameOrPassword)
	}
	_, err := w.byPassword("ann", password)
	wants(t, "locked", err, fault.PasswordAttemptsExceeded)
	w.clk.Advance(time.Second)

	out, err := w.byDevice(g.key)
	responses, err := w.deviceClaim(g, w.expect("DEVICE_SRP_AUTH", out, err))
	if err != nil {
		t.Fatal(err)
	}
	right := responses["DEVICE_KEY"]
	responses["DEVICE_KEY"] = "us-east-1_01234567-89ab-4cde-8f01-23456789abcd"
	_, err = w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
	wants(t, "another key", err, fault.IncorrectUsernameOrPassword)
	responses["DEVICE_KEY"] = right
	w.clk.Advance(time.Minute)
	_, err = w.answer("DEVICE_PASSWORD_VERIFIER", "", responses)
	wants(t, "a consumed block", err, fault.SessionUsed)
}

// A DEVICE_KEY that is too long is clipped at a character boundary: it is an
// unknown device on every engine.
func TestLongDeviceKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := newWorld(t, db, clk)
		w.track(false, false)
		for _, key := range []string{"a" + strings.Repeat("é", 80), strings.Repeat("a", 1<<20), "é"} {
			_, err := w.byDevice(key)
			if !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("%.10s…: %v", key, err)
			}
		}
		out, err := w.byDevice("")
		signedIn(t, "control", out, err)
	})
}
