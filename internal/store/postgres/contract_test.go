package postgres_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine/enginetest"
	"github.com/lifeguard-auth/lifeguard/internal/store/postgres"
)

func TestContract(t *testing.T) {
	_, database := open(t)
	enginetest.Run(t, func(t *testing.T) (engine.Engine, func() engine.Engine) {
		again := func() engine.Engine {
			e, err := postgres.Open(t.Context(), database, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			return e
		}
		return again(), again
	})
}
