// Package lifeguard runs Amazon Cognito user pools in a Go program: the
// cognito-idp API, OAuth 2.0 and OpenID Connect with sign-in pages, and the key
// sets and discovery documents of pools. Users are kept in an embedded SQLite
// or in PostgreSQL.
//
// Open makes a Server from a Config. Serve its Handler with net/http, and Close
// it at the end. A configuration for production:
//
//	lifeguard.Config{
//		Mode:        lifeguard.Serve,
//		Listen:      ":8080",
//		Data:        "/var/lib/lifeguard",
//		PublicURL:   "https://id.example.com",
//		BehindProxy: true,
//		SMTP:        lifeguard.SMTP{Addr: "smtp.example.com:587", From: "no-reply@example.com"},
//	}
//
// The command is cmd/lifeguard. For tests there is package lifeguardtest.
//
// In the source, internal/server connects the packages, internal/face has the
// protocols, internal/flow the flows, internal/userpool the types and rules of
// user pools, and internal/store the database; see docs/architecture.md.
package lifeguard
