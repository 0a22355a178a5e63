// Package lifeguardtest runs a Lifeguard inside a Go test: user pools with a
// clock that the test drives and a mailbox that it reads.
//
//	func TestSignUp(t *testing.T) {
//		srv := lifeguardtest.Start(t)
//		cfg.BaseEndpoint = &srv.URL // any AWS SDK
//		…
//		code := srv.Messages("ann@example.com")[0].Code
//		srv.Advance(24 * time.Hour) // now the code has run out
//	}
//
// Everything is in memory, unless WithDatabase is given, and gone when the test
// ends. No file is written. Any credentials are taken; an access key id of twelve
// digits names the account.
package lifeguardtest
