package sigv4_test

import (
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
)

// A client signs; the server finds the secret by the access key id and verifies.
func Example() {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	body := []byte(`{"MaxResults":1}`)
	r, err := http.NewRequest(http.MethodPost, "https://id.example.com/", strings.NewReader(string(body)))
	if err != nil {
		log.Fatal(err)
	}
	scope := sigv4.Credential{AccessKeyID: "AKIDEXAMPLE", Region: "us-east-1", Service: "cognito-idp"}
	sigv4.Sign(r, body, scope, "wJalrXUtnFEMI", noon)

	a, err := sigv4.ParseAuthorization(r.Header)
	if err != nil {
		log.Fatal(err)
	}
	o := sigv4.Options{Region: "us-east-1", Service: "cognito-idp", Now: noon.Add(time.Minute)}
	fmt.Println(a.Credential.AccessKeyID, sigv4.Verify(r, body, a, "wJalrXUtnFEMI", o))
	fmt.Println(sigv4.Verify(r, []byte(`{"MaxResults":60}`), a, "wJalrXUtnFEMI", o) != nil)
	// Output:
	// AKIDEXAMPLE <nil>
	// true
}
