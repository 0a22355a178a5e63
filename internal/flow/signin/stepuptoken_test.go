package signin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The methods of a token that does not report them do not count.
func TestTokensWithoutMethods(t *testing.T) {
	w := openWorld(t)
	app := stepUpWorld(w)
	plain, err := w.byPassword("ann", password)
	w.reaches("positive control", plain, err, "", "")
	for _, levels := range []string{"1", "4"} {
		out, err := w.stepUp(plain.Tokens.Access, levels)
		out = w.expect("SELECT_CHALLENGE", out, err)
		if !slices.Contains(out.Available, "PASSWORD") {
			t.Errorf("for level %s: %v", levels, out.Available)
		}
	}
	out, err := w.begin("ann", "PASSWORD", "PASSWORD", password,
		"TARGET_ACR_VALUES", loa("4"), "ACCESS_TOKEN", plain.Tokens.Access)
	done, err := w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
	w.reaches("from the password on", done, err, loa("4"), "pwd otp mfa")
}

// MAX_AGE counts from the sign-in, not from a refresh.
func TestMaxAgeOfRefreshedTokens(t *testing.T) {
	w := openWorld(t)
	stepUpWorld(w, allowsRefresh)
	first := w.passwordToken()
	w.clk.Advance(time.Minute)
	set, err := w.engine.Refresh(t.Context(), signin.Refresh{Pool: w.pool, Client: w.client, Token: first.Refresh})
	refreshed := w.reaches("refreshed", set, err, loa("1"), "pwd")
	for age, challenge := range map[string]string{"60": "SOFTWARE_TOKEN_MFA", "59": "SELECT_CHALLENGE"} {
		out, err := w.stepUp(refreshed.Access, "4", "MAX_AGE", age)
		w.expect(challenge, out, err)
	}
}

// A refresh keeps acr, amr and auth_time, whatever the user has and has renamed
// since.
func TestRefreshKeepsTheLevel(t *testing.T) {
	for _, rotates := range []bool{false, true} {
		w := openWorld(t)
		stepUpWorld(w, func(c *userpool.Client) {
			if allowsRefresh(c); rotates {
				c.ExplicitAuthFlows = []string{"ALLOW_USER_AUTH"}
				c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
			}
		})
		first := w.passwordToken()
		w.enable(userpool.SoftwareTokenMFA)
		w.reconfigure(func(p *userpool.Pool) { p.AcrConfiguration = map[string]string{"Level1": "bronze"} })
		signedInAt := w.clk.Now().Unix()
		for refresh, i := first.Refresh, 0; i < 2; i++ {
			w.clk.Advance(time.Minute)
			out, err := w.engine.Refresh(t.Context(), signin.Refresh{Pool: w.pool, Client: w.client, Token: refresh})
			set := w.reaches("refreshed", out, err, loa("1"), "pwd")
			if got := w.assuredBy(set.Access).AuthTime; got != signedInAt {
				t.Errorf("auth_time moved from %d to %d", signedInAt, got)
			}
			if rotates {
				refresh = set.Refresh
			}
		}
	}
}

// After the levels were renamed, the methods of a token still count, but its acr
// does not: if the methods leave nothing to verify, the sign-in begins again.
func TestRenamedLevels(t *testing.T) {
	w := openWorld(t)
	app := stepUpWorld(w)
	first := w.passwordToken()
	out, err := w.stepUp(first.Access, "4")
	done, err := w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
	highest := w.reaches("stepped up", done, err, loa("4"), "pwd otp mfa")

	w.reconfigure(func(p *userpool.Pool) {
		p.AcrConfiguration = map[string]string{"Level1": loa("4"), "Level4": "gold"}
	})
	w.clk.Advance(30 * time.Second)
	out, err = w.begin("ann", "", "TARGET_ACR_VALUES", "gold", "ACCESS_TOKEN", first.Access)
	done, err = w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
	w.reaches("a level with an old name", done, err, "gold", "pwd otp mfa")
	out, err = w.begin("ann", "", "TARGET_ACR_VALUES", "gold", "ACCESS_TOKEN", highest.Access)
	w.expect("SELECT_CHALLENGE", out, err)
}
