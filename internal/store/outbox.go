package store

import (
	"cmp"
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func messageOf(poolID, id string) place { return place{poolID, "outbox", id, "sealed"} }

// Enqueue adds a message to the outbox. It is delivered after this Update has
// committed. Enqueue sets the message's ID and Created if they are empty.
func (tx *Tx) Enqueue(m *userpool.Message) error {
	changing(tx, m)
	if m.ID == "" {
		m.ID = tx.db.entropy.UUID()
	}
	if m.Created.IsZero() {
		m.Created = tx.Now
	}
	plain, err := record.Message.Encode(*m, nil)
	if err != nil {
		return err
	}
	sealed, err := tx.seal(messageOf(m.PoolID, m.ID), plain)
	if err != nil {
		return err
	}
	err = tx.queue(`INSERT INTO outbox (pool_id, message_id, dead, due, attempts, created, lane, username, expires, sealed)
		VALUES ($1, $2, 0, $3, 0, $4, $5, $6, $7, $8)`,
		m.PoolID, m.ID, millis(tx.Now), millis(m.Created), m.Lane(), cmp.Or(m.Owner, m.Username),
		millis(m.Expires()), sealed)
	tx.enqueued = true
	return err
}

// Outbox is the queue of messages; it implements after.Queue.
type Outbox struct{ db *DB }

// Message is a claimed message.
type Message = after.Job[userpool.Message]

// Outbox returns the queue of messages.
func (db *DB) Outbox() Outbox { return Outbox{db} }

// Wake returns a channel that receives when a message was enqueued on this node.
func (o Outbox) Wake() <-chan struct{} { return o.db.wake }

// Claim leases messages that are due, in the order in which their codes expire.
// See after.Queue.
func (o Outbox) Claim(
	ctx context.Context, held map[string]int, room int, lease time.Duration,
) (claimed []Message, err error) {
	lanes, err := o.db.lanes(ctx)
	if err != nil {
		return nil, err
	}
	for _, lane := range lanes {
		free := room - held[lane]
		if free <= 0 {
			continue
		}
		var got []Message
		err := o.db.Update(ctx, func(tx *Tx) error {
			got = nil
			return tx.claim(lane, free, lease, func(m Message) { got = append(got, m) })
		})
		if err != nil {
			return claimed, err
		}
		claimed = append(claimed, got...)
	}
	return claimed, nil
}

// lanes returns the lanes that have messages which wait or are being sent. It
// runs one index lookup per lane, however many messages there are.
func (db *DB) lanes(ctx context.Context) (lanes []string, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		last, found := "", true
		for found {
			found = false
			err := tx.each(func(scan func(...any) error) error {
				found = true
				return scan(&last)
			}, `SELECT lane FROM outbox WHERE dead = 0 AND lane > $1 ORDER BY lane LIMIT 1`, last)
			if err != nil {
				return err
			}
			if found {
				lanes = append(lanes, last)
			}
		}
		return nil
	})
	return lanes, err
}

// claim leases messages that are due. It calls claimed for each one before the
// Update ends.
func (tx *Tx) claim(lane string, limit int, lease time.Duration, claimed func(Message)) error {
	due, err := tx.dueMessages(lane, limit)
	if err != nil {
		return err
	}
	for _, m := range due {
		// Compare and set the claim: of two workers one succeeds.
		leased := func(rows int64, err error) error {
			if err == nil && rows == 1 {
				m.Claim++
				m.Leased = tx.Now.Add(lease)
				claimed(m)
			}
			return err
		}
		err := tx.queueThen(leased, `UPDATE outbox SET due = $1, claim = claim + 1
			WHERE pool_id = $2 AND message_id = $3
			AND claim = $4`,
			millis(tx.Now.Add(lease)), m.Item.PoolID, m.ID, m.Claim)
		if err != nil {
			return err
		}
	}
	return nil
}

// sealedMessage is a row of the outbox before it is opened.
type sealedMessage struct {
	poolID, id           string
	due, attempts, claim int64
	sealed               []byte
}

// sealedMessages reads rows of the outbox.
func (tx *Tx) sealedMessages(where string, args ...any) (rows []sealedMessage, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var r sealedMessage
		err := scan(&r.poolID, &r.id, &r.due, &r.attempts, &r.claim, &r.sealed)
		rows = append(rows, r)
		return err
	}, `SELECT pool_id, message_id, due, attempts, claim, sealed FROM outbox WHERE `+where, args...)
	return rows, err
}

func (tx *Tx) dueMessages(lane string, limit int) ([]Message, error) {
	rows, err := tx.sealedMessages(`dead = 0 AND lane = $1 AND due <= $2 ORDER BY expires, due LIMIT $3`, lane,
		millis(tx.Now), int64(limit))
	if err != nil {
		return nil, err
	}
	messages := make([]Message, 0, len(rows))
	for _, r := range rows {
		m, err := tx.openMessage(r)
		if err != nil {
			// A row that cannot be read must not block the others.
			tx.db.log.Error("a message in the outbox cannot be opened; it is now a dead message", "pool", r.poolID,
				"message", r.id, "error", err)
			if err := tx.queue(`UPDATE outbox SET dead = 1, due = $1 WHERE pool_id = $2 AND message_id = $3`,
				millis(tx.Now), r.poolID, r.id); err != nil {
				return nil, err
			}
			continue
		}
		messages = append(messages, Message{
			Item: m, ID: m.ID, Lane: lane, Attempts: m.Attempts, Claim: r.claim, Expires: m.Expires(),
		})
	}
	return messages, nil
}

func (tx *Tx) openMessage(r sealedMessage) (m userpool.Message, err error) {
	plain, err := tx.open(messageOf(r.poolID, r.id), r.sealed)
	if err != nil {
		return m, err
	}
	err = record.Message.Decode(plain, &m)
	m.Attempts = int(r.attempts)
	return m, err
}

// Renew extends the lease of a message to that long from now, and returns its
// end.
func (o Outbox) Renew(ctx context.Context, m Message, lease time.Duration) (until time.Time, err error) {
	err = o.db.Update(ctx, func(tx *Tx) error {
		until = tx.Now.Add(lease)
		return tx.held(m, `UPDATE outbox SET due = $4`, millis(until))
	})
	return until, err
}

// Retry makes a message due again at the given time, and records its attempts.
func (o Outbox) Retry(ctx context.Context, m Message, at time.Time) error {
	return o.db.Update(ctx, func(tx *Tx) error {
		return tx.held(m, `UPDATE outbox SET due = $4, attempts = $5`, millis(at), int64(m.Attempts))
	})
}

// MarkDead marks a message as dead. Its row is kept until it is retried, purged or
// swept.
func (o Outbox) MarkDead(ctx context.Context, m Message) error {
	return o.db.Update(ctx, func(tx *Tx) error {
		return tx.held(m, `UPDATE outbox SET dead = 1, due = $4, attempts = $5`, millis(tx.Now), int64(m.Attempts))
	})
}

// whereHeld selects the row of a message if its claim is still the current one.
const whereHeld = ` WHERE pool_id = $1 AND message_id = $2 AND claim = $3 AND dead = 0`

// held changes the row of a message if its claim is still the current one;
// otherwise it returns after.ErrLost. change is the beginning of the statement.
// Its parameters are numbered from $4.
func (tx *Tx) held(m Message, change string, args ...any) error {
	current := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return after.ErrLost
		}
		return err
	}
	return tx.queueThen(current, change+whereHeld, append([]any{m.Item.PoolID, m.ID, m.Claim}, args...)...)
}
