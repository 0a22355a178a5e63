package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

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

// FieldError reports a setting that is missing or invalid.
type FieldError struct {
	// Field is the name of the flag.
	Field string
	// Problem and Cure are one clause each.
	Problem, Cure string
}

func (e *FieldError) Error() string { return "--" + e.Field + ": " + e.Problem + "; " + e.Cure }

// DefaultRegion is the region of a server whose Region is not set.
const DefaultRegion = "us-east-1"

// Complete fills defaults and checks every field.
func (c Config) Complete() (Config, error) {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	if c.IssuerMode == "" {
		c.IssuerMode = "self"
	}
	if c.Mode == Dev {
		c = c.devDefaults()
	}
	if c.RateLimits == "" {
		c.RateLimits = "generous"
	}
	if c.ACME.On && c.ACME.Cache == "" && c.Data != "" {
		c.ACME.Cache = c.Data + "/acme"
	}
	if c.Delivery.Email == "" && c.SMTP.Addr != "" {
		c.Delivery.Email = "smtp"
	}
	for _, check := range []func(Config) error{
		storage, listen, metricsListen, httpsListen, drainDelay, publicURL, hosts, region, issuerMode, tls, acme,
		proxies, privateAddresses, rateLimits, masterKey, delivery, completeSenders, devOnly,
	} {
		if err := check(c); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c Config) devDefaults() Config {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:9229"
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && hostName.MatchString(host) {
		c.AllowHosts = append(slices.Clone(c.AllowHosts), host)
	}
	if c.Data == "" && c.Database == "" {
		c.Data = "./lifeguard-data"
	}
	if c.RateLimits == "" {
		c.RateLimits = "off"
	}
	if c.TierGating == nil {
		c.TierGating = new(true)
	}
	if c.AmazonHosts && c.IssuerMode == "self" {
		c.IssuerMode = "aws"
	}
	if c.Delivery.KMS == "" {
		c.Delivery.KMS = "local"
	}
	if c.AllowPrivateAddresses == nil {
		c.AllowPrivateAddresses = []string{"127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
	}
	return c
}

// CheckStore checks the fields that a command needs to open the store of a
// server.
func (c Config) CheckStore() error {
	if c.Data == ":memory:" {
		return &FieldError{"data", "a store in memory ends with its server", "name the directory of a server"}
	}
	if err := storage(c); err != nil {
		return err
	}
	return masterKey(c)
}

func storage(c Config) error {
	switch {
	case c.Data == "" && c.Database == "":
		return &FieldError{
			"data", "missing: there is no place to store users",
			"name a directory with --data DIR or a PostgreSQL with --database postgres://…",
		}
	case c.Data != "" && c.Database != "":
		return &FieldError{"database", "--data is given as well", "choose one of the two"}
	case c.Mode == Serve && c.Data == ":memory:":
		return &FieldError{"data", "a store in memory loses every user when the server stops", "name a directory"}
	}
	if c.Database == "" {
		return nil
	}
	u, err := url.Parse(c.Database)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return &FieldError{"database", "not a postgres:// URL", "write postgres://user:password@host:5432/name"}
	}
	if c.DatabaseTimeout < 0 || c.DatabaseTimeout > maxDatabaseTimeout {
		return &FieldError{
			"database-timeout", fmt.Sprintf("%s is negative or more than %s", c.DatabaseTimeout, maxDatabaseTimeout),
			"write for example 3s",
		}
	}
	return nil
}

// maxDatabaseTimeout is less than half of the minute for which the rows of a
// deleted pool are deleted again: an Update and its COMMIT end before that.
const maxDatabaseTimeout = 25 * time.Second

func listen(c Config) error { return address("listen", c.Listen, "0.0.0.0:9229") }

func metricsListen(c Config) error {
	if c.MetricsListen == "" {
		return nil
	}
	return address("metrics-listen", c.MetricsListen, "127.0.0.1:9230")
}

// address checks host:port to listen on.
func address(field, value, example string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return &FieldError{field, fmt.Sprintf("%q is not host:port", value), "write for example " + example}
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return &FieldError{
			field, fmt.Sprintf("%q is not a port", port), "use a number up to 65535, for example " + example,
		}
	}
	return nil
}

func drainDelay(c Config) error {
	if c.DrainDelay < 0 {
		return &FieldError{"drain-delay", "is negative", "write for example 5s"}
	}
	return nil
}

// hostName is a DNS name or an address, without a port.
var hostName = regexp.MustCompile(`^[0-9A-Za-z_]([0-9A-Za-z_.-]*[0-9A-Za-z.])?$`)

func hosts(c Config) error {
	for _, h := range c.AllowHosts {
		if _, err := netip.ParseAddr(h); err != nil && !hostName.MatchString(h) {
			return &FieldError{
				"allow-host", fmt.Sprintf("%q is not a host name", h), "write the name alone, for example auth.test",
			}
		}
	}
	return nil
}

func publicURL(c Config) error {
	if c.PublicURL == "" {
		if c.Mode == Dev {
			return nil
		}
		return &FieldError{
			"public-url", "missing",
			"name the URL under which clients reach this server, for example https://id.example.com",
		}
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return &FieldError{
			"public-url", fmt.Sprintf("%q is not an http or https URL", c.PublicURL),
			"write for example https://id.example.com",
		}
	}
	if u.Path != "" || u.User != nil {
		return &FieldError{
			"public-url", fmt.Sprintf("%q has more than a scheme, a host and a port", c.PublicURL),
			"give the server a host name of its own and write for example https://id.example.com",
		}
	}
	if c.Mode == Serve && u.Scheme != "https" && !loopback(u.Hostname()) {
		return &FieldError{"public-url", "tokens and passwords would be sent unencrypted", "use an https URL"}
	}
	return nil
}

// Local reports whether a listen address is reachable from this machine only.
func Local(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && loopback(host)
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

var regionForm = regexp.MustCompile(`^[a-z]{2}(-gov)?-[a-z]+-\d$`)

func region(c Config) error {
	if !regionForm.MatchString(c.Region) {
		return &FieldError{
			"region", fmt.Sprintf("%q is not an AWS region", c.Region),
			"write for example us-east-1; pool ids begin with it",
		}
	}
	return nil
}

func issuerMode(c Config) error {
	switch c.IssuerMode {
	case "self", "aws", "aws-updated":
		return nil
	}
	return &FieldError{
		"issuer-mode", fmt.Sprintf("%q is not an issuer mode", c.IssuerMode), "use self, aws or aws-updated",
	}
}

func rateLimits(c Config) error {
	switch c.RateLimits {
	case "off", "aws", "generous":
		return nil
	}
	return &FieldError{"rate-limits", fmt.Sprintf("%q is not a valid value", c.RateLimits), "use off, aws or generous"}
}

func proxies(c Config) error { return prefixes("trusted-proxy", c.TrustedProxies) }

func privateAddresses(c Config) error {
	return prefixes("allow-private-addresses", c.AllowPrivateAddresses)
}

// PrivateAddresses returns the parsed AllowPrivateAddresses of a complete
// configuration.
func (c Config) PrivateAddresses() []netip.Prefix { return parsed(c.AllowPrivateAddresses) }

// Proxies returns the parsed TrustedProxies of a complete configuration.
func (c Config) Proxies() []netip.Prefix { return parsed(c.TrustedProxies) }

func parsed(texts []string) (list []netip.Prefix) {
	for _, text := range texts {
		if p, err := ParsePrefix(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func prefixes(field string, list []string) error {
	for _, p := range list {
		if _, err := ParsePrefix(p); err != nil {
			return &FieldError{
				field, fmt.Sprintf("%q is neither an address nor a prefix", p), "write for example 10.0.0.0/8",
			}
		}
	}
	return nil
}

// ParsePrefix reads an address or a CIDR prefix.
func ParsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

func masterKey(c Config) error {
	switch {
	case c.MasterKey != "" && c.MasterKeyFile != "":
		return &FieldError{"master-key-file", "the master key is given as text as well", "choose one of the two"}
	case c.Mode != Dev && c.Database != "" && c.MasterKey == "" && c.MasterKeyFile == "":
		return &FieldError{
			"master-key-file", "the key that seals secrets must be the same on every node",
			"name a file with --master-key-file or set LIFEGUARD_MASTER_KEY; `lifeguard master-key new` makes one",
		}
	}
	return nil
}

// smtp checks the mail server, if there is one.
func smtp(c Config) error {
	if c.SMTP.Addr == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.SMTP.Addr); err != nil {
		return &FieldError{
			"smtp-addr", fmt.Sprintf("%q is not host:port", c.SMTP.Addr), "write for example smtp.example.com:587",
		}
	}
	switch c.SMTP.TLS {
	case "", "starttls", "implicit", "none":
	default:
		return &FieldError{
			"smtp-tls", fmt.Sprintf("%q is not a valid value", c.SMTP.TLS), "use starttls, implicit or none",
		}
	}
	switch {
	case c.Mode == Dev:
	case c.SMTP.Username != "" && c.SMTP.Password == "":
		return &FieldError{"smtp-username", "its password is missing", "set LIFEGUARD_SMTP_PASSWORD"}
	case c.SMTP.Username == "" && c.SMTP.Password != "":
		return &FieldError{
			"smtp-username", "missing, although LIFEGUARD_SMTP_PASSWORD is set", "name the user at the mail server",
		}
	}
	return nil
}

func devOnly(c Config) error {
	for field, used := range map[string]bool{
		"code": c.FixedCode != "" || c.Seed, "https-listen": c.HTTPSListen != "", "amazon-hosts": c.AmazonHosts,
	} {
		if c.Mode != Dev && used {
			return &FieldError{field, "is for development only", "start with `lifeguard dev`"}
		}
	}
	if c.FixedCode != "" && (len(c.FixedCode) != 6 || strings.Trim(c.FixedCode, "0123456789") != "") {
		return &FieldError{"code", fmt.Sprintf("%q is not six digits", c.FixedCode), "write for example 123456"}
	}
	return nil
}
