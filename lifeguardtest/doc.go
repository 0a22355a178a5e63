// Package lifeguardtest runs a Lifeguard inside a Go test: user pools with a
// clock that the test advances and a mailbox that it reads.
//
//	func TestSignUp(t *testing.T) {
//		srv := lifeguardtest.Start(t, lifeguardtest.WithDemonstration())
//		cfg.BaseEndpoint = &srv.URL // any AWS SDK
//		…
//		code := srv.Messages("ann@example.com")[0].Code
//		srv.Advance(24 * time.Hour) // the code has expired
//	}
//
// Everything is in memory, unless WithDatabase is given, and ends with the test.
// No file is written. Any credentials are accepted; an access key id of twelve
// digits names the account.
package lifeguardtest
