// Package lifeguard runs Amazon Cognito user pools: the cognito-idp API, the
// key sets and discovery documents of its pools, on SQLite or PostgreSQL.
//
// Open makes a server from a Config; Handler is what to serve; Close ends it.
// The command is cmd/lifeguard. Programs that test against user pools use
// package lifeguardtest instead.
//
//	srv, err := lifeguard.Open(ctx, lifeguard.Config{
//		Mode: lifeguard.Serve, Listen: ":8080", Data: "/var/lib/lifeguard",
//		PublicURL: "https://id.example.com", BehindProxy: true,
//	})
//	if err != nil { … }
//	defer srv.Close()
//	err = http.ListenAndServe(":8080", srv.Handler())
//
// A newcomer to the source starts here and goes down: internal/server wires,
// internal/face speaks the wire, internal/flow decides, internal/userpool
// holds the nouns, internal/store remembers. docs/architecture.md is the plan.
package lifeguard
