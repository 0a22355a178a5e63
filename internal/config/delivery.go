package config

import (
	"fmt"
	"net/url"
	"slices"
)

// Delivery selects what sends messages in Serve mode, and where the keys are
// that encrypt codes for custom senders.
type Delivery struct {
	// Email is smtp, ses, webhook or none; SMS is sns, twilio, webhook or none.
	// With none or empty no such message is sent, and operations that need one
	// are refused.
	Email, SMS string
	// Webhook is the URL that messages are posted to, signed with
	// Triggers.WebhookSecrets.
	Webhook string
	// SESFrom is the sender's address for pools that name none.
	SESFrom string
	// SNSSenderID is the name that receivers see, in countries that allow it.
	SNSSenderID string
	Twilio      Twilio
	// KMS is aws or, in Dev mode only, local: keys of this server, which decrypts
	// for handlers at /_dev/kms. If empty, custom senders cannot be used.
	KMS string
	// AWSEndpoint replaces the endpoints of SES, SNS and KMS, for emulators.
	AWSEndpoint string
}

// Twilio is an account at Twilio, or at a service with the same API.
type Twilio struct {
	Account, Token string
	// From is a number, a name or the SID of a messaging service.
	From string
	// Endpoint is a URL; if empty, that of Twilio.
	Endpoint string
}

func delivery(c Config) error {
	d := c.Delivery
	for _, choice := range []struct {
		field, value string
		among        []string
	}{
		{"email", d.Email, []string{"", "smtp", "ses", "webhook", "none"}},
		{"sms", d.SMS, []string{"", "sns", "twilio", "webhook", "none"}},
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

// senders refuses half a sender in serve mode, and a server that sends nothing
// unless that is said: either shows only when the first user waits for a
// message. Dev mode keeps messages and has no senders.
func senders(c Config) error {
	d := c.Delivery
	if c.Mode == Dev {
		return nil
	}
	const owned = "name an address of a domain that you may send from, for example no-reply@example.com; " +
		"mail servers reject Amazon's"
	switch {
	case d.Email == "smtp" && c.SMTP.From == "":
		return &FieldError{"smtp-from", "missing", owned}
	case d.Email == "ses" && d.SESFrom == "":
		return &FieldError{"ses-from", "missing", owned}
	case d.Email == "smtp" && c.SMTP.Username != "" && c.SMTP.Password == "":
		return &FieldError{"smtp-username", "its password is missing", "set LIFEGUARD_SMTP_PASSWORD"}
	case d.Email == "smtp" && c.SMTP.Username == "" && c.SMTP.Password != "":
		return &FieldError{"smtp-username", "missing, although LIFEGUARD_SMTP_PASSWORD is set", "name the user at the mail server"}
	}
	email, sms := "e-mail is not sent by ", "text messages are not sent by "
	for _, half := range []struct {
		field, value string
		used         bool
		problem      string
		cure         string
	}{
		{"smtp-addr", c.SMTP.Addr, d.Email == "smtp", email + "smtp", "give --email smtp, or leave it out"},
		{"smtp-username", c.SMTP.Username, d.Email == "smtp", email + "smtp", "give --smtp-addr"},
		{"smtp-from", c.SMTP.From, d.Email == "smtp", email + "smtp", "give --smtp-addr"},
		{"ses-from", d.SESFrom, d.Email == "ses", email + "ses", "give --email ses"},
		{"sns-sender-id", d.SNSSenderID, d.SMS == "sns", sms + "sns", "give --sms sns"},
		{"twilio-account", d.Twilio.Account, d.SMS == "twilio", sms + "twilio", "give --sms twilio"},
		{"twilio-from", d.Twilio.From, d.SMS == "twilio", sms + "twilio", "give --sms twilio"},
		{"twilio-endpoint", d.Twilio.Endpoint, d.SMS == "twilio", sms + "twilio", "give --sms twilio"},
		{
			"delivery-webhook", d.Webhook, d.Email == "webhook" || d.SMS == "webhook",
			"no messages are posted to a webhook", "give --email webhook, --sms webhook or both",
		},
	} {
		if half.value != "" && !half.used {
			return &FieldError{half.field, half.problem, half.cure}
		}
	}
	if d.Email == "" && d.SMS == "" && d.KMS == "" {
		return &FieldError{
			"email", "nothing sends messages, so users cannot confirm or recover their accounts",
			"give --smtp-addr, or --email and --sms, or --email none if no messages are wanted",
		}
	}
	return nil
}
