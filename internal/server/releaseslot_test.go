package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// A CPU-heavy request releases its slot while it writes to PostgreSQL. With the
// embedded store it keeps the slot.
func TestWaitingUpdatesReleaseSlots(t *testing.T) {
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
				if released := engine.PostgresURL != ""; (err == nil) != released {
					t.Errorf("slot released %v, another request: %v", released, err)
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

// Guesses at one user wait for each other without a slot: one that has written
// to PostgreSQL needs a slot to go on.
func TestGuessesAtOneUserFinish(t *testing.T) {
	for name, engine := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			c, err := config.Config{
				Mode: config.Dev, Listen: "127.0.0.1:0", Data: engine.Dir, Database: engine.PostgresURL,
				MasterKey: engine.MasterKeys.Text(), PublicURL: "http://127.0.0.1",
			}.Complete()
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(t.Context(), c, Parts{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			if err := s.Seed(t.Context()); err != nil {
				t.Fatal(err)
			}
			var guesses sync.WaitGroup
			for range 40 {
				guesses.Go(func() { // ends with the response
					r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/",
						strings.NewReader(`{"ClientId":"demopublicclient0000000000","AuthFlow":"USER_PASSWORD_AUTH",`+
							`"AuthParameters":{"USERNAME":"demo","PASSWORD":"Wrong-Passw0rd"}}`))
					r.Header.Set("Content-Type", "application/x-amz-json-1.1")
					r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
					w := httptest.NewRecorder()
					s.Handler().ServeHTTP(w, r)
					if body, _ := io.ReadAll(w.Body); !strings.Contains(string(body), "NotAuthorizedException") {
						t.Errorf("%d %s", w.Code, body)
					}
				})
			}
			guesses.Wait()
		})
	}
}
