package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

const sessionType = "signin-session"

// progress is what a Session string carries, sealed, beside its binding to
// pool, client and user.
type progress struct {
	Challenge    string `json:"c"`
	Typed        string `json:"t"`
	Sub          string `json:"s"`
	EventID      string `json:"e"`
	Flow         string `json:"w,omitempty"`
	First        proof  `json:"p,omitempty"`
	FactorProved bool   `json:"f,omitempty"`
	Device       device `json:"d,omitempty"`
	DeviceKey    string `json:"y,omitempty"`
	// SignedOut is the user's last sign-out in milliseconds, Salt that of the
	// password: a later sign-out, or another password, ends the sign-in.
	SignedOut int64  `json:"l,omitempty"`
	Salt      []byte `json:"h,omitempty"`
	// Failures are what the lock-out held when the last proof was judged, Source
	// is the occasion of the tokens.
	Failures int            `json:"n,omitempty"`
	Source   trigger.Source `json:"g,omitempty"`
	// Code is what was sent for the challenge, Setup how far MFA_SETUP has come.
	Code  *sentCode `json:"o,omitempty"`
	Setup *setup    `json:"u,omitempty"`
	// Custom is how far the functions of CUSTOM_AUTH have come.
	Custom *customProgress `json:"x,omitempty"`
	// Passkey is the one that is asked for.
	Passkey *question `json:"k,omitempty"`
}

// ask answers with a challenge: the sealed progress, then beat three.
func (e *Engine) ask(ctx context.Context, a *attempt, name string, params map[string]string) (Outcome, error) {
	if a.eventID == "" {
		a.eventID = e.Entropy.UUID()
	}
	p := a.progress(name)
	t := seal.Token{
		Type: sessionType, Pool: a.pool.ID, Client: a.client.ID, User: e.srpName(a),
		Expires: e.Clock.Now().Add(a.client.SessionLifetime()),
	}
	switch name {
	case challengeSMS, challengeEmail, challengeSMSCode:
		p.Code = a.code
	case challengeChoose, challengePasskey:
		p.Passkey = a.question
	case challengeSetup:
		p.Setup = &setup{Pool: a.pool.ID, Client: a.client.ID, Token: a.setup.Token, Done: a.setup.Done}
		t.Type, t.Pool, t.Client = sessionSetup, "", ""
	}
	var err error
	if t.Payload, err = json.Marshal(p); err != nil {
		return Outcome{}, err
	}
	if a.flow != "" {
		t.Payload = padded(t.Payload)
	}
	copy(t.Handle[:], e.Entropy.Bytes(len(t.Handle)))
	session, err := e.sessions.SealToken(e.Entropy, t)
	if err != nil {
		return Outcome{}, err
	}
	if name == challengeDevice {
		if err := a.keepSession(ctx, session, t.Expires); err != nil {
			return Outcome{}, err
		}
	}
	if err := e.commit(ctx, a); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Challenge: name, Session: session, Parameters: map[string]string{paramUserID: t.User}}
	maps.Copy(out.Parameters, params)
	return out, nil
}

// progress is what every Session at a challenge remembers.
func (a *attempt) progress(challenge string) progress {
	p := progress{
		Salt:      a.salt(),
		Challenge: challenge, Typed: a.typed, Sub: a.sub(), EventID: a.eventID,
		Flow: a.flow, First: a.first, FactorProved: a.factorProved, Device: a.device, DeviceKey: a.named.key,
		Failures: a.failures, Source: a.source,
		Custom: a.customProgress(challenge),
	}
	if a.user != nil {
		p.SignedOut = a.user.SignedOut.UnixMilli()
	}
	return p
}

// salt tells one password of the user from another; it is nil without one.
func (a *attempt) salt() []byte {
	if a.cred == nil {
		return nil
	}
	return a.cred.Salt
}

// padded makes payloads of one length of nearly all, so that the Session of an
// unknown user does not tell itself by being short. JSON may end in spaces.
func padded(payload []byte) []byte {
	const least, step = 768, 256
	length := max(least, (len(payload)+step-1)/step*step)
	return append(payload, bytes.Repeat([]byte{' '}, length-len(payload))...)
}

// resume opens the Session of an answer and reads its user afresh. It refuses
// a session of another client, user or challenge, a used one and an old one.
// The session is spent by the beat three of whatever the answer achieves, so a
// refused answer can be tried again.
func (e *Engine) resume(ctx context.Context, in *Answer) (*attempt, error) {
	sealed, p, err := e.openSession(ctx, in)
	if err != nil {
		return nil, err
	}
	a, err := e.resumeSealed(ctx, in, sealed, p)
	if err != nil {
		return nil, err
	}
	return a, a.checkSecretHash(in.Responses)
}

// resumeSealed is resume of a Session that has been opened.
func (e *Engine) resumeSealed(ctx context.Context, in *Answer, sealed seal.Token, p progress) (*attempt, error) {
	a := &attempt{
		pool: in.Pool, client: in.Client, typed: p.Typed, shown: sealed.User, eventID: p.EventID,
		flow: p.Flow, first: p.First, factorProved: p.FactorProved, failures: p.Failures, source: p.Source, code: p.Code, setup: p.Setup, metadata: in.Metadata,
		page: in.page, question: p.Passkey,
	}
	a.resumeDevice(in.Responses, p)
	a.resumeCustom(in.Challenge, p.Custom)
	err := e.Store.View(ctx, func(tx *store.Tx) error {
		a.at = tx.Now
		used, err := tx.Spent(in.Pool.ID, sessionType, sealed.Handle[:])
		if err != nil {
			return err
		}
		if used {
			return fault.SessionUsed
		}
		if err := a.readSessionUser(tx, in.Responses[paramUsername], p); err != nil {
			return err
		}
		if !bytes.Equal(a.salt(), p.Salt) {
			return fault.SessionInvalid
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.spendOnce(sessionType, sealed.Handle[:], sealed.Expires, fault.SessionUsed)
	return a, nil
}

func (e *Engine) openSession(ctx context.Context, in *Answer) (seal.Token, progress, error) {
	if in.Session == "" {
		// The guide puts the Session of MFA_SETUP among the responses.
		in.Session = in.Responses["SESSION"]
	}
	if in.Session == "" {
		// Not SessionUnopened: clients take a CodeMismatchException for a wrong code and ask again.
		return seal.Token{}, progress{}, fault.MissingParameter("Session")
	}
	if in.Challenge == challengeSetup {
		sealed, p, err := e.openSetup(ctx, in.Session)
		if err == nil && (p.Setup.Pool != in.Pool.ID || p.Setup.Client != in.Client.ID) {
			return sealed, p, fault.SessionUnopened
		}
		return sealed, p, err
	}
	sealed, p, err := e.unseal(ctx, in.Session, seal.Token{Type: sessionType, Pool: in.Pool.ID, Client: in.Client.ID})
	if err == nil && p.Challenge != in.Challenge && !chosenBy(in.Challenge, p.Challenge) {
		return sealed, p, fault.SessionInvalid
	}
	return sealed, p, err
}

// openSetup opens a Session of MFA_SETUP, whosever it is.
func (e *Engine) openSetup(ctx context.Context, session string) (seal.Token, progress, error) {
	sealed, p, err := e.unseal(ctx, session, seal.Token{Type: sessionSetup})
	if err == nil && p.Setup == nil {
		return sealed, p, fault.SessionInvalid
	}
	return sealed, p, err
}

func (e *Engine) unseal(
	ctx context.Context, session string, want seal.Token,
) (sealed seal.Token, p progress, err error) {
	sealed, err = e.sessions.OpenToken(ctx, session, want, e.Clock.Now())
	if errors.Is(err, seal.ErrTokenExpired) {
		return sealed, p, fault.SessionExpired
	}
	if errors.Is(err, seal.ErrToken) {
		return sealed, p, fault.SessionUnopened.Because(err)
	}
	if err != nil {
		return sealed, p, err
	}
	return sealed, p, json.Unmarshal(sealed.Payload, &p)
}

// sub is empty for an unknown user whose absence the client hides.
func (a *attempt) sub() string {
	if a.user == nil {
		return ""
	}
	return a.user.Sub
}

// readSessionUser reads the session's user; USERNAME must name the same one.
func (a *attempt) readSessionUser(tx *store.Tx, named string, p progress) error {
	unknown := p.Sub == ""
	if err := a.reread(tx, unknown, named, fault.SessionInvalid); err != nil || unknown {
		return fault.SessionInvalid.InPlaceOf(fault.UserNotFound, err)
	}
	if a.user.Sub != p.Sub {
		return fault.SessionInvalid
	}
	if !a.user.Enabled {
		return fault.UserIsDisabled
	}
	if a.user.SignedOut.UnixMilli() != p.SignedOut {
		return fault.SessionInvalid
	}
	return nil
}
