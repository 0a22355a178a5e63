package awskms_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk/awssdktest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms/awskms"
)

var _ kms.Keys = (*awskms.Keys)(nil)

const arn = "arn:aws:kms:eu-central-1:111122223333:key/a6c4f8e2"

func keys(t *testing.T, answer http.HandlerFunc) *awskms.Keys {
	t.Helper()
	return awskms.New(awssdktest.Config(t, answer))
}

func TestGenerateDataKey(t *testing.T) {
	var sent map[string]any
	k := keys(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &sent)
		if r.Header.Get("X-Amz-Target") != "TrentService.GenerateDataKey" ||
			!strings.Contains(r.Header.Get("Authorization"), "AKIDEXAMPLE/") ||
			!strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/kms/") {
			t.Errorf("%s signed %s", r.Header.Get("X-Amz-Target"), r.Header.Get("Authorization"))
		}
		_, _ = w.Write([]byte(`{"KeyId":"` + arn +
			`","Plaintext":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","CiphertextBlob":"d3JhcHBlZA=="}`))
	})
	made, err := k.GenerateDataKey(t.Context(), arn, map[string]string{"userpool-id": "us-east-1_A"})
	if err != nil || made.KeyARN != arn || len(made.Plaintext) != 32 || made.Plaintext[31] != 31 ||
		string(made.Wrapped) != "wrapped" {
		t.Errorf("%q %q: %v", made.KeyARN, made.Wrapped, err)
	}
	want := map[string]any{
		"KeyId": arn, "KeySpec": "AES_256", "EncryptionContext": map[string]any{"userpool-id": "us-east-1_A"},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

func TestRefusalsHaveTheirCode(t *testing.T) {
	requests := 0
	k := keys(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"DisabledException","message":"the key is disabled"}`))
	})
	_, err := k.GenerateDataKey(t.Context(), "a6c4f8e2", nil)
	if awssdk.Code(err) != "DisabledException" || requests != 1 {
		t.Errorf("%d requests: %v", requests, err)
	}
}

func TestRegionOf(t *testing.T) {
	for name, want := range map[string]string{
		arn: "eu-central-1", "arn:aws-us-gov:kms:us-gov-west-1:1:key/x": "us-gov-west-1", "a6c4f8e2": "",
		"arn:aws:kms:evil.example.com/:1:key/x": "", "arn:aws:kms::1:key/x": "",
	} {
		if got := awssdk.RegionOf(name); got != want {
			t.Errorf("%s is in %q", name, got)
		}
	}
}
