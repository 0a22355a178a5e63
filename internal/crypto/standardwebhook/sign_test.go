package standardwebhook_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
)

// The vector of the specification's libraries.
const (
	secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	id        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	seconds   = 1614265330
	body      = `{"test": 2432232314}`
	signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestSign(t *testing.T) {
	for _, written := range []string{secret, secret[len("whsec_"):]} {
		k, err := standardwebhook.ParseKey(written)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Sign(id, seconds, []byte(body)); got != signature {
			t.Errorf("%s", got)
		}
		if text := fmt.Sprintf("%v %x", k, k); text != "[redacted] [redacted]" {
			t.Errorf("the key prints as %s", text)
		}
	}
}

func TestSetHeaders(t *testing.T) {
	k, err := standardwebhook.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	standardwebhook.SetHeaders(h, []standardwebhook.Key{k, k}, id, time.Unix(seconds, 0), []byte(body))
	if h.Get("Webhook-Id") != id || h.Get("Webhook-Timestamp") != "1614265330" ||
		h.Get("Webhook-Signature") != signature+" "+signature {
		t.Errorf("%v", h)
	}
	unsigned := http.Header{}
	standardwebhook.SetHeaders(unsigned, nil, id, time.Unix(seconds, 0), []byte(body))
	if unsigned.Get("Webhook-Id") != id || unsigned.Values("Webhook-Signature") != nil {
		t.Errorf("%v", unsigned)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	for _, written := range []string{"", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64"} {
		if _, err := standardwebhook.ParseKey(written); err == nil {
			t.Errorf("%q is accepted", written)
		}
	}
}
