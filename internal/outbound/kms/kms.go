package kms

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
)

// Keys generates data keys. key is an ARN or an id; the wrapped key is bound to
// the context.
type Keys interface {
	GenerateDataKey(ctx context.Context, key string, context map[string]string) (esdk.DataKey, error)
}

// ErrCiphertext is returned for every ciphertext that cannot be unwrapped.
var ErrCiphertext = errors.New("kms: the ciphertext is not one of this key in this context")

const dataKeySize = 32

// Local wraps data keys with a key of the server. Every name of a master key is
// valid.
type Local struct {
	Key    seal.Key // derived for this purpose
	Random io.Reader
	Region string // of keys that are named by id
}

// GenerateDataKey generates a random key and wraps it.
func (l *Local) GenerateDataKey(_ context.Context, key string, context map[string]string) (esdk.DataKey, error) {
	k := esdk.DataKey{KeyARN: l.ARN(key), Plaintext: make([]byte, dataKeySize)}
	if _, err := io.ReadFull(l.Random, k.Plaintext); err != nil {
		return esdk.DataKey{}, err
	}
	sealed, err := l.Key.Seal(l.Random, binding(k.KeyARN, context), k.Plaintext)
	if err != nil {
		return esdk.DataKey{}, err
	}
	k.Wrapped = binary.BigEndian.AppendUint16(nil, uint16(len(k.KeyARN)))
	k.Wrapped = append(append(k.Wrapped, k.KeyARN...), sealed...)
	return k, nil
}

// Decrypt unwraps a key that GenerateDataKey wrapped for the same context, and
// returns the ARN of the master key.
func (l *Local) Decrypt(wrapped []byte, context map[string]string) (plaintext []byte, arn string, err error) {
	if len(wrapped) < 2 {
		return nil, "", ErrCiphertext
	}
	n := int(binary.BigEndian.Uint16(wrapped))
	rest := wrapped[2:]
	if n > len(rest) {
		return nil, "", ErrCiphertext
	}
	arn = string(rest[:n])
	plaintext, err = l.Key.Open(binding(arn, context), rest[n:])
	if err != nil {
		return nil, "", ErrCiphertext
	}
	return plaintext, arn, nil
}

// ARN returns the ARN of a key that is named by its ARN or its id.
func (l *Local) ARN(key string) string {
	if strings.HasPrefix(key, "arn:") {
		return key
	}
	return "arn:aws:kms:" + l.Region + ":000000000000:key/" + key
}

// binding binds a wrapped key to its master key and its context, independent of
// the order of members.
func binding(arn string, context map[string]string) []byte {
	parts := []string{"kms", arn}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		parts = append(parts, name, context[name])
	}
	return seal.Bind(parts...)
}
