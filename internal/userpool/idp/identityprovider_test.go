package idp

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestProvidersPrintWithoutSecrets(t *testing.T) {
	ip := &Provider{
		Resource: userpool.Resource{PoolID: "p", ID: "Corp"}, Type: OIDC,
		Details:    map[string]string{"client_secret": "PLANTED"},
		Encryption: &CertificateKey{PKCS8: []byte("PLANTED"), Certificate: []byte("c")},
	}
	signing := SigningCertificate{CertificateKey: *ip.Encryption}
	var printed bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, v := range []any{ip, *ip, ip.Encryption, signing, &signing} {
		log.Info("x", "v", v)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&printed, verb, v)
		}
	}
	if text := printed.String(); strings.Contains(text, "PLANTED") ||
		strings.Contains(text, fmt.Sprintf("%x", "PLANTED")) || strings.Contains(text, "UExBTlRFRA") ||
		!strings.Contains(text, "Corp") {
		t.Errorf("printed %s", text)
	}
}
