package main

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

type serveCmd struct {
	serverFlags
	MetricsListen string        `help:"Address of a listener for metrics, at /metrics; none by default. Keep it from the public: the numbers show whether a user exists." placeholder:"HOST:PORT" env:"LIFEGUARD_METRICS_LISTEN"`
	DrainDelay    time.Duration `help:"How long a stopping server serves on while /readyz is 503, so that load balancers notice." default:"5s" env:"LIFEGUARD_DRAIN_DELAY"`

	TLSCert      string   `help:"Certificate file (PEM), read again when it changes and on SIGHUP." name:"tls-cert" placeholder:"FILE" env:"LIFEGUARD_TLS_CERT"`
	TLSKey       string   `help:"Key file (PEM)." name:"tls-key" placeholder:"FILE" env:"LIFEGUARD_TLS_KEY"`
	BehindProxy  bool     `help:"A proxy in front terminates TLS." env:"LIFEGUARD_BEHIND_PROXY"`
	TrustedProxy []string `help:"Addresses whose X-Forwarded-For is believed." placeholder:"CIDR" env:"LIFEGUARD_TRUSTED_PROXY"`
	SMTPAddr     string   `help:"Mail server." name:"smtp-addr" placeholder:"HOST:PORT" env:"LIFEGUARD_SMTP_ADDR"`
	SMTPUsername string   `help:"User at the mail server; its password is LIFEGUARD_SMTP_PASSWORD." name:"smtp-username" env:"LIFEGUARD_SMTP_USERNAME"`
	SMTPTLS      string   `help:"starttls, implicit or none." name:"smtp-tls" default:"starttls" env:"LIFEGUARD_SMTP_TLS"`
	SMTPFrom     string   `help:"Sender where a pool names none; needed with --smtp-addr." name:"smtp-from" env:"LIFEGUARD_SMTP_FROM"`

	Email           string `help:"Who sends e-mail: smtp, ses, webhook or none. With --smtp-addr smtp." placeholder:"SENDER" env:"LIFEGUARD_EMAIL"`
	SMS             string `help:"Who sends text messages: sns, twilio, webhook or none." name:"sms" placeholder:"SENDER" env:"LIFEGUARD_SMS"`
	DeliveryWebhook string `help:"URL that messages are posted to, signed with LIFEGUARD_WEBHOOK_SECRET." placeholder:"URL" env:"LIFEGUARD_DELIVERY_WEBHOOK"`
	SESFrom         string `help:"Sender at SES where a pool names none; needed with --email ses." name:"ses-from" env:"LIFEGUARD_SES_FROM"`
	SNSSenderID     string `help:"Name that receivers of text messages see." name:"sns-sender-id" env:"LIFEGUARD_SNS_SENDER_ID"`
	TwilioAccount   string `help:"SID of the account at Twilio; its token is LIFEGUARD_TWILIO_TOKEN." placeholder:"SID" env:"LIFEGUARD_TWILIO_ACCOUNT"`
	TwilioFrom      string `help:"Number, name or messaging service that sends." placeholder:"FROM" env:"LIFEGUARD_TWILIO_FROM"`
	TwilioEndpoint  string `help:"A service that speaks Twilio's API." placeholder:"URL" env:"LIFEGUARD_TWILIO_ENDPOINT"`
}

// Run starts for production.
func (f *serveCmd) Run(log *slog.Logger, _ *output) error {
	c := f.config()
	c.Mode = config.Serve
	if c.Listen == "" {
		c.Listen = "0.0.0.0:9229"
	}
	c.MetricsListen, c.DrainDelay = f.MetricsListen, f.DrainDelay
	c.TLSCert, c.TLSKey, c.BehindProxy, c.TrustedProxies = f.TLSCert, f.TLSKey, f.BehindProxy, f.TrustedProxy
	c.SMTP = config.SMTP{
		Addr: f.SMTPAddr, Username: f.SMTPUsername, Password: smtpPassword(), TLS: f.SMTPTLS, From: f.SMTPFrom,
	}
	c.Delivery.Email, c.Delivery.SMS, c.Delivery.Webhook = f.Email, f.SMS, f.DeliveryWebhook
	c.Delivery.SESFrom, c.Delivery.SNSSenderID = f.SESFrom, f.SNSSenderID
	c.Delivery.Twilio = config.Twilio{
		Account: f.TwilioAccount, Token: os.Getenv("LIFEGUARD_TWILIO_TOKEN"),
		From: f.TwilioFrom, Endpoint: f.TwilioEndpoint,
	}
	return listenAndServe(c, log, func(s *server.Server) {
		log.Info(fmt.Sprintf("lifeguard %s serves %s", version(), s.Config.PublicURL), "listen", s.Config.Listen)
	})
}
