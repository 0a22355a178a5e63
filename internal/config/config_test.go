package config_test

import (
	"cmp"
	"errors"
	"net/netip"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// serving returns a valid configuration for serve mode; each test case breaks it.
func serving() config.Config {
	return config.Config{
		Mode: config.Serve, Listen: "0.0.0.0:443", Data: "/var/lib/lifeguard",
		PublicURL: "https://id.example.com", BehindProxy: true, Delivery: config.Delivery{Email: "none"},
	}
}

func TestServeAcceptsACompleteConfiguration(t *testing.T) {
	c, err := serving().Complete()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.PrivateAddresses()) != 0 {
		t.Errorf("allowed private addresses: %v", c.PrivateAddresses())
	}
	if c.Region != "us-east-1" || c.IssuerMode != "self" || c.RateLimits != "generous" {
		t.Errorf("defaults: region %q, issuer mode %q, rate limits %q", c.Region, c.IssuerMode, c.RateLimits)
	}
}

func TestDevNeedsNothing(t *testing.T) {
	c, err := config.Config{Mode: config.Dev}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.PrivateAddresses()) != 5 || !c.PrivateAddresses()[0].Contains(netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("allowed private addresses: %v", c.PrivateAddresses())
	}
	if c.RateLimits != "off" {
		t.Errorf("rate limits are %s", c.RateLimits)
	}
	if c.Listen != "127.0.0.1:9229" || c.Data != "./lifeguard-data" {
		t.Errorf("listens on %q, stores in %q", c.Listen, c.Data)
	}
}

// invalid is a change that breaks a configuration, and the field that is then
// refused.
type invalid struct {
	field  string
	change func(*config.Config)
}

func TestRefusalsNameTheField(t *testing.T) {
	refuse(t, map[string]invalid{
		"unknown e-mail sender": {"email", func(c *config.Config) { c.Delivery.Email = "fax" }},
		"smtp without server":   {"smtp-addr", func(c *config.Config) { c.Delivery.Email = "smtp" }},
		"sms by smtp":           {"sms", func(c *config.Config) { c.Delivery.SMS = "smtp" }},
		"twilio, no token": {"twilio-account", func(c *config.Config) {
			c.Delivery.SMS, c.Delivery.Twilio = "twilio", config.Twilio{Account: "AC1", From: "+15550100"}
		}},
		"webhook without url": {"delivery-webhook", func(c *config.Config) {
			c.Delivery.SMS, c.Triggers.WebhookSecrets = "webhook", []string{"whsec_"}
		}},
		"webhook, unsigned": {
			"delivery-webhook",
			func(c *config.Config) { c.Delivery.Email, c.Delivery.Webhook = "webhook", "https://x.example/" },
		},
		"webhook, no url":     {"delivery-webhook", func(c *config.Config) { c.Delivery.Webhook = "x.example" }},
		"emulator, no url":    {"aws-endpoint", func(c *config.Config) { c.Delivery.AWSEndpoint = "localhost:4566" }},
		"twilio's, no url":    {"twilio-endpoint", func(c *config.Config) { c.Delivery.Twilio.Endpoint = "file:///x" }},
		"local keys in serve": {"kms", func(c *config.Config) { c.Delivery.KMS = "local" }},
		"another kms":         {"kms", func(c *config.Config) { c.Delivery.KMS = "vault" }},
		"no storage":          {"data", func(c *config.Config) { c.Data = "" }},
		"two storages":        {"database", func(c *config.Config) { c.Database = "postgres:///x" }},
		"memory in serve":     {"data", func(c *config.Config) { c.Data = ":memory:" }},
		"mysql":               {"database", func(c *config.Config) { c.Data, c.Database = "", "mysql://x" }},
		"no public url":       {"public-url", func(c *config.Config) { c.PublicURL = "" }},
		"public url in clear": {"public-url", func(c *config.Config) { c.PublicURL = "http://id.example.com" }},
		"public url, no host": {"public-url", func(c *config.Config) { c.PublicURL = "id.example.com" }},
		"public url, path":    {"public-url", func(c *config.Config) { c.PublicURL = "https://example.com/auth" }},
		"public url, slashes": {"public-url", func(c *config.Config) { c.PublicURL = "https://example.com//" }},
		"public url, user":    {"public-url", func(c *config.Config) { c.PublicURL = "https://u:p@example.com" }},
		"host with a port":    {"allow-host", func(c *config.Config) { c.AllowHosts = []string{"auth.test:9229"} }},
		"host with a scheme":  {"allow-host", func(c *config.Config) { c.AllowHosts = []string{"http://auth.test"} }},
		"listen":              {"listen", func(c *config.Config) { c.Listen = "9229" }},
		"region":              {"region", func(c *config.Config) { c.Region = "Frankfurt" }},
		"rate limits":         {"rate-limits", func(c *config.Config) { c.RateLimits = "strict" }},
		"issuer mode":         {"issuer-mode", func(c *config.Config) { c.IssuerMode = "cognito" }},
		"no TLS setting":      {"tls-cert", func(c *config.Config) { c.BehindProxy = false }},
		"half a certificate":  {"tls-cert", func(c *config.Config) { c.TLSCert = "c.pem" }},
		"TLS twice":           {"behind-proxy", func(c *config.Config) { c.TLSCert, c.TLSKey = "c.pem", "k.pem" }},
		"ACME behind a proxy": {"behind-proxy", func(c *config.Config) { c.ACME.On = true }},
		"ACME's directory": {"acme-directory", func(c *config.Config) {
			c.BehindProxy, c.ACME = false, config.ACME{On: true, Directory: "http://acme.example.com"}
		}},
		"ACME without a cache": {"acme-cache", func(c *config.Config) {
			c.BehindProxy, c.ACME.On, c.MasterKey = false, true, "k"
			c.Data, c.Database = "", "postgres:///x"
		}},
		"ACME's settings alone": {"acme", func(c *config.Config) { c.ACME.Email = "a@example.com" }},
		"https-listen in serve": {"https-listen", func(c *config.Config) { c.HTTPSListen = "127.0.0.1:1" }},
		"https-listen": {
			"https-listen", func(c *config.Config) { c.Mode, c.HTTPSListen = config.Dev, "localhost" },
		},
		"amazon-hosts in serve": {"amazon-hosts", func(c *config.Config) { c.AmazonHosts = true }},
		"proxy": {
			"trusted-proxy", func(c *config.Config) { c.TrustedProxies = []string{"10.0.0.0/99"} },
		},
		"private addresses": {
			"allow-private-addresses", func(c *config.Config) { c.AllowPrivateAddresses = []string{"intranet"} },
		},
		"two master keys":     {"master-key-file", func(c *config.Config) { c.MasterKey, c.MasterKeyFile = "x", "y" }},
		"nodes without a key": {"master-key-file", func(c *config.Config) { c.Data, c.Database = "", "postgres:///x" }},
		"smtp address":        {"smtp-addr", func(c *config.Config) { c.SMTP.Addr = "mail" }},
		"smtp tls":            {"smtp-tls", func(c *config.Config) { c.SMTP = config.SMTP{Addr: "m:25", TLS: "yes"} }},
		"fixed code in serve": {"code", func(c *config.Config) { c.FixedCode = "123456" }},
		"seed in serve":       {"code", func(c *config.Config) { c.Seed = true }},
		"short code in dev":   {"code", func(c *config.Config) { c.Mode, c.FixedCode = config.Dev, "12" }},
	})
}

func TestHalfASenderIsRefused(t *testing.T) {
	refuse(t, map[string]invalid{
		"no sender":     {"email", func(c *config.Config) { c.Delivery.Email = "" }},
		"smtp, no from": {"smtp-from", func(c *config.Config) { c.Delivery.Email, c.SMTP.Addr = "", "m:25" }},
		"ses, no from":  {"ses-from", func(c *config.Config) { c.Delivery.Email = "ses" }},
		"smtp, no password": {"smtp-username", func(c *config.Config) {
			c.Delivery.Email, c.SMTP = "", config.SMTP{Addr: "m:25", From: "a@example.com", Username: "u"}
		}},
		"smtp, no username": {"smtp-username", func(c *config.Config) {
			c.Delivery.Email, c.SMTP = "", config.SMTP{Addr: "m:25", From: "a@example.com", Password: "p"}
		}},
		"username, no smtp": {"smtp-username", func(c *config.Config) {
			c.SMTP = config.SMTP{Username: "u", Password: "p"}
		}},
		"from, no smtp": {"smtp-from", func(c *config.Config) { c.SMTP.From = "a@example.com" }},
		"smtp beside ses": {"smtp-addr", func(c *config.Config) {
			c.Delivery.Email, c.Delivery.SESFrom, c.SMTP.Addr = "ses", "a@example.com", "m:25"
		}},
		"ses' from, no ses":  {"ses-from", func(c *config.Config) { c.Delivery.SESFrom = "a@example.com" }},
		"sns' id, no sns":    {"sns-sender-id", func(c *config.Config) { c.Delivery.SNSSenderID = "Us" }},
		"account, no twilio": {"twilio-account", func(c *config.Config) { c.Delivery.Twilio.Account = "AC1" }},
		"number, no twilio":  {"twilio-from", func(c *config.Config) { c.Delivery.Twilio.From = "+15550100" }},
		"service, no twilio": {
			"twilio-endpoint", func(c *config.Config) { c.Delivery.Twilio.Endpoint = "https://x.example/" },
		},
		"url, no webhook": {"delivery-webhook", func(c *config.Config) { c.Delivery.Webhook = "https://x.example/" }},
	})
}

// A sender cannot be chosen without its required settings, and its settings cannot
// be given without choosing it. The positive control has all settings.
func TestSendersNeedTheirSettings(t *testing.T) {
	withSettings := func(sender config.Sender) config.Config {
		c := serving()
		c.Delivery.Email, c.Triggers.WebhookSecrets = "", []string{"whsec_"}
		if sender.Email {
			c.Delivery.Email = sender.Name
		} else {
			c.Delivery.SMS = sender.Name
		}
		for _, s := range sender.Settings {
			*s.Field(&c) = cmp.Or(s.Default, "m:25")
			if s.URL {
				*s.Field(&c) = "https://m.example/"
			}
		}
		return c
	}
	refused := func(c config.Config, s config.SenderSetting) {
		t.Helper()
		_, err := c.Complete()
		var field *config.FieldError
		if !errors.As(err, &field) || field.Field != s.Flag || field.Cure == "" {
			t.Errorf("%s %s: %v", s.Flag, s.Env, err)
		}
	}
	for _, sender := range config.Senders() {
		if _, err := withSettings(sender).Complete(); err != nil {
			t.Errorf("%s with all of its settings: %v", sender.Name, err)
		}
		for _, s := range sender.Settings {
			if s.Cure != "" {
				c := withSettings(sender)
				*s.Field(&c) = ""
				refused(c, s)
			}
			if s.Env == "" && s.Default == "" {
				c, set := serving(), withSettings(sender)
				*s.Field(&c) = *s.Field(&set)
				refused(c, s)
			}
			if s.URL {
				c := withSettings(sender)
				*s.Field(&c) = "m.example"
				refused(c, s)
			}
		}
	}
}

func refuse(t *testing.T, cases map[string]invalid) {
	t.Helper()
	for name, c := range cases {
		cfg := serving()
		c.change(&cfg)
		_, err := cfg.Complete()
		var field *config.FieldError
		if !errors.As(err, &field) {
			t.Errorf("%s: got %v, want a refusal", name, err)
			continue
		}
		if field.Field != c.field || field.Cure == "" {
			t.Errorf("%s: refused --%s (cure %q), want --%s", name, field.Field, field.Cure, c.field)
		}
	}
}

// A slash at the end is removed, so that issuers and links do not have two.
func TestPublicURLHasNoSlashAtItsEnd(t *testing.T) {
	c := serving()
	c.PublicURL += "/"
	if c, err := c.Complete(); err != nil || c.PublicURL != "https://id.example.com" {
		t.Errorf("%q, %v", c.PublicURL, err)
	}
}

func TestDeliveryDefaults(t *testing.T) {
	c := serving()
	if c, err := c.Complete(); err != nil || c.Delivery != (config.Delivery{Email: "none"}) {
		t.Errorf("email none: %+v, %v", c.Delivery, err)
	}
	c.Delivery = config.Delivery{KMS: "aws"}
	if _, err := c.Complete(); err != nil {
		t.Errorf("custom senders alone: %v", err)
	}
	c.Delivery, c.SMTP = config.Delivery{},
		config.SMTP{Addr: "smtp.example.com:587", Username: "u", Password: "p", From: "a@example.com"}
	if c, err := c.Complete(); err != nil || c.Delivery.Email != "smtp" {
		t.Errorf("with a mail server: %+v, %v", c.Delivery, err)
	}
	c.SMTP = config.SMTP{}
	c.Delivery = config.Delivery{
		Email: "ses", SESFrom: "a@example.com", SMS: "twilio", KMS: "aws",
		Twilio: config.Twilio{Account: "AC1", Token: "t", From: "MG1"},
	}
	if c, err := c.Complete(); err != nil || c.Delivery.Email != "ses" {
		t.Errorf("with all settings: %+v, %v", c.Delivery, err)
	}
	if c, err := (config.Config{Mode: config.Dev}).Complete(); err != nil || c.Delivery.KMS != "local" {
		t.Errorf("dev: %+v, %v", c.Delivery, err)
	}
}

// Certificates come from files, a directory or ACME, which stores them beside the
// data.
func TestCertificateSettings(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"files":     func(c *config.Config) { c.TLSCert, c.TLSKey = "c.pem", "k.pem" },
		"directory": func(c *config.Config) { c.TLSDir = "certs" },
		"ACME":      func(c *config.Config) { c.ACME.On = true },
		"all": func(c *config.Config) {
			c.TLSCert, c.TLSKey, c.TLSDir, c.ACME.On = "c.pem", "k.pem", "d", true
		},
	} {
		c := serving()
		c.BehindProxy = false
		change(&c)
		complete, err := c.Complete()
		if err != nil || complete.ACME.On && complete.ACME.Cache != c.Data+"/acme" {
			t.Errorf("%s: %+v, %v", name, complete.ACME, err)
		}
	}
}

// Amazon's host names need the issuers that clients derive from them.
func TestAmazonHostsSelectIssuers(t *testing.T) {
	for mode, want := range map[string]string{"": "aws", "self": "aws", "aws-updated": "aws-updated"} {
		c, err := config.Config{Mode: config.Dev, AmazonHosts: true, IssuerMode: mode}.Complete()
		if err != nil || c.IssuerMode != want {
			t.Errorf("%q: %q, %v", mode, c.IssuerMode, err)
		}
	}
}
