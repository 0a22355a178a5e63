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

// Format writes "[redacted]" for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// minKey is the minimum number of bytes in the specification.
const minKey = 24

// ParseKey parses a secret: base64, with or without the prefix whsec_.
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

// Sign returns the signature of a request. seconds is Unix time.
func (k Key) Sign(id string, seconds int64, body []byte) string {
	h := hmac.New(sha256.New, k)
	fmt.Fprintf(h, "%s.%d.", id, seconds)
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// SetHeaders sets the headers of a request with a JSON body: its id, its time,
// and one signature for each key. There are two keys while one replaces the
// other, and none if the receiver does not verify requests. Use the same id
// for every attempt to deliver a message.
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
