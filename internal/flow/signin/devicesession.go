package signin

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// pendingDevice names the kept Session of a user's device at a client.
func pendingDevice(c *userpool.Client, username, key string) *userpool.PendingChallenge {
	handle := sha256.Sum256(seal.Bind(challengeDevice, c.ID, username, key))
	return &userpool.PendingChallenge{PoolID: c.PoolID, ClientID: c.ID, Username: username, Handle: handle[:]}
}

// keepSession adds to beat three that the Session of a DEVICE_SRP_AUTH is kept
// for clients that answer without it. The Session can be used once, however it
// is sent.
func (a *attempt) keepSession(ctx context.Context, session string, expires time.Time) error {
	state, err := record.DeviceChallengeState.Encode(record.DeviceChallenge{
		Session: session, EventID: a.eventID, Address: token.PeerOf(ctx).Address,
	}, nil)
	if err != nil {
		return err
	}
	c := pendingDevice(a.client, a.user.Username, a.named.key)
	c.Expires, c.State = expires, userpool.Secret(state)
	a.writes = append(a.writes, func(tx *store.Tx) error { return tx.PutPendingChallenge(c) })
	return nil
}

// findSession puts the kept Session into an answer to DEVICE_SRP_AUTH that
// comes without it. The samples of AWS's guide send none;
// amazon-cognito-identity-js sends, after a second factor, the one that it
// answered the factor with. That one proves that the sign-in is the sender's.
// Without any, nothing in the answer does: whoever has the device's secret
// could answer in the moment between the user's password and the user's own
// answer. Such an answer must therefore come from the address of the one before
// it, unless a server's credentials vouch for it.
// See docs/divergences DV-6 and DV-7.
func (e *Engine) findSession(ctx context.Context, in *Answer) error {
	var earlier record.Session
	if in.Session != "" {
		_, p, err := e.unseal(ctx, in.Session, seal.Token{Type: sessionType, Pool: in.Pool.ID, Client: in.Client.ID})
		if fault.Of(err) != nil || p.Challenge == challengeDevice {
			return nil // resume verifies it
		}
		if err != nil {
			return err
		}
		earlier = p
	} else if e.RequireDeviceSession {
		return nil
	}
	kept, err := e.keptSession(ctx, in)
	if err != nil || kept == nil {
		return err
	}
	same := kept.EventID == earlier.EventID
	if in.Session == "" {
		same = in.Admin || kept.Address == token.PeerOf(ctx).Address
	}
	if same {
		in.Session = kept.Session
	}
	return nil
}

// keptSession is nil where none is kept for the user and the device that the
// answer names. An unknown user takes as many reads.
func (e *Engine) keptSession(ctx context.Context, in *Answer) (kept *record.DeviceChallenge, err error) {
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		name := in.Pool.Fold(in.Responses[paramUsername])
		u, err := tx.User(in.Pool, in.Responses[paramUsername])
		if err == nil {
			name = u.Username
		} else if !errors.Is(err, fault.UserNotFound) {
			return err
		}
		state, found, err := tx.PendingChallengeState(pendingDevice(in.Client, name, in.Responses[paramDeviceKey]))
		if err != nil || !found {
			return err
		}
		kept = new(record.DeviceChallenge)
		return record.DeviceChallengeState.Decode([]byte(state.Reveal()), kept)
	})
	return kept, err
}
