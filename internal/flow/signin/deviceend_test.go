package signin_test

import (
	"encoding/base64"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A device that has replaced the second factor must still be remembered when
// the functions issue tokens, because they require no factor.
func TestVerifiedDeviceIsForgotten(t *testing.T) {
	for what, c := range map[string]struct {
		end  func(*world, testDevice)
		want *fault.Fault
	}{
		"positive control": {end: func(*world, testDevice) {}},
		"forgotten": {func(w *world, g testDevice) {
			w.update(func(tx *store.Tx) error { return tx.ForgetDevice(w.pool.ID, "ann", g.key) })
		}, fault.DeviceDoesNotExist},
		"no longer remembered": {func(w *world, g testDevice) { w.remember(g, false) }, fault.SessionInvalid},
	} {
		w := openWorld(t)
		w.track(true, false)
		g := w.newDevice()
		w.offer(userpool.MFAOn, "t")
		w.enrol()
		q := w.customFunctions()
		q.define = passwordFirst
		x, err := w.beginSRPOf("CUSTOM_AUTH", "ann", password)
		if err != nil {
			t.Fatal(err)
		}
		x.responses["DEVICE_KEY"] = g.key
		out, err := w.answer("PASSWORD_VERIFIER", x.session, x.responses)
		out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
		out = w.expect("CUSTOM_CHALLENGE", out, err)
		c.end(w, g)
		out, err = w.answer("CUSTOM_CHALLENGE", out.Session, map[string]string{"USERNAME": "ann", "ANSWER": "5"})
		if c.want == nil {
			signedIn(t, what, out, err)
			continue
		}
		wants(t, what, err, c.want)
	}
}

// Secret, salt and verifier are from amazon-cognito-identity-js 6.3
// (AuthenticationHelper.generateHashDevice). The salt has a leading sign byte.
func TestDeviceSecretOfAnotherImplementation(t *testing.T) {
	const (
		salt     = "AIXvkuTVoaUF3zPa0jZ0xMo="
		verifier = "AJt9hgLVbAfRwxDA/mVxrXf7OVKq99/Ml+QaJqbzv1BN8q2wN8pQrvbB3+7PgCDUQ6zDkAF1UBZhPATd+4nQCx9Q" +
			"27dJwJhiZCIz5v9DFTNYr2CkCKCQYdVC7YjdS5MIOoukjpzViS3yYtp+dCjYw/CzJrP71rff2Zz50TvJB8Tciu99W4mL" +
			"JOLmnE8O1q/bqMs+4YFGI1RpJjyE9eRjeOCQg7dqO0eMj+UVNtkJgY+6or4ja4KEyG5WNC+Oqwymmcp+uvCD2ioyQq+w" +
			"9slNgsczZztLDZA1qcXptyB+TD3iZ18RTmypXBo29VdB8HYAHETtgnlGXbfKcqg2PpCtV4QC8UqiSMHGD4sLuXxvC8G6" +
			"ScVANV0vgBOs4JWMKxnaw/OQB84HSXjxygRpbz/y0/pQtsGkhWCUrgkB9vldl35niR0w5FjR7Et/7s" +
			"JdDthRQUS81bP9L27zUgJgTSgWF0rSQDIRJTk0hY1An/kiAGA+DVoG15fiIHkCrkP5bY3tpw=="
	)
	w := openWorld(t)
	w.track(true, false)
	g := testDevice{
		"us-east-1_01234567-89ab-4cde-8f01-23456789abcd", "-aB3dE_9z",
		"/sNr0UmjVYfFBcAjdJ+CiMPHyj93BpLnElsTW32vIdhiSeam2jhQ0Q==",
	}
	_, err := w.accounts().ConfirmDevice(t.Context(), account.DeviceConfirmation{
		Pool: w.pool, User: w.user, Issued: g.key, SignedIn: w.clk.Now(), Key: g.key, Salt: salt, Verifier: verifier,
	})
	if err != nil {
		t.Fatal(err)
	}
	// The vector has the group of another pool: a device keeps the group that it
	// was confirmed with.
	w.update(func(tx *store.Tx) error {
		d, err := tx.Device(w.pool.ID, "ann", g.key)
		if err != nil {
			return err
		}
		d.GroupKey = g.group
		return tx.UpdateDevice(d)
	})
	out, err := w.byDevice(g.key)
	out, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	signedIn(t, "the vector's secret", out, err)
	out, err = w.byDevice(g.key)
	g.secret = base64.StdEncoding.EncodeToString([]byte(g.secret))
	_, err = w.verifyDevice(g, w.expect("DEVICE_SRP_AUTH", out, err))
	wants(t, "another secret", err, fault.IncorrectUsernameOrPassword)
}
