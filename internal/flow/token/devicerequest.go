package token

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ErrWrongUserCode is returned for a user code that no device waits with.
var ErrWrongUserCode = errors.New("no device waits with this user code")

// DeviceCodes are the codes of a new request of a device.
type DeviceCodes struct {
	DeviceCode, UserCode string
	ExpiresIn            time.Duration
}

// StartDevice stores a request of the device authorization grant and returns its
// codes, of which the store holds only keyed hashes. A client that has made too
// many requests gets fault.AttemptLimit. See docs/divergences OA-93.
func (i *Issuer) StartDevice(
	ctx context.Context, c *userpool.Client, terms userpool.DeviceRequestTerms,
) (DeviceCodes, error) {
	codes := DeviceCodes{
		DeviceCode: base64.RawURLEncoding.EncodeToString(i.entropy.Bytes(32)),
		UserCode:   i.entropy.Pick(userpool.UserCodeAlphabet, userpool.UserCodeLength),
		ExpiresIn:  userpool.DeviceRequestLifetime,
	}
	return codes, i.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CountAttempt(c.PoolID, "client:"+c.ID, userpool.AttemptDeviceRequest); err != nil {
			return err
		}
		return tx.InsertDeviceRequest(&userpool.DeviceRequest{
			PoolID: c.PoolID, ClientID: c.ID,
			MAC: i.deviceMAC(c.PoolID, codes.DeviceCode), UserMAC: i.devices.MAC("user", codes.UserCode),
			Expires: tx.Now.Add(codes.ExpiresIn), DeviceRequestTerms: terms,
		})
	})
}

func (i *Issuer) deviceMAC(poolID, deviceCode string) []byte {
	return i.devices.MAC("device", poolID, deviceCode)
}

// errRightCode rolls back the count of a guess.
var errRightCode = errors.New("the user code is right")

// FindDevice returns the request that waits with a user code. Wrong codes are
// counted by the browser and by its address; one over the limit is
// fault.AttemptLimit, and so is a right code then. A guess is counted before it is
// verified, so that parallel guesses are bounded too. poolID is the only pool
// whose codes are valid, or "". See docs/divergences OA-92.
func (i *Issuer) FindDevice(ctx context.Context, poolID, browser, userCode string) (*userpool.DeviceRequest, error) {
	var found *userpool.DeviceRequest
	of := sha256.Sum256([]byte(browser))
	address := network(PeerOf(ctx).Address)
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		for _, by := range []struct {
			attempt userpool.Attempt
			subject string
		}{
			{userpool.AttemptUserCodeOfBrowser, hex.EncodeToString(of[:])},
			{userpool.AttemptUserCodeOfAddress, address},
		} {
			if err := tx.CountAttempt("", by.subject, by.attempt); err != nil {
				return err
			}
		}
		var err error
		found, err = tx.DeviceRequestOfUserCode(i.devices.MAC("user", userCode))
		if err == nil && found != nil && (poolID == "" || poolID == found.PoolID) {
			err = errRightCode
		}
		return err
	})
	switch {
	case errors.Is(err, errRightCode):
		return found, nil
	case err != nil:
		return nil, err
	}
	return nil, ErrWrongUserCode
}

// network returns the network that an address is counted by: one customer has a
// whole /64 of IPv6.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// ApproveDevice grants a device request as IssueCode grants a code, with the same
// errors. It returns ErrWrongUserCode if the request has been decided or has
// expired.
func (i *Issuer) ApproveDevice(ctx context.Context, g Grant, terms userpool.AuthorizationTerms, mac []byte) error {
	terms.RedirectImplied = true
	return i.grant(ctx, g, terms, func(tx *store.Tx, a *userpool.Authorization) error {
		approved, err := tx.DecideDeviceRequest(g.Pool.ID, g.Client.ID, mac, userpool.DeviceApproved)
		if err == nil && !approved {
			err = ErrWrongUserCode
		}
		if err != nil {
			return err
		}
		return tx.InsertAuthorization(a, mac)
	})
}

// DenyDevice refuses a device request. It does nothing if the request has been
// decided or has expired.
func (i *Issuer) DenyDevice(ctx context.Context, c *userpool.Client, mac []byte) error {
	return i.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.DecideDeviceRequest(c.PoolID, c.ID, mac, userpool.DeviceDenied)
		return err
	})
}

// PollDevice returns the state of the request with a device code of the client.
func (i *Issuer) PollDevice(
	ctx context.Context, c *userpool.Client, deviceCode string,
) (state userpool.DeviceState, err error) {
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		state, err = tx.PollDeviceRequest(c.PoolID, c.ID, i.deviceMAC(c.PoolID, deviceCode))
		return err
	})
	return state, err
}

// RedeemDevice redeems the device code of an approved request, as RedeemCode does
// a code. resource narrows the access token; see Grant.Narrow.
func (i *Issuer) RedeemDevice(
	ctx context.Context, p *userpool.Pool, c *userpool.Client, deviceCode, resource string,
) (Grant, error) {
	return i.redeem(ctx, p, c, i.deviceMAC(p.ID, deviceCode), Redemption{Resource: resource})
}
