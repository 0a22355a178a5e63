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

// Demo has the ids and credentials of the demonstration pool. The ids never
// change, so a project's configuration can contain them.
type Demo struct {
	PoolID, PublicClientID, ConfidentialClientID string
	// PagesClientID is the client of the sign-in page. RedirectURI is the callback of
	// an application on this machine; Server.SignInPage uses another one.
	PagesClientID, RedirectURI string
	Username, Password, Email  string
}

// Demonstration returns the Demo of a region.
func Demonstration(region string) Demo {
	return Demo{
		PoolID: region + "_Lifeguard", PublicClientID: "demopublicclient0000000000",
		ConfidentialClientID: "democonfidentialclient0000",
		PagesClientID:        "demopagesclient00000000000", RedirectURI: "http://localhost:3000",
		Username: "demo", Password: "Demo-Passw0rd", Email: "demo@example.com",
	}
}

// Seed creates the demonstration pool if it does not exist, with the operations
// that clients call. In an existing pool it changes only what depends on the
// server's settings: the functions of the configured triggers, and the callback
// of SignInPage.
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
				"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
				"ALLOW_REFRESH_TOKEN_AUTH",
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
	// The other paths and ports are common defaults of development servers.
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

// demoName is the name of the demonstration application on the pages.
const demoName = "Harbour demo"

// seedCallback registers the callback of SignInPage at the pages client, in place
// of the one of an earlier start at another address, and names the client: the name
// in the request has pinned its id. It writes to the store because the operation
// allows plain http for localhost only, and a dev server can have other host names.
func (s *Server) seedCallback(ctx context.Context, d Demo) error {
	callback := s.Config.PublicURL + dev.CallbackPath
	err := s.store.Configure(ctx, d.PoolID, func(tx *store.Tx) error {
		c, err := tx.Client(d.PoolID, d.PagesClientID)
		if err != nil || slices.Contains(c.CallbackURLs, callback) && c.Name != c.ID {
			return err
		}
		changed := *c
		if changed.Name == changed.ID {
			changed.Name = demoName
		}
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

// Reset deletes every pool, user and message, and seeds again if configured. Dev
// mode only.
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
