package server

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Demo names what dev mode seeds; the ids never change, so that they can
// stand in a project's configuration.
type Demo struct {
	PoolID, PublicClientID, ConfidentialClientID string
	Username, Password, Email                    string
}

// Demonstration is what is seeded in a region.
func Demonstration(region string) Demo {
	return Demo{
		PoolID: region + "_Lifeguard", PublicClientID: "demopublicclient0000000000",
		ConfidentialClientID: "democonfidentialclient0000",
		Username:             "demo", Password: "Demo-Passw0rd", Email: "demo@example.com",
	}
}

// Seed makes the demonstration pool once, by the same operations that any
// client calls. A pool that is there is left as it is, but for the functions of
// triggers that the command line names.
func (s *Server) Seed(ctx context.Context) error {
	d := Demonstration(s.Config.Region)
	ctx = awsapi.WithCaller(ctx, awsapi.Caller{Account: awsapi.NoAccount, Region: s.Config.Region, RequestID: "seed"})
	_, err := s.ops.DescribeUserPool(ctx, &api.DescribeUserPoolRequest{UserPoolId: &d.PoolID})
	if err == nil {
		return s.seedTriggers(ctx, d.PoolID)
	}
	if !errors.Is(err, fault.ResourceNotFound) {
		return err
	}
	s.log.Info("making the demonstration pool", "pool", d.PoolID)
	if err := s.seedPool(ctx, d); err != nil {
		return err
	}
	if err := s.seedUser(ctx, d); err != nil {
		return err
	}
	return s.seedTriggers(ctx, d.PoolID)
}

func (s *Server) seedPool(ctx context.Context, d Demo) error {
	_, err := s.ops.CreateUserPool(ctx, &api.CreateUserPoolRequest{
		PoolName:               ptr("demonstration"),
		AutoVerifiedAttributes: []string{"email"},
		UserPoolTags:           map[string]string{"_custom_id_": d.PoolID},
	})
	if err != nil {
		return err
	}
	for id, secret := range map[string]bool{d.PublicClientID: false, d.ConfidentialClientID: true} {
		_, err := s.ops.CreateUserPoolClient(ctx, &api.CreateUserPoolClientRequest{
			UserPoolId: &d.PoolID, ClientName: ptr("_custom_id_:" + id), GenerateSecret: ptr(secret),
			ExplicitAuthFlows: []string{
				"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) seedUser(ctx context.Context, d Demo) error {
	_, err := s.ops.AdminCreateUser(ctx, &api.AdminCreateUserRequest{
		UserPoolId: &d.PoolID, Username: &d.Username, MessageAction: ptr("SUPPRESS"),
		UserAttributes: []api.AttributeType{
			{Name: ptr("email"), Value: &d.Email}, {Name: ptr("email_verified"), Value: ptr("true")},
		},
	})
	if err != nil {
		return err
	}
	_, err = s.ops.AdminSetUserPassword(ctx, &api.AdminSetUserPasswordRequest{
		UserPoolId: &d.PoolID, Username: &d.Username, Password: &d.Password, Permanent: ptr(true),
	})
	return err
}

func ptr[T any](v T) *T { return &v }

// Reset forgets every pool, user and message, and seeds again where the
// configuration says so. Dev mode only.
func (s *Server) Reset(ctx context.Context) error {
	if err := s.worker.Drain(ctx); err != nil {
		return err
	}
	if err := s.store.Reset(ctx); err != nil {
		return err
	}
	s.mailbox.Clear()
	if s.Config.Seed {
		return s.Seed(ctx)
	}
	return nil
}
