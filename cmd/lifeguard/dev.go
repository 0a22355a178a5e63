package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

type devCmd struct {
	serverFlags
	Code       string   `help:"Fixed value of all delivered codes, six digits." placeholder:"123456" env:"LIFEGUARD_CODE"`
	AllowHosts []string `name:"allow-host" help:"Further host name of this server, or host of web pages that may administer it; repeatable. Includes subdomains." placeholder:"NAME" env:"LIFEGUARD_ALLOW_HOST"`
	NoSeed     bool     `help:"Start without the demonstration pool." env:"LIFEGUARD_NO_SEED"`

	HTTPSListen *string `help:"Address to listen on for HTTPS; an empty value switches it off. By default that of --listen with the next port." name:"https-listen" placeholder:"HOST:PORT" env:"LIFEGUARD_HTTPS_LISTEN"`
	AmazonHosts bool    `help:"The host names of Amazon Cognito lead here, for clients that know no others: certificates for them, and --issuer-mode aws." env:"LIFEGUARD_AMAZON_HOSTS"`
	authorityFlag
}

// authorityFlag selects the local authority.
type authorityFlag struct {
	Authority string `help:"Directory of the local authority, whose certificates HTTPS has in dev. By default lifeguard in the user's configuration directory." placeholder:"DIR" env:"LIFEGUARD_AUTHORITY"`
}

// devListen is the default of --listen in dev.
const devListen = "127.0.0.1:9229"

// Run starts for tests and development.
func (f *devCmd) Run(log *slog.Logger, out *output) error {
	c := f.config()
	c.Mode, c.FixedCode, c.Seed, c.AllowHosts = config.Dev, f.Code, !f.NoSeed, f.AllowHosts
	c.HTTPSListen, c.Authority, c.AmazonHosts = httpsAddress(f.HTTPSListen, f.Listen), f.Authority, f.AmazonHosts
	return listenAndServe(c, log, func(s *server.Server, l *listeners) {
		var text bytes.Buffer
		printWelcome(&text, s, l)
		// One write: a program that waits for the endpoint in a pipe then has the rest too.
		_, _ = out.stdout.Write(text.Bytes())
	})
}

// printWelcome prints settings and commands for developers to copy. Every AWS CLI
// command has the endpoint: version 2.9 and older do not read the environment
// variable.
func printWelcome(w io.Writer, s *server.Server, l *listeners) {
	endpoint := s.Config.PublicURL
	fmt.Fprintf(w, `lifeguard %[1]s, for development only

endpoint: %[2]s
messages: %[2]s/_dev/   (as JSON: %[2]s/_dev/messages)
triggers: %[2]s/_dev/triggers
data:     %[3]s
`, version(), endpoint, describeStore(s.Config))
	if l.https != nil {
		fmt.Fprintf(w, "https:    %s   (authority: %s/_dev/ca.pem; `lifeguard trust` installs it)\n",
			l.httpsURL(), endpoint)
	}
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
	printDemonstration(w, s)
	printAuthority(w, s, l)
}

// printAuthority prints what clients of HTTPS need.
func printAuthority(w io.Writer, s *server.Server, l *listeners) {
	if l.https == nil {
		return
	}
	file := l.authority.File()
	fmt.Fprintln(w, "\n# For clients of HTTPS, where `lifeguard trust` has not been run:")
	if file == "" {
		file = "lifeguard-ca.pem"
		fmt.Fprintf(w, "curl -fsS %s/_dev/ca.pem -o %s\n", s.Config.PublicURL, file)
	}
	fmt.Fprintf(w, `export NODE_EXTRA_CA_CERTS=%[1]s
export SSL_CERT_FILE=%[1]s   # OpenSSL, Go, Python: in place of the authorities of the system
`, quoted(file))
	if s.Config.AmazonHosts {
		printAmazonHosts(w, s, l)
	}
}

// quoted quotes a text for a shell, if it must be.
func quoted(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[0-9A-Za-z_./:-]+$`)

// printAmazonHosts prints how the host names of Amazon Cognito lead here.
func printAmazonHosts(w io.Writer, s *server.Server, l *listeners) {
	host, port, _ := net.SplitHostPort(reachable(l.https.Addr().String()))
	fmt.Fprintf(w, `
# For clients that know only the host names of Amazon Cognito, in /etc/hosts; one line for each prefix domain:
%[1]s cognito-idp.%[2]s.amazonaws.com issuer-cognito-idp.%[2]s.amazonaws.com
%[1]s PREFIX.auth.%[2]s.amazoncognito.com
`, host, s.Config.Region)
	if port != "443" {
		fmt.Fprintf(w, "# They connect to port 443, and this server listens on %s: start it with --https-listen %s,\n"+
			"# or redirect the port.\n", port, net.JoinHostPort(host, "443"))
	}
}

// printDemonstration prints the demonstration pool and commands to try.
func printDemonstration(w io.Writer, s *server.Server) {
	if !s.Config.Seed {
		return
	}
	endpoint := s.Config.PublicURL
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
