package signin_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// trackDevices makes the pool track devices; suffices is whether a remembered one
// replaces the second factor.
func (w *world) trackDevices(suffices, prompt bool) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		changed.DeviceConfiguration = &userpool.DeviceConfiguration{
			ChallengeRequiredOnNewDevice: &suffices, DeviceOnlyRememberedOnUserPrompt: &prompt,
		}
		w.pool = &changed
		return tx.UpdatePool(w.pool)
	})
}

// rememberBrowser signs ann in on a page with a code, and has the browser remembered.
func (w *world) rememberBrowser() *signin.Proof {
	w.t.Helper()
	a := w.pageAnswer(w.onPage("SMS_MFA"), "SMS_MFA_CODE", w.lastCode())
	a.Remember = true
	out, err := w.engine.AnswerPage(w.t.Context(), a)
	if err != nil || out.Proof == nil {
		w.t.Fatalf("%+v, %v", out, err)
	}
	return out.Proof
}

// skips reports whether a browser that holds a device signs in with the password
// alone.
func (w *world) skips(d signin.PageDevice) bool {
	w.t.Helper()
	out, err := w.engine.StartPage(w.t.Context(), signin.Start{
		Pool: w.pool, Client: w.client, Devices: []signin.PageDevice{{Sub: "sub-other", Key: "k"}, d},
		Params: map[string]string{"USERNAME": "ann", "PASSWORD": password},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if out.Proof != nil && out.Proof.DeviceKey != d.Key {
		w.t.Errorf("signed in with the device %q", out.Proof.DeviceKey)
	}
	return out.Proof != nil
}

// A browser that was remembered after a second factor replaces it, also where the user
// has to agree, as long as the device exists and is remembered.
func TestRememberedBrowser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "s")
		w.change(smsFactor)
		w.trackDevices(true, true)
		p := w.rememberBrowser()
		if p.Device == nil || p.DeviceKey != p.Device.Key || !w.device(p.DeviceKey).Verifiable() {
			t.Fatalf("%+v", p)
		}
		d := *p.Device
		if !w.skips(d) {
			t.Fatal("a remembered browser is asked for a second factor")
		}
		for what, wrong := range map[string]signin.PageDevice{
			"another secret": {Sub: d.Sub, Key: d.Key, Secret: d.Secret + "x"},
			"no secret":      {Sub: d.Sub, Key: d.Key},
			"another user":   {Sub: "sub-bob", Key: d.Key, Secret: d.Secret},
			"another key":    {Sub: d.Sub, Key: "us-east-1_00000000", Secret: d.Secret},
		} {
			if w.skips(wrong) {
				t.Errorf("%s replaces the second factor", what)
			}
		}
		if _, err := w.engine.StartPage(t.Context(), signin.Start{
			Pool: w.pool, Client: w.client, Devices: []signin.PageDevice{d},
			Params: map[string]string{"USERNAME": "ann", "PASSWORD": "not it"},
		}); err == nil {
			t.Error("the device replaces the password")
		}
		query := account.DeviceQuery{User: account.Self(w.user), Key: d.Key}
		if err := w.flow.RememberDevice(t.Context(), w.pool, query, new(false)); err != nil {
			t.Fatal(err)
		}
		if w.skips(d) {
			t.Error("a device that is not remembered replaces the second factor")
		}
		if err := w.flow.RememberDevice(t.Context(), w.pool, query, new(true)); err != nil || !w.skips(d) {
			t.Errorf("remembered again: %v", err)
		}
		w.trackDevices(false, false)
		if w.skips(d) {
			t.Error("a device replaces the second factor in a pool where none does")
		}
		w.trackDevices(true, false)
		if err := w.flow.ForgetDevice(t.Context(), w.pool, query); err != nil || w.skips(d) {
			t.Errorf("a forgotten device replaces the second factor; %v", err)
		}
	})
}

// A device of another user with the same browser does not count for ann, and her own
// device is of no use to that user.
func TestRememberedBrowserOfAnotherUser(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "s")
	w.change(smsFactor)
	w.trackDevices(true, false)
	d := *w.rememberBrowser().Device
	w.user = w.addUser(w.flow, "bob", userpool.Confirmed)
	w.change(smsFactor)
	stolen := d
	stolen.Sub = w.user.Sub
	for _, held := range []signin.PageDevice{d, stolen} {
		out, err := w.engine.StartPage(t.Context(), signin.Start{
			Pool: w.pool, Client: w.client, Devices: []signin.PageDevice{held},
			Params: map[string]string{"USERNAME": "bob", "PASSWORD": password},
		})
		w.expect("SMS_MFA", out, err)
	}
}

// Without a second factor, or where devices replace none, no browser is remembered.
func TestBrowserIsNotRemembered(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "s")
	w.change(smsFactor)
	w.trackDevices(false, false)
	if p := w.rememberBrowser(); p.Device != nil || p.DeviceKey != "" {
		t.Errorf("%+v", p)
	}
}
