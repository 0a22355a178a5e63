package config

import (
	"fmt"
	"net/url"
	"slices"
)

// Delivery says who sends messages in serve mode, and who has the keys that
// encrypt codes for custom senders.
type Delivery struct {
	// Email is smtp, ses or webhook, SMS is sns, twilio or webhook; empty: no
	// such message leaves, and who asks for one is told.
	Email, SMS string
	// Webhook is the URL that messages are posted to, signed with
	// Triggers.WebhookSecrets.
	Webhook string
	// SESFrom is the sender where a pool names none.
	SESFrom string
	// SNSSenderID is the name that receivers see, where their country allows it.
	SNSSenderID string
	Twilio      Twilio
	// KMS is aws or, in dev only, local: keys of this server, which decrypts
	// for handlers at /_dev/kms. Empty: custom senders cannot be used.
	KMS string
	// AWSEndpoint replaces the endpoints of SES, SNS and KMS by an emulator's.
	AWSEndpoint string
}

// Twilio is an account at Twilio, or at a service that speaks its API.
type Twilio struct {
	Account, Token string
	// From is a number, a name or the SID of a messaging service.
	From string
	// Endpoint is a URL; empty: Twilio's own.
	Endpoint string
}

func delivery(c Config) error {
	d := c.Delivery
	for _, choice := range []struct {
		field, value string
		among        []string
	}{
		{"email", d.Email, []string{"", "smtp", "ses", "webhook"}},
		{"sms", d.SMS, []string{"", "sns", "twilio", "webhook"}},
		{"kms", d.KMS, []string{"", "aws", "local"}},
	} {
		if !slices.Contains(choice.among, choice.value) {
			return &FieldError{choice.field, fmt.Sprintf("%q is no choice", choice.value), "use one of " + fmt.Sprint(choice.among[1:])}
		}
	}
	switch {
	case d.Email == "smtp" && c.SMTP.Addr == "":
		return &FieldError{"smtp-addr", "missing", "name the mail server, for example smtp.example.com:587"}
	case d.KMS == "local" && c.Mode != Dev:
		return &FieldError{"kms", "nobody but this server could decrypt", "use aws; local belongs to dev mode"}
	case d.SMS == "twilio" && (d.Twilio.Account == "" || d.Twilio.Token == "" || d.Twilio.From == ""):
		return &FieldError{"sms", "twilio needs an account, its token and a sender", "give --twilio-account, --twilio-from and LIFEGUARD_TWILIO_TOKEN"}
	}
	webhook := d.Email == "webhook" || d.SMS == "webhook"
	if webhook && d.Webhook == "" {
		return &FieldError{"delivery-webhook", "missing", "name the URL that messages are posted to"}
	}
	if webhook && len(c.Triggers.WebhookSecrets) == 0 {
		return &FieldError{"delivery-webhook", "nothing to sign with: the receiver could not tell who posts", "set LIFEGUARD_WEBHOOK_SECRET to whsec_ and base64 of 24 bytes or more"}
	}
	for _, u := range []struct{ field, value string }{
		{"delivery-webhook", d.Webhook}, {"twilio-endpoint", d.Twilio.Endpoint}, {"aws-endpoint", d.AWSEndpoint},
	} {
		if err := httpURL(u.field, u.value); err != nil {
			return err
		}
	}
	return nil
}

func httpURL(field, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return &FieldError{field, fmt.Sprintf("%q is no http or https URL", value), "write for example https://messages.example.com/"}
	}
	return nil
}
