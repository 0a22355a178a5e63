package signin_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// BenchmarkAnswerSoftwareToken reports the end of a sign-in by an authenticator
// app in units of the two signatures that its tokens need; the session, the
// code and the write that spends both are the rest.
func BenchmarkAnswerSoftwareToken(b *testing.B) {
	db, clk := storetest.Open(b)
	w := newWorld(b, db, clk)
	w.offer(userpool.MFAOptional, "t")
	app := w.enrol()
	key, err := jose.GenerateSigningKey(entropy.System())
	if err != nil {
		b.Fatal(err)
	}
	claims := make([]byte, 600)
	began := time.Now()
	const rounds = 50
	for range rounds {
		if _, err := key.Sign(claims); err != nil {
			b.Fatal(err)
		}
	}
	floor := 2 * time.Since(began) / rounds
	for b.Loop() {
		b.StopTimer()
		clk.Advance(30 * time.Second)
		out := w.signInTo("SOFTWARE_TOKEN_MFA")
		code := app.Code(clk.Now())
		b.StartTimer()
		if _, err := w.submit(out, code); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(floor), "×floor")
}
