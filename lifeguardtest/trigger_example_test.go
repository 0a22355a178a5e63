package lifeguardtest_test

import (
	"context"
	"fmt"

	"github.com/lifeguard-auth/lifeguard/lifeguardtest"
)

// A function of the PreSignUp trigger confirms every user.
func ExampleWithTrigger() {
	t, end := testOfExample() // in a test: its *testing.T
	defer end()

	confirm := func(ctx context.Context, event []byte) ([]byte, error) {
		return []byte(`{"response":{"autoConfirmUser":true}}`), nil
	}
	srv := lifeguardtest.Start(t, lifeguardtest.WithDemonstration(), lifeguardtest.WithTrigger("PreSignUp", confirm))
	out := call(t, srv, "SignUp", map[string]any{
		"ClientId": "demopublicclient0000000000", "Username": "ann", "Password": "Tour-Passw0rd",
	})
	fmt.Println(out["UserConfirmed"])
	// Output: true
}
