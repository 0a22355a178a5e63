package store

import "github.com/lifeguard-auth/lifeguard/internal/store/record"

// encodeOver encodes n as the replacement of the document that the query returns.
func encodeOver[N any](tx *Tx, k record.Kind[N], n N, query string, args ...any) ([]byte, error) {
	var stored string
	if _, err := tx.one([]any{&stored}, query, args...); err != nil {
		return nil, err
	}
	return k.Encode(n, []byte(stored))
}
