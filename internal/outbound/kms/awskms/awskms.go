package awskms

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk"
)

// Keys are master keys of AWS KMS.
type Keys struct{ client *kms.Client }

// New does not connect.
func New(c aws.Config) *Keys { return &Keys{kms.NewFromConfig(c)} }

// GenerateDataKey calls AWS KMS in the region of the key's ARN.
func (k *Keys) GenerateDataKey(ctx context.Context, key string, context map[string]string) (esdk.DataKey, error) {
	made, err := k.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &key, EncryptionContext: context, KeySpec: types.DataKeySpecAes256,
	}, func(o *kms.Options) {
		if region := awssdk.RegionOf(key); region != "" {
			o.Region = region
		}
	})
	if err != nil {
		return esdk.DataKey{}, fmt.Errorf("kms: %w", err)
	}
	return esdk.DataKey{KeyARN: aws.ToString(made.KeyId), Plaintext: made.Plaintext, Wrapped: made.CiphertextBlob}, nil
}
