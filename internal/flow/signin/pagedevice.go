package signin

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// PageDevice is what a browser holds of a remembered device of a user: the secret
// that an app keeps for DEVICE_PASSWORD_VERIFIER. See docs/divergences DV-30.
type PageDevice struct{ Sub, Key, Secret string }

// pageDevices are the devices that the browser of an attempt holds, and whether it is
// to be remembered after this sign-in.
type pageDevices struct {
	held     []PageDevice
	remember bool
}

// deviceSecretBytes is the length of a device's secret, as apps make it.
const deviceSecretBytes = 40

// findPageDevice verifies the browser's device of the attempt's user. A device that
// was forgotten, is not remembered or has another secret is ignored: the second factor
// follows. Nothing is counted, since pages pass only devices that this server has
// sealed.
func (e *Engine) findPageDevice(ctx context.Context, a *attempt) error {
	for _, held := range a.browser.held {
		if held.Sub != a.user.Sub {
			continue
		}
		d, err := e.deviceNow(ctx, a, held.Key)
		if errors.Is(err, fault.ResourceNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		v := srp.Verifier{Salt: d.Salt, V: d.Verifier}
		if d.Verifiable() && v.CheckPassword(d.GroupKey, d.ID, held.Secret) {
			a.device, a.deviceKey, a.named = deviceVerified, d.ID, namedDevice{d.ID, false}
			use := useDevice(ctx, a, d.ID)
			a.writes = append(a.writes, func(tx *store.Tx) error {
				return fault.SessionInvalid.ReplacingKind(fault.ResourceNotFound, use(tx))
			})
			return nil
		}
	}
	return nil
}

// remembers reports whether the browser becomes a remembered device by this sign-in:
// only after a second factor, which the device then replaces.
func (a *attempt) remembers() bool {
	return a.browser.remember && a.factorVerified && a.device != deviceVerified && a.pool.DeviceReplacesFactor()
}

// finishPage returns the proof of a sign-in on a page. It confirms the browser as a
// device if the user wants that.
func (e *Engine) finishPage(ctx context.Context, a *attempt) (Outcome, error) {
	if a.eventID == "" {
		a.eventID = e.Entropy.UUID()
	}
	p := &Proof{User: a.user, Credential: a.cred, At: a.at, EventID: a.eventID, Methods: a.methods}
	if a.remembers() {
		var err error
		if p.Device, err = e.confirmBrowser(ctx, a); err != nil {
			return Outcome{}, err
		}
		a.deviceKey = p.Device.Key
	}
	p.DeviceKey = a.deviceKey
	return Outcome{Proof: p}, nil
}

// confirmBrowser does what an app does to remember a device: it makes a secret,
// confirms the device with its verifier, and tells that the user has agreed.
func (e *Engine) confirmBrowser(ctx context.Context, a *attempt) (*PageDevice, error) {
	d := &PageDevice{
		Sub: a.user.Sub, Key: e.newDeviceKey(a.pool),
		Secret: base64.StdEncoding.EncodeToString(e.Entropy.Bytes(deviceSecretBytes)),
	}
	v, err := srp.NewVerifier(e.Entropy, e.Account.DeviceGroupKey(a.pool), d.Key, d.Secret)
	if err != nil {
		return nil, err
	}
	peer := token.PeerOf(ctx)
	_, err = e.Account.ConfirmDevice(ctx, account.DeviceConfirmation{
		Pool: a.pool, User: a.user, Issued: d.Key, SignedIn: a.at, Key: d.Key, Name: peer.Agent, IP: peer.Address,
		Salt: base64.StdEncoding.EncodeToString(v.Salt), Verifier: base64.StdEncoding.EncodeToString(v.V),
		Agreed: true,
	})
	return d, err
}

func (e *Engine) newDeviceKey(p *userpool.Pool) string { return p.Region + "_" + e.Entropy.UUID() }
