package e2e

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// documented is the address of `lifeguard dev` in the README.
const documented = "http://127.0.0.1:9229"

// readme returns the fenced blocks of a language in the section of the README
// with this heading.
func readme(t *testing.T, heading, language string) []string {
	t.Helper()
	text := string(ok(os.ReadFile("../README.md"))(t))
	_, section, found := strings.Cut(text, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the README has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) == 0 {
		t.Fatalf("section %q has no block of %s", heading, language)
	}
	return blocks
}

// TestReadmeTour runs the tour with the AWS CLI twice, on a server that has
// already sent a code to the same address.
func TestReadmeTour(t *testing.T) {
	srv := startDev(t, sqlite.make(t))
	ok(srv.sdk(t).SignUp(t.Context(), &cip.SignUpInput{
		ClientId: aws.String("demopublicclient0000000000"), Username: aws.String("ann"), Password: aws.String(password),
		UserAttributes: []types.AttributeType{attr("email", "ann@example.com")},
	}))(t)
	tour := strings.ReplaceAll(readme(t, "Five minutes with the AWS CLI", "sh")[0], documented, srv.URL)
	for range 2 {
		out, err := shell(t, tour)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, want := range []string{`"IdToken"`, `"ann@example.com"`, `"kty":"RSA"`} {
			if !strings.Contains(out, want) {
				t.Errorf("the tour does not print %s:\n%s", want, out)
			}
		}
	}
}

// TestReadmeSignIn begins a sign-in as the README does, fills the form, and
// redeems the code.
func TestReadmeSignIn(t *testing.T) {
	srv := startDev(t, sqlite.make(t))
	blocks := readme(t, "The sign-in page", "sh")
	begin := strings.ReplaceAll(blocks[0], documented, srv.URL)
	redeem := strings.ReplaceAll(blocks[1], documented, srv.URL)
	// One shell runs both blocks, as a reader's does; the code is typed in between.
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", begin+redeem)
	typed := ok(cmd.StdinPipe())(t)
	printed := ok(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(printed)
	address := strings.TrimSpace(ok(lines.ReadString('\n'))(t))
	fmt.Fprintln(typed, signInByForm(t, address, "demo", "Demo-Passw0rd").Query().Get("code"))
	tokens := string(ok(io.ReadAll(lines))(t))
	if err := cmd.Wait(); err != nil || !strings.Contains(tokens, `"id_token"`) {
		t.Errorf("%v\n%s", err, tokens)
	}
}

// signInByForm opens an authorization request, fills the form, and returns the
// address of the redirect.
func signInByForm(t *testing.T, address, username, pass string) *url.URL {
	t.Helper()
	browser := &http.Client{Jar: ok(cookiejar.New(nil))(t)}
	opened := ok(browser.Get(address))(t)
	page := string(ok(io.ReadAll(opened.Body))(t))
	opened.Body.Close()
	part := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("%s: %s has no %s:\n%s", address, opened.Status, pattern, page)
		}
		return html.UnescapeString(found[1])
	}
	action := ok(opened.Request.URL.Parse(part(`action="([^"]*)"`)))(t)
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	done := ok(browser.PostForm(action.String(), url.Values{
		"_csrf": {part(`name="_csrf" value="([^"]*)"`)}, "username": {username}, "password": {pass},
	}))(t)
	done.Body.Close()
	return ok(done.Location())(t)
}

// TestReadmeJavaScript runs the example for amazon-cognito-identity-js.
func TestReadmeJavaScript(t *testing.T) {
	srv := startDev(t, sqlite.make(t))
	example := strings.ReplaceAll(readme(t, "And with JavaScript", "js")[0], documented, srv.URL)
	// Node searches for packages in the folder of the file and its parents.
	f := ok(os.CreateTemp(".", "readme-*.mjs"))(t)
	defer os.Remove(f.Name())
	if _, err := f.WriteString(example); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", f.Name()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "'cognito:username': 'demo'") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestReadmeTrigger starts the server as the README does, with its handler.
func TestReadmeTrigger(t *testing.T) {
	st := sqlite.make(t)
	const heading = "A Lambda trigger, from its file"
	handler := []byte(readme(t, heading, "js")[0])
	if err := os.WriteFile(filepath.Join(st.dir, "handler.mjs"), handler, 0o600); err != nil {
		t.Fatal(err)
	}
	args, found := strings.CutPrefix(readme(t, heading, "sh")[0], "lifeguard dev ")
	if !found {
		t.Fatal("the README starts no server")
	}
	srv := startDev(t, st, strings.Fields(args)...)
	made := ok(srv.sdk(t).SignUp(t.Context(), &cip.SignUpInput{
		ClientId: aws.String("demopublicclient0000000000"), Username: aws.String("ann"), Password: aws.String(password),
		UserAttributes: []types.AttributeType{attr("email", "ann@example.com")},
	}))(t)
	if !made.UserConfirmed {
		t.Error("the handler has not confirmed the user")
	}
}
