package signin_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func secretHash(secret, name, clientID string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(name + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestSecretHash(t *testing.T) {
	w := openWorld(t)
	w.client = w.addClient("confidential", func(c *userpool.Client) {
		c.Secrets = []userpool.ClientSecret{
			{ID: "1", Value: "first-secret-first-secret"}, {ID: "2", Value: "second-secret-second-sec"},
		}
	})
	_, err := w.byPassword("ann", password)
	wants(t, "none", err, fault.SecretHashMissing(w.client.ID))
	sign := func(name, hash string) (signin.Outcome, error) {
		return w.start("USER_PASSWORD_AUTH",
			map[string]string{"USERNAME": name, "PASSWORD": password, "SECRET_HASH": hash})
	}
	_, err = sign("ann", "AAAA")
	wants(t, "wrong", err, fault.SecretHashWrong(w.client.ID))
	names := []string{"ann@example.com", "ann", w.user.Sub}
	for _, secret := range w.client.Secrets {
		hash := func(name string) string { return secretHash(secret.Value.Reveal(), name, w.client.ID) }
		for i, sent := range names {
			out, err := sign(sent, hash(sent))
			signedIn(t, sent+" with secret "+secret.ID, out, err)
			for _, other := range []string{names[(i+1)%3], names[(i+2)%3], "bob"} {
				_, err = sign(sent, hash(other))
				wants(t, sent+" with a hash over "+other, err, fault.SecretHashWrong(w.client.ID))
			}
		}
	}
}

// An answer to a challenge may use another name of the user than the start. Its
// hash covers the USERNAME of the answer. The error does not reveal whether the
// user exists.
func TestSecretHashOfAnAnswer(t *testing.T) {
	w := openWorld(t)
	enabled := "ENABLED"
	w.client = w.addClient("confidential", func(c *userpool.Client) {
		c.PreventUserExistenceErrors = &enabled
		c.Secrets = []userpool.ClientSecret{{ID: "1", Value: "first-secret-first-secret"}}
	})
	w.hash = func(name string) string { return secretHash("first-secret-first-secret", name, w.client.ID) }
	for _, typed := range []string{"ann@example.com", "nobody@example.com"} {
		for _, sendsSRPName := range []bool{false, true} {
			x, err := w.beginSRP(typed, password)
			if err != nil {
				t.Fatal(err)
			}
			sent, other := typed, x.first["USER_ID_FOR_SRP"]
			if sendsSRPName {
				sent, other = other, sent
			}
			x.responses["USERNAME"], x.responses["SECRET_HASH"] = sent, w.hash(other)
			_, err = w.answer("PASSWORD_VERIFIER", "", x.responses)
			wants(t, sent+" with a hash over "+other, err, fault.SecretHashWrong(w.client.ID))
			x.responses["SECRET_HASH"] = w.hash(sent)
			out, err := w.answer("PASSWORD_VERIFIER", "", x.responses)
			if typed == "ann@example.com" {
				signedIn(t, sent, out, err)
			} else {
				wants(t, sent, err, fault.IncorrectUsernameOrPassword)
			}
		}
	}
}

// At a refresh the hash covers the username, whatever name was used at sign-in.
func TestSecretHashOfARefresh(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.client = w.addClient("confidential", func(c *userpool.Client) {
			c.Secrets = []userpool.ClientSecret{{ID: "1", Value: "first-secret-first-secret"}}
		})
		hash := func(name string) string { return secretHash("first-secret-first-secret", name, w.client.ID) }
		const email = "ann@example.com"
		out, err := w.start("USER_PASSWORD_AUTH",
			map[string]string{"USERNAME": email, "PASSWORD": password, "SECRET_HASH": hash(email)})
		refresh := signedIn(t, "sign-in", out, err).Refresh
		for _, flow := range []string{"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"} {
			for _, admin := range []bool{false, true} {
				try := func(params map[string]string) (signin.Outcome, error) {
					params["REFRESH_TOKEN"] = refresh
					return w.engine.Start(t.Context(),
						signin.Start{Pool: w.pool, Client: w.client, Admin: admin, Flow: flow, Params: params})
				}
				_, err = try(map[string]string{})
				wants(t, flow+" without one", err, fault.SecretHashMissing(w.client.ID))
				for _, name := range []string{email, w.user.Sub, "bob"} {
					_, err = try(map[string]string{"USERNAME": name, "SECRET_HASH": hash(name)})
					wants(t, flow+" with a hash over "+name, err, fault.SecretHashWrongAtRefresh(w.client.ID))
				}
				out, err := try(map[string]string{"SECRET_HASH": hash("ann")})
				signedIn(t, flow, out, err)
			}
		}
	})
}

// The answer of an unknown user may be hashed over the name in its challenge,
// like that of a known user.
func TestHiddenUsersWithASecret(t *testing.T) {
	w := openWorld(t)
	enabled := "ENABLED"
	w.client = w.addClient("confidential", func(c *userpool.Client) {
		c.PreventUserExistenceErrors = &enabled
		c.Secrets = []userpool.ClientSecret{{ID: "1", Value: "first-secret-first-secret"}}
	})
	for _, name := range []string{"ann", "nobody"} {
		w.hash = func(name string) string { return secretHash("first-secret-first-secret", name, w.client.ID) }
		x, err := w.beginSRP(name, "Wrong-Pa55")
		if err != nil {
			t.Fatal(err)
		}
		srpName := x.first["USER_ID_FOR_SRP"]
		x.responses["USERNAME"], x.responses["SECRET_HASH"] = srpName, w.hash(srpName)
		_, err = w.answer("PASSWORD_VERIFIER", "", x.responses)
		wants(t, name, err, fault.IncorrectUsernameOrPassword)
	}
}
