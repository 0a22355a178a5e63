package e2e

import (
	"path/filepath"
	"testing"
)

// TestCustomAuth runs custom challenges of handlers written for AWS with the
// JavaScript clients.
func TestCustomAuth(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		handler, err := filepath.Abs(filepath.Join("js", "custom-auth.mjs"))
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"--no-seed"}
		for _, trigger := range []string{"DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"} {
			args = append(args, "--trigger", trigger+"=node:"+handler)
		}
		javaScript(t, "custom-auth.test.mjs", "LIFEGUARD_ENDPOINT="+startDev(t, st, args...).URL)
	})
}
