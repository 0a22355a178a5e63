package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// flagGroups are the headings of --help by prefix of the flag's name. The longest
// prefix applies. The flags of senders are always in messagesGroup.
var flagGroups = map[string]string{
	"": "Other settings", "help": "General", "config": "General", "log-": "General",
	"data": "Storage", "database": "Storage", "master-key": "Storage",
	"listen": "Network", "public-url": "Network", "metrics-": "Network", "drain-": "Network", "tls-": "Network",
	"https-": "Network", "authority": "Network", "amazon-": "Network", "acme": "Network",
	"behind-proxy": "Network", "trusted-proxy": "Network", "allow-": "Network",
	"region": "User pools", "issuer-mode": "User pools", "tier-gating": "User pools", "recovery-codes": "User pools",
	"rate-limits": "User pools", "require-device-session": "User pools", "custom-auth-": "User pools",
	"code": "User pools", "no-seed": "User pools",
	"trigger": "Lambda triggers", "lambda-": "Lambda triggers", "kms": "Lambda triggers",
	"email": "Messages", "sms": "Messages", "aws-endpoint": "Messages",
}

// groupOf returns the group of a flag in --help.
func groupOf(_ kong.Visitable, flag *kong.Flag) *kong.Group {
	longest := ""
	for start := range flagGroups {
		if len(start) > len(longest) && strings.HasPrefix(flag.Name, start) {
			longest = start
		}
	}
	name := flagGroups[longest] + ":"
	return &kong.Group{Key: name, Title: name}
}

// describeFlag returns a flag's help with its default and environment variable.
func describeFlag(v *kong.Value) string {
	var notes []string
	if v.HasDefault {
		notes = append(notes, "default "+v.Default)
	}
	for _, name := range v.Tag.Envs {
		notes = append(notes, "$"+name)
	}
	if len(notes) == 0 {
		return v.Help
	}
	return v.Help + " (" + strings.Join(notes, ", ") + ")"
}

const secretsHelp = `
Secrets come from the environment only, since every user of a machine can see the flags of a process:

	LIFEGUARD_MASTER_KEY       the master keys, in place of --master-key-file
	LIFEGUARD_WEBHOOK_SECRET   signs requests to webhooks: whsec_ and base64; two during a rotation
	AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
	                           sign calls of Lambda, SES, SNS and KMS
`

// Help is printed by --help.
func (*devCmd) Help() string {
	return `Any credentials are accepted, and every message can be read at /_dev/. Nothing needs to be configured.

Examples:

	lifeguard dev
	lifeguard dev --data :memory: --code 123456
	lifeguard dev --trigger PreSignUp=node:./handler.mjs
	lifeguard dev --listen 0.0.0.0:9229 --public-url http://lifeguard:9229
	lifeguard dev --public-url https://localhost:9230
	lifeguard dev --amazon-hosts --https-listen 127.0.0.1:443
` + secretsHelp
}

// Help is printed by --help.
func (*trustCmd) Help() string {
	return `Every command that changes a store is printed, and needs the rights of an administrator for that of the system.

Examples:

	lifeguard trust
	lifeguard trust --uninstall
`
}

// Help is printed by --help.
func (*serveCmd) Help() string {
	return `Signatures are verified. The public URL, the store, TLS and a sender of messages must be configured.

Examples:

	lifeguard serve --data /var/lib/lifeguard --public-url https://id.example.com --listen 0.0.0.0:443 \
	  --tls-cert cert.pem --tls-key key.pem --smtp-addr smtp.example.com:587 --smtp-username mailer --smtp-from id@example.com
	lifeguard serve --database postgres://lifeguard@db/lifeguard --master-key-file master.key \
	  --public-url https://id.example.com --behind-proxy --metrics-listen 0.0.0.0:9230 --email ses --ses-from id@example.com
` + secretsHelp + senderSecretsHelp()
}

// Help is printed by --help.
func (*accessKeyCmd) Help() string {
	return `Examples:

	lifeguard access-key create --data /var/lib/lifeguard --account 111111111111 --description deploy
	lifeguard access-key list --data /var/lib/lifeguard
`
}

// Help is printed by --help.
func (*quotaCmd) Help() string {
	return `Examples:

	lifeguard quota list us-east-1_AbCdEfGhI --data /var/lib/lifeguard
	lifeguard quota set 111111111111 UserPools 5000 --data /var/lib/lifeguard
`
}

// Help is printed by --help.
func (*outboxCmd) Help() string {
	return `A message is dead when its sender refuses it permanently or its code expires before a retry. It is kept for 14 days.

Examples:

	lifeguard outbox list --data /var/lib/lifeguard
	lifeguard outbox retry --all --data /var/lib/lifeguard
	lifeguard outbox purge 5f1c9f52-7c1c-4a0e-9a51-1d2b7c3e8f40 --data /var/lib/lifeguard
`
}

// Help is printed by --help.
func (*masterKeyCmd) Help() string {
	return `Examples:

	lifeguard master-key new > master.key
	lifeguard master-key rotate --data /var/lib/lifeguard
`
}

// Help is printed by --help.
func (*sealingRootCmd) Help() string {
	return `Sessions, SRP blocks, refresh tokens, page steps and cookies are sealed under keys that derive from a root.

Examples:

	lifeguard sealing-root rotate --data /var/lib/lifeguard
	lifeguard sealing-root list --data /var/lib/lifeguard
	lifeguard sealing-root retire 5f1c9f527c1c4a0e --data /var/lib/lifeguard
`
}

// Help is printed by --help.
func (*signingKeyCmd) Help() string {
	return `New keys are published at once and sign after the overlap. The old ones are published until their tokens have expired.

Examples:

	lifeguard signing-key list us-east-1_AbCdEfGhI --data /var/lib/lifeguard
	lifeguard signing-key rotate --all --data /var/lib/lifeguard
	lifeguard signing-key rotate us-east-1_AbCdEfGhI --now --data /var/lib/lifeguard
`
}

// Help is printed by --help.
func (*healthCmd) Help() string {
	return `The exit status is 0 when /readyz of a server on this machine answers 200, for images without a shell:

	HEALTHCHECK CMD ["/lifeguard", "health"]
`
}
