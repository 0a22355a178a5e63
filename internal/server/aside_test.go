package server

import (
	"log/slog"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// A CPU-heavy request releases its slot while it writes to PostgreSQL. With the
// embedded store it keeps the slot.
func TestUpdatesWaitAside(t *testing.T) {
	for name, engine := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			c, err := config.Config{
				Mode: config.Dev, Listen: "127.0.0.1:0", Data: engine.Dir, Database: engine.PostgresURL,
				MasterKey: engine.MasterKeys.Text(),
				PublicURL: "http://127.0.0.1",
			}.Complete()
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(t.Context(), c, Parts{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			admission := gate.NewAdmission(1, 0)
			request, leave, err := admission.Enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer leave()
			if err := s.store.Update(request, func(*store.Tx) error {
				_, leave, err := admission.Enter(t.Context())
				if err == nil {
					leave()
				}
				if aside := engine.PostgresURL != ""; (err == nil) != aside {
					t.Errorf("slot released %v, another request: %v", aside, err)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if _, _, err := admission.Enter(t.Context()); err == nil {
				t.Error("the request did not take its slot again")
			}
		})
	}
}
