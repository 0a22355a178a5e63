package sns

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/awssdk"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Sender sends text messages.
type Sender struct {
	client *sns.Client
	name   string
}

// New does not connect. name is the sender ID, which some countries do not
// support; empty: a number of AWS.
func New(c aws.Config, name string) *Sender { return &Sender{sns.NewFromConfig(c), name} }

// regionForm restricts the region, which becomes part of a host name.
var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)

// Send makes one call. A number that SNS refuses or that has opted out is a
// permanent failure.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	attributes := map[string]types.MessageAttributeValue{"AWS.SNS.SMS.SMSType": text("Transactional")}
	if s.name != "" {
		attributes["AWS.SNS.SMS.SenderID"] = text(s.name)
	}
	in := sns.PublishInput{PhoneNumber: &m.To, Message: &m.Body, MessageAttributes: attributes}
	_, err := s.client.Publish(ctx, &in, func(o *sns.Options) {
		if regionForm.MatchString(m.Route.Region) {
			o.Region = m.Route.Region
		}
	})
	switch awssdk.Code(err) {
	case "InvalidParameter", "InvalidParameterValue", "OptedOut":
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

func text(s string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &s}
}
