package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Delivery selects what sends messages in Serve mode, and where the keys are
// that encrypt codes for custom senders.
type Delivery struct {
	// Email and SMS name what sends e-mail and text messages; `lifeguard serve
	// --help` lists the names. With none or empty no such message is sent, and
	// operations that need one are refused.
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

// Sender describes a built-in sender. The values of Delivery, the flags of the
// command and --help derive from it. Package server makes the sender.
type Sender struct {
	// Name is its name in Delivery.
	Name string
	// Email and SMS report which messages it sends.
	Email, SMS bool
	Settings   []SenderSetting
	// check returns an error for invalid values; nil means no further check.
	check func(Config) error
}

// SenderSetting is a setting that only one sender uses.
type SenderSetting struct {
	// Flag is its name. A secret has no flag: it comes from the environment variable
	// Env, and Flag is the setting that it belongs to.
	Flag, Env                  string
	Help, Placeholder, Default string
	// Field returns its place in a configuration.
	Field func(*Config) *string
	// Cure is the advice if it is missing; empty for an optional setting.
	Cure string
	// URL reports whether its value is a URL.
	URL bool
}

// ownedAddress is the Cure of a missing sender's address.
const ownedAddress = "name an address of a domain that you may send from, for example no-reply@example.com; " +
	"mail servers reject Amazon's"

var senders = []Sender{
	{
		Name: "smtp", Email: true, check: smtp,
		Settings: []SenderSetting{
			{
				Flag: "smtp-addr", Help: "Mail server.", Placeholder: "HOST:PORT",
				Field: func(c *Config) *string { return &c.SMTP.Addr },
				Cure:  "name the mail server, for example smtp.example.com:587",
			},
			{
				Flag: "smtp-username", Help: "User at the mail server; its password is LIFEGUARD_SMTP_PASSWORD.",
				Field: func(c *Config) *string { return &c.SMTP.Username },
			},
			{
				Flag: "smtp-username", Env: "LIFEGUARD_SMTP_PASSWORD", Help: "the password of --smtp-username",
				Field: func(c *Config) *string { return &c.SMTP.Password },
			},
			{
				Flag: "smtp-tls", Help: "starttls, implicit or none.", Default: "starttls",
				Field: func(c *Config) *string { return &c.SMTP.TLS },
			},
			{
				Flag: "smtp-from", Help: "Sender where a pool names none; needed with --smtp-addr.",
				Field: func(c *Config) *string { return &c.SMTP.From }, Cure: ownedAddress,
			},
		},
	},
	{
		Name: "ses", Email: true,
		Settings: []SenderSetting{{
			Flag: "ses-from", Help: "Sender at SES where a pool names none; needed with --email ses.",
			Field: func(c *Config) *string { return &c.Delivery.SESFrom }, Cure: ownedAddress,
		}},
	},
	{
		Name: "sns", SMS: true,
		Settings: []SenderSetting{{
			Flag: "sns-sender-id", Help: "Name that receivers of text messages see.",
			Field: func(c *Config) *string { return &c.Delivery.SNSSenderID },
		}},
	},
	{
		Name: "twilio", SMS: true,
		Settings: []SenderSetting{
			{
				Flag: "twilio-account", Help: "SID of the account at Twilio; its token is LIFEGUARD_TWILIO_TOKEN.",
				Placeholder: "SID",
				Field:       func(c *Config) *string { return &c.Delivery.Twilio.Account },
				Cure:        "give the SID of the account that sends",
			},
			{
				Flag: "twilio-account", Env: "LIFEGUARD_TWILIO_TOKEN", Help: "the token of --twilio-account",
				Field: func(c *Config) *string { return &c.Delivery.Twilio.Token },
				Cure:  "set LIFEGUARD_TWILIO_TOKEN",
			},
			{
				Flag: "twilio-from", Help: "Number, name or messaging service that sends.", Placeholder: "FROM",
				Field: func(c *Config) *string { return &c.Delivery.Twilio.From },
				Cure:  "give the number, the name or the SID of the messaging service that sends",
			},
			{
				Flag: "twilio-endpoint", Help: "A service with the same API as Twilio.", Placeholder: "URL", URL: true,
				Field: func(c *Config) *string { return &c.Delivery.Twilio.Endpoint },
			},
		},
	},
	{
		Name: "webhook", Email: true, SMS: true, check: signed,
		Settings: []SenderSetting{{
			Flag: "delivery-webhook", Help: "URL that messages are posted to, signed with LIFEGUARD_WEBHOOK_SECRET.",
			Placeholder: "URL", URL: true,
			Field: func(c *Config) *string { return &c.Delivery.Webhook },
			Cure:  "name the URL that messages are posted to",
		}},
	},
}

// Senders returns the built-in senders.
func Senders() []Sender { return slices.Clone(senders) }

// EmailSenders returns the valid values of Delivery.Email.
func EmailSenders() []string { return choices(func(s Sender) bool { return s.Email }) }

// SMSSenders returns the valid values of Delivery.SMS.
func SMSSenders() []string { return choices(func(s Sender) bool { return s.SMS }) }

func choices(sends func(Sender) bool) (names []string) {
	for _, s := range senders {
		if sends(s) {
			names = append(names, s.Name)
		}
	}
	return append(names, "none")
}

// uses reports whether a sender has been chosen.
func (d Delivery) uses(name string) bool { return d.Email == name || d.SMS == name }

func delivery(c Config) error {
	d := c.Delivery
	for _, choice := range []struct {
		field, value string
		among        []string
	}{
		{"email", d.Email, EmailSenders()},
		{"sms", d.SMS, SMSSenders()},
		{"kms", d.KMS, []string{"aws", "local"}},
	} {
		if choice.value != "" && !slices.Contains(choice.among, choice.value) {
			return &FieldError{
				choice.field, fmt.Sprintf("%q is not a valid value", choice.value),
				"use one of " + fmt.Sprint(choice.among),
			}
		}
	}
	if d.KMS == "local" && c.Mode != Dev {
		return &FieldError{"kms", "only this server could decrypt", "use aws; local is for dev mode"}
	}
	for _, s := range senders {
		if err := s.values(c); err != nil {
			return err
		}
	}
	return httpURL("aws-endpoint", d.AWSEndpoint)
}

// values checks the settings that are not empty, whether or not the sender is
// chosen.
func (s Sender) values(c Config) error {
	for _, setting := range s.Settings {
		if !setting.URL {
			continue
		}
		if err := httpURL(setting.Flag, *setting.Field(&c)); err != nil {
			return err
		}
	}
	if s.check == nil {
		return nil
	}
	return s.check(c)
}

// signed requires a secret for the webhook sender.
func signed(c Config) error {
	if c.Delivery.uses("webhook") && len(c.Triggers.WebhookSecrets) == 0 {
		return &FieldError{
			"delivery-webhook", "no secret to sign with: the receiver could not authenticate requests",
			"set LIFEGUARD_WEBHOOK_SECRET to whsec_ and base64 of 24 bytes or more",
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
		return &FieldError{
			field, fmt.Sprintf("%q is not an http or https URL", value),
			"write for example https://messages.example.com/",
		}
	}
	return nil
}

// completeSenders refuses, in serve mode, a sender with missing settings, and a
// server without senders unless none is set. Otherwise the mistake would show
// only when the first user waits for a message. Dev mode has no senders.
func completeSenders(c Config) error {
	if c.Mode == Dev {
		return nil
	}
	for _, s := range senders {
		if err := s.requireSettings(c); err != nil {
			return err
		}
	}
	if d := c.Delivery; d.Email == "" && d.SMS == "" && d.KMS == "" {
		return &FieldError{
			"email", "nothing sends messages, so users cannot confirm or recover their accounts",
			"give --smtp-addr, or --email and --sms, or --email none if no messages are wanted",
		}
	}
	return nil
}

// requireSettings refuses a chosen sender without a required setting, and
// settings of a sender that is not chosen. It ignores secrets of such a sender:
// the environment variable may be for another program.
func (s Sender) requireSettings(c Config) error {
	used := c.Delivery.uses(s.Name)
	for _, setting := range s.Settings {
		value := *setting.Field(&c)
		switch {
		case used && value == "" && setting.Cure != "":
			return &FieldError{setting.Flag, strings.TrimSpace(setting.Env + " missing"), setting.Cure}
		case !used && value != "" && setting.Default == "" && setting.Env == "":
			return &FieldError{
				setting.Flag, "no messages are sent by " + s.Name, "give " + s.choose() + ", or leave it out",
			}
		}
	}
	return nil
}

// choose returns the flags that choose the sender.
func (s Sender) choose() string {
	var flags []string
	if s.Email {
		flags = append(flags, "--email "+s.Name)
	}
	if s.SMS {
		flags = append(flags, "--sms "+s.Name)
	}
	return strings.Join(flags, " or ")
}
