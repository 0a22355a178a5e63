package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk/esdktest"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

const devClient = "demopublicclient0000000000"

// kms sends one KMS request to the server.
func kms(t *testing.T, url, operation string, input any) (status int, answer map[string]any) {
	t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/_dev/kms/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

// A custom sender of the demonstration pool gets every message of its medium, and
// decrypts the code with the local KMS.
func TestCustomSenderInDev(t *testing.T) {
	events := make(chan []byte, 10)
	front := httptest.NewUnstartedServer(nil)
	c := config.Config{
		Mode: config.Dev, Data: ":memory:", Seed: true, Listen: front.Listener.Addr().String(),
		PublicURL: "http://" + front.Listener.Addr().String(),
	}
	c, err := c.Complete()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), c, server.Parts{
		Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock(),
		Functions: map[string]server.Function{"CustomEmailSender": func(
			_ context.Context, _ string, event []byte,
		) ([]byte, error) {
			events <- event
			return nil, nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s.Handler()
	front.Start()
	defer func() {
		front.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	signUp := `{"ClientId":"` + devClient +
		`","Username":"ann","Password":"Demo-Passw0rd","UserAttributes":[{"Name":"email","Value":"ann@example.com"}]}`
	if status, body := post(t, front.URL, "SignUp", signUp); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	var e struct {
		TriggerSource string
		UserPoolID    string `json:"userPoolId"`
		Request       struct{ Code []byte }
	}
	if err := json.Unmarshal(<-events, &e); err != nil || e.TriggerSource != "CustomEmailSender_SignUp" {
		t.Fatalf("%+v, %v", e, err)
	}
	m := esdktest.Open(t, e.Request.Code, func(m esdktest.Message) []byte {
		status, answer := kms(t, front.URL, "Decrypt",
			map[string]any{"CiphertextBlob": m.Wrapped, "EncryptionContext": m.Context, "KeyId": m.Info})
		if status != http.StatusOK || answer["KeyId"] != m.Info {
			t.Fatalf("%d %v", status, answer)
		}
		key, _ := base64.StdEncoding.DecodeString(answer["Plaintext"].(string))
		for name, q := range map[string]map[string]any{
			"InvalidCiphertextException": {
				"CiphertextBlob": m.Wrapped, "EncryptionContext": map[string]string{"userpool-id": "another"},
			},
			"IncorrectKeyException": {"CiphertextBlob": m.Wrapped, "EncryptionContext": m.Context, "KeyId": "another"},
		} {
			status, answer := kms(t, front.URL, "Decrypt", q)
			if status != http.StatusBadRequest || answer["__type"] != name {
				t.Errorf("%s: %d %v", name, status, answer)
			}
		}
		return key
	})
	confirm := fmt.Sprintf(`{"ClientId":"%s","Username":"ann","ConfirmationCode":"%s"}`, devClient, m.Plaintext)
	if status, body := post(t, front.URL, "ConfirmSignUp", confirm); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	if _, body := get(t, front.URL+"/_dev/messages"); strings.TrimSpace(body) != "[]" {
		t.Errorf("the built-in sender got it too: %s", body)
	}
	if m.Context["userpool-id"] != e.UserPoolID {
		t.Errorf("context %v", m.Context)
	}
}

func TestDevKMSRefuses(t *testing.T) {
	front := dev(t)
	if status, answer := kms(t, front.URL, "ScheduleKeyDeletion", map[string]any{}); status != http.StatusBadRequest ||
		answer["__type"] != "UnsupportedOperationException" {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer := kms(t, front.URL, "Decrypt", "x"); status != http.StatusBadRequest ||
		answer["__type"] != "SerializationException" {
		t.Errorf("%d %v", status, answer)
	}
	status, answer := kms(t, front.URL, "GenerateDataKey", map[string]any{"KeyId": "k"})
	if status != http.StatusOK || answer["KeyId"] != "arn:aws:kms:us-east-1:000000000000:key/k" ||
		answer["CiphertextBlob"] == nil {
		t.Errorf("%d %v", status, answer)
	}
	if status, body := post(t, serving(t).URL+"/_dev/kms", "", "{}"); status == http.StatusOK ||
		strings.Contains(body, "KMS") {
		t.Errorf("serve mode has a KMS: %d %s", status, body)
	}
}

// production starts a server in serve mode on a store with the demonstration pool,
// which a dev server has created.
func production(t *testing.T, c config.Config) *httptest.Server {
	t.Helper()
	c.Mode, c.Data, c.BehindProxy = config.Serve, t.TempDir(), true
	if c.Delivery == (config.Delivery{}) && c.SMTP.Addr == "" {
		c.Delivery = noSender
	}
	seeding, err := config.Config{Mode: config.Dev, Data: c.Data, Seed: true, PublicURL: "http://127.0.0.1"}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	seeded, err := server.New(t.Context(), seeding,
		server.Parts{Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock()})
	if err != nil {
		t.Fatal(err)
	}
	if err := seeded.Close(); err != nil {
		t.Fatal(err)
	}
	return start(t, c, io.Discard)
}

func signUpAt(t *testing.T, url, name string) (int, string) {
	t.Helper()
	return post(t, url, "SignUp", fmt.Sprintf(
		`{"ClientId":"%s","Username":"%s","Password":"Demo-Passw0rd","UserAttributes":[{"Name":"email",`+
			`"Value":"%[2]s@example.com"}]}`,
		devClient, name))
}

func TestServeDeliversByWebhook(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	key, err := standardwebhook.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan map[string]any, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m map[string]any
		_ = json.Unmarshal(body, &m)
		var seconds int64
		_, _ = fmt.Sscan(r.Header.Get("Webhook-Timestamp"), &seconds)
		if r.Header.Get("Webhook-Signature") != key.Sign(r.Header.Get("Webhook-Id"), seconds, body) {
			t.Error("the signature does not verify")
		}
		got <- m
	}))
	defer receiver.Close()
	front := production(t, config.Config{
		Delivery:              config.Delivery{Email: "webhook", Webhook: receiver.URL},
		Triggers:              config.Triggers{WebhookSecrets: []string{secret}},
		AllowPrivateAddresses: []string{"127.0.0.0/8"},
	})
	if status, body := signUpAt(t, front.URL, "ann"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if m := <-got; m["to"] != "ann@example.com" || m["occasion"] != "SignUp" || len(m["code"].(string)) != 6 {
		t.Errorf("%v", m)
	}
}

func TestSignUpFailsWithoutSender(t *testing.T) {
	front := production(t, config.Config{})
	status, body := signUpAt(t, front.URL, "ann")
	if status != http.StatusBadRequest || !strings.Contains(body, "CodeDeliveryFailureException") ||
		!strings.Contains(body, "Nothing is configured to send messages by EMAIL.") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := signUpAt(t, front.URL, "ann"); !strings.Contains(body, "CodeDeliveryFailureException") {
		t.Errorf("the refused user exists: %d %s", status, body)
	}
}

// A mail server that accepts connections and does not respond delays no request.
func TestHangingMailServerDelaysNoRequest(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	front := production(t,
		config.Config{SMTP: config.SMTP{Addr: silent.Addr().String(), TLS: "none", From: "no-reply@example.com"}})
	begun := time.Now()
	for i := range 20 {
		if status, body := signUpAt(t, front.URL, fmt.Sprintf("user%d", i)); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
	// Sign-ups that waited for the mail server would wait ten seconds each.
	if took := time.Since(begun); took > 100*time.Second {
		t.Errorf("20 sign-ups took %s", took)
	}
}
