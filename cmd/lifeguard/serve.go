package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

type serveCmd struct {
	serverFlags
	MetricsListen string        `help:"Address of a listener for metrics, at /metrics; none by default. Do not make it public: the numbers show whether a user exists." placeholder:"HOST:PORT" env:"LIFEGUARD_METRICS_LISTEN"`
	DrainDelay    time.Duration `help:"How long a stopping server continues to serve while /readyz is 503, so that load balancers notice." default:"5s" env:"LIFEGUARD_DRAIN_DELAY"`

	TLSCert      string   `help:"Certificate file (PEM), read again when it changes and on SIGHUP." name:"tls-cert" placeholder:"FILE" env:"LIFEGUARD_TLS_CERT"`
	TLSKey       string   `help:"Key file (PEM)." name:"tls-key" placeholder:"FILE" env:"LIFEGUARD_TLS_KEY"`
	TLSDir       string   `help:"Directory of more certificates, for domains of pools: NAME.crt and NAME.key, or fullchain.pem and privkey.pem, also in folders below it. Read again like --tls-cert." name:"tls-dir" placeholder:"DIR" env:"LIFEGUARD_TLS_DIR"`
	BehindProxy  bool     `help:"A proxy in front terminates TLS." env:"LIFEGUARD_BEHIND_PROXY"`
	TrustedProxy []string `help:"Addresses whose X-Forwarded-For and X-Forwarded-Host are trusted." placeholder:"CIDR" env:"LIFEGUARD_TRUSTED_PROXY"`

	ACME          bool   `help:"Get certificates for the public name and domains of pools from Let's Encrypt, and accept its terms. The listener must be reachable at port 443." name:"acme" env:"LIFEGUARD_ACME"`
	ACMEDirectory string `help:"Another authority that speaks ACME." name:"acme-directory" placeholder:"URL" env:"LIFEGUARD_ACME_DIRECTORY"`
	ACMEEmail     string `help:"Contact for the authority." name:"acme-email" placeholder:"ADDRESS" env:"LIFEGUARD_ACME_EMAIL"`
	ACMECache     string `help:"Directory of the certificates, shared by every node. By default acme in the directory of the embedded store." name:"acme-cache" placeholder:"DIR" env:"LIFEGUARD_ACME_CACHE"`

	Email string `help:"Sender of e-mail: ${email_senders}. By default smtp if --smtp-addr is given." placeholder:"SENDER" env:"LIFEGUARD_EMAIL"`
	SMS   string `help:"Sender of text messages: ${sms_senders}." name:"sms" placeholder:"SENDER" env:"LIFEGUARD_SMS"`
	senderFlags
}

// Run starts for production.
func (f *serveCmd) Run(log *slog.Logger, _ *output) error {
	c := f.config()
	c.Mode = config.Serve
	if c.Listen == "" {
		c.Listen = "0.0.0.0:9229"
	}
	c.MetricsListen, c.DrainDelay = f.MetricsListen, f.DrainDelay
	c.TLSCert, c.TLSKey, c.TLSDir = f.TLSCert, f.TLSKey, f.TLSDir
	c.BehindProxy, c.TrustedProxies = f.BehindProxy, f.TrustedProxy
	c.ACME = config.ACME{On: f.ACME, Directory: f.ACMEDirectory, Email: f.ACMEEmail, Cache: f.ACMECache}
	c.Delivery.Email, c.Delivery.SMS = f.Email, f.SMS
	f.senderFlags.configure(&c)
	return listenAndServe(c, log, func(s *server.Server, _ *listeners) {
		log.Info(fmt.Sprintf("lifeguard %s serves %s", version(), s.Config.PublicURL), "listen", s.Config.Listen)
	})
}
