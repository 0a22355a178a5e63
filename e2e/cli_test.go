package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// clientTimeout limits a script that runs the AWS CLI, whose start alone takes a
// second on an idle machine, and a suite of a JavaScript client. It only stops
// processes that hang: no test may depend on the machine's speed.
const clientTimeout = 20 * time.Minute

// shell runs a script with the AWS CLI's environment.
func shell(t *testing.T, script string, env ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		t.Fatal("the AWS CLI (aws) is not on PATH")
	}
	ctx, cancel := context.WithTimeout(t.Context(), clientTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-euc", script)
	cmd.Env = append(os.Environ(), append([]string{
		"AWS_ACCESS_KEY_ID=dev", "AWS_SECRET_ACCESS_KEY=dev", "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
		"AWS_PAGER=", "AWS_DEFAULT_OUTPUT=json",
	}, env...)...)
	cmd.Dir = t.TempDir()
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return problems.String(), err
	}
	return string(out), nil
}

// cli runs one command of `aws cognito-idp` and reads its JSON output.
func (s *server) cli(t *testing.T, line string, response any) {
	t.Helper()
	out, err := shell(t, "aws --endpoint-url "+s.URL+" cognito-idp "+line)
	if err != nil {
		t.Fatalf("aws cognito-idp %s: %v\n%s", line, err, out)
	}
	if response == nil {
		return
	}
	if err := json.Unmarshal([]byte(out), response); err != nil {
		t.Fatalf("aws cognito-idp %s: %v\n%s", line, err, out)
	}
}

// TestDocumentedExample runs the example of AdminCreateUser's documentation
// and signs its user in with amazon-cognito-identity-js.
func TestDocumentedExample(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed")
	a := newPool(t, srv).newApp(t)
	var got map[string]map[string]json.RawMessage
	srv.cli(t, `admin-create-user --user-pool-id `+a.pool.id+` --username testuser`+
		` --temporary-password 'This-is-my-test-99!'`+
		` --user-attributes Name=name,Value=John Name=phone_number,Value="+12065551212" `+
		`Name=email,Value=testuser@example.com`+
		` --message-action SUPPRESS --desired-delivery-mediums SMS`, &got)
	if len(got) != 1 || len(got["User"]) != 6 {
		t.Errorf("the documented response has User with six members: %v", got)
	}
	raw, _ := json.Marshal(got["User"])
	var user struct {
		Username, UserStatus                 string
		UserCreateDate, UserLastModifiedDate json.RawMessage
		Enabled                              bool
		Attributes                           []types.AttributeType
	}
	if err := json.Unmarshal(raw, &user); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	if user.Username != "testuser" || user.UserStatus != "FORCE_CHANGE_PASSWORD" || !user.Enabled {
		t.Errorf("%+v", user)
	}
	for _, date := range []json.RawMessage{user.UserCreateDate, user.UserLastModifiedDate} {
		if at, err := cliTime(date); err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("date %s: %v", date, err)
		}
	}
	attributes := values(user.Attributes)
	if len(attributes) != 4 || attributes["sub"] == "" || attributes["name"] != "John" ||
		attributes["phone_number"] != "+12065551212" || attributes["email"] != "testuser@example.com" {
		t.Errorf("attributes %v", attributes)
	}
	if sent := srv.messages(t, ""); len(sent) != 0 {
		t.Errorf("SUPPRESS sent %+v", sent)
	}
	javaScript(t, "first-sign-in.test.mjs", "LIFEGUARD_ENDPOINT="+srv.URL,
		"USER_POOL_ID="+a.pool.id, "CLIENT_ID="+a.id, "USERNAME=testuser",
		"TEMPORARY_PASSWORD=This-is-my-test-99!", "NEW_PASSWORD="+password)
	if status := a.adminGetUser(t, "testuser").UserStatus; status != "CONFIRMED" {
		t.Errorf("after the first sign-in: %s", status)
	}
}

// cliTime reads a date: version 1 of the AWS CLI prints seconds, version 2 ISO 8601.
func cliTime(raw json.RawMessage) (time.Time, error) {
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err == nil {
		return time.UnixMilli(int64(seconds * 1000)), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, text)
}

// TestCLI creates a pool and a user as the developer guide describes.
func TestCLI(t *testing.T) {
	eachEngine(t, func(t *testing.T, srv *server) {
		var made struct {
			UserPool struct{ Id, Name, Arn string }
		}
		srv.cli(t, "create-user-pool --pool-name by-hand --auto-verified-attributes email "+
			"--user-pool-tags team=identity", &made)
		id := made.UserPool.Id
		var described struct {
			UserPool struct {
				Id, Name               string
				SchemaAttributes       []struct{ Name string }
				UserPoolTags           map[string]string
				EstimatedNumberOfUsers int
			}
		}
		srv.cli(t, "describe-user-pool --user-pool-id "+id, &described)
		d := described.UserPool
		if d.Id != id || d.Name != "by-hand" || len(d.SchemaAttributes) < 20 || d.UserPoolTags["team"] != "identity" {
			t.Errorf("described: %+v", d)
		}
		var client struct{ UserPoolClient struct{ ClientId string } }
		srv.cli(t, "create-user-pool-client --user-pool-id "+id+
			" --client-name by-hand --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH", &client)
		clientID := client.UserPoolClient.ClientId
		var signedUp struct {
			UserConfirmed bool
			UserSub       string
		}
		srv.cli(t, "sign-up --client-id "+clientID+" --username hand --password '"+password+
			"' --user-attributes Name=email,Value=hand@example.com", &signedUp)
		if signedUp.UserConfirmed || signedUp.UserSub == "" {
			t.Errorf("signed up: %+v", signedUp)
		}
		srv.cli(t, "confirm-sign-up --client-id "+clientID+" --username hand "+
			"--confirmation-code "+srv.code(t, "hand@example.com"), nil)
		var listed struct {
			Users []struct{ Username, UserStatus string }
		}
		srv.cli(t, "list-users --user-pool-id "+id+` --filter 'email ^= "hand@"'`, &listed)
		if len(listed.Users) != 1 || listed.Users[0].Username != "hand" || listed.Users[0].UserStatus != "CONFIRMED" {
			t.Errorf("listed: %+v", listed)
		}
		var signedIn struct {
			AuthenticationResult struct{ AccessToken string }
		}
		srv.cli(t, "initiate-auth --client-id "+clientID+
			" --auth-flow USER_PASSWORD_AUTH --auth-parameters 'USERNAME=hand,PASSWORD="+password+"'", &signedIn)
		var user struct{ Username string }
		srv.cli(t, "get-user --access-token "+signedIn.AuthenticationResult.AccessToken, &user)
		if user.Username != "hand" {
			t.Errorf("get-user: %+v", user)
		}
		problem, err := shell(t,
			"aws --endpoint-url "+srv.URL+" cognito-idp admin-get-user --user-pool-id "+id+" --username ghost")
		const want = "(UserNotFoundException) when calling the AdminGetUser operation: User does not exist."
		if err == nil || !strings.Contains(problem, want) {
			t.Errorf("admin-get-user of an unknown user: %v\n%s", err, problem)
		}
	})
}

// TestPrintedCommands runs the commands that `lifeguard dev` prints, as one script and
// twice: a developer may start the same server again.
func TestPrintedCommands(t *testing.T) {
	srv := startDev(t, sqlite.make(t))
	var script []string
	calls := 0
	for line := range strings.Lines(srv.stdout.String()) {
		line = strings.TrimSpace(line)
		switch word, _, _ := strings.Cut(line, " "); word {
		case "aws", "curl":
			calls++
			fallthrough
		case "export":
			script = append(script, line)
		}
	}
	if calls < 4 || calls == len(script) {
		t.Fatalf("printed for pasting: %q\nin\n%s", script, srv.stdout)
	}
	// The exported names refer to the demonstration pool.
	script = append(script, `aws --endpoint-url "$AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" cognito-idp `+
		`describe-user-pool-client --user-pool-id "$USER_POOL_ID" --client-id "$CLIENT_ID"`)
	for range 2 {
		out, err := shell(t, strings.Join(script, "\n"))
		if err != nil || !strings.Contains(out, `"UserPoolClient"`) {
			t.Fatalf("%v\n%s\nof\n%s", err, out, strings.Join(script, "\n"))
		}
	}
}
