package awsapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// guarded returns a world that verifies signatures. Pools that newWorld created keep
// their account.
func guarded(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.gate.Auth = gate.StrictAuth{Store: w.db, Clock: w.clk, Region: "us-east-1", Policies: &iampolicy.Memo{}}
	w.key("AKIAROOT", "")
	return w
}

// key adds an access key with a policy; the world then signs with it.
func (w *world) key(id, policy string) {
	w.t.Helper()
	w.change(func(tx *store.Tx) error {
		return tx.InsertAccessKey(&userpool.AccessKey{
			ID: id, Secret: "any", Account: "111111111111", Policy: policy, Created: tx.Now,
		})
	})
	w.account = id
}

func (w *world) change(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// body returns the body of a response. Unlike call it allows errors that are not
// in the operation's model, as the gate returns them.
func (w *world) body(operation string, in object) string {
	w.t.Helper()
	return w.send(w.request(operation, in)).Body.String()
}

const (
	notAllowed = accessDenied + ` because no identity-based policy allows the cognito-idp:%o action"}`
	denied     = accessDenied + ` with an explicit deny in an identity-based policy"}`

	accessDenied = `{"__type":"AccessDeniedException",` +
		`"message":"User: arn:aws:iam::111111111111:user/%k is not authorized to perform: cognito-idp:%o ` +
		`on resource: arn:aws:cognito-idp:us-east-1:111111111111:userpool/%p`
)

// denial returns notAllowed or denied for an access key, an operation and a pool.
func denial(form, key, operation, pool string) string {
	return strings.NewReplacer("%k", key, "%o", operation, "%p", pool).Replace(form)
}

func TestPolicyOfAnAccessKey(t *testing.T) {
	w := guarded(t)
	a, b := w.pool(nil), w.pool(nil)
	arn := func(pool string) string { return "arn:aws:cognito-idp:us-east-1:111111111111:userpool/" + pool }
	w.key("AKIAREAD", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["cognito-idp:List*","cognito-idp:GetGroup","cognito-idp:CreateGroup",
			"cognito-idp:TagResource"],"Resource":"`+arn(a)+`"},
		{"Effect":"Allow","Action":"cognito-idp:GetProvisionedLimit","Resource":"`+arn("*")+`"},
		{"Effect":"Deny","Action":"cognito-idp:CreateGroup","Resource":"*"}]}`)
	for _, c := range []struct {
		operation string
		in        object
		want      string // empty: allowed
	}{
		{"ListUsers", object{"UserPoolId": a}, ""},
		{"ListTagsForResource", object{"ResourceArn": arn(a)}, ""},
		{"TagResource", object{"ResourceArn": arn(a), "Tags": object{"k": "v"}}, ""},
		{"GetProvisionedLimit", object{"LimitDefinition": limitOf("UserRead")}, ""},
		{"ListUsers", object{"UserPoolId": b}, denial(notAllowed, "AKIAREAD", "ListUsers", b)},
		{"TagResource", object{"ResourceArn": arn(b), "Tags": object{"k": "v"}},
			denial(notAllowed, "AKIAREAD", "TagResource", b)},
		{"UntagResource", object{"ResourceArn": arn(a), "TagKeys": []string{"k"}},
			denial(notAllowed, "AKIAREAD", "UntagResource", a)},
		{"ListUserPools", object{"MaxResults": 1}, denial(notAllowed, "AKIAREAD", "ListUserPools", "*")},
		{"CreateUserPool", object{"PoolName": "p"}, denial(notAllowed, "AKIAREAD", "CreateUserPool", "*")},
		{"DescribeUserPoolDomain", object{"Domain": "d"},
			denial(notAllowed, "AKIAREAD", "DescribeUserPoolDomain", "*")},
		{"CreateGroup", object{"UserPoolId": a, "GroupName": "g"}, denial(denied, "AKIAREAD", "CreateGroup", a)},
		// The refusal is the same for a pool that does not exist.
		{"ListUsers", object{"UserPoolId": "us-east-1_None"},
			denial(notAllowed, "AKIAREAD", "ListUsers", "us-east-1_None")},
	} {
		got := w.send(w.request(c.operation, c.in))
		if c.want == "" && got.Code != http.StatusOK ||
			c.want != "" && (got.Code != http.StatusBadRequest || got.Body.String() != c.want) {
			t.Errorf("%s %v:\n got %d %s\nwant %s", c.operation, c.in, got.Code, got.Body, c.want)
		}
	}
	if log := w.log.String(); !strings.Contains(log, "outcome=AccessDeniedException") {
		t.Errorf("the log does not have the reason: %s", log)
	}
}

// A denial of DescribeTerms also denies the newer DescribeTermsByClient.
func TestDenialOfDescribeTerms(t *testing.T) {
	w, m := guarded(t), readModel(t)
	w.key("AKIATERMS", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},`+
		`{"Effect":"Deny","Action":"cognito-idp:DescribeTerms","Resource":"*"}]}`)
	got := w.body("DescribeTermsByClient", m.smallest("DescribeTermsByClient"))
	if !strings.Contains(got, "DescribeTermsByClient on resource") || !strings.Contains(got, "explicit deny") {
		t.Errorf("got %s", got)
	}
}

// Every IAM operation evaluates the policy, and no other operation does. A policy
// that allows everything allows every IAM operation.
func TestEveryOperationEvaluatesThePolicy(t *testing.T) {
	w, m := guarded(t), readModel(t)
	w.key("AKIANOTHING", `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	w.key("AKIAEACH", `{"Statement":{"Effect":"Allow","Action":"cognito-idp:*",`+
		`"Resource":"arn:aws:cognito-idp:us-east-1:*:userpool/*"}}`)
	for _, op := range api.Operations {
		in := m.smallest(op.Name)
		w.account = "AKIANOTHING"
		refused := strings.Contains(w.body(op.Name, in), "AccessDenied")
		if refused != (op.Auth == api.AuthIAM) {
			t.Errorf("%s: access denied is %v", op.Name, refused)
		}
		w.account = "AKIAEACH"
		// The sample ARN for the tag operations is not one of a pool.
		tags := strings.HasSuffix(op.Name, "agResource") || op.Name == "ListTagsForResource"
		if got := w.body(op.Name, in); strings.Contains(got, "AccessDenied") && !tags {
			t.Errorf("%s: %s", op.Name, got)
		}
	}
}

// The operations without a pool or an ARN are listed here: for any other, the
// policy would be evaluated for the wrong resource.
func TestResourcesOfOperations(t *testing.T) {
	var without []string
	for _, op := range api.Operations {
		if op.Auth == api.AuthIAM && op.PoolID == nil {
			without = append(without, op.Name)
		}
	}
	want := []string{
		"CreateUserPool", "DescribeUserPoolDomain", "GetProvisionedLimit", "ListTagsForResource", "ListUserPools",
		"TagResource", "UntagResource", "UpdateProvisionedLimit",
	}
	if !slices.Equal(without, want) {
		t.Errorf("operations without a pool: %v", without)
	}
}

func TestPolicyChangesApplyAtOnce(t *testing.T) {
	w := guarded(t)
	pool := w.pool(nil)
	w.key("AKIACHANGE", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	in := object{"UserPoolId": pool}
	responseHas := func(want string) {
		t.Helper()
		if got := w.body("ListUsers", in); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	responseHas("explicit deny")
	w.change(func(tx *store.Tx) error {
		return tx.SetAccessKeyPolicy("AKIACHANGE", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	})
	responseHas(`"Users":`)
	// A policy that this version cannot parse, as a newer one may have stored, permits
	// nothing.
	w.change(func(tx *store.Tx) error {
		return tx.SetAccessKeyPolicy("AKIACHANGE",
			`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}}`)
	})
	responseHas("InternalErrorException")
	w.change(func(tx *store.Tx) error { return tx.SetAccessKeyPolicy("AKIACHANGE", "") })
	responseHas(`"Users":`)
	w.change(func(tx *store.Tx) error { return tx.RevokeAccessKey("AKIACHANGE") })
	responseHas("UnrecognizedClientException")
}

// A wrong signature is refused before the policy, so the policy is not revealed.
func TestPolicyIsNotRevealedWithoutSignature(t *testing.T) {
	w := guarded(t)
	w.key("AKIASECRET", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	r := w.request("ListUserPools", object{"MaxResults": 1})
	r.Header.Set("X-Amz-Date", "20200101T000000Z")
	if got := w.send(r).Body.String(); !strings.Contains(got, "Signature") || strings.Contains(got, "policy") {
		t.Errorf("got %s", got)
	}
}
