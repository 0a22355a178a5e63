package hosted

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
)

const (
	stepType  = "page-step"
	stepField = "step"
	// stepLifetime is how long a step may take, and factorLifetime a second
	// factor; the engine's session may be shorter. Sources: guide pages
	// cognito-user-pools-managed-login and authentication.
	stepLifetime   = 5 * time.Minute
	factorLifetime = 3 * time.Minute
)

// progress is what a page's form carries, sealed: where the sign-in stands.
type progress struct {
	record.PageStep
	// opened is what the step before this one carried: the next keeps what only a
	// newer version knows of it.
	opened []byte
}

// shown keeps what pages show of a challenge's parameters.
func shown(parameters map[string]string) map[string]string {
	kept := map[string]string{}
	for _, name := range []string{
		"requiredAttributes", "CODE_DELIVERY_DELIVERY_MEDIUM", "CODE_DELIVERY_DESTINATION", "FRIENDLY_DEVICE_NAME",
		"MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP", paramSecret,
	} {
		if v := parameters[name]; v != "" {
			kept[name] = v
		}
	}
	return kept
}

func place(q *oauth.Request, browser string) []byte {
	sum := sha256.Sum256(seal.Bind(q.Query.Encode(), browser))
	return sum[:]
}

func (p *Pages) sealStep(q *oauth.Request, browser string, at *progress) (string, error) {
	at.Place = place(q, browser)
	if at.Until == 0 {
		at.Until = p.Clock.Now().Add(stepOf(at.Challenge).lifetime()).UnixMilli()
	}
	payload, err := record.SealedPageStep.Encode(at.PageStep, at.opened)
	if err != nil {
		return "", err
	}
	return p.Steps.SealToken(p.Entropy, seal.Token{
		Type: stepType, Pool: q.Pool.ID, Client: q.Client.ID, User: at.Typed,
		Expires: time.UnixMilli(at.Until), Payload: payload,
	})
}

var errNoStep = errors.New("no step of this sign-in")

// openStep opens the step that the form carries, and checks that it is of this
// request, this browser, and the page that it was posted to.
func (p *Pages) openStep(r *http.Request, q *oauth.Request) (*progress, error) {
	cookie, missing := r.Cookie(csrfCookie)
	if missing != nil {
		return nil, errNoStep
	}
	t, err := p.Steps.OpenToken(r.Context(), r.PostForm.Get(stepField),
		seal.Token{Type: stepType, Pool: q.Pool.ID, Client: q.Client.ID}, p.Clock.Now())
	if seal.Refused(err) {
		return nil, errNoStep
	}
	if err != nil {
		return nil, err
	}
	at := &progress{opened: t.Payload}
	if err := record.SealedPageStep.Decode(t.Payload, &at.PageStep); err != nil {
		return nil, err
	}
	s := stepOf(at.Challenge)
	if s == nil || s.path != r.URL.Path || subtle.ConstantTimeCompare(at.Place, place(q, cookie.Value)) != 1 {
		return nil, errNoStep
	}
	return at, nil
}
