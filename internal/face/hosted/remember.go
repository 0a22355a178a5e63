package hosted

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
)

const (
	// rememberName is the name of the box by which a user has the browser remembered.
	rememberName = "remember_device"
	// rememberedFor is how long a browser is remembered. The guide's page
	// amazon-cognito-user-pools-device-tracking suggests 30, 60 or 90 days. See
	// docs/divergences DV-30.
	rememberedFor  = 30 * 24 * time.Hour
	rememberedType = "remembered-browser"
	// maxRemembered is how many users of a pool one browser remembers.
	maxRemembered = 5
)

// deviceCookies is the prefix of the names of a pool's cookies of remembered browsers.
func deviceCookies(poolID string) string { return "device-" + poolID + "-" }

// deviceCookie is the name of the cookie of a user: a browser can be a device of
// several users.
func deviceCookie(poolID, sub string) string {
	sum := sha256.Sum256(seal.Bind(poolID, sub))
	return deviceCookies(poolID) + hex.EncodeToString(sum[:8])
}

// devices returns the remembered devices of the pool's users that the browser holds.
func (p *Pages) devices(r *http.Request, q *oauth.Request) (held []signin.PageDevice, err error) {
	if !q.Pool.TracksDevices() {
		return nil, nil
	}
	for i, c := range cookiesOf(r, q.Pool.ID) {
		if i >= maxRemembered {
			break
		}
		want := seal.Token{Type: rememberedType, Pool: q.Pool.ID}
		t, err := p.Steps.OpenToken(r.Context(), c.Value, want, p.Clock.Now())
		if seal.Refused(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var b record.RememberedBrowser
		if err := record.SealedRememberedBrowser.Decode(t.Payload, &b); err != nil {
			return nil, err
		}
		held = append(held, signin.PageDevice{Sub: t.User, Key: b.Key, Secret: b.Secret})
	}
	return held, nil
}

// rememberBrowser sets the cookie of a browser that has become a device; nil is none.
func (p *Pages) rememberBrowser(w http.ResponseWriter, r *http.Request, q *oauth.Request, d *signin.PageDevice) error {
	if d == nil {
		return nil
	}
	payload, err := record.SealedRememberedBrowser.Encode(record.RememberedBrowser{Key: d.Key, Secret: d.Secret}, nil)
	if err != nil {
		return err
	}
	value, err := p.Steps.SealToken(p.Entropy, seal.Token{
		Type: rememberedType, Pool: q.Pool.ID, User: d.Sub, Expires: p.Clock.Now().Add(rememberedFor), Payload: payload,
	})
	if err != nil {
		return err
	}
	set := func(name, value string, seconds int) {
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: p.Addresses.Secure(r),
			SameSite: http.SameSiteLaxMode,
		})
	}
	name := deviceCookie(q.Pool.ID, d.Sub)
	others := 0
	for _, c := range cookiesOf(r, q.Pool.ID) {
		if c.Name == name {
			continue
		}
		if others++; others >= maxRemembered {
			set(c.Name, "", -1)
		}
	}
	set(name, value, int(rememberedFor.Seconds()))
	return nil
}

func cookiesOf(r *http.Request, poolID string) (found []*http.Cookie) {
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, deviceCookies(poolID)) {
			found = append(found, c)
		}
	}
	return found
}
