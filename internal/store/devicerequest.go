package store

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// deviceKept is how long the row of a request is kept after its codes have
// expired. The column expires includes it.
const deviceKept = 10 * time.Minute

// openDevice is the condition for a request that waits for its user. Its
// argument is openSince.
const openDevice = `state = 'pending' AND expires > `

// openSince returns the value of the column expires above which codes are valid.
func (tx *Tx) openSince() int64 { return millis(tx.Now.Add(deviceKept)) }

// InsertDeviceRequest stores a request.
func (tx *Tx) InsertDeviceRequest(r *userpool.DeviceRequest) error {
	doc, err := record.DeviceRequest.Encode(r.DeviceRequestTerms, nil)
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO device_request (pool_id, mac, client_id, user_mac, state, next_poll, expires, doc)
		VALUES ($1, $2, $3, $4, 'pending', 0, $5, $6)`,
		r.PoolID, r.MAC, r.ClientID, r.UserMAC, millis(r.Expires.Add(deviceKept)), string(doc))
}

// DeviceRequest returns a request that waits for its user, or nil.
func (tx *Tx) DeviceRequest(poolID, clientID string, mac []byte) (*userpool.DeviceRequest, error) {
	found, err := tx.deviceRequests(`pool_id = $1 AND client_id = $2 AND mac = $3 AND `+openDevice+`$4`,
		poolID, clientID, mac, tx.openSince())
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// DeviceRequestOfUserCode returns the request of any pool that waits for its user
// and has the user code, or nil. It returns nil, too, if two have it: neither can
// be meant with certainty.
func (tx *Tx) DeviceRequestOfUserCode(userMAC []byte) (*userpool.DeviceRequest, error) {
	found, err := tx.deviceRequests(`user_mac = $1 AND `+openDevice+`$2 LIMIT 2`, userMAC, tx.openSince())
	if err != nil || len(found) != 1 {
		return nil, err
	}
	return found[0], nil
}

func (tx *Tx) deviceRequests(where string, args ...any) (found []*userpool.DeviceRequest, err error) {
	err = tx.each(func(scan func(...any) error) error {
		r := &userpool.DeviceRequest{}
		var expires int64
		var doc string
		if err := scan(&r.PoolID, &r.ClientID, &r.MAC, &r.UserMAC, &expires, &doc); err != nil {
			return err
		}
		r.Expires = fromMillis(expires).Add(-deviceKept)
		found = append(found, r)
		return record.DeviceRequest.Decode([]byte(doc), &r.DeviceRequestTerms)
	}, `SELECT pool_id, client_id, mac, user_mac, expires, doc FROM device_request WHERE `+where, args...)
	return found, err
}

// DecideDeviceRequest sets the state of a request that waits for its user. It is
// one statement: of any number of parallel calls, decided is true for one. It is
// false if there is no such request, or if it has expired.
func (tx *Tx) DecideDeviceRequest(
	poolID, clientID string, mac []byte, state userpool.DeviceState,
) (decided bool, err error) {
	n, err := tx.exec(`UPDATE device_request SET state = $1
		WHERE pool_id = $2 AND client_id = $3 AND mac = $4 AND `+openDevice+`$5`,
		string(state), poolID, clientID, mac, tx.openSince())
	return n == 1, err
}

// PollDeviceRequest returns the state of a request of the client. It is one
// statement: of any number of parallel calls within DevicePollInterval, one gets
// another state than DeviceTooSoon.
func (tx *Tx) PollDeviceRequest(poolID, clientID string, mac []byte) (userpool.DeviceState, error) {
	var state string
	var expires int64
	polled, err := tx.one([]any{&state, &expires}, `UPDATE device_request SET next_poll = $1
		WHERE pool_id = $2 AND client_id = $3 AND mac = $4 AND next_poll <= $5 RETURNING state, expires`,
		millis(tx.Now.Add(userpool.DevicePollInterval)), poolID, clientID, mac, millis(tx.Now))
	if err != nil {
		return "", err
	}
	if polled && state == string(userpool.DevicePending) && expires <= tx.openSince() {
		return userpool.DeviceExpired, nil
	}
	if polled {
		return userpool.DeviceState(state), nil
	}
	var one int64
	known, err := tx.one([]any{&one}, `SELECT 1 FROM device_request WHERE pool_id = $1 AND client_id = $2 AND mac = $3`,
		poolID, clientID, mac)
	if err != nil || !known {
		return userpool.DeviceUnknown, err
	}
	return userpool.DeviceTooSoon, nil
}
