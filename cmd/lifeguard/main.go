// Command lifeguard runs Amazon Cognito user pools.
//
//	lifeguard dev      for tests and development: no configuration needed
//	lifeguard serve    for production: strict, with few defaults
//
// Flags take precedence over the environment (LIFEGUARD_…), which takes
// precedence over the file of --config.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

type cli struct {
	Config      configFile     `help:"JSON file of settings, by flag name." placeholder:"FILE"`
	LogLevel    string         `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"LIFEGUARD_LOG_LEVEL"`
	LogFormat   string         `help:"text or json." default:"text" enum:"text,json" env:"LIFEGUARD_LOG_FORMAT"`
	Dev         devCmd         `cmd:"" help:"Start for tests and development."`
	Serve       serveCmd       `cmd:"" help:"Start for production."`
	Trust       trustCmd       `cmd:"" help:"Install the local authority of dev in the stores of this machine and its browsers, or remove it."`
	AccessKey   accessKeyCmd   `cmd:"" name:"access-key" help:"Create, list and revoke the keys that sign IAM operations."`
	Quota       quotaCmd       `cmd:"" help:"List and set how many resources pools and accounts may have."`
	Outbox      outboxCmd      `cmd:"" help:"List, retry and purge dead messages, which will not be sent."`
	MasterKey   masterKeyCmd   `cmd:"" name:"master-key" help:"Make and rotate the key that seals secrets."`
	SealingRoot sealingRootCmd `cmd:"" name:"sealing-root" help:"Rotate the keys of Sessions, refresh tokens and cookies."`
	SigningKey  signingKeyCmd  `cmd:"" name:"signing-key" help:"List and rotate the keys that sign the tokens of pools."`
	Migrate     migrateCmd     `cmd:"" help:"Create the store if it does not exist, bring its schema up to date, and stop."`
	Health      healthCmd      `cmd:"" help:"Check whether a server on this machine is ready."`
	Version     versionCmd     `cmd:"" help:"Print version, commit and date."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the command and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	status := -1
	parser, err := newParser(&c,
		kong.Name("lifeguard"), kong.Description("Amazon Cognito user pools that anyone can run."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { status = code }),
		kong.AutoGroup(groupOf), kong.ValueFormatter(describeFlag),
		kong.Bind(&output{stdout, stderr}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "lifeguard:", err)
		return 1
	}
	ctx, err := parser.Parse(args)
	if status >= 0 {
		return status
	}
	if err != nil {
		fmt.Fprintln(stderr, "lifeguard:", err)
		return 2
	}
	log := newLogger(stderr, c.LogLevel, c.LogFormat)
	if err := ctx.Run(log); err != nil {
		fmt.Fprintln(stderr, "lifeguard:", err)
		return 1
	}
	return 0
}

// newParser returns the parser of the command line, which fills c.
func newParser(c *cli, options ...kong.Option) (*kong.Kong, error) {
	c.Serve.senderFlags = newSenderFlags()
	return kong.New(c, append(options, helpWords)...)
}

// output is where commands print: results to stdout, remarks to stderr.
type output struct{ stdout, stderr io.Writer }
