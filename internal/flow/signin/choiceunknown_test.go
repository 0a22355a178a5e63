package signin_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// If the client hides users, names, sizes and responses must not reveal who
// exists. Otherwise an unknown user is an error.
func TestUnknownUsersGetDecoyChoices(t *testing.T) {
	w := openWorld(t)
	// With aliases, USER_ID_FOR_SRP reveals whether a user exists, by the guide.
	w.reconfigure(func(p *userpool.Pool) { p.AliasAttributes = nil })
	w.choose("pesk")
	w.change(func(u *userpool.User) { u.Attributes["phone_number"] = "+15550100" })
	w.passkey()
	decoy := w.decoyUser("WEB_AUTHN", "SMS_OTP")
	for _, preferred := range []string{"", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"} {
		known, err := w.begin("ann", preferred)
		if err != nil {
			t.Fatal(preferred, err)
		}
		unknown, err := w.begin(decoy, preferred)
		if err != nil {
			t.Fatal(preferred, err)
		}
		keys := func(o signin.Outcome) []string { return slices.Sorted(maps.Keys(o.Parameters)) }
		if known.Challenge != unknown.Challenge || !slices.Equal(known.Available, unknown.Available) ||
			!slices.Equal(keys(known), keys(unknown)) || len(known.Session) != len(unknown.Session) {
			t.Errorf("%q: known and unknown user differ: %+v, %+v", preferred, known, unknown)
		}
		again, err := w.begin(decoy, preferred)
		if err != nil || !slices.Equal(again.Available, unknown.Available) ||
			again.Parameters["CODE_DELIVERY_DESTINATION"] != unknown.Parameters["CODE_DELIVERY_DESTINATION"] {
			t.Errorf("%q: %+v, then %+v, %v", preferred, unknown, again, err)
		}
	}
	if sent := w.mail(); len(sent) != 2 {
		t.Errorf("%d messages, want the two to ann", len(sent))
	}
	out, err := w.begin("zoe@example.com", "EMAIL_OTP")
	if err != nil || out.Parameters["CODE_DELIVERY_DESTINATION"] != "z***@e***" {
		t.Errorf("decoy destination: %+v, %v", out, err)
	}
	w.user = &userpool.User{Username: decoy}
	list, err := w.begin(decoy, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		preferred, challenge string
		pairs                []string
		want                 *fault.Fault
	}{
		"EMAIL_OTP": {"EMAIL_OTP", "EMAIL_OTP", []string{"EMAIL_OTP_CODE", "12345678"}, fault.WrongFactorCode},
		"SMS_OTP":   {"SMS_OTP", "SMS_OTP", []string{"SMS_OTP_CODE", "12345678"}, fault.WrongFactorCode},
		"WEB_AUTHN": {"WEB_AUTHN", "WEB_AUTHN", []string{"CREDENTIAL", "{}"}, fault.IncorrectUsernameOrPassword},
		"PASSWORD":  {"", "PASSWORD", []string{"PASSWORD", password}, fault.IncorrectUsernameOrPassword},
	} {
		w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, decoy) })
		out, err := w.begin(decoy, c.preferred)
		if err != nil {
			t.Fatal(err)
		}
		w.user.Username = out.Parameters["USER_ID_FOR_SRP"] // as clients do
		_, err = w.reply(c.challenge, out, c.pairs...)
		wants(t, name, err, c.want)
	}
	client := w.srpClient()
	verifier, err := w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD_SRP", "SRP_A", client.PublicHex())
	if err != nil || verifier.Challenge != "PASSWORD_VERIFIER" {
		t.Fatalf("%+v, %v", verifier, err)
	}
	_, err = w.answer("PASSWORD_VERIFIER", verifier.Session, w.claim(client, verifier, password))
	wants(t, "SRP", err, fault.IncorrectUsernameOrPassword)

	w.choose("pesk", legacy)
	_, err = w.begin(decoy, "EMAIL_OTP")
	wants(t, "a client that does not hide users", err, fault.UserDoesNotExist)
}

// decoyUser returns an unknown name of three letters whose decoy has the
// choices.
func (w *world) decoyUser(has ...string) string {
	w.t.Helper()
	for i := range 200 {
		name := "n" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		out, err := w.begin(name, "")
		if err != nil {
			w.t.Fatal(err)
		}
		if !slices.ContainsFunc(has, func(c string) bool { return !slices.Contains(out.Available, c) }) {
			return name
		}
	}
	w.t.Fatalf("no decoy has %v", has)
	return ""
}

// Unknown users have the same lock-out and limits as known ones.
func TestUnknownUsersAreLimitedAlike(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	for _, name := range []string{"ann", "bob"} {
		w.user = &userpool.User{Username: name}
		out, err := w.begin(name, "EMAIL_OTP")
		if err != nil {
			t.Fatal(err)
		}
		w.user.Username = out.Parameters["USER_ID_FOR_SRP"]
		for range 5 {
			_, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "none")
			wants(t, name, err, fault.WrongFactorCode)
		}
		_, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "none")
		wants(t, name+" locked", err, fault.PasswordAttemptsExceeded)
		for range 19 {
			if _, err = w.begin(name, "EMAIL_OTP"); err != nil {
				t.Fatal(name, err)
			}
		}
		_, err = w.begin(name, "EMAIL_OTP")
		wants(t, name+" beyond the limit", err, fault.TooManyRequestsRate)
	}
}

// A user who cannot sign in is treated as unknown.
func TestUserWithoutChoices(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	w.change(func(u *userpool.User) { u.Status = userpool.ExternalProvider })
	out, err := w.begin("ann", "EMAIL_OTP")
	if err != nil || out.Challenge != "EMAIL_OTP" || len(w.mail()) != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	w.user.Username = out.Parameters["USER_ID_FOR_SRP"]
	_, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "12345678")
	wants(t, "hidden", err, fault.WrongFactorCode)
	w.choose("pe", legacy)
	_, err = w.begin("ann", "EMAIL_OTP")
	wants(t, "not hidden", err, fault.IncorrectUsernameOrPassword)
}
