package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
)

// GetSigningCertificate returns the certificate that verifies the signatures of
// the pool's SAML requests.
func (o *Operations) GetSigningCertificate(
	ctx context.Context, in *api.GetSigningCertificateRequest,
) (*api.GetSigningCertificateResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	c, err := o.Federation.SigningCertificate(ctx, p)
	if err != nil {
		return nil, err
	}
	return &api.GetSigningCertificateResponse{Certificate: some(c.Text())}, nil
}
