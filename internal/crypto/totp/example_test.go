package totp_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
)

// The secret and the code are from RFC 6238, appendix B. A code is valid once.
func Example() {
	secret, err := totp.ParseSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1111111109, 0)
	fmt.Println(secret.Code(now)) // what an authenticator app shows

	var spent totp.Spent // stored beside the secret
	for range 2 {
		step, ok := secret.Verify("081804", now)
		if ok {
			spent, ok = spent.Redeem(step)
		}
		fmt.Println(ok)
	}
	// Output:
	// 081804
	// true
	// false
}

func ExampleSecret_URI() {
	secret, err := totp.ParseSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		log.Fatal(err)
	}
	label, parameters, _ := strings.Cut(secret.URI("Example Shop", "ann@example.com"), "?")
	fmt.Println(label)
	fmt.Println(parameters)
	// Output:
	// otpauth://totp/Example%20Shop:ann%40example.com
	// secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example%20Shop&algorithm=SHA1&digits=6&period=30
}
