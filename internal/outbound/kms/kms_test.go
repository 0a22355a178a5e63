package kms_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
)

var _ kms.Keys = (*kms.Local)(nil)

func local(t testing.TB) *kms.Local {
	t.Helper()
	key, _, err := seal.GenerateKey(entropy.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	return &kms.Local{Key: key, Random: entropy.Seeded(2), Region: "eu-west-1"}
}

const arn = "arn:aws:kms:us-east-1:111122223333:key/a6c4f8e2"

type context = map[string]string

func TestLocal(t *testing.T) {
	l := local(t)
	there := context{"userpool-id": "us-east-1_A", "aws-crypto-public-key": "K"}
	k, err := l.GenerateDataKey(t.Context(), arn, there)
	if err != nil || k.KeyARN != arn || len(k.Plaintext) != 32 || bytes.Contains(k.Wrapped, k.Plaintext) {
		t.Fatalf("key of %q, %d bytes: %v", k.KeyARN, len(k.Plaintext), err)
	}
	plain, by, err := l.Decrypt(k.Wrapped, context{"aws-crypto-public-key": "K", "userpool-id": "us-east-1_A"})
	if err != nil || by != arn || !bytes.Equal(plain, k.Plaintext) {
		t.Errorf("unwrapped by %q: %v", by, err)
	}
	for name, other := range map[string]context{
		"another pool": {"userpool-id": "us-east-1_B", "aws-crypto-public-key": "K"}, "no context": nil,
		"one more": {"userpool-id": "us-east-1_A", "aws-crypto-public-key": "K", "x": ""},
		"moved":    {"userpool-id": "us-east-1_Aaws-crypto-public-key", "K": ""},
	} {
		if _, _, err := l.Decrypt(k.Wrapped, other); !errors.Is(err, kms.ErrCiphertext) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLocalRefusesWhatItDidNotWrap(t *testing.T) {
	l := local(t)
	k, err := l.GenerateDataKey(t.Context(), arn, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range k.Wrapped {
		changed := bytes.Clone(k.Wrapped)
		changed[i] ^= 1
		if _, _, err := l.Decrypt(changed, nil); !errors.Is(err, kms.ErrCiphertext) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	other, _, err := seal.GenerateKey(entropy.Seeded(3))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := (&kms.Local{Key: other}).Decrypt(k.Wrapped, nil); !errors.Is(err, kms.ErrCiphertext) {
		t.Errorf("another server unwraps: %v", err)
	}
	if _, _, err := l.Decrypt(k.Wrapped, nil); err != nil { // positive control
		t.Error(err)
	}
}

func TestARN(t *testing.T) {
	l := local(t)
	for key, want := range map[string]string{
		arn: arn, "a6c4f8e2": "arn:aws:kms:eu-west-1:000000000000:key/a6c4f8e2",
	} {
		if got := l.ARN(key); got != want {
			t.Errorf("%s is %s", key, got)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	l := local(f)
	k, err := l.GenerateDataKey(f.Context(), arn, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Wrapped[:20])
	f.Add([]byte{0xff, 0xff})
	f.Fuzz(func(t *testing.T, wrapped []byte) {
		if plain, _, err := l.Decrypt(wrapped, nil); err == nil && !bytes.Equal(wrapped, k.Wrapped) {
			t.Errorf("unwraps to %x", plain)
		}
	})
}
