package account_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const clientSecret = "first-secret-first-secret"

// hashed returns a request by name, with a SECRET_HASH over the same or another
// name of the user.
func (w *world) hashed(name, over string) account.Request {
	r := w.request(name)
	mac := hmac.New(sha256.New, []byte(clientSecret))
	mac.Write([]byte(over + w.client.ID))
	r.SecretHash = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return r
}

// Every operation that names a user requires the hash over the Username of the
// request, not over another name of that user. It refuses a wrong hash whether
// or not the user exists.
func TestSecretHashIsOverTheUsernameSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.client = &userpool.Client{
			PoolID: w.pool.ID, ID: "confidential", Secrets: []userpool.ClientSecret{{ID: "1", Value: clientSecret}},
		}
		w.must("client", w.client.Complete(userpool.ClientContext{Pool: w.pool, Confidential: true}))
		w.update(func(tx *store.Tx) error { return tx.InsertClient(w.client) })
		const email = "ann@example.com"
		signUp := func(r account.Request) (*account.SignedUp, error) {
			return w.flow.SignUp(t.Context(), account.SignUpRequest{Request: r, Password: password})
		}
		wrong := fault.SecretHashWrong(w.client.ID)
		_, err := signUp(w.hashed(email, "ann"))
		wants(t, "sign-up", err, wrong)
		done, err := signUp(w.hashed(email, email))
		w.must("sign-up", err)
		sub := done.User.Sub
		for name, call := range map[string]func(account.Request) error{
			"ResendConfirmationCode": func(r account.Request) error {
				_, err := w.flow.ResendConfirmationCode(t.Context(), r)
				return err
			},
			"ConfirmSignUp": func(r account.Request) error {
				_, err := w.flow.ConfirmSignUp(t.Context(), account.ConfirmRequest{Request: r, Code: "none"})
				return err
			},
			"ForgotPassword": func(r account.Request) error {
				_, err := w.flow.ForgotPassword(t.Context(), r)
				return err
			},
			"ConfirmForgotPassword": func(r account.Request) error {
				reset := account.ResetRequest{Request: r, Code: "none", Password: password}
				return w.flow.ConfirmForgotPassword(t.Context(), reset)
			},
		} {
			wants(t, name+" by e-mail", call(w.hashed(email, sub)), wrong)
			wants(t, name+" by sub", call(w.hashed(sub, email)), wrong)
			wants(t, name+" of an unknown user", call(w.hashed("nobody@example.com", email)), wrong)
			for _, sent := range []string{email, sub} {
				if err := call(w.hashed(sent, sent)); fault.Of(err) != nil && fault.Of(err).Message == wrong.Message {
					t.Errorf("%s with a hash over the %s that it sends: %v", name, sent, err)
				}
			}
		}
	}, signsInBy("email"))
}
