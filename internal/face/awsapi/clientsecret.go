package awsapi

import (
	"context"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxSecrets is how many secrets a client can have: two, so that one can replace
// the other while both are valid.
const maxSecrets = 2

// AddUserPoolClientSecret adds a second secret to a confidential client. Only
// this response contains a generated secret.
func (o *Operations) AddUserPoolClientSecret(
	ctx context.Context, in *api.AddUserPoolClientSecretRequest,
) (*api.AddUserPoolClientSecretResponse, error) {
	generated := o.Entropy.ClientSecret()
	var added userpool.ClientSecret
	err := o.changeClient(ctx, *in.UserPoolId, *in.ClientId, func(
		_ *store.Tx, _ *userpool.Pool, c *userpool.Client,
	) error {
		if err := c.RequireAdministered(); err != nil {
			return err
		}
		if !c.Confidential() {
			return fault.New(fault.InvalidParameter, "A client without a secret cannot be given one.")
		}
		if len(c.Secrets) >= maxSecrets {
			return fault.New(fault.LimitExceeded, "Client secrets cannot exceed limit of 2 secrets.")
		}
		added = userpool.ClientSecret{
			ID: c.NewSecretID(c.Modified), Value: userpool.Secret(generated), Created: c.Modified,
		}
		if in.ClientSecret != nil {
			added.Value = userpool.Secret(*in.ClientSecret)
		}
		c.Secrets = append(c.Secrets, added)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := secretOut(added)
	if in.ClientSecret == nil {
		out.ClientSecretValue = &generated
	}
	return &api.AddUserPoolClientSecretResponse{ClientSecretDescriptor: &out}, nil
}

// DeleteUserPoolClientSecret removes a secret, but never the last one.
func (o *Operations) DeleteUserPoolClientSecret(
	ctx context.Context, in *api.DeleteUserPoolClientSecretRequest,
) (*api.DeleteUserPoolClientSecretResponse, error) {
	err := o.changeClient(ctx, *in.UserPoolId, *in.ClientId,
		func(_ *store.Tx, _ *userpool.Pool, c *userpool.Client) error {
			if err := c.RequireAdministered(); err != nil {
				return err
			}
			i := slices.IndexFunc(c.Secrets, func(s userpool.ClientSecret) bool { return s.ID == *in.ClientSecretId })
			switch {
			case i < 0:
				return fault.Newf(fault.ResourceNotFound, "Client secret %s does not exist.", *in.ClientSecretId)
			case len(c.Secrets) == 1:
				return fault.New(fault.InvalidParameter, "The only secret of a client cannot be deleted.")
			}
			c.Secrets = slices.Delete(c.Secrets, i, i+1)
			return nil
		})
	if err != nil {
		return nil, err
	}
	return &api.DeleteUserPoolClientSecretResponse{}, nil
}

// ListUserPoolClientSecrets returns a client's secrets without their values.
// There are at most two, so one page, and no NextToken is valid.
func (o *Operations) ListUserPoolClientSecrets(
	ctx context.Context, in *api.ListUserPoolClientSecretsRequest,
) (*api.ListUserPoolClientSecretsResponse, error) {
	_, c, err := o.ownClient(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	if err := c.RequireAdministered(); err != nil {
		return nil, err
	}
	if in.NextToken != nil {
		return nil, fault.PaginationToken
	}
	out := &api.ListUserPoolClientSecretsResponse{ClientSecrets: []api.ClientSecretDescriptorType{}}
	for _, s := range c.Secrets {
		out.ClientSecrets = append(out.ClientSecrets, secretOut(s))
	}
	return out, nil
}

func secretOut(s userpool.ClientSecret) api.ClientSecretDescriptorType {
	return api.ClientSecretDescriptorType{ClientSecretId: &s.ID, ClientSecretCreateDate: &s.Created}
}
