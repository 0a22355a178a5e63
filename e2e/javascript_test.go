package e2e

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestJavaScript runs the suites of the JavaScript clients.
func TestJavaScript(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		operator := strings.Join(append([]string{binary}, srv.store.flags...), "\n")
		for _, suite := range []string{
			"identity", "amplify", "verify", "passkey", "passkey-page", "identity-factors",
			"amplify-factors", "amplify-choice", "devices", "openid", "mcp",
		} {
			t.Run(suite, func(t *testing.T) {
				javaScript(t, suite+".test.mjs", "LIFEGUARD_ENDPOINT="+srv.URL, "LIFEGUARD_COMMAND="+operator)
			})
		}
	})
}

// TestJavaScriptAWSIssuer verifies tokens of issuer mode aws.
func TestJavaScriptAWSIssuer(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed", "--issuer-mode", "aws")
	javaScript(t, "verify-aws.test.mjs", "LIFEGUARD_ENDPOINT="+srv.URL)
}

// TestClientIDMetadata runs an MCP client whose metadata document is on a server with
// a certificate that lifeguard trusts.
func TestClientIDMetadata(t *testing.T) {
	var document string
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"client_id":%q,"client_name":"MCP client","token_endpoint_auth_method":"none",`+
			`"redirect_uris":["http://localhost:6274/oauth/callback"]}`, document)
	}))
	t.Cleanup(site.Close)
	document = site.URL + "/mcp/client.json"
	roots := filepath.Join(t.TempDir(), "roots.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw})
	if err := os.WriteFile(roots, block, 0o600); err != nil {
		t.Fatal(err)
	}
	eachStorage(t, func(t *testing.T, st *storage) {
		st.env = append(st.env, "SSL_CERT_FILE="+roots)
		srv := startDev(t, st, "--no-seed")
		javaScript(t, "mcp-document.test.mjs", "LIFEGUARD_ENDPOINT="+srv.URL, "CLIENT_DOCUMENT="+document)
	})
}

// tapLine is one result in the Test Anything Protocol.
var tapLine = regexp.MustCompile(`(?m)^( *)(not )?ok \d+ - (.*?)(?: # .*)?$`)

// javaScript runs a file of js/ with node's test runner and reports each of
// its tests as a subtest.
func javaScript(t *testing.T, file string, env ...string) {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Fatal("the JavaScript clients are missing: run `npm ci` in e2e")
	}
	ctx, cancel := context.WithTimeout(t.Context(), clientTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--test", "--test-reporter=tap", filepath.Join("js", file))
	cmd.Env = append(os.Environ(), env...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	results := tapLine.FindAllStringSubmatchIndex(string(out), -1)
	if len(results) == 0 {
		t.Fatalf("%s tested nothing: %v\n%s%s", file, err, out, problems.String())
	}
	failed := false
	for i, at := range results {
		end := len(out)
		if i+1 < len(results) {
			end = results[i+1][0]
		}
		name, diagnosis := string(out[at[6]:at[7]]), string(out[at[1]:end])
		t.Run(name, func(t *testing.T) {
			if at[4] >= 0 {
				failed = true
				t.Error(strings.TrimSpace(diagnosis))
			}
		})
	}
	if err != nil && !failed {
		t.Errorf("%s: %v\n%s%s", file, err, out, problems.String())
	}
}
