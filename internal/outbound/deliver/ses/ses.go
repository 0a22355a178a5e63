package ses

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Sender sends e-mail.
type Sender struct {
	client *sesv2.Client
	from   string
}

// New does not connect. from is the sender for pools without their own. If it
// is empty, that is deliver.DefaultSender, which SES accepts from Cognito only.
func New(c aws.Config, from string) *Sender { return &Sender{sesv2.NewFromConfig(c), from} }

// Send makes one call, in the region of the pool's identity.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	from := m.From
	if s.from != "" && (from == "" || from == deliver.DefaultSender) {
		from = s.from
	}
	_, err := s.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress:            &from,
		FromEmailAddressIdentityArn: optional(m.Route.IdentityARN),
		ConfigurationSetName:        optional(m.Route.ConfigurationSet),
		Destination:                 &types.Destination{ToAddresses: []string{m.To}},
		ReplyToAddresses:            list(m.ReplyTo),
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: content(m.Subject),
			Body:    &types.Body{Text: content(deliver.TextOf(m)), Html: content(m.Body)},
		}},
	}, func(o *sesv2.Options) {
		if region := awssdk.RegionOf(m.Route.IdentityARN); region != "" {
			o.Region = region
		}
	})
	switch awssdk.Code(err) {
	case "MessageRejected", "BadRequestException":
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func content(s string) *types.Content {
	if s == "" {
		return nil
	}
	return &types.Content{Data: &s, Charset: aws.String("UTF-8")}
}
