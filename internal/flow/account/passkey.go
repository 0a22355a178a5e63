package account

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Holder is a user who is signed in at a client, whose passkeys a flow reads or
// changes.
type Holder struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	User   *userpool.User
}

// StartPasskey starts a registration and returns the creation options, a JSON
// object. Source: API_StartWebAuthnRegistration.
func (f *Flow) StartPasskey(ctx context.Context, h Holder) (options []byte, err error) {
	challenge, err := passkey.NewChallenge(f.Entropy)
	if err != nil {
		return nil, err
	}
	err = f.Store.Update(ctx, func(tx *store.Tx) error {
		relyingParty, have, err := f.requireRegistrable(tx, h)
		if err != nil {
			return err
		}
		if relyingParty == "" {
			return userpool.NoRelyingParty
		}
		c := ceremony(h.Pool, relyingParty, challenge)
		options = c.CreationOptions(passkey.User{Handle: h.User.Sub, Name: h.User.Username},
			UsablePasskeys(have, relyingParty))
		return tx.PutPasskeyChallenge(userpool.PasskeyChallenge{
			PoolID: h.Pool.ID, Username: h.User.Username, ClientID: h.Client.ID, RelyingParty: relyingParty,
			Challenge: challenge, Expires: tx.Now.Add(userpool.PasskeyChallengeLifetime),
		})
	})
	return options, err
}

// requireRegistrable requires that the user may register a passkey, for both
// operations of a registration. It returns the relying party of the pool, empty
// if there is none, and the passkeys of the user.
func (f *Flow) requireRegistrable(tx *store.Tx, h Holder) (relyingParty string, have []*userpool.Passkey, err error) {
	if !h.Pool.AllowsPasskeys() {
		return "", nil, userpool.PasskeysNotEnabled
	}
	u, err := requireEnabled(tx, h.Pool, h.User)
	if err != nil {
		return "", nil, err
	}
	if u.Status == userpool.ExternalProvider {
		return "", nil, userpool.PasskeyOfFederatedUser
	}
	if relyingParty, err = f.RelyingParty(tx, h.Pool); err != nil {
		return "", nil, err
	}
	if have, err = tx.PasskeysOf(h.Pool.ID, u.Username); err != nil {
		return "", nil, err
	}
	return relyingParty, have, h.Pool.Quotas.FitOne(userpool.QuotaPasskeysPerUser, u.Username, len(have))
}

// CompletePasskey verifies the browser's response and stores the passkey under the
// name; if it is empty, under that of the authenticator. A challenge is consumed
// by one valid response; after a refused one another can be sent until the
// challenge expires. Source: API_CompleteWebAuthnRegistration.
func (f *Flow) CompletePasskey(ctx context.Context, h Holder, response []byte, name string) error {
	if utf8.RuneCountInString(name) > userpool.MaxPasskeyName {
		return userpool.PasskeyNameTooLong
	}
	parsed, err := passkey.ParseRegistration(response)
	if err != nil {
		return userpool.PasskeyMalformed.WithCause(err)
	}
	var pending *userpool.PasskeyChallenge
	err = f.Store.View(ctx, func(tx *store.Tx) (err error) {
		pending, err = f.registration(tx, h, parsed.Challenge())
		return err
	})
	if err != nil {
		return err
	}
	credential, err := ceremony(h.Pool, pending.RelyingParty, pending.Challenge).VerifyRegistration(parsed)
	if err != nil {
		return refusedRegistration(err)
	}
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := f.registration(tx, h, pending.Challenge); err != nil {
			return err
		}
		first, err := tx.RedeemPasskeyChallenge(pending)
		if err == nil && !first {
			return userpool.PasskeyChallengeUnknown
		}
		if err != nil {
			return err
		}
		made := newPasskey(h, pending.RelyingParty, credential)
		made.FriendlyName = cmp.Or(name, made.FriendlyName)
		return tx.InsertPasskey(made)
	})
}

// registration returns the pending registration of a response, and requires
// that this client may complete it now for the relying party of the pool.
func (f *Flow) registration(tx *store.Tx, h Holder, challenge []byte) (*userpool.PasskeyChallenge, error) {
	relyingParty, _, err := f.requireRegistrable(tx, h)
	if err != nil {
		return nil, err
	}
	c, err := tx.PasskeyChallenge(h.Pool.ID, h.User.Username, challenge)
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, userpool.PasskeyChallengeUnknown
	case c.ClientID != h.Client.ID:
		return nil, userpool.PasskeyOfOtherClient
	case c.RelyingParty != relyingParty:
		return nil, userpool.PasskeyRelyingParty
	}
	return c, nil
}

// refusedRegistration maps the errors of a response to faults.
func refusedRegistration(err error) error {
	for _, r := range []struct {
		is      error
		refusal *fault.Fault
	}{
		{passkey.ErrChallenge, userpool.PasskeyChallengeUnknown},
		{passkey.ErrOrigin, userpool.PasskeyOrigin},
		{passkey.ErrRelyingParty, userpool.PasskeyRelyingParty},
		{passkey.ErrNotSupported, userpool.PasskeyNotSupported},
		{passkey.ErrUserNotVerified, userpool.PasskeyNotSupported},
	} {
		if errors.Is(err, r.is) {
			return r.refusal.WithCause(err)
		}
	}
	return userpool.PasskeyMalformed.WithCause(err)
}

func newPasskey(h Holder, relyingParty string, c passkey.Credential) *userpool.Passkey {
	return &userpool.Passkey{
		PoolID: h.Pool.ID, Username: h.User.Username, RelyingParty: relyingParty,
		CredentialID: c.ID, PublicKey: c.PublicKey, SignCount: c.SignCount, BackedUp: c.BackedUp,
		PasskeyTraits: userpool.PasskeyTraits{
			FriendlyName: c.FriendlyName(), AAGUID: c.AAGUID, Attachment: c.Attachment, Transports: c.Transports,
			BackupEligible: c.BackupEligible, UserVerified: c.UserVerified,
		},
	}
}

// DeletePasskey removes a passkey by its id in lists. An unknown one, or one of
// another user, is userpool.NoSuchPasskey. Source:
// API_DeleteWebAuthnCredential.
func (f *Flow) DeletePasskey(ctx context.Context, h Holder, credentialID string) error {
	id, err := base64.RawURLEncoding.DecodeString(credentialID)
	if err != nil {
		return userpool.NoSuchPasskey
	}
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := requireEnabled(tx, h.Pool, h.User)
		if err != nil {
			return err
		}
		return tx.DeletePasskey(h.Pool.ID, u.Username, id)
	})
}

// Passkeys returns the passkeys of the user, oldest first.
func (f *Flow) Passkeys(ctx context.Context, h Holder) (all []*userpool.Passkey, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		all, err = tx.PasskeysOf(h.Pool.ID, h.User.Username)
		return err
	})
	return all, err
}

// RelyingParty returns the domain that is the relying party of a pool's
// passkeys; empty if there is none.
func (f *Flow) RelyingParty(tx *store.Tx, p *userpool.Pool) (string, error) {
	domains, err := tx.Domains(p.ID)
	if err != nil {
		return "", err
	}
	return p.RelyingParty(domains, func(d *userpool.Domain) string { return f.Addresses.HostOf(d, p) }), nil
}

func ceremony(p *userpool.Pool, relyingParty string, challenge []byte) passkey.Ceremony {
	c := passkey.Ceremony{Challenge: challenge, RelyingParty: relyingParty}
	if p.WebAuthn.RequiresUserVerification() {
		c.UserVerification = passkey.Required
	}
	return c
}

// UsablePasskeys returns the credentials of those passkeys that were made for
// the relying party.
func UsablePasskeys(all []*userpool.Passkey, relyingParty string) (usable []passkey.Credential) {
	for _, p := range all {
		if p.RelyingParty == relyingParty {
			usable = append(usable, Credential(p))
		}
	}
	return usable
}

// Credential converts a passkey to the form that a ceremony verifies with.
func Credential(p *userpool.Passkey) passkey.Credential {
	return passkey.Credential{
		ID: p.CredentialID, PublicKey: p.PublicKey, SignCount: p.SignCount, AAGUID: p.AAGUID, Attachment: p.Attachment,
		Transports: p.Transports, BackupEligible: p.BackupEligible, BackedUp: p.BackedUp, UserVerified: p.UserVerified,
	}
}
