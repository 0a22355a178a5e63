package lifeguard

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// Config is everything a server can be told; see its fields.
type Config = config.Config

// FieldError is how Open refuses a setting: it names the field and the cure.
type FieldError = config.FieldError

// The modes of a server.
const (
	Serve = config.Serve
	Dev   = config.Dev
)

// Server is a running Lifeguard; the caller owns the listener.
type Server struct{ inner *server.Server }

// Open checks the configuration, opens the store, migrating it if need be,
// and starts the background jobs. It logs to slog's default logger. A setting
// that cannot be is a *FieldError.
func Open(ctx context.Context, c Config) (*Server, error) {
	c, err := c.Complete()
	if err != nil {
		return nil, err
	}
	s, err := server.New(ctx, c, server.Parts{Log: slog.Default()})
	if err != nil {
		return nil, err
	}
	return &Server{inner: s}, nil
}

// Handler serves the API and the public documents.
func (s *Server) Handler() http.Handler { return s.inner.Handler() }

// Close stops the background jobs and closes the store. Drain requests first.
func (s *Server) Close() error { return s.inner.Close() }
