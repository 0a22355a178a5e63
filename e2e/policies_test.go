package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const ownAccount = "111111111111"

func poolARN(id string) string {
	return "arn:aws:cognito-idp:" + region + ":" + ownAccount + ":userpool/" + id
}

// policyFile writes a policy to a file.
func policyFile(t *testing.T, policy string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// keyWith creates an access key of ownAccount by the command.
func keyWith(t *testing.T, st *storage, args ...string) accessKey {
	t.Helper()
	makeStore(t, st)
	out, problems, err := command(t, st, append([]string{"access-key", "create", "--account", ownAccount}, args...)...)
	found := regexp.MustCompile(`AWS_ACCESS_KEY_ID=(\S+)\s+export AWS_SECRET_ACCESS_KEY=(\S+)`).FindStringSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("access-key create: %v\n%s%s", err, out, problems)
	}
	return accessKey{found[1], found[2]}
}

// TestPolicies: two keys with different policies, each limited to its own.
func TestPolicies(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		root := keyWith(t, st)
		srv := startServe(t, st)
		all := srv.sdk(t, root.signed)
		newPoolID := func(name string) *string {
			return ok(all.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: &name}))(t).UserPool.Id
		}
		a, b := newPoolID("a"), newPoolID("b")
		reader := keyWith(t, st, "--policy", policyFile(t, `{"Version":"2012-10-17","Statement":[
			{"Sid":"Read","Effect":"Allow","Action":["cognito-idp:Describe*","cognito-idp:ListUsers"],"Resource":"`+poolARN(*a)+
			`"}]}`))
		admin := keyWith(t, st, "--policy", policyFile(t, `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"cognito-idp:Admin*","Resource":["`+poolARN(*b)+`"]},
			{"Effect":"Deny","Action":"cognito-idp:AdminDeleteUser","Resource":"*"}]}`))
		r, k := srv.sdk(t, reader.signed), srv.sdk(t, admin.signed)
		name := aws.String("ann")

		ok(r.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: a}))(t)
		ok(k.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: b, Username: name, MessageAction: types.MessageActionTypeSuppress,
		}))(t)
		ok(k.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: b, Username: name}))(t)
		err := errOf(r.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: b}))
		notAllowed(t, err, reader, "DescribeUserPool", poolARN(*b))
		err = errOf(r.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)}))
		notAllowed(t, err, reader, "ListUserPools", poolARN("*"))
		err = errOf(r.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: a}))
		notAllowed(t, err, reader, "DeleteUserPool", poolARN(*a))
		err = errOf(k.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: a, Username: name}))
		notAllowed(t, err, admin, "AdminGetUser", poolARN(*a))
		err = errOf(k.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: b, Username: name}))
		refused(t, err, accessDenied, notAuthorizedText(admin, "AdminDeleteUser", poolARN(*b))+
			" with an explicit deny in an identity-based policy")
		changedPolicy(t, st, srv, reader, b)
	})
}

const accessDenied = "AccessDeniedException"

// notAuthorizedText is the beginning of the refusals of policies.
func notAuthorizedText(key accessKey, action, resource string) string {
	return "User: arn:aws:iam::" + ownAccount + ":user/" + key.id +
		" is not authorized to perform: cognito-idp:" + action + " on resource: " + resource
}

// notAllowed asserts the refusal of an action that no policy allows.
func notAllowed(t *testing.T, err error, key accessKey, action, resource string) {
	t.Helper()
	refused(t, err, accessDenied, notAuthorizedText(key, action, resource)+
		" because no identity-based policy allows the cognito-idp:"+action+" action")
}

// changedPolicy: a change takes effect while the server runs; a policy that
// cannot be evaluated is refused.
func changedPolicy(t *testing.T, st *storage, srv *server, key accessKey, b *string) {
	in := &cip.DescribeUserPoolInput{UserPoolId: b}
	c := srv.sdk(t, key.signed)
	conditional := policyFile(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",`+
		`"Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`)
	_, problems, err := command(t, st, "access-key", "policy", key.id, "--policy", conditional)
	if err == nil || !strings.Contains(problems, "Statement[0].Condition: conditions are not evaluated; ") {
		t.Errorf("a condition: %v %s", err, problems)
	}
	refused(t, errOf(c.DescribeUserPool(t.Context(), in)), "AccessDeniedException", "")
	if _, problems, err = command(t, st, "access-key", "policy", key.id, "--everything"); err != nil {
		t.Fatalf("%v %s", err, problems)
	}
	srv.until(t, "the new policy", func() bool { return errOf(c.DescribeUserPool(t.Context(), in)) == nil })
}

// administer sends an operation that the SDK lacks.
func (s *server) administer(t *testing.T, key accessKey, operation, body string) (response map[string]any) {
	t.Helper()
	req := ok(http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(body)))(t)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	key.sign(t, req, body)
	res := ok(http.DefaultClient.Do(req))(t)
	defer res.Body.Close()
	if err := json.Unmarshal(ok(io.ReadAll(res.Body))(t), &response); err != nil {
		t.Fatal(err)
	}
	return response
}

// throttled sends n concurrent requests and counts those that exceed the rate.
func throttled(t *testing.T, n int, call func() error) (refusals int) {
	t.Helper()
	results := make([]error, n)
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { results[i] = call() })
	}
	done.Wait()
	for _, err := range results {
		if err != nil {
			refused(t, err, "TooManyRequestsException", "Rate exceeded")
			refusals++
		}
	}
	return refusals
}

const tokenLimit = `{"LimitDefinition":{"LimitClass":"API_CATEGORY","Attributes":{"Category":"UserToken"}}`

// TestRates: AWS's rates refuse some of many concurrent calls; the generous ones
// of serve mode do not. A limit that is provisioned on one node applies on the
// other.
func TestRates(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		key := keyWith(t, st)
		srv := startServe(t, st, "--rate-limits", "aws")
		c := srv.sdk(t, key.signed)
		id := ok(c.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("rates")}))(t).UserPool.Id
		describe := func(c *cip.Client) func() error {
			return func() error {
				return errOf(c.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: id}))
			}
		}
		if n := throttled(t, 200, describe(c)); n == 0 {
			t.Error("none of 200 concurrent requests is refused")
		}
		res := ok(http.Get(srv.metrics))(t)
		defer res.Body.Close()
		counter := regexp.MustCompile(`lifeguard_throttled_requests_total\{category="UserPoolRead"\} [1-9]`)
		if metrics := ok(io.ReadAll(res.Body))(t); !counter.Match(metrics) {
			t.Error("the metrics count no refusal")
		}
		srv.until(t, "the rate to be free again", func() bool { return describe(c)() == nil })
		if st.engine != "sqlite" {
			generous := startServe(t, st)
			if n := throttled(t, 200, describe(generous.sdk(t, key.signed))); n != 0 {
				t.Errorf("generous rates refuse %d of 200 requests", n)
			}
		}
		provisioned := func(response map[string]any) any {
			limit, _ := response["Limit"].(map[string]any)
			return limit["ProvisionedLimitValue"]
		}
		srv.until(t, "a provisioned limit", func() bool {
			return provisioned(srv.administer(t, key, "UpdateProvisionedLimit",
				tokenLimit+`,"RequestedLimitValue":300}`)) == float64(300)
		})
		second := srv
		if st.engine != "sqlite" {
			second = startServe(t, st, "--rate-limits", "aws")
		}
		second.until(t, "the same limit", func() bool {
			return provisioned(second.administer(t, key, "GetProvisionedLimit", tokenLimit+`}`)) == float64(300)
		})
	})
}

// The command of docs/oauth.md works with the curl of this machine.
func TestPoolExtensionsByCurl(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		key := keyWith(t, st)
		srv := startServe(t, st)
		name := "p"
		p := ok(srv.sdk(t, key.signed).CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: &name}))(t)
		const on = `{"client_id_metadata_documents":false,"device_grant":true,` +
			`"pushed_requests":false,"strict_oidc":false}`
		curl := func(secret string, args ...string) string {
			t.Helper()
			all := append([]string{
				"-sS", "--aws-sigv4", "aws:amz:" + region + ":cognito-idp", "--user", key.id + ":" + secret,
				srv.URL + "/pools/" + *p.UserPool.Id + "/extensions",
			}, args...)
			out, err := exec.CommandContext(t.Context(), "curl", all...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			return string(out)
		}
		if out := curl(key.secret, "-X", "PUT", "-d", `{"device_grant":true}`); out != on {
			t.Errorf("PUT: %s", out)
		}
		if out := curl(key.secret); out != on {
			t.Errorf("GET: %s", out)
		}
		if out := curl("wrong", "-X", "PUT", "-d", `{}`); !strings.Contains(out, "InvalidSignatureException") {
			t.Errorf("wrong secret: %s", out)
		}
	})
}
