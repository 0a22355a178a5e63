package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/face/dev"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Demo names what dev mode seeds; the ids never change, so that they can
// stand in a project's configuration.
type Demo struct {
	PoolID, PublicClientID, ConfidentialClientID string
	// PagesClientID is the client of the sign-in page, RedirectURI the callback of
	// an application on this machine; Server.SignInPage has another one.
	PagesClientID, RedirectURI string
	Username, Password, Email  string
}

// Demonstration is what is seeded in a region.
func Demonstration(region string) Demo {
	return Demo{
		PoolID: region + "_Lifeguard", PublicClientID: "demopublicclient0000000000",
		ConfidentialClientID: "democonfidentialclient0000",
		PagesClientID:        "demopagesclient00000000000", RedirectURI: "http://localhost:3000",
		Username: "demo", Password: "Demo-Passw0rd", Email: "demo@example.com",
	}
}

// Seed makes the demonstration pool once, by the same operations that any
// client calls. A pool that is there is left as it is, but for what depends on
// how the server was started: the functions of triggers that the command line
// names, and its own callback.
func (s *Server) Seed(ctx context.Context) error {
	d := Demonstration(s.Config.Region)
	ctx = gate.WithCaller(ctx, gate.Caller{Account: gate.NoAccount, Region: s.Config.Region, RequestID: "seed"})
	_, err := s.ops.DescribeUserPool(ctx, &api.DescribeUserPoolRequest{UserPoolId: &d.PoolID})
	if errors.Is(err, fault.ResourceNotFound) {
		s.log.Info("making the demonstration pool", "pool", d.PoolID)
		if err = s.seedPool(ctx, d); err == nil {
			err = s.seedUser(ctx, d)
		}
	}
	if err == nil {
		err = s.seedTriggers(ctx, d.PoolID)
	}
	if err == nil {
		err = s.seedCallback(ctx, d)
	}
	return err
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
	client := func(id string) *api.CreateUserPoolClientRequest {
		return &api.CreateUserPoolClientRequest{
			UserPoolId: &d.PoolID, ClientName: ptr("_custom_id_:" + id),
			ExplicitAuthFlows: []string{
				"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
			},
		}
	}
	public, confidential, pages := client(d.PublicClientID), client(d.ConfidentialClientID), client(d.PagesClientID)
	confidential.GenerateSecret = ptr(true)
	pages.AllowedOAuthFlowsUserPoolClient = ptr(true)
	pages.AllowedOAuthFlows = []string{userpool.FlowCode}
	pages.AllowedOAuthScopes = []string{
		userpool.ScopeOpenID, userpool.ScopeEmail, userpool.ScopeProfile, userpool.ScopeAdmin,
	}
	pages.SupportedIdentityProviders = []string{userpool.LocalProvider}
	// Other paths and ports are those that development servers commonly have.
	pages.CallbackURLs = []string{
		d.RedirectURI, d.RedirectURI + "/", d.RedirectURI + "/callback", "http://localhost:5173",
		"http://localhost:5173/callback", "http://127.0.0.1:3000", "http://127.0.0.1:3000/callback",
	}
	pages.LogoutURLs = pages.CallbackURLs
	for _, c := range []*api.CreateUserPoolClientRequest{public, confidential, pages} {
		if _, err := s.ops.CreateUserPoolClient(ctx, c); err != nil {
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

// seedCallback registers the callback at the pages client, in place of the one
// of an earlier start at another address. It goes past the rule that plain http
// is for localhost alone: a dev server has other names too.
func (s *Server) seedCallback(ctx context.Context, d Demo) error {
	callback := s.Config.PublicURL + dev.CallbackPath
	err := s.store.Configure(ctx, d.PoolID, func(tx *store.Tx) error {
		c, err := tx.Client(d.PoolID, d.PagesClientID)
		if err != nil || slices.Contains(c.CallbackURLs, callback) {
			return err
		}
		changed := *c
		changed.CallbackURLs = append(slices.DeleteFunc(slices.Clone(c.CallbackURLs), func(uri string) bool {
			return strings.HasSuffix(uri, dev.CallbackPath)
		}), callback)
		return tx.UpdateClient(&changed)
	})
	if errors.Is(err, fault.ResourceNotFound) {
		return nil // deleted by its user
	}
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
