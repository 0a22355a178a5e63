package selfsigned_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"log"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/selfsigned"
)

func ExampleCertificate() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		log.Fatal(err)
	}
	from := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	der, err := selfsigned.Certificate(rand.Reader, pkcs8, "us-east-1_Example", from)
	if err != nil {
		log.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Subject, c.NotAfter.Year(), key.PublicKey.Equal(c.PublicKey))
	// Output: CN=us-east-1_Example 2036 true
}
