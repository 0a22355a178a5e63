package signin

import (
	"context"
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The challenges of devices.
const (
	challengeDevice         = "DEVICE_SRP_AUTH"
	challengeDeviceVerifier = "DEVICE_PASSWORD_VERIFIER"

	deviceBlockType = "device-secret-block"
	// longestDeviceKey is the maximum length of the model's DeviceKeyType.
	longestDeviceKey = 55
)

// NewDevice is the data that a client needs to confirm a new device
// (NewDeviceMetadata).
type NewDevice struct{ Key, GroupKey string }

// namedDevice is a DEVICE_KEY that the client sent in any call of a sign-in.
type namedDevice struct {
	key string
	// now is whether it was sent with this call, which then may be refused
	// because of it.
	now bool
}

// noteDeviceKey uses the DEVICE_KEY of this call, else before, the key of the
// earlier call. A client repeats its answer without the key if the device is
// unknown, so an unknown key of an earlier call is ignored.
func (a *attempt) noteDeviceKey(params map[string]string, before string) {
	a.named = namedDevice{params[paramDeviceKey], true}
	if a.named.key == "" {
		a.named = namedDevice{before, false}
	}
	a.named.key = fault.Clip(a.named.key, longestDeviceKey) // a longer key is unknown anyway
}

// resumeDevice restores the device of a Session. A device that has been
// verified stays the device of the sign-in.
func (a *attempt) resumeDevice(responses map[string]string, p record.Session) {
	a.noteDeviceKey(responses, p.DeviceKey)
	if device(p.Device) == deviceVerified {
		a.device, a.deviceKey, a.named = deviceVerified, p.DeviceKey, namedDevice{p.DeviceKey, false}
	}
}

// findDevice reads the device that the client named, after the first factor
// only: other callers must not learn which devices exist. A confirmed device
// that is not remembered is ignored. Source: guide page
// amazon-cognito-user-pools-device-tracking. See docs/divergences DV-4.
func (e *Engine) findDevice(ctx context.Context, a *attempt) error {
	if a.device == deviceVerified {
		// It may have replaced a second factor, which does not follow.
		_, err := e.provableDevice(ctx, a, a.deviceKey)
		if a.page {
			return fault.SessionInvalid.ReplacingKind(fault.ResourceNotFound, err)
		}
		return err
	}
	a.device, a.deviceKey = deviceNone, ""
	if _, blocked := a.situation().blocked(); blocked || !a.pool.TracksDevices() {
		return nil
	}
	if a.page {
		return e.findPageDevice(ctx, a)
	}
	if a.named.key == "" {
		return nil
	}
	d, err := e.deviceNow(ctx, a, a.named.key)
	switch {
	case errors.Is(err, fault.ResourceNotFound) && !a.named.now:
		return nil
	case err != nil:
		return err
	case d.Verifiable():
		a.device = deviceNamed
	}
	a.deviceKey = d.ID
	return nil
}

func (e *Engine) deviceNow(ctx context.Context, a *attempt, key string) (d *userpool.Device, err error) {
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		d, err = tx.Device(a.pool.ID, a.user.Username, key)
		return err
	})
	return d, err
}

// provableDevice returns the device if it can be verified now.
func (e *Engine) provableDevice(ctx context.Context, a *attempt, key string) (*userpool.Device, error) {
	if !a.pool.TracksDevices() || a.first == proofNone {
		return nil, fault.SessionInvalid
	}
	d, err := e.deviceNow(ctx, a, key)
	if err == nil && !d.Verifiable() {
		err = notRemembered
	}
	return d, err
}

var notRemembered = fault.SessionInvalid.WithCause(errors.New("the device is not remembered"))

// answerDevice is the first step of the SRP exchange of a device.
func (e *Engine) answerDevice(ctx context.Context, in *Answer) (Outcome, error) {
	if err := checkSRPA(in.Responses[paramSRPA]); err != nil {
		return Outcome{}, err
	}
	if err := e.findSession(ctx, in); err != nil {
		return Outcome{}, err
	}
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	d, err := e.provableDevice(ctx, a, a.named.key)
	if err != nil {
		return Outcome{}, err
	}
	a.device = deviceNamed
	v := srp.Verifier{Salt: d.Salt, V: d.Verifier}
	eph, err := srp.NewEphemeral(e.Entropy, v)
	if err != nil {
		return Outcome{}, err
	}
	// The block holds the state of the sign-in too: clients need not send the
	// Session.
	payload, err := record.SealedDeviceBlock.Encode(record.DeviceBlock{
		SRPExchange: record.SRPExchange{Secret: eph.Secret, Public: eph.PublicBytes(), A: in.Responses[paramSRPA]},
		Progress:    a.progress(challengeDeviceVerifier),
	}, slices.Concat([]byte(`{"p":`), a.opened, []byte("}")))
	if err != nil {
		return Outcome{}, err
	}
	sealed, err := e.sealPayload(a, deviceBlockType, a.user.Username, payload)
	if err != nil {
		return Outcome{}, err
	}
	return e.prompt(ctx, a, challengeDeviceVerifier, map[string]string{
		paramSalt: v.SaltHex(), paramSRPB: eph.PublicHex(), paramBlock: sealed,
		paramUsername: a.user.Username, paramDeviceKey: d.ID,
	})
}

// answerDeviceVerifier is the second step. It consumes the block, right or
// wrong.
func (e *Engine) answerDeviceVerifier(ctx context.Context, in *Answer) (Outcome, error) {
	sealed, err := e.openBlock(ctx, in, deviceBlockType)
	if err != nil {
		return Outcome{}, err
	}
	var b record.DeviceBlock
	if err := record.SealedDeviceBlock.Decode(sealed.Payload, &b); err != nil {
		return Outcome{}, err
	}
	a, err := e.resumeSealed(ctx, in, sealed, b.Progress)
	if err != nil {
		return Outcome{}, err
	}
	if a.opened, err = record.ProgressOf(sealed.Payload); err != nil {
		return Outcome{}, err
	}
	if err := a.checkSecretHash(in.Responses); err != nil {
		return Outcome{}, err
	}
	d, err := e.provableDevice(ctx, a, b.Progress.DeviceKey)
	if err != nil {
		return Outcome{}, err
	}
	first := a.first
	err = e.requireProof(ctx, a, func() (bool, error) {
		claim := srp.Claim{Pool: d.GroupKey, User: d.ID}
		right := e.verifyExchange(b.SRPExchange, srp.Verifier{Salt: d.Salt, V: d.Verifier}, claim, in.Responses)
		return right && in.Responses[paramDeviceKey] == d.ID, nil
	})
	if err != nil {
		return Outcome{}, err
	}
	a.first, a.device, a.deviceKey, a.named = first, deviceVerified, d.ID, namedDevice{d.ID, false}
	a.writes = append(a.writes, useDevice(ctx, a, d.ID))
	return e.proceed(ctx, a)
}

// useDevice records a sign-in at the device, which must still be remembered.
func useDevice(ctx context.Context, a *attempt, key string) func(*store.Tx) error {
	from := token.PeerOf(ctx).Address
	return func(tx *store.Tx) error {
		d, err := tx.Device(a.pool.ID, a.user.Username, key)
		if err != nil {
			return err
		}
		if !d.Verifiable() {
			return notRemembered
		}
		d.LastIP, d.Authenticated = from, a.at
		return tx.UpdateDevice(d)
	}
}

// newDevice returns a key for an unknown device, if the pool tracks devices,
// and sets the trigger source after a device was verified. The key belongs to
// no device until ConfirmDevice.
func (e *Engine) newDevice(a *attempt) *NewDevice {
	if a.device == deviceVerified {
		a.source = trigger.TokenGenerationAuthenticateDevice
	}
	if a.page || a.deviceKey != "" || !a.pool.TracksDevices() {
		return nil
	}
	a.deviceKey = e.newDeviceKey(a.pool)
	return &NewDevice{Key: a.deviceKey, GroupKey: e.Account.DeviceGroupKey(a.pool)}
}
