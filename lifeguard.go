package lifeguard

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

//go:generate go test -run ^TestGeneratedConfig$ . -update

// Complete returns the configuration with defaults filled in. A setting that is
// missing or invalid is a *FieldError. Open calls it.
func (c Config) Complete() (Config, error) {
	complete, err := convert[config.Config](c).Complete()
	return convert[Config](complete), err
}

// CheckStore checks only the fields that opening the store needs.
func (c Config) CheckStore() error { return convert[config.Config](c).CheckStore() }

// PrivateAddresses returns AllowPrivateAddresses of a complete configuration.
func (c Config) PrivateAddresses() []netip.Prefix {
	return convert[config.Config](c).PrivateAddresses()
}

// convert copies a struct into one whose fields have the same names and
// underlying types. A Go conversion requires nested structs of identical types.
func convert[To, From any](from From) (to To) {
	copyFields(reflect.ValueOf(&to).Elem(), reflect.ValueOf(from))
	return to
}

func copyFields(to, from reflect.Value) {
	for i := range from.NumField() {
		if field := from.Field(i); field.Kind() == reflect.Struct {
			copyFields(to.Field(i), field)
		} else {
			to.Field(i).Set(field.Convert(to.Field(i).Type()))
		}
	}
}

// FieldError reports a setting that is missing or invalid: Field is the name of
// the command's flag for it, Problem and Cure are one clause each.
type FieldError = config.FieldError

// Server is a running Lifeguard. The caller owns the listener.
type Server struct{ inner *server.Server }

// Open checks the configuration, opens and if necessary migrates the store, and
// starts the background jobs. It logs to slog.Default. A setting that is missing
// or invalid is a *FieldError. PublicURL is required in both modes, since Open
// cannot derive it: the caller has the listener.
func Open(ctx context.Context, c Config) (*Server, error) {
	complete, err := convert[config.Config](c).Complete()
	if err != nil {
		return nil, err
	}
	if complete.PublicURL == "" {
		return nil, &FieldError{
			Field: "public-url", Problem: "missing",
			Cure: "name the URL at which clients reach the server, for example http://127.0.0.1:9229",
		}
	}
	s, err := server.New(ctx, complete, server.Parts{Log: slog.Default()})
	if err != nil {
		return nil, err
	}
	return &Server{inner: s}, nil
}

// Handler serves the API, the OAuth endpoints, the sign-in pages and the public
// documents of pools.
func (s *Server) Handler() http.Handler { return s.inner.Handler() }

// Close stops the background jobs and closes the store. Call it after the last
// request has ended, see http.Server.Shutdown.
func (s *Server) Close() error { return s.inner.Close() }
