package standardwebhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Key signs requests. It prints as [redacted].
type Key []byte

// Format keeps every verb of fmt from printing the key.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// minKey is the least number of bytes that the specification asks for.
const minKey = 24

// ParseKey reads a secret: base64, with or without whsec_ before it.
func ParseKey(secret string) (Key, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, errors.New("a webhook secret is base64, after whsec_")
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("a webhook secret has at least %d bytes, not %d", minKey, len(key))
	}
	return key, nil
}

// Sign returns the signature of a request. Seconds are those of Unix time.
func (k Key) Sign(id string, seconds int64, body []byte) string {
	h := hmac.New(sha256.New, k)
	fmt.Fprintf(h, "%s.%d.", id, seconds)
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// SetHeaders identifies, dates and signs a request of JSON. Every key signs:
// there are two while one replaces the other, and none where the receiver
// need not know who asks. The id is the same for every attempt.
func SetHeaders(h http.Header, keys []Key, id string, now time.Time, body []byte) {
	h.Set("Content-Type", "application/json")
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	var signatures []string
	for _, k := range keys {
		signatures = append(signatures, k.Sign(id, now.Unix(), body))
	}
	if signatures != nil {
		h.Set("Webhook-Signature", strings.Join(signatures, " "))
	}
}
