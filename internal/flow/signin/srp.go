package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	paramClaimSignature = "PASSWORD_CLAIM_SIGNATURE"
	paramClaimBlock     = "PASSWORD_CLAIM_SECRET_BLOCK"
	paramTimestamp      = "TIMESTAMP"
	paramSalt           = "SALT"
	paramBlock          = "SECRET_BLOCK"
	paramSRPB           = "SRP_B"

	blockType = "srp-secret-block"
	// clockSkew is the maximum difference between the client's TIMESTAMP and the
	// server's clock. It only refuses implausible times; freshness is checked by
	// the expiry of the block. See docs/divergences SI-17.
	clockSkew = 12 * time.Hour
)

// startSRP is the first step of USER_SRP_AUTH (guide page
// authentication-flows; SRP-6a with Cognito's key derivation).
func (e *Engine) startSRP(ctx context.Context, s *Start) (Outcome, error) {
	if err := checkSRPA(s.Params[paramSRPA]); err != nil {
		return Outcome{}, err
	}
	a, err := e.begin(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	if a.user != nil && !a.user.Enabled {
		return Outcome{}, fault.UserIsDisabled
	}
	return e.promptVerifier(ctx, a, s.Params[paramSRPA])
}

func checkSRPA(public string) error {
	if _, err := srp.ParsePublic(public); err != nil {
		return fault.New(fault.InvalidParameter, "Invalid SRP_A.").WithCause(err)
	}
	return nil
}

// promptVerifier returns the challenge PASSWORD_VERIFIER. CUSTOM_AUTH and
// USER_AUTH add a Session, as in the guide; the state of the exchange is in
// SECRET_BLOCK.
func (e *Engine) promptVerifier(ctx context.Context, a *attempt, public string) (Outcome, error) {
	name := e.srpName(a)
	v := e.verifier(a, name)
	eph, err := srp.NewEphemeral(e.Entropy, v)
	if err != nil {
		return Outcome{}, err
	}
	if a.eventID == "" {
		a.eventID = e.Entropy.UUID()
	}
	block := record.SRPBlock{
		SRPExchange: record.SRPExchange{Secret: eph.Secret, Public: eph.PublicBytes(), A: public},
		Unknown:     a.user == nil, Typed: a.typed, EventID: a.eventID, Flow: a.flow, Device: a.named.key,
	}
	block.Methods, block.Target, block.Origin = a.sealed()
	sealed, err := e.sealBlock(a, name, block)
	if err != nil {
		return Outcome{}, err
	}
	params := map[string]string{
		paramSalt: v.SaltHex(), paramSRPB: eph.PublicHex(), paramBlock: sealed,
		paramUsername: name, paramUserID: name,
	}
	if a.flow != "" {
		return e.prompt(ctx, a, challengeVerifier, params)
	}
	return Outcome{Challenge: challengeVerifier, Parameters: params}, nil
}

// srpName is USER_ID_FOR_SRP: the username, or for an unknown user the name
// that a known user would get. That is a stable UUID if usernames are UUIDs or
// aliases exist, else the typed name.
func (e *Engine) srpName(a *attempt) string {
	if a.user != nil {
		return a.user.Username
	}
	if len(a.pool.UsernameAttributes) > 0 || len(a.pool.AliasAttributes) > 0 {
		return e.decoys.Name(a.pool.ID, a.subject())
	}
	return a.subject()
}

// verifier returns the user's verifier. Unknown users and users without a
// password get a decoy that is constant for the name.
func (e *Engine) verifier(a *attempt, name string) srp.Verifier {
	if a.user == nil || a.cred == nil {
		return e.decoys.Verifier(a.pool.ID, name)
	}
	return srp.Verifier{Salt: a.cred.Salt, V: a.cred.Verifier}
}

func (e *Engine) sealBlock(a *attempt, name string, b record.SRPBlock) (string, error) {
	payload, err := record.SealedSRPBlock.Encode(b, nil)
	if err != nil {
		return "", err
	}
	if !b.Unknown {
		// The length must not reveal whether the user exists. JSON may end in spaces.
		payload = append(payload, strings.Repeat(" ", len(`"n":true,`))...)
	}
	return e.sealPayload(a, blockType, name, payload)
}

// sealPayload returns a SECRET_BLOCK.
func (e *Engine) sealPayload(a *attempt, kind, name string, payload []byte) (string, error) {
	t := seal.Token{
		Type: kind, Pool: a.pool.ID, Client: a.client.ID, User: name,
		Expires: a.at.Add(a.client.SessionLifetime()), Payload: payload,
	}
	copy(t.Handle[:], e.Entropy.Bytes(len(t.Handle)))
	return e.blocks.SealToken(e.Entropy, t)
}

// openBlock opens the SECRET_BLOCK of an answer.
func (e *Engine) openBlock(ctx context.Context, in *Answer, kind string) (seal.Token, error) {
	sealed, err := e.blocks.OpenToken(ctx, in.Responses[paramClaimBlock],
		seal.Token{Type: kind, Pool: in.Pool.ID, Client: in.Client.ID}, e.Clock.Now())
	if errors.Is(err, seal.ErrTokenExpired) {
		return sealed, fault.SessionExpired
	}
	if errors.Is(err, seal.ErrToken) {
		return sealed, fault.IncorrectUsernameOrPassword.WithCause(err)
	}
	return sealed, err
}

// answerVerifier is the second step: it verifies the client's claim over
// SECRET_BLOCK.
func (e *Engine) answerVerifier(ctx context.Context, in *Answer) (Outcome, error) {
	sealed, err := e.openBlock(ctx, in, blockType)
	if err != nil {
		return Outcome{}, err
	}
	var b record.SRPBlock
	if err := record.SealedSRPBlock.Decode(sealed.Payload, &b); err != nil {
		return Outcome{}, err
	}
	if err := e.checkVerifierSession(ctx, in, b); err != nil {
		return Outcome{}, err
	}
	a, err := e.readBlockUser(ctx, in, sealed, b)
	if err != nil {
		return Outcome{}, err
	}
	if err := a.checkSecretHash(in.Responses); err != nil {
		return Outcome{}, err
	}
	a.spendOnce(blockType, sealed.Handle[:], sealed.Expires, fault.IncorrectUsernameOrPassword)
	refusal := e.requireProof(ctx, a, func() (bool, error) {
		return e.verifyClaim(a, sealed.User, b, in.Responses), nil
	})
	if refusal == nil {
		a.completed(userpool.MethodPassword)
	}
	if a.flow == flowCustom {
		return e.afterVerifier(ctx, a, refusal)
	}
	if refusal != nil {
		return Outcome{}, refusal
	}
	return e.proceed(ctx, a)
}

// readBlockUser reads the user that the exchange began with. It refuses a
// USERNAME of another user. JavaScript clients send USER_ID_FOR_SRP, Python
// clients the typed name; both are valid.
func (e *Engine) readBlockUser(
	ctx context.Context, in *Answer, sealed seal.Token, b record.SRPBlock,
) (*attempt, error) {
	a := &attempt{
		pool: in.Pool, client: in.Client, typed: b.Typed, srpName: sealed.User, eventID: b.EventID, flow: b.Flow,
		metadata: in.Metadata, assurance: assuranceOf(b.Methods, b.Target, b.Origin),
	}
	a.noteDeviceKey(in.Responses, b.Device)
	err := e.Store.View(ctx, func(tx *store.Tx) error {
		a.at = tx.Now
		if err := a.requireCurrent(tx, a.pool.ID); err != nil {
			return err
		}
		return a.reread(tx, b.Unknown, in.Responses[paramUsername], fault.IncorrectUsernameOrPassword)
	})
	if errors.Is(err, fault.UserNotFound) {
		return nil, hide(in.Client, fault.UserDoesNotExist)
	}
	return a, err
}

// verifyClaim verifies the claim against the current verifier: it fails if the
// password was changed since the first step.
func (e *Engine) verifyClaim(a *attempt, name string, b record.SRPBlock, responses map[string]string) bool {
	claim := srp.Claim{Pool: a.pool.SRPName(), User: name}
	return e.verifyExchange(b.SRPExchange, e.verifier(a, name), claim, responses)
}

// verifyExchange verifies the client's claim of an exchange. c holds the names
// that the claim covers.
func (e *Engine) verifyExchange(x record.SRPExchange, v srp.Verifier, c srp.Claim, responses map[string]string) bool {
	public, err := srp.ParsePublic(x.A)
	if err != nil {
		return false
	}
	at, err := srp.ParseTimestamp(responses[paramTimestamp])
	if err != nil || at.Sub(e.ClientClock.Now()).Abs() > clockSkew {
		return false
	}
	if c.Signature, err = base64.StdEncoding.DecodeString(responses[paramClaimSignature]); err != nil {
		return false
	}
	if c.SecretBlock, err = base64.StdEncoding.DecodeString(responses[paramClaimBlock]); err != nil {
		return false
	}
	c.Timestamp = responses[paramTimestamp]
	return srp.RestoreEphemeral(x.Secret, x.Public).Verify(v, public, c)
}
