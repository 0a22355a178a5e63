package sqlite_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine/enginetest"
)

func TestContract(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		enginetest.Run(t, func(t *testing.T) (engine.Engine, func() engine.Engine) { return open(t, ":memory:"), nil })
	})
	t.Run("file", func(t *testing.T) {
		enginetest.Run(t, func(t *testing.T) (engine.Engine, func() engine.Engine) {
			dir := t.TempDir()
			return open(t, dir), func() engine.Engine { return open(t, dir) }
		})
	})
}
