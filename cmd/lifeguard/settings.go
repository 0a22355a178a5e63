package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// storeFlags select the store; every command that opens a store has them.
type storeFlags struct {
	Data            string        `help:"Directory of the embedded store. In dev ./lifeguard-data unless --database is given; :memory: keeps nothing." placeholder:"DIR" env:"LIFEGUARD_DATA"`
	Database        string        `help:"PostgreSQL instead: postgres://…" placeholder:"URL" env:"LIFEGUARD_DATABASE"`
	DatabaseTimeout time.Duration `help:"How long a transaction on PostgreSQL, its COMMIT and an attempt to connect may take, each." default:"3s" env:"LIFEGUARD_DATABASE_TIMEOUT"`
	MasterKeyFile   string        `help:"File of the master keys that seal secrets. By default master.key in the directory of the embedded store, made at the first start." placeholder:"FILE" env:"LIFEGUARD_MASTER_KEY_FILE"`
	MasterKey       string        `kong:"-"`
}

// serverFlags are common to dev and serve.
type serverFlags struct {
	storeFlags
	Listen     string `help:"Address to listen on. By default 127.0.0.1:9229 in dev, 0.0.0.0:9229 in serve." placeholder:"HOST:PORT" env:"LIFEGUARD_LISTEN"`
	PublicURL  string `help:"URL under which clients reach the server, without a path. In dev by default http:// and the address." placeholder:"URL" env:"LIFEGUARD_PUBLIC_URL"`
	Region     string `help:"AWS region of the pools." default:"us-east-1" env:"LIFEGUARD_REGION"`
	IssuerMode string `help:"Form of issuers: self, aws or aws-updated." default:"self" env:"LIFEGUARD_ISSUER_MODE"`
	TierGating *bool  `help:"Refuse features beyond a pool's tier, as AWS does. On in dev, off in serve." negatable:"" env:"LIFEGUARD_TIER_GATING"`

	RecoveryCodes bool `help:"Users with a second factor can get recovery codes. Not in Amazon Cognito." env:"LIFEGUARD_RECOVERY_CODES"`

	RequireDeviceSession bool `help:"Refuse answers to DEVICE_SRP_AUTH without a Session, which Amazon Cognito accepts." env:"LIFEGUARD_REQUIRE_DEVICE_SESSION"`

	CustomAuthLockout bool `help:"Wrong answers to custom challenges count in the lock-out of passwords in every custom sign-in, not only after a password. Not in Amazon Cognito." env:"LIFEGUARD_CUSTOM_AUTH_LOCKOUT"`

	RateLimits string `help:"How often accounts may call: off, aws or generous. Off in dev, generous in serve." placeholder:"LIMITS" env:"LIFEGUARD_RATE_LIMITS"`

	Triggers       []string `name:"trigger" sep:";" help:"Target that runs a function of LambdaConfig; repeatable, in the environment separated by semicolons. NAME is an ARN, a function's name or a trigger; TARGET is ${trigger_targets}." placeholder:"NAME=TARGET" env:"LIFEGUARD_TRIGGER"`
	LambdaEndpoint string   `help:"URL of a Lambda-compatible server that runs every other function, or aws." placeholder:"URL" env:"LIFEGUARD_LAMBDA_ENDPOINT"`

	KMS         string `help:"Keys that encrypt codes for custom senders: aws, or local, which decrypts at /_dev/kms. By default local in dev, none in serve." name:"kms" placeholder:"KMS" env:"LIFEGUARD_KMS"`
	AWSEndpoint string `help:"An emulator in place of SES, SNS and KMS." name:"aws-endpoint" placeholder:"URL" env:"LIFEGUARD_AWS_ENDPOINT"`

	AllowPrivateAddresses []string `help:"Addresses outside the public internet at which identity providers and services that send messages may be called. By default none in serve; in dev those of this machine and of private networks." placeholder:"CIDR" env:"LIFEGUARD_ALLOW_PRIVATE_ADDRESSES"`
}

func (f storeFlags) config() config.Config {
	// The key itself comes from the environment only: every user of the machine can
	// see flags.
	return config.Config{
		Data: f.Data, Database: f.Database, DatabaseTimeout: f.DatabaseTimeout,
		MasterKeyFile: f.MasterKeyFile, MasterKey: os.Getenv("LIFEGUARD_MASTER_KEY"),
	}
}

func (f serverFlags) config() config.Config {
	c := f.storeFlags.config()
	c.Listen, c.PublicURL, c.Region = f.Listen, f.PublicURL, f.Region
	c.IssuerMode, c.AllowPrivateAddresses = f.IssuerMode, f.AllowPrivateAddresses
	c.TierGating, c.RecoveryCodes, c.RateLimits = f.TierGating, f.RecoveryCodes, f.RateLimits
	c.RequireDeviceSession = f.RequireDeviceSession
	c.CustomAuthLockout = f.CustomAuthLockout
	c.Triggers = f.triggers()
	c.Delivery.KMS, c.Delivery.AWSEndpoint = f.KMS, f.AWSEndpoint
	return c
}

// triggers reads the secrets from the environment only, as storeFlags.config
// does.
func (f serverFlags) triggers() config.Triggers {
	return config.Triggers{
		Targets: f.Triggers, LambdaEndpoint: f.LambdaEndpoint,
		WebhookSecrets:  strings.Fields(os.Getenv("LIFEGUARD_WEBHOOK_SECRET")),
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
}

// configFile is --config: a JSON object of flag names and values. Flags and
// environment take precedence.
type configFile string

// BeforeResolve adds the file's values as a source of settings.
func (f configFile) BeforeResolve(k *kong.Kong, ctx *kong.Context) error {
	path := string(ctx.FlagValue(flagNamed(ctx, "config")).(configFile))
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("--config: %s is not a JSON object of settings: %w", path, err)
	}
	ctx.AddResolver(fileValues(values))
	return nil
}

func flagNamed(ctx *kong.Context, name string) *kong.Flag {
	for _, f := range ctx.Flags() {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// fileValues resolves flags from a file, unless the environment has them.
type fileValues map[string]any

// Validate refuses unknown names: a misspelt setting must not be ignored.
func (v fileValues) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			known[f.Name] = true
		}
		return next(nil)
	})
	for name := range v {
		if !known[name] {
			return fmt.Errorf("--config: there is no setting %q", name)
		}
	}
	return nil
}

// Resolve returns the file's value for the flag.
func (v fileValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	return v[flag.Name], nil
}
