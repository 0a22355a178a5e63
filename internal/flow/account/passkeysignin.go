package account

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// PasskeyRequest is the challenge of a sign-in by passkey. Challenge and
// RelyingParty are needed to verify the response; clients get them sealed.
type PasskeyRequest struct {
	// Options is CREDENTIAL_REQUEST_OPTIONS, a JSON object as text.
	Options      string
	Challenge    []byte
	RelyingParty string
}

// NewPasskeyRequest makes the challenge for a user. Without a user, or for one
// who has no usable passkey, it names a decoy that is fixed for the subject.
func (f *Flow) NewPasskeyRequest(
	ctx context.Context, p *userpool.Pool, u *userpool.User, subject string,
) (q PasskeyRequest, err error) {
	if q.Challenge, err = passkey.NewChallenge(f.Entropy); err != nil {
		return q, err
	}
	var usable []passkey.Credential
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		q.RelyingParty, usable, err = f.signInPasskeys(tx, p, u)
		return err
	})
	if err != nil {
		return q, err
	}
	if len(usable) == 0 {
		usable = []passkey.Credential{f.decoyPasskey(p, subject)}
	}
	q.Options = string(ceremony(p, q.RelyingParty, q.Challenge).RequestOptions(usable))
	return q, nil
}

// HasPasskey reports whether the user can sign in by passkey now: the user has
// one for the relying party of the pool, and the pool and the user's status
// permit it. enrolled is whether the user has a second factor turned on.
func (f *Flow) HasPasskey(tx *store.Tx, p *userpool.Pool, u *userpool.User, enrolled bool) (bool, error) {
	if !p.PasskeySuffices(enrolled) {
		return false, nil
	}
	_, usable, err := f.signInPasskeys(tx, p, u)
	return len(usable) > 0, err
}

// signInPasskeys returns the relying party of the pool and the passkeys that
// the user can sign in with.
func (f *Flow) signInPasskeys(
	tx *store.Tx, p *userpool.Pool, u *userpool.User,
) (relyingParty string, usable []passkey.Credential, err error) {
	if relyingParty, err = f.RelyingParty(tx, p); err != nil || !p.AllowsPasskeys() || relyingParty == "" {
		return relyingParty, nil, err
	}
	// Read for an unknown user too, to take the same time.
	username := ""
	if u != nil {
		username = u.Username
	}
	all, err := tx.PasskeysOf(p.ID, username)
	if err != nil || u == nil || u.Status != userpool.Confirmed {
		return relyingParty, nil, err
	}
	return relyingParty, UsablePasskeys(all, relyingParty), nil
}

// PasskeyProof is a verified response.
type PasskeyProof struct {
	// UserVerified is whether the authenticator verified the user, so that the
	// passkey may count as two factors.
	UserVerified bool
	// Attachment is platform, cross-platform or empty.
	Attachment string
	used       *userpool.Passkey
	count      uint32
	backedUp   bool
}

var passkeyRefused = fault.IncorrectUsernameOrPassword

// VerifyPasskey verifies CREDENTIAL, the response to a request. Every refusal
// is the same error, after the same work with and without a user. The caller is
// responsible for the lock-out and for redeeming the request once.
func (f *Flow) VerifyPasskey(
	ctx context.Context, p *userpool.Pool, u *userpool.User, q PasskeyRequest, credential string,
) (PasskeyProof, error) {
	response, err := passkey.ParseAssertion([]byte(credential))
	if err != nil {
		return PasskeyProof{}, passkeyRefused.WithCause(err)
	}
	var known *userpool.Passkey
	stored := passkey.Credential{ID: response.CredentialID(), PublicKey: decoyKey}
	handle := ""
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		relyingParty, usable, err := f.signInPasskeys(tx, p, u)
		i := slices.IndexFunc(usable, func(c passkey.Credential) bool { return string(c.ID) == string(stored.ID) })
		if err != nil || i < 0 || relyingParty != q.RelyingParty {
			return err
		}
		stored, handle = usable[i], u.Sub
		known = &userpool.Passkey{
			PoolID: p.ID, Username: u.Username, RelyingParty: relyingParty,
			CredentialID: stored.ID, SignCount: stored.SignCount,
		}
		return nil
	})
	if err != nil {
		return PasskeyProof{}, err
	}
	proof, err := ceremony(p, q.RelyingParty, q.Challenge).VerifyAssertion(response, stored, handle)
	if err != nil || known == nil {
		return PasskeyProof{}, passkeyRefused.WithCause(err)
	}
	return PasskeyProof{proof.UserVerified, proof.Attachment, known, proof.SignCount, proof.BackedUp}, nil
}

// Redeem advances the stored counter, in the Update of the sign-in. It returns
// an error if a concurrent proof has advanced the counter, or if the passkey
// has been removed.
func (p PasskeyProof) Redeem(tx *store.Tx) error {
	moved, err := tx.AdvancePasskey(p.used, p.count, p.backedUp)
	if err == nil && !moved {
		return passkeyRefused
	}
	return err
}

// decoyPasskey returns a decoy with the traits of a passkey of a platform
// authenticator.
func (f *Flow) decoyPasskey(p *userpool.Pool, subject string) passkey.Credential {
	return passkey.Credential{
		ID: f.decoySubjects.MAC("passkey", p.ID, subject), Transports: []string{"internal", "hybrid"},
	}
}

// decoyKey is the public key for responses without a stored passkey: the
// generator of P-256. Such responses are refused even if the signature is
// right.
var decoyKey = func() []byte {
	const (
		x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
	)
	key, err := hex.DecodeString("a5010203262001215820" + x + "225820" + y)
	if err != nil {
		panic(err)
	}
	return key
}()
