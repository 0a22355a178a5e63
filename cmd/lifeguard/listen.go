package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// drain is how long running requests may take after a stop was asked for.
const drain = 20 * time.Second

// settled is how long after its start a server has made its keys and seeds.
const settled = 3 * time.Second

// listenAndServe runs a server until SIGINT or SIGTERM, then drains it. The
// listener is opened first: the port may be part of the public URL. ready is
// called when requests are taken.
func listenAndServe(c config.Config, log *slog.Logger, ready func(*server.Server)) error {
	c, err := c.Complete()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return &config.FieldError{Field: "listen", Problem: err.Error(), Cure: "stop what holds the port or choose another one"}
	}
	c.Listen = listener.Addr().String()
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Listen
	}
	if listener, err = withTLS(listener, c); err != nil {
		return err
	}
	s, err := server.New(ctx, c, server.Parts{Log: log})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	front := &http.Server{
		Handler: s.Handler(), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- front.Serve(listener) }()
	ready(s)
	// What starting took, and serving does not need, goes back to the system.
	defer time.AfterFunc(settled, debug.FreeOSMemory).Stop()
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Info("stopping: running requests are finished first")
		limit, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		err = front.Shutdown(limit)
	}
	return errors.Join(err, s.Close())
}

// withTLS wraps the listener where certificate files are given.
func withTLS(l net.Listener, c config.Config) (net.Listener, error) {
	if c.TLSCert == "" {
		return l, nil
	}
	cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		_ = l.Close()
		return nil, &config.FieldError{Field: "tls-cert", Problem: err.Error(), Cure: "give PEM files that belong together"}
	}
	return tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}), nil
}

type serveCmd struct {
	serverFlags
	TLSCert      string   `help:"Certificate file (PEM)." name:"tls-cert" placeholder:"FILE" env:"LIFEGUARD_TLS_CERT"`
	TLSKey       string   `help:"Key file (PEM)." name:"tls-key" placeholder:"FILE" env:"LIFEGUARD_TLS_KEY"`
	BehindProxy  bool     `help:"Something in front speaks TLS." env:"LIFEGUARD_BEHIND_PROXY"`
	TrustedProxy []string `help:"Addresses whose X-Forwarded-For is believed." placeholder:"CIDR" env:"LIFEGUARD_TRUSTED_PROXY"`
	SMTPAddr     string   `help:"Mail server." name:"smtp-addr" placeholder:"HOST:PORT" env:"LIFEGUARD_SMTP_ADDR"`
	SMTPUsername string   `help:"User at the mail server; its password is LIFEGUARD_SMTP_PASSWORD." name:"smtp-username" env:"LIFEGUARD_SMTP_USERNAME"`
	SMTPTLS      string   `help:"starttls, implicit or none." name:"smtp-tls" default:"starttls" env:"LIFEGUARD_SMTP_TLS"`
	SMTPFrom     string   `help:"Sender where a pool names none." name:"smtp-from" env:"LIFEGUARD_SMTP_FROM"`

	Email           string `help:"Who sends e-mail: smtp, ses or webhook. With --smtp-addr smtp." placeholder:"SENDER" env:"LIFEGUARD_EMAIL"`
	SMS             string `help:"Who sends text messages: sns, twilio or webhook." name:"sms" placeholder:"SENDER" env:"LIFEGUARD_SMS"`
	DeliveryWebhook string `help:"URL that messages are posted to, signed with LIFEGUARD_WEBHOOK_SECRET." placeholder:"URL" env:"LIFEGUARD_DELIVERY_WEBHOOK"`
	SESFrom         string `help:"Sender at SES where a pool names none." name:"ses-from" env:"LIFEGUARD_SES_FROM"`
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
	c.TLSCert, c.TLSKey, c.BehindProxy, c.TrustedProxies = f.TLSCert, f.TLSKey, f.BehindProxy, f.TrustedProxy
	c.SMTP = config.SMTP{
		Addr: f.SMTPAddr, Username: f.SMTPUsername, Password: smtpPassword(), TLS: f.SMTPTLS, From: f.SMTPFrom,
	}
	c.Delivery.Email, c.Delivery.SMS, c.Delivery.Webhook = f.Email, f.SMS, f.DeliveryWebhook
	c.Delivery.SESFrom, c.Delivery.SNSSenderID = f.SESFrom, f.SNSSenderID
	c.Delivery.Twilio = config.Twilio{
		Account: f.TwilioAccount, Token: os.Getenv("LIFEGUARD_TWILIO_TOKEN"), From: f.TwilioFrom, Endpoint: f.TwilioEndpoint,
	}
	return listenAndServe(c, log, func(s *server.Server) {
		log.Info(fmt.Sprintf("lifeguard %s serves %s", version(), s.Config.PublicURL), "listen", s.Config.Listen)
	})
}
