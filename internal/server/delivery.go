package server

import (
	"context"
	"io"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/custom"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/mailbox"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/ses"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/smtp"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/sns"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/twilio"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/webhook"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms/awskms"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// openDelivery makes the built-in senders and the keys of custom ones. It does
// not connect to any service.
func (s *Server) openDelivery(rand io.Reader) error {
	if err := s.openKeys(rand); err != nil {
		return err
	}
	s.builtin = deliver.Senders{}
	if s.Config.Mode == config.Dev {
		s.mailbox = mailbox.New(s.log)
		s.builtin[userpool.Email], s.builtin[userpool.SMS] = s.mailbox, s.mailbox
		return nil
	}
	for medium, name := range map[userpool.Medium]string{
		userpool.Email: s.Config.Delivery.Email, userpool.SMS: s.Config.Delivery.SMS,
	} {
		build, found := buildSender[name]
		if !found {
			continue
		}
		sender, err := build(s)
		if err != nil {
			return err
		}
		s.builtin[medium] = sender
	}
	return nil
}

// openKeys makes the keys that encrypt codes for custom senders.
func (s *Server) openKeys(rand io.Reader) error {
	switch s.Config.Delivery.KMS {
	case "local":
		s.devKeys = &kms.Local{Key: s.store.Root().Derive("kms"), Random: rand, Region: s.Config.Region}
		s.keys = s.devKeys
	case "aws":
		c, err := awssdk.Load(context.Background(), s.aws())
		if err != nil {
			return err
		}
		s.keys = awskms.New(c)
	}
	return nil
}

// aws returns the client settings for AWS services.
func (s *Server) aws() awssdk.Config {
	return awssdk.Config{
		Region: s.Config.Region, Endpoint: s.Config.Delivery.AWSEndpoint, Client: fetch.Guarded(s.reachable()),
	}
}

// reachable returns the addresses at which configured services may be called.
func (s *Server) reachable() fetch.Config { return fetch.Config{Allow: s.Config.PrivateAddresses()} }

// buildSender maps the name of each sender in config.Senders to its constructor.
var buildSender = map[string]func(*Server) (deliver.Sender, error){
	"smtp": func(s *Server) (deliver.Sender, error) {
		c := s.Config.SMTP
		return smtp.New(smtp.Config{
			Addr: c.Addr, Username: c.Username, Password: userpool.Secret(c.Password), TLS: c.TLS, From: c.From,
		})
	},
	"ses": func(s *Server) (deliver.Sender, error) {
		c, err := awssdk.Load(context.Background(), s.aws())
		return ses.New(c, s.Config.Delivery.SESFrom), err
	},
	"sns": func(s *Server) (deliver.Sender, error) {
		c, err := awssdk.Load(context.Background(), s.aws())
		return sns.New(c, s.Config.Delivery.SNSSenderID), err
	},
	"twilio": func(s *Server) (deliver.Sender, error) {
		c := s.Config.Delivery.Twilio
		return twilio.New(twilio.Config{
			Client: fetch.Guarded(s.reachable()), Endpoint: c.Endpoint,
			Account: c.Account, Token: userpool.Secret(c.Token), From: c.From,
		}), nil
	},
	"webhook": func(s *Server) (deliver.Sender, error) {
		keys, err := s.webhookKeys()
		return webhook.New(webhook.Config{
			URL: s.Config.Delivery.Webhook, Client: fetch.Guarded(s.reachable()), Keys: keys, Clock: s.clientClock(),
		}), err
	},
}

// webhookKeys returns the keys that sign requests to webhooks.
func (s *Server) webhookKeys() (keys []standardwebhook.Key, err error) {
	for _, secret := range s.Config.Triggers.WebhookSecrets {
		key, err := standardwebhook.ParseKey(secret)
		if err != nil {
			return nil, &config.FieldError{
				Field: "delivery-webhook", Problem: "LIFEGUARD_WEBHOOK_SECRET: " + err.Error(),
				Cure: "write whsec_ and base64 of 24 bytes or more",
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// senders returns the senders for each medium: the custom sender of the pool if
// it has one, else the built-in sender.
func (s *Server) senders(rand io.Reader) deliver.Senders {
	c := custom.Config{Pool: s.pool, Triggers: s.runner, Keys: s.keys, Random: rand}
	senders := deliver.Senders{}
	for _, medium := range []userpool.Medium{userpool.Email, userpool.SMS} {
		senders[medium] = custom.Before(s.builtin[medium], c)
	}
	return senders
}

func (s *Server) pool(ctx context.Context, id string) (p *userpool.Pool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err = tx.Pool(id)
		return err
	})
	return p, err
}

// canDeliver returns an error if no sender handles the medium for the pool, so that
// a response does not announce a message that is never sent.
func (s *Server) canDeliver(p *userpool.Pool, m userpool.Medium) error {
	t := m.CustomSender()
	switch {
	case !p.LambdaConfig.Has(t):
		if s.builtin[m] == nil {
			return fault.NoSender(string(m))
		}
	case s.runner.Targets.Find(t, p.LambdaConfig.SenderARN(t)) == nil:
		return p.RequireNoTrigger(t)
	case s.keys == nil:
		return fault.Newf(fault.UnexpectedLambda,
			"The user pool has a %s trigger, and this server has nothing configured to encrypt codes for it.", t)
	}
	return nil
}
