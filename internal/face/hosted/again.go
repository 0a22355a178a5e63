package hosted

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
)

// The names of the buttons beside that of a step.
const (
	resendName  = "resend"
	anotherName = "another"
)

// act returns what a posted form asks for, and the responses for it: the step itself,
// another code, or the list before it.
func (s *step) act(at scene, form url.Values) (doing, map[string]string, *view.Problem) {
	switch {
	case s.resends && form.Has(resendName):
		return (*Pages).resend, nil, nil
	case at.at.Parameters[paramChosen] != "" && form.Has(anotherName):
		return (*Pages).chooseAgain, nil, nil
	}
	do := s.do
	if do == nil {
		do = (*Pages).answerEngine
	}
	responses, wrong := s.read(at, form)
	return do, responses, wrong
}

// resend has another code sent.
func (p *Pages) resend(
	ctx context.Context, q *oauth.Request, at *progress, _ map[string]string,
) (signin.Outcome, error) {
	a := at.answer(q)
	var out signin.Outcome
	var err error
	if len(at.Available) > 0 { // a first factor is chosen again
		out, err = p.choose(ctx, q, at, map[string]string{paramAnswer: a.Challenge})
	} else {
		out, err = p.Signin.ResendPage(ctx, a)
	}
	at.resent = err == nil
	return out, err
}

// chooseAgain returns to the list of factors.
func (p *Pages) chooseAgain(
	ctx context.Context, q *oauth.Request, at *progress, _ map[string]string,
) (signin.Outcome, error) {
	return p.Signin.ChooseAgainPage(ctx, at.answer(q))
}

// answer is an answer to the challenge of the step that has no responses.
func (at *progress) answer(q *oauth.Request) signin.Answer {
	challenge, _, _ := strings.Cut(at.Challenge, "/")
	return signin.Answer{
		Pool: q.Pool, Client: q.Client, Challenge: challenge, Session: at.Session,
		Responses: map[string]string{"USERNAME": at.Typed}, Devices: at.devices,
	}
}

// another is the button that leads back to the list, where there was one.
func (s scene) another(key string) []view.Part {
	if s.at.Parameters[paramChosen] == "" {
		return nil
	}
	return []view.Part{&view.After{Parts: []view.Part{
		&view.Button{Kind: "link", Name: anotherName, Value: "1", Text: s.Text(key), Form: stepFormID},
	}}}
}

// resend is the button for another code, which appears when one may be sent.
func (s scene) resend() *view.Resend {
	wait := signin.ResendWait
	if s.at.Until != 0 {
		sent := time.UnixMilli(s.at.Until).Add(-factorLifetime)
		wait -= s.now.Sub(sent)
	}
	tens := int((max(wait, 0) + 10*time.Second - 1) / (10 * time.Second))
	return &view.Resend{
		Form: view.Form{Parts: []view.Part{
			&view.Button{Kind: "link", Name: resendName, Value: "1", Text: s.Text("factor.resend"), Form: stepFormID},
		}},
		Wait: min(10*tens, 30), Waiting: s.HTML("factor.wait"),
	}
}
