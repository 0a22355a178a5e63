package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
)

var errReadOnly = errors.New("a View cannot write")

// ReadOnly is the Conn of a View. Statements that write fail, also on an engine
// whose Views have no transaction.
type ReadOnly struct {
	Rows interface {
		Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error
	}
}

// Exec implements Conn.
func (ReadOnly) Exec(context.Context, string, ...any) (int64, error) { return 0, errReadOnly }

// Queue implements Conn.
func (ReadOnly) Queue(context.Context, Done, string, ...any) error { return errReadOnly }

// Each implements Conn. It refuses statements that write and return rows.
func (c ReadOnly) Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error {
	verb, _, _ := strings.Cut(sql, " ")
	if slices.Contains([]string{"INSERT", "UPDATE", "DELETE"}, verb) {
		return errReadOnly
	}
	return c.Rows.Each(ctx, row, sql, args...)
}
