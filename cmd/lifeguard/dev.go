package main

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

type devCmd struct {
	serverFlags
	Code       string   `help:"Fixed value of all delivered codes, six digits." placeholder:"123456" env:"LIFEGUARD_CODE"`
	AllowHosts []string `name:"allow-host" help:"Further host name of this server, or host of web pages that may administer it; repeatable. Includes subdomains." placeholder:"NAME" env:"LIFEGUARD_ALLOW_HOST"`
	NoSeed     bool     `help:"Start without the demonstration pool." env:"LIFEGUARD_NO_SEED"`
}

// Run starts for tests and development.
func (f *devCmd) Run(log *slog.Logger, out *output) error {
	c := f.config()
	c.Mode, c.FixedCode, c.Seed, c.AllowHosts = config.Dev, f.Code, !f.NoSeed, f.AllowHosts
	return listenAndServe(c, log, func(s *server.Server) { printWelcome(out.stdout, s) })
}

// printWelcome prints settings and commands for developers to copy. Every AWS CLI
// command has the endpoint: version 2.9 and older do not read the environment
// variable.
func printWelcome(w io.Writer, s *server.Server) {
	endpoint := s.Config.PublicURL
	fmt.Fprintf(w, `lifeguard %[1]s, for development only

endpoint: %[2]s
messages: %[2]s/_dev/   (as JSON: %[2]s/_dev/messages)
triggers: %[2]s/_dev/triggers
data:     %[3]s
`, version(), endpoint, describeStore(s.Config))
	if !config.Local(s.Config.Listen) {
		fmt.Fprintf(w,
			"network:  listens on %s: anyone who reaches it can administer everything and read every message\n",
			s.Config.Listen)
	}
	fmt.Fprintf(w, `
# For AWS SDKs; any credentials do:
export AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=%[1]s
export AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s AWS_ACCESS_KEY_ID=dev AWS_SECRET_ACCESS_KEY=dev AWS_PAGER=
`, endpoint, s.Config.Region)
	if !s.Config.Seed {
		return
	}
	d := server.Demonstration(s.Config.Region)
	fmt.Fprintf(w, `export USER_POOL_ID=%[1]s CLIENT_ID=%[2]s

demonstration pool: %[1]s
  public client:       %[2]s
  confidential client: %[3]s
  client of the pages: %[7]s, which leads back to an application at %[8]s
  user:                %[4]s   password: %[5]s
  sign-in page:        %[9]s

# Try it:
aws --endpoint-url %[6]s cognito-idp list-users --user-pool-id %[1]s
aws --endpoint-url %[6]s cognito-idp initiate-auth --client-id %[2]s --auth-flow USER_PASSWORD_AUTH --auth-parameters 'USERNAME=%[4]s,PASSWORD=%[5]s'
aws --endpoint-url %[6]s cognito-idp sign-up --client-id %[2]s --username "user-$(date +%%s)" --password 'Demo-Passw0rd' --user-attributes Name=email,Value=user@example.com
curl -fsS '%[6]s/_dev/code?to=user@example.com'
`, d.PoolID, d.PublicClientID, d.ConfidentialClientID, d.Username, d.Password, endpoint,
		d.PagesClientID, d.RedirectURI, s.SignInPage())
}

// describeStore describes where users are stored, without the password in a database's
// URL, and the default key file of a database.
func describeStore(c config.Config) string {
	if c.Database != "" && c.MasterKey == "" && c.MasterKeyFile == "" {
		key, err := filepath.Abs(server.DevMasterKeyFile)
		if err != nil {
			key = server.DevMasterKeyFile
		}
		return "PostgreSQL; its master key is in " + key + " (--master-key-file names another file)"
	}
	if c.Database != "" {
		return "PostgreSQL"
	}
	if c.Data == ":memory:" {
		return "in memory, lost when the server stops"
	}
	return c.Data + "   (delete the directory to start again; --data :memory: keeps nothing)"
}
