package signin

import (
	"bytes"
	"context"
	"errors"
	"maps"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
)

const sessionType = "signin-session"

// prompt commits and returns a challenge with the sealed progress.
func (e *Engine) prompt(ctx context.Context, a *attempt, name string, params map[string]string) (Outcome, error) {
	if a.eventID == "" {
		a.eventID = e.Entropy.UUID()
	}
	p := a.progress(name)
	t := seal.Token{
		Type: sessionType, Pool: a.pool.ID, Client: a.client.ID, User: e.srpName(a),
		Expires: e.Clock.Now().Add(a.client.SessionLifetime()),
	}
	switch name {
	case challengeSMS, challengeEmail, challengeSMSCode, challengeToken, challengeSelect:
		p.Code = a.code
	case challengeChoose, challengePasskey:
		p.Passkey = a.passkey
	case challengeSetup:
		p.Code = a.code
		p.Setup = &record.FactorSetup{Pool: a.pool.ID, Client: a.client.ID, Token: a.setup.Token, Done: a.setup.Done}
		t.Type, t.Pool, t.Client = sessionSetup, "", ""
	}
	var err error
	if t.Payload, err = record.SealedSession.Encode(p, a.opened); err != nil {
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

// progress is the part of the state that the Session of every challenge holds.
func (a *attempt) progress(challenge string) record.Session {
	p := record.Session{
		Salt:      a.salt(),
		Challenge: challenge, Typed: a.typed, Sub: a.sub(), EventID: a.eventID,
		Flow: a.flow, First: int(a.first), FactorVerified: a.factorVerified,
		Device: int(a.device), DeviceKey: a.named.key,
		Failures: a.failures, Source: string(a.source),
		Custom: a.customProgress(challenge),
	}
	p.Methods, p.Target, p.Origin = a.sealed()
	if a.user != nil {
		p.SignedOut = a.user.SignedOut.UnixMilli()
	}
	return p
}

// salt identifies the user's password; it is nil without one.
func (a *attempt) salt() []byte {
	if a.cred == nil {
		return nil
	}
	return a.cred.Salt
}

// padded pads a payload, so that the Session of an unknown user is not shorter
// than that of a known one. JSON may end in spaces.
func padded(payload []byte) []byte {
	const least, step = 768, 256
	length := max(least, (len(payload)+step-1)/step*step)
	return append(payload, bytes.Repeat([]byte{' '}, length-len(payload))...)
}

// resume opens the Session of an answer and reads its user again. It refuses a
// Session of another client, user or challenge, and one that is consumed or
// expired. The write beat of the answer consumes the Session, so an answer that
// is refused can be repeated.
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

// resumeSealed is resume for a Session that has been opened.
func (e *Engine) resumeSealed(ctx context.Context, in *Answer, sealed seal.Token, p record.Session) (*attempt, error) {
	a := &attempt{
		pool: in.Pool, client: in.Client, typed: p.Typed, srpName: sealed.User, eventID: p.EventID,
		flow: p.Flow, first: proof(p.First), factorVerified: p.FactorVerified, failures: p.Failures,
		source: trigger.Source(p.Source), code: p.Code, setup: p.Setup, passkey: p.Passkey,
		metadata: in.Metadata, page: in.page, opened: sealed.Payload,
		browser:   pageDevices{held: in.Devices, remember: in.Remember},
		assurance: assuranceOf(p.Methods, p.Target, p.Origin),
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
		return a.requireCurrent(tx, a.pool.ID)
	})
	if err != nil {
		return nil, err
	}
	a.spendOnce(sessionType, sealed.Handle[:], sealed.Expires, fault.SessionUsed)
	return a, nil
}

// openSession opens the Session of an answer, which must be at its challenge.
func (e *Engine) openSession(ctx context.Context, in *Answer) (seal.Token, record.Session, error) {
	if in.Session == "" {
		// The guide sends the Session of MFA_SETUP among the responses.
		in.Session = in.Responses["SESSION"]
	}
	if in.Session == "" {
		// Not SessionMalformed: clients treat CodeMismatchException as a wrong code
		// and prompt again.
		return seal.Token{}, record.Session{}, fault.MissingParameter("Session")
	}
	if in.Challenge == challengeSetup {
		sealed, p, err := e.openSetup(ctx, in.Session)
		if err == nil && (p.Setup.Pool != in.Pool.ID || p.Setup.Client != in.Client.ID) {
			return sealed, p, fault.SessionMalformed
		}
		return sealed, p, err
	}
	sealed, p, err := e.unseal(ctx, in.Session, seal.Token{Type: sessionType, Pool: in.Pool.ID, Client: in.Client.ID})
	if err == nil && p.Challenge != in.Challenge && !chosenBy(in.Challenge, p.Challenge) {
		return sealed, p, fault.SessionInvalid
	}
	return sealed, p, err
}

// openSetup opens a Session of MFA_SETUP without checking pool or client; the
// caller does.
func (e *Engine) openSetup(ctx context.Context, session string) (seal.Token, record.Session, error) {
	sealed, p, err := e.unseal(ctx, session, seal.Token{Type: sessionSetup})
	if err == nil && p.Setup == nil {
		return sealed, p, fault.SessionInvalid
	}
	return sealed, p, err
}

// unseal opens a Session of the type, pool and client in want.
func (e *Engine) unseal(
	ctx context.Context, session string, want seal.Token,
) (sealed seal.Token, p record.Session, err error) {
	sealed, err = e.sessions.OpenToken(ctx, session, want, e.Clock.Now())
	if errors.Is(err, seal.ErrTokenExpired) {
		return sealed, p, fault.SessionExpired
	}
	if errors.Is(err, seal.ErrToken) {
		return sealed, p, fault.SessionMalformed.WithCause(err)
	}
	if err != nil {
		return sealed, p, err
	}
	err = record.SealedSession.Decode(sealed.Payload, &p)
	return sealed, p, err
}

// sub is empty for an unknown user whose absence the client hides.
func (a *attempt) sub() string {
	if a.user == nil {
		return ""
	}
	return a.user.Sub
}

// readSessionUser reads the Session's user. named must be a name of that user.
func (a *attempt) readSessionUser(tx *store.Tx, named string, p record.Session) error {
	unknown := p.Sub == ""
	if err := a.reread(tx, unknown, named, fault.SessionInvalid); err != nil || unknown {
		return fault.SessionInvalid.ReplacingKind(fault.UserNotFound, err)
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
