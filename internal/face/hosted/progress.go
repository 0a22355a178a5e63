package hosted

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
)

const (
	stepType  = "page-step"
	stepField = "step"
	// stepLifetime is the time for a step, factorLifetime for a second factor;
	// the engine's session may be shorter. Sources: guide pages
	// cognito-user-pools-managed-login and authentication.
	stepLifetime   = 5 * time.Minute
	factorLifetime = 3 * time.Minute
)

// progress is the sealed progress of a sign-in in the form of a page.
type progress struct {
	record.PageStep
	// opened is the payload of the previous step: sealing keeps the members in
	// it that this version does not define.
	opened []byte
	// devices are the remembered devices that the browser holds, and remember is whether
	// the user wants it to become one. resent is whether a code was sent again.
	devices          []signin.PageDevice
	remember, resent bool
}

// Parameters of these pages, beside those of the engine.
const (
	// paramSecret is the secret for an authenticator app.
	paramSecret = "SECRET"
	// paramChosen is set where the user can return to a list.
	paramChosen = "CHOSEN"
	// paramTo precedes the name of a factor: where its codes go, masked.
	paramTo = "TO_"
)

// next returns the progress at the challenge of an outcome.
func (at *progress) next(out signin.Outcome) *progress {
	n := &progress{opened: at.opened, resent: at.resent, PageStep: record.PageStep{
		Challenge: out.Challenge, Session: out.Session, Typed: at.Typed, Parameters: keepShown(out.Parameters),
		Continues: at.Continues, Begun: at.Begun,
	}}
	for factor, to := range out.Destinations {
		n.Parameters[paramTo+factor] = to
	}
	if len(at.list()) > 1 || at.Parameters[paramChosen] != "" && len(n.list()) == 0 {
		n.Parameters[paramChosen] = "1"
	}
	return n
}

// list returns the factors that the user can choose from.
func (at *progress) list() []string {
	return append(listed(at.Parameters["MFAS_CAN_CHOOSE"]), listed(at.Parameters["MFAS_CAN_SETUP"])...)
}

// keepShown returns those parameters of a challenge that pages show.
func keepShown(parameters map[string]string) map[string]string {
	kept := map[string]string{}
	for _, name := range []string{
		"requiredAttributes", "CODE_DELIVERY_DELIVERY_MEDIUM", "CODE_DELIVERY_DESTINATION", "FRIENDLY_DEVICE_NAME",
		"MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP", paramSecret, paramChosen, paramOptions,
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

var errNoStep = errors.New("the form has no valid step of this sign-in")

// openStep opens the step in the form, and requires that it is of this request,
// this browser and this page.
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
