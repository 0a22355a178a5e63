package signin_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// BenchmarkAnswerSoftwareToken measures the answer to SOFTWARE_TOKEN_MFA as a
// multiple of the time for the two signatures of its tokens. The rest is the
// Session, the code and the write that consumes both.
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
