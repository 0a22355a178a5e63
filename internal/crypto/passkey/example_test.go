package passkey_test

import (
	"crypto/rand"
	"fmt"
	"log"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

// A registration. The challenge is stored until the response arrives.
func Example() {
	challenge, err := passkey.NewChallenge(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	c := passkey.Ceremony{Challenge: challenge, RelyingParty: "example.org"}
	options := c.CreationOptions(passkey.User{Handle: "8f7d3b1e", Name: "ann"}, nil)

	// In a browser: navigator.credentials.create(options).
	browser, err := passkeytest.New("https://example.org")
	if err != nil {
		log.Fatal(err)
	}
	answer, err := passkey.ParseRegistration(browser.Create(options))
	if err != nil {
		log.Fatal(err)
	}
	credential, err := c.VerifyRegistration(answer)
	fmt.Println(credential.Attachment, err)
	// Output: platform <nil>
}

// A sign-in with a registered passkey, and a response to another challenge.
func ExampleCeremony_VerifyAssertion() {
	browser, stored := registeredBrowser("8f7d3b1e")
	c := passkey.Ceremony{Challenge: []byte("fresh for this sign-in"), RelyingParty: "example.org"}
	options := c.RequestOptions([]passkey.Credential{stored})

	// In a browser: navigator.credentials.get(options).
	answer, err := passkey.ParseAssertion(browser.Get(options))
	if err != nil {
		log.Fatal(err)
	}
	proof, err := c.VerifyAssertion(answer, stored, "8f7d3b1e")
	fmt.Println(proof.SignCount > stored.SignCount, err)

	c.Challenge = []byte("of another sign-in")
	_, err = c.VerifyAssertion(answer, stored, "8f7d3b1e")
	fmt.Println(err)
	// Output:
	// true <nil>
	// passkey: another challenge was answered
}

// registeredBrowser returns a browser with a passkey and the server's
// credential for it.
func registeredBrowser(handle string) (*passkeytest.Authenticator, passkey.Credential) {
	browser, err := passkeytest.New("https://example.org")
	if err != nil {
		log.Fatal(err)
	}
	c := passkey.Ceremony{Challenge: []byte("of the registration"), RelyingParty: "example.org"}
	options := c.CreationOptions(passkey.User{Handle: handle, Name: "ann"}, nil)
	answer, err := passkey.ParseRegistration(browser.Create(options))
	if err != nil {
		log.Fatal(err)
	}
	stored, err := c.VerifyRegistration(answer)
	if err != nil {
		log.Fatal(err)
	}
	return browser, stored
}
