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

// pendingDevice is the key of the stored Session of a user's device at a
// client.
func pendingDevice(c *userpool.Client, username, key string) *userpool.PendingChallenge {
	handle := sha256.Sum256(seal.Bind(challengeDevice, c.ID, username, key))
	return &userpool.PendingChallenge{PoolID: c.PoolID, ClientID: c.ID, Username: username, Handle: handle[:]}
}

// keepSession adds a write that stores the Session of DEVICE_SRP_AUTH, for
// clients that answer without it. The Session can be used once, sent or stored.
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

// findSession adds the stored Session to an answer to DEVICE_SRP_AUTH without
// one. The samples of AWS's guide send no Session. After a second factor,
// amazon-cognito-identity-js sends the Session with which it answered the
// factor; that shows that the sign-in is the sender's.
//
// Without any Session nothing in the answer shows that: a caller with the
// device's secret could answer between the user's password and the user's own
// answer. Such an answer must therefore come from the address of the previous
// call, or from a server with credentials (Admin). See docs/divergences DV-6
// and DV-7.
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

// keptSession returns the stored Session of the user and the device that the
// answer names, or nil. An unknown user takes as many reads.
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
