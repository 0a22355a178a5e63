package standardwebhook_test

import (
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/standardwebhook"
)

// The key, id, time and body are the vector of the specification's libraries.
func ExampleSetHeaders() {
	key, err := standardwebhook.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		log.Fatal(err)
	}
	body := `{"test": 2432232314}`
	r, err := http.NewRequest(http.MethodPost, "https://hooks.example.com/", strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1614265330, 0)
	standardwebhook.SetHeaders(r.Header, []standardwebhook.Key{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", now, []byte(body))
	fmt.Println(r.Header.Get("Webhook-Timestamp"))
	fmt.Println(r.Header.Get("Webhook-Signature"))
	// Output:
	// 1614265330
	// v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
}
