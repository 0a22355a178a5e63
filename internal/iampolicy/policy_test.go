package iampolicy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
)

const (
	poolA = "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_AAAAAAAAA"
	poolB = "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_BBBBBBBBB"
	pools = "arn:aws:cognito-idp:us-east-1:111111111111:userpool/*"
)

func TestDecide(t *testing.T) {
	const (
		allowed, denied, not = iampolicy.Allowed, iampolicy.Denied, iampolicy.NotAllowed
	)
	type query struct {
		action, resource string
		want             iampolicy.Decision
	}
	for name, c := range map[string]struct {
		policy  string
		queries []query
	}{
		"everything": {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, []query{
			{"cognito-idp:DeleteUserPool", poolA, allowed}, {"cognito-idp:ListUserPools", pools, allowed},
		}},
		"one action of one pool": {`{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow",` +
			`"Action":["cognito-idp:AdminGetUser"],"Resource":["` + poolA + `"]}]}`,
			[]query{
				{"cognito-idp:AdminGetUser", poolA, allowed}, {"cognito-idp:AdminGetUser", poolB, not},
				{"cognito-idp:AdminGetUser", pools, not}, {"cognito-idp:AdminGetUserAuthFactors", poolA, not},
				{"cognito-idp:ListUsers", poolA, not},
			}},
		"action wildcards, case": {`{"Statement":[{"Effect":"Allow","Action":["Cognito-IDP:admin*",` +
			`"cognito-idp:?etGroup"],"Resource":"*"}]}`,
			[]query{
				{"cognito-idp:AdminCreateUser", poolA, allowed}, {"cognito-idp:GetGroup", poolA, allowed},
				{"cognito-idp:ListUsers", poolA, not},
				{"cognito-idp:BudgetGroup", poolA, not},
			}},
		"deny takes precedence in any order": {`{"Statement":[{"Effect":"Deny","Action":"cognito-idp:Delete*",` +
			`"Resource":"*"},{"Effect":"Allow","Action":"cognito-idp:*","Resource":"*"}]}`,
			[]query{
				{"cognito-idp:DeleteUserPool", poolA, denied}, {"cognito-idp:DescribeUserPool", poolA, allowed},
			}},
		"deny alone": {`{"Statement":{"Effect":"Deny","Action":"cognito-idp:ListUsers","Resource":"*"}}`, []query{
			{"cognito-idp:ListUsers", poolA, denied}, {"cognito-idp:GetGroup", poolA, not},
		}},
		"NotAction": {`{"Statement":{"Effect":"Allow","NotAction":["cognito-idp:Delete*",` +
			`"cognito-idp:CreateUserPool"],"Resource":"*"}}`,
			[]query{
				{"cognito-idp:DeleteGroup", poolA, not}, {"cognito-idp:CreateUserPool", pools, not},
				{"cognito-idp:CreateUserPoolClient", poolA, allowed},
			}},
		"NotResource": {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*",` +
			`"NotResource":"` + poolA + `"}]}`,
			[]query{
				{"cognito-idp:GetGroup", poolA, allowed}, {"cognito-idp:GetGroup", poolB, denied},
				{"cognito-idp:CreateUserPool", pools, denied},
			}},
		"resource wildcards": {`{"Statement":{"Effect":"Allow","Action":"*",` +
			`"Resource":"arn:aws:cognito-idp:*:111111111111:userpool/us-east-1_A*"}}`,
			[]query{
				{"cognito-idp:GetGroup", poolA, allowed}, {"cognito-idp:GetGroup", poolB, not},
				{"cognito-idp:GetGroup", strings.ToLower(poolA), not},
			}},
		"a short ARN with a star": {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:*"}}`,
			[]query{
				{"cognito-idp:GetGroup", poolA, allowed},
			}},
		"another service": {
			`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
			[]query{{"cognito-idp:GetGroup", poolA, not}},
		},
	} {
		p, err := iampolicy.Parse([]byte(c.policy))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, a := range c.queries {
			if got := p.Decide(a.action, a.resource); got != a.want {
				t.Errorf("%s: %s on %s is %d, want %d", name, a.action, a.resource, got, a.want)
			}
		}
	}
}

// A pattern that would make a backtracking matcher exponential.
func TestMatchIsNotExponential(t *testing.T) {
	p, err := iampolicy.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:` +
		strings.Repeat("*a", 1000) + `:b"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Decide("cognito-idp:GetGroup", "arn:"+strings.Repeat("a", 5000)); got != iampolicy.NotAllowed {
		t.Errorf("decision %d, want NotAllowed", got)
	}
}

func TestRefusedPolicies(t *testing.T) {
	stmt := func(members string) string {
		return `{"Version":"2012-10-17","Statement":[{` + members + `}]}`
	}
	const (
		whole   = `"Effect":"Allow","Action":"cognito-idp:*","Resource":"*"`
		members = "Version, Id, Statement; names are case-sensitive"
	)
	action := func(a string) string { return stmt(`"Effect":"Allow","Action":"` + a + `","Resource":"*"`) }
	resource := func(r string) string { return stmt(`"Effect":"Allow","Action":"*","Resource":"` + r + `"`) }
	const variable = "arn:a:b:c:d:e/${aws:username}"
	for text, want := range map[string]string{
		``:                                       "policy: is not a JSON object; ",
		`[]`:                                     "policy: is not a JSON object; ",
		`{"Statement":{` + whole + `}} {}`:       "policy: has data after its end; ",
		`{"Statement":{` + whole + `}`:           "policy: is not a JSON object; ",
		`{}`:                                     "Statement: missing; ",
		`{"Statement":[]}`:                       "Statement: is empty; ",
		`{"Statement":null}`:                     "Statement[0]: is not a JSON object; ",
		`{"statement":{` + whole + `}}`:          "statement: is not a member of a policy; use " + members,
		`{"Version":"2020-01-01","Statement":1}`: "Version: is not a version of the policy language; ",
		`{"Id":7,"Statement":{` + whole + `}}`:   "Id: is not a string; ",

		stmt(whole + `,"Condition":{}`):    "Statement[0].Condition: conditions are not evaluated; remove the member, ",
		stmt(whole + `,"Principal":"*"`):   "Statement[0].Principal: the key that has the policy is the principal; ",
		stmt(whole + `,"effect":"Deny"`):   "Statement[0].effect: is not a member of a policy; ",
		stmt(whole + `,"Effect":"Deny"`):   `Statement[0]: has "Effect" twice; `,
		stmt(whole + `,"Sid":"a b"`):       `Statement[0].Sid: "a b" has characters other than letters and digits; `,
		stmt(whole + `,"NotAction":"a:b"`): "Statement[0].NotAction: conflicts with Action; ",
		stmt(whole + `,"NotResource":"*"`): "Statement[0].NotResource: conflicts with Resource; ",

		stmt(whole + `,"Sid":"a"},{"Sid":"a",` + whole):      `Statement[1].Sid: "a" is used twice; `,
		stmt(`"Action":"*","Resource":"*"`):                  "Statement[0].Effect: is neither Allow nor Deny; ",
		stmt(`"Effect":"allow","Action":"*","Resource":"*"`): "Statement[0].Effect: is neither Allow nor Deny; ",
		stmt(`"Effect":"Allow","Resource":"*"`):              "Statement[0].Action: missing; give Action or NotAction",
		stmt(`"Effect":"Allow","Action":"*"`):                "Statement[0].Resource: missing; give ",
		stmt(`"Effect":"Allow","Action":[],"Resource":"*"`):  "Statement[0].Action: is an empty list; ",

		stmt(`"Effect":"Allow","Action":["*",7],"Resource":"*"`): "Statement[0].Action[1]: is not a string; ",

		action("AdminGetUser"):  `Statement[0].Action: "AdminGetUser" is not an action; `,
		action("cognito-*:Get"): `Statement[0].Action: "cognito-*:Get" is not an action; `,
		stmt(`"Effect":"Allow","NotAction":"a:","Resource":"*"`): `Statement[0].NotAction: "a:" ` +
			`is not an action; `,

		resource("us-east-1_AAAAAAAAA"): `Statement[0].Resource: "us-east-1_AAAAAAAAA" is not an ARN; `,
		resource("arn:aws:cognito-idp"): `Statement[0].Resource: "arn:aws:cognito-idp" is not an ARN; `,

		stmt(`"Effect":"Allow","Action":"*","NotResource":["` + variable + `"]`): `Statement[0].NotResource: "` +
			variable + `" contains a policy variable, which is not evaluated; `,
		resource("arn:a:b:c:d:" + strings.Repeat("x", 7000)): "policy: has ",
	} {
		_, err := iampolicy.Parse([]byte(text))
		var refused *iampolicy.Error
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), want) || refused.Cure == "" {
			t.Errorf("%.200s:\n got %v\nwant %s", text, err, want)
		}
	}
	if _, err := iampolicy.Parse([]byte(stmt(whole) + strings.Repeat(" ", 7000))); err != nil {
		t.Errorf("white space was counted: %v", err)
	}
}

// FuzzParse: every error has a member and a cure, and a policy that only denies
// allows nothing.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["cognito-idp:Admin*"],` +
			`"Resource":"` + poolA + `"}]}`,
		`{"Statement":{"Effect":"Deny","NotAction":"*","NotResource":"arn:*"}}`,
		`{"Statement":[{"Effect":"Allow"}]}`, `{`, `null`,
		`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"},"Statement":{}}`, `{"Statement":[[[[]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := iampolicy.Parse(text)
		var refused *iampolicy.Error
		if err != nil {
			if !errors.As(err, &refused) || refused.Member == "" || refused.Problem == "" || refused.Cure == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !strings.Contains(string(text), "Allow") && !strings.Contains(string(text), `\`) &&
			p.Decide("cognito-idp:GetGroup", poolA) == iampolicy.Allowed {
			t.Fatalf("%q allows", text)
		}
	})
}
