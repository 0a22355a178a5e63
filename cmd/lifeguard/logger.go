package main

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

// newLogger returns a logger of structured lines, coloured on a terminal, and
// makes it slog's default.
func newLogger(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	var h slog.Handler
	switch f, isFile := w.(*os.File); {
	case format == "json":
		h = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})
	case isFile && isatty.IsTerminal(f.Fd()):
		h = tint.NewTextHandler(w, &tint.Options{Level: l, TimeFormat: time.TimeOnly})
	default:
		h = slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})
	}
	log := slog.New(h)
	slog.SetDefault(log)
	return log
}
