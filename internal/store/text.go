package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// ValidText reports whether s can be stored: PostgreSQL accepts neither U+0000
// nor invalid UTF-8. Callers must refuse other text from outside.
func ValidText(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

var errText = errors.New("store: text with U+0000 or invalid UTF-8 cannot be written")

// textual makes both engines treat text alike that only SQLite could store: a
// SELECT with such an argument returns no rows, any other statement fails.
type textual struct{ engine.Conn }

// Exec implements engine.Conn.
func (c textual) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if slices.ContainsFunc(args, invalid) {
		return 0, errText
	}
	return c.Conn.Exec(ctx, sql, args...)
}

// Queue implements engine.Conn.
func (c textual) Queue(ctx context.Context, done engine.Done, sql string, args ...any) error {
	if slices.ContainsFunc(args, invalid) {
		return errText
	}
	return c.Conn.Queue(ctx, done, sql, args...)
}

// Each implements engine.Conn.
func (c textual) Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error {
	switch {
	case !slices.ContainsFunc(args, invalid):
		return c.Conn.Each(ctx, row, sql, args...)
	case strings.HasPrefix(sql, "SELECT "):
		return nil
	}
	return errText
}

func invalid(arg any) bool {
	s, ok := arg.(string)
	return ok && !ValidText(s)
}
