package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// SignUp registers a user through an app.
func (o *Operations) SignUp(ctx context.Context, in *api.SignUpRequest) (*api.SignUpResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, err
	}
	done, err := o.Account.SignUp(ctx, account.SignUpRequest{
		Request:    appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata),
		Password:   api.Text(in.Password),
		Attributes: attributeMap(in.UserAttributes), ValidationData: validationData(in.ValidationData),
	})
	if err != nil {
		return nil, err
	}
	session, err := o.Signin.SignUpSession(p, c, done.User)
	if err != nil {
		return nil, err
	}
	confirmed := done.User.Status == userpool.Confirmed
	out := &api.SignUpResponse{UserConfirmed: &confirmed, UserSub: &done.User.Sub, Session: some(session)}
	if done.Delivery != nil {
		out.CodeDeliveryDetails = deliveryDetails(*done.Delivery)
	}
	return out, nil
}

// appRequest translates the members that requests of apps have in common.
func appRequest(clientID, secretHash, username *string, metadata map[string]string) account.Request {
	return account.Request{
		ClientID: api.Text(clientID), SecretHash: api.Text(secretHash), Username: api.Text(username),
		ClientMetadata: metadata,
	}
}

// validationData returns nil if the request has none, as events need it.
func validationData(list []api.AttributeType) map[string]string {
	if len(list) == 0 {
		return nil
	}
	return attributeMap(list)
}
