// Code generated from internal/config by go generate; DO NOT EDIT.

package lifeguard

import "time"

// Mode is how strictly a server treats its callers. Only the mode switches
// development behaviour on; no single setting does.
type Mode string

// The modes.
const (
	// Serve is for production: requests need valid AWS signatures, and there are
	// no test helpers.
	Serve Mode = "serve"
	// Dev is for tests and development: any signature is accepted, sent messages
	// are kept for reading, and the endpoints below /_dev exist.
	Dev Mode = "dev"
)

// Config holds the settings of a server. Serve mode needs Listen, PublicURL, a
// store, TLSCert and TLSKey or BehindProxy, and a sender of messages. Dev mode
// has defaults for everything except PublicURL.
//
// MetricsListen, DrainDelay, HTTPSListen, Authority, ACME and those whose names
// begin with TLS are settings of the command lifeguard; a Go program that serves a
// Handler has its own listeners.
type Config struct {
	Mode Mode
	// Listen is host:port; port 0 picks a free one. Dev: 127.0.0.1:9229 by default.
	Listen string
	// MetricsListen is host:port of the listener for metrics in Serve mode; empty
	// means none. Dev mode serves metrics on its only listener.
	MetricsListen string
	// DrainDelay is how long the command lifeguard continues to serve after a
	// signal to stop, while /readyz already answers 503.
	DrainDelay time.Duration
	// Data is the directory of the embedded store, or :memory:. Database is a
	// postgres:// URL. Set one of the two. Dev: ./lifeguard-data by default.
	Data, Database string
	// DatabaseTimeout is the time limit of a transaction on PostgreSQL, of its COMMIT
	// and of an attempt to connect, each; three seconds if zero, 25 at most.
	DatabaseTimeout time.Duration
	// PublicURL is the URL at which clients reach the server, without a path;
	// issuers derive from it. In Dev mode the command derives it from Listen.
	PublicURL string
	// AllowHosts are further names by which a Dev server may be addressed, and
	// hosts whose web pages may administer it. Subdomains are included.
	AllowHosts []string
	// Region is the AWS region of pools, us-east-1 by default. In Dev mode the
	// region in a caller's signature takes precedence.
	Region string
	// TLSCert and TLSKey are the names of PEM files, TLSDir is a directory of more
	// pairs, for domains of pools. BehindProxy states that a proxy in front of the
	// server terminates TLS.
	TLSCert, TLSKey, TLSDir string
	ACME                    ACME
	BehindProxy             bool
	// HTTPSListen is host:port of the listener for TLS in Dev mode, with certificates
	// of a local authority; empty means none.
	HTTPSListen string
	// Authority is the directory of the local authority; in the user's configuration
	// directory by default.
	Authority string
	// AmazonHosts states that the host names of Amazon Cognito lead to this server,
	// for clients that know no others. Dev mode only. It selects the issuers of AWS.
	AmazonHosts bool
	// TrustedProxies are the addresses or prefixes of proxies whose X-Forwarded-For
	// and X-Forwarded-Host are trusted.
	TrustedProxies []string
	// TierGating refuses features beyond a pool's tier, as AWS does; nil means
	// true in Dev mode and false in Serve mode.
	TierGating *bool
	// RecoveryCodes lets users with a second factor create codes for the case
	// that they lose it. Amazon Cognito has no such codes.
	RecoveryCodes bool
	// RequireDeviceSession refuses answers to DEVICE_SRP_AUTH without a Session,
	// which Amazon Cognito accepts.
	RequireDeviceSession bool
	// CustomAuthLockout counts wrong answers to custom challenges as wrong
	// passwords in every custom sign-in. Amazon Cognito does not.
	CustomAuthLockout bool
	// RateLimits selects the request rates of accounts: off, aws or generous.
	// The default is off in Dev mode and generous in Serve mode.
	RateLimits string
	// AllowPrivateAddresses are addresses or prefixes outside the public internet
	// at which the server may call identity providers and services that send
	// messages. If nil, Dev mode allows this machine and private networks.
	AllowPrivateAddresses []string
	// IssuerMode selects the form of issuers: self (the default), aws or aws-updated.
	IssuerMode string
	// MasterKey is the text of the master keys, MasterKeyFile the name of a file
	// with them. If neither is set, a file beside the embedded store is created;
	// in Serve mode Database needs one of them.
	MasterKey, MasterKeyFile string
	SMTP                     SMTP
	Delivery                 Delivery
	Triggers                 Triggers
	// FixedCode replaces every delivered code; it is six digits. Seed creates the
	// demonstration pool. Both are for Dev mode only.
	FixedCode string
	Seed      bool
}

// Triggers selects what runs the functions that pools name in LambdaConfig.
type Triggers struct {
	// Targets are rules such as PreSignUp=node:./handler.mjs. The part before the
	// equals sign is the ARN of a function, the beginning of one followed by an
	// asterisk, the name of a function, or the name of a trigger, which matches
	// any function that a pool has there.
	Targets []string
	// LambdaEndpoint is the URL of a Lambda-compatible server, or aws. It runs
	// the functions that no target matches.
	LambdaEndpoint string
	// WebhookSecrets sign requests to webhooks: each is base64 prefixed by
	// whsec_. There may be two while one replaces the other.
	WebhookSecrets []string
	// AccessKeyID, SecretAccessKey and SessionToken sign calls of Lambda. An
	// emulator needs none.
	AccessKeyID, SecretAccessKey, SessionToken string
}

// SMTP is the mail server that sends e-mail; an empty Addr means none.
type SMTP struct {
	// Addr is host:port.
	Addr, Username, Password string
	// TLS is starttls (the default), implicit or none.
	TLS string
	// From is the sender's address for pools that name none.
	From string
}

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

// ACME gets certificates for the public name and the domains of pools.
type ACME struct {
	// On switches it on, and accepts the terms of the authority.
	On bool
	// Directory is the URL of the authority; Let's Encrypt by default. Email is a
	// contact for it.
	Directory, Email string
	// Cache is the directory of certificates, acme beside the embedded store by
	// default.
	Cache string
}
