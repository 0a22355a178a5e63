package signin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// An unknown user takes as long as a wrong password, where the client hides
// users. Attempts alternate and medians are compared, so that a busy machine
// slows both.
func TestUnknownUsersTakeAsLong(t *testing.T) {
	w := lone(t)
	w.choose("pek")
	flows := map[string]func(name string){
		"password": func(name string) { _, _ = w.byPassword(name, "Wrong-Pa55") },
		"SRP, first step": func(name string) {
			_, _ = w.start("USER_SRP_AUTH", map[string]string{"USERNAME": name, "SRP_A": "abc"})
		},
		"password, chosen": func(name string) { _, _ = w.begin(name, "PASSWORD", "PASSWORD", "Wrong-Pa55") },
		"the list":         func(name string) { _, _ = w.begin(name, "") },
		"a mailed code": func(name string) {
			w.clk.Advance(time.Hour) // or else it is refused the 21st time
			_, _ = w.begin(name, "EMAIL_OTP")
		},
	}
	for flow, try := range flows {
		// A difference that is real shows every time; a busy machine's does not.
		var known, unknown time.Duration
		alike := false
		for round := 0; round < 4 && !alike; round++ {
			known, unknown = w.compare(try)
			ratio := float64(unknown) / float64(known)
			alike = ratio > 0.67 && ratio < 1.5
		}
		if !alike {
			t.Errorf("%s: %v for a known user, %v for an unknown one", flow, known, unknown)
		}
	}
}

// compare returns the medians for a known and for an unknown user.
func (w *world) compare(try func(name string)) (known, unknown time.Duration) {
	took := map[string][]time.Duration{}
	for range 60 {
		for _, name := range []string{"ann", "nobody"} {
			w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, name) })
			begun := time.Now()
			try(name)
			took[name] = append(took[name], time.Since(begun))
		}
	}
	return median(took["ann"]), median(took["nobody"])
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
