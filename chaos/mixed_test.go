package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// Nodes of the revision LIFEGUARD_OLDER and of this tree run on one database and
// lose no data of each other. scripts/mixed-versions runs this test.
func TestMixedVersions(t *testing.T) {
	revision := os.Getenv("LIFEGUARD_OLDER")
	if revision == "" {
		t.Skip("LIFEGUARD_OLDER names no revision")
	}
	database, ok := storetest.Postgres(t)
	if !ok {
		t.Fatal("LIFEGUARD_TEST_POSTGRES is not set")
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "master.key")
	if _, err := store.LoadMasterKeys(key, true, entropy.System()); err != nil {
		t.Fatal(err)
	}
	m := &mixture{t: t, args: []string{"--database", database, "--master-key-file", key, "--issuer-mode", "aws"}}
	older := buildOlder(t, dir, revision)
	m.start("older", older) // before the newer node migrates
	m.start("newer", binary)
	m.makeResources()
	m.changeInTurn()

	before := m.agree()
	for _, n := range m.nodes {
		n.Kill()
	}
	m.nodes = nil
	m.start("newer", binary)
	if diff := differences(before, m.agree()); len(diff) > 0 {
		t.Errorf("the newer node alone reads other values: %v", diff)
	}
	m.signIn(m.nodes[0])
}

// buildOlder builds the server of a revision.
func buildOlder(t *testing.T, dir, revision string) string {
	t.Helper()
	tree, built := filepath.Join(dir, "tree"), filepath.Join(dir, "older")
	git := func(args ...string) {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	git("worktree", "add", "--detach", tree, revision)
	defer git("worktree", "remove", "--force", tree)
	if err := harness.Build(t.Context(), tree, "", built); err != nil {
		t.Fatal(err)
	}
	return built
}

type node struct {
	name string
	*harness.Server
}

// mixture has the nodes on one database, and the resources in it.
type mixture struct {
	t                                 *testing.T
	args                              []string
	nodes                             []node
	pool, client, arn, style, termsID string
	password                          string
}

func (m *mixture) start(name, binary string) {
	m.t.Helper()
	log, err := os.Create(filepath.Join(m.t.TempDir(), name+".log"))
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		if text, _ := os.ReadFile(log.Name()); m.t.Failed() && len(text) > 0 {
			m.t.Logf("log of the %s:\n%s", name, text)
		}
		_ = log.Close()
	})
	server, err := harness.Start(m.t.Context(), binary, m.args, nil, log)
	if err != nil {
		m.t.Fatalf("the %s: %v", name, err)
	}
	m.nodes = append(m.nodes, node{name, server})
	m.t.Cleanup(server.Kill)
}

func (m *mixture) call(n node, operation string, fields in) (response any) {
	m.t.Helper()
	if err := n.Call(operation, fields, &response); err != nil {
		m.t.Fatalf("%s at the %s: %v", operation, n.name, err)
	}
	return response
}

func (m *mixture) of(members ...in) in {
	return with(append([]in{{"UserPoolId": m.pool}}, members...)...)
}

// The settings that an update must repeat.
var (
	poolSettings = in{
		"MfaConfiguration": "OPTIONAL", "AutoVerifiedAttributes": []string{"email"}, "UserPoolTier": "PLUS",
		"DeviceConfiguration": in{"DeviceOnlyRememberedOnUserPrompt": true},
		"LambdaConfig":        in{"UserMigration": "arn:aws:lambda:us-east-1:123456789012:function:f"},
		"SmsConfiguration":    in{"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"},
		"Policies":            in{"PasswordPolicy": in{"MinimumLength": 8, "PasswordHistorySize": 3}},
	}
	clientSettings = in{
		"ExplicitAuthFlows": []string{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		"CallbackURLs":      []string{"https://app.example.com"}, "AllowedOAuthFlows": []string{"code"},
		"AllowedOAuthScopes": []string{"openid"}, "AllowedOAuthFlowsUserPoolClient": true,
		"SupportedIdentityProviders": []string{"COGNITO"}, "ReadAttributes": []string{"email", "name"},
		"TokenValidityUnits": in{"AccessToken": "minutes"}, "AccessTokenValidity": 30,
	}
	scopes    = in{"Scopes": []in{{"ScopeName": "read", "ScopeDescription": "reads"}}}
	factors   = in{"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": in{"Enabled": true}}
	ann       = in{"Username": "ann"}
	api       = in{"Identifier": "https://api"}
	corp      = in{"ProviderName": "Corp", "ProviderType": "OIDC"}
	readers   = in{"GroupName": "readers"}
	ownDomain = in{"Domain": "mixed-versions"}
)

// makeResources creates one resource of each kind: the pool and its client
// through the first node, the others through both in turn.
func (m *mixture) makeResources() {
	m.t.Helper()
	turn := 0
	create := func(operation string, fields in) any {
		m.t.Helper()
		if m.client != "" {
			turn++
		}
		return m.call(m.nodes[turn%len(m.nodes)], operation, fields)
	}
	made := create("CreateUserPool", with(poolSettings, in{
		"PoolName": "mixed", "MfaConfiguration": "OFF", "UserPoolTags": in{"kept": "tag"},
	}))
	m.pool, m.arn = at(made, "UserPool", "Id"), at(made, "UserPool", "Arn")
	create("SetUserPoolMfaConfig", m.of(factors))
	made = create("CreateUserPoolClient", m.of(clientSettings, in{"ClientName": "c", "GenerateSecret": true}))
	m.client = at(made, "UserPoolClient", "ClientId")
	create("AddUserPoolClientSecret", m.of(in{"ClientId": m.client}))
	create("CreateGroup", m.of(readers, in{"Precedence": 3}))
	create("AdminCreateUser", m.of(ann, in{"MessageAction": "SUPPRESS", "UserAttributes": []in{
		{"Name": "email", "Value": "ann@example.com"}, {"Name": "phone_number", "Value": "+15550100"},
	}}))
	create("AdminAddUserToGroup", m.of(ann, readers))
	create("AdminSetUserSettings", m.of(ann, in{
		"MFAOptions": []in{{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}},
	}))
	create("CreateResourceServer", m.of(api, scopes, in{"Name": "api"}))
	create("CreateIdentityProvider", m.of(corp, identityProvider.set("first"), in{
		"AttributeMapping": in{"email": "mail"}, "IdpIdentifiers": []string{"corp"},
	}))
	create("CreateUserPoolDomain", m.of(ownDomain))
	made = create("CreateManagedLoginBranding", m.of(in{"ClientId": m.client}, branding.set("LIGHT")))
	m.style = at(made, "ManagedLoginBranding", "ManagedLoginBrandingId")
	made = create("CreateTerms", m.of(in{"ClientId": m.client}, terms.set("terms-of-use")))
	m.termsID = at(made, "Terms", "TermsId")
}

// change is a request that changes one value of the resources.
type change struct {
	operation string
	// fields returns the request that sets the value v, which has the number n.
	fields func(v string, n int) in
	// allowed has prefixes of paths that the request may change besides dates.
	allowed []string
}

// allows reports whether the request may change the value at a path.
func (c change) allows(path string) bool {
	return slices.ContainsFunc(c.allowed, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

func (m *mixture) changes() []change {
	setting := func(fields in, name string) func(string, int) in {
		return func(v string, _ int) in { return with(fields, in{name: v}) }
	}
	attribute := func(name string) func(string, int) in {
		return func(v string, _ int) in { return m.of(ann, in{"UserAttributes": []in{{"Name": name, "Value": v}}}) }
	}
	mail := func(v string, _ int) in {
		return m.of(poolSettings, in{"VerificationMessageTemplate": in{"EmailSubject": v, "EmailMessage": "{####}"}})
	}
	return []change{
		{"UpdateUserPool", mail,
			[]string{"DescribeUserPool.UserPool.EmailVerif", "DescribeUserPool.UserPool.VerificationM"}},
		{"TagResource", func(v string, _ int) in {
			return in{"ResourceArn": m.arn, "Tags": in{"new": v}}
		}, []string{"DescribeUserPool.UserPool.UserPoolTags"}},
		{"AddCustomAttributes", func(v string, _ int) in {
			length := in{"MaxLength": "9"}
			return m.of(in{"CustomAttributes": []in{
				{"Name": v, "AttributeDataType": "String", "StringAttributeConstraints": length},
			}})
		}, []string{"DescribeUserPool.UserPool.SchemaAttributes"}},
		{"SetUserPoolMfaConfig", func(v string, _ int) in {
			return m.of(factors, in{"WebAuthnConfiguration": in{"RelyingPartyId": v + ".example.com"}})
		}, []string{"GetUserPoolMfaConfig.WebAuthn"}},
		{"SetLogDeliveryConfiguration", func(v string, _ int) in {
			group := in{"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:" + v}
			return m.of(in{"LogConfigurations": []in{
				{"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": group},
			}})
		}, []string{"GetLogDeliveryConfiguration"}},
		{"UpdateUserPoolClient", setting(m.of(clientSettings, in{"ClientId": m.client}), "ClientName"),
			[]string{"DescribeUserPoolClient.UserPoolClient.ClientName"}},
		{"UpdateGroup", setting(m.of(readers, in{"Precedence": 3}), "Description"),
			[]string{"GetGroup.Group.Description", "AdminListGroupsForUser.Groups.0.Description"}},
		{"AdminUpdateUserAttributes", attribute("name"), []string{"AdminGetUser.UserAttributes"}},
		{"AdminUpdateUserAttributes", attribute("nickname"), []string{"AdminGetUser.UserAttributes"}},
		{"AdminSetUserPassword", func(v string, _ int) in {
			m.password = "Passw0rd!" + v
			return m.of(ann, in{"Password": m.password, "Permanent": true})
		}, []string{"AdminGetUser.UserStatus"}},
		{"UpdateResourceServer", setting(m.of(api, scopes), "Name"),
			[]string{"DescribeResourceServer.ResourceServer.Name"}},
		{"UpdateIdentityProvider", func(v string, _ int) in {
			return m.of(in{"ProviderName": "Corp"}, identityProvider.set(v))
		}, []string{"DescribeIdentityProvider.IdentityProvider.ProviderDetails.client_id"}},
		{"SetUICustomization", func(_ string, n int) in {
			return m.of(in{"ClientId": m.client, "CSS": fmt.Sprintf(".label-customizable {font-size: %dpx}", n)})
		}, []string{"GetUICustomization"}},
		{"UpdateManagedLoginBranding", func(_ string, n int) in {
			return m.of(in{"ManagedLoginBrandingId": m.style}, branding.set([]string{"DARK", "LIGHT"}[n%2]))
		}, []string{"DescribeManagedLoginBranding"}},
		{"UpdateTerms", func(v string, _ int) in {
			return m.of(in{"TermsId": m.termsID, "Links": in{"cognito:default": "https://example.com/" + v}})
		}, []string{"DescribeTerms.Terms.Links"}},
		{"SetRiskConfiguration", func(_ string, n int) in {
			skipped := []string{fmt.Sprintf("10.0.%d.0/24", n)}
			return m.of(in{"RiskExceptionConfiguration": in{"SkippedIPRangeList": skipped}})
		}, []string{"DescribeRiskConfiguration"}},
		{"UpdateUserPoolDomain", func(_ string, n int) in {
			return m.of(ownDomain, in{"ManagedLoginVersion": 2 - n%2})
		}, []string{"DescribeUserPoolDomain.DomainDescription.ManagedLoginVersion"}},
	}
}

// changeInTurn makes every change twice through each node. After each, both nodes
// must read that change and no other.
func (m *mixture) changeInTurn() {
	m.t.Helper()
	for n := range 4 {
		for i, c := range m.changes() {
			before := m.agree()
			by := m.nodes[(n+i)%2]
			m.call(by, c.operation, c.fields(fmt.Sprintf("v%d", n), n))
			diff := differences(before, m.agree())
			unexpected := slices.DeleteFunc(slices.Clone(diff), c.allows)
			if len(unexpected) > 0 {
				m.t.Errorf("%s by the %s changed %v", c.operation, by.name, unexpected)
			}
			if len(diff) == 0 && c.operation != "AdminSetUserPassword" {
				m.t.Errorf("%s by the %s changed nothing", c.operation, by.name)
			}
			if c.operation == "AdminSetUserPassword" {
				m.signIn(m.nodes[(n+i+1)%2])
			}
		}
	}
}

// signIn signs in with the password that was set last.
func (m *mixture) signIn(n node) {
	m.t.Helper()
	secret := at(m.call(n, "DescribeUserPoolClient", m.of(in{"ClientId": m.client})), "UserPoolClient", "ClientSecret")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ann" + m.client))
	hash := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	m.call(n, "AdminInitiateAuth", m.of(in{"ClientId": m.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": in{"USERNAME": "ann", "PASSWORD": m.password, "SECRET_HASH": hash}}))
}

// agree returns the values by path when all nodes read the same.
func (m *mixture) agree() map[string]string {
	m.t.Helper()
	var diff []string
	for range 40 {
		seen := m.read(m.nodes[0])
		diff = nil
		for _, n := range m.nodes[1:] {
			diff = append(diff, differences(seen, m.read(n))...)
		}
		if len(diff) == 0 {
			return seen
		}
		time.Sleep(250 * time.Millisecond) // nodes poll for changes at this interval
	}
	m.t.Fatalf("the nodes do not agree on %v", diff)
	return nil
}

func (m *mixture) read(n node) map[string]string {
	m.t.Helper()
	seen := map[string]string{}
	for operation, fields := range map[string]in{
		"DescribeUserPool":             m.of(),
		"GetUserPoolMfaConfig":         m.of(),
		"GetLogDeliveryConfiguration":  m.of(),
		"DescribeUserPoolClient":       m.of(in{"ClientId": m.client}),
		"ListUserPoolClientSecrets":    m.of(in{"ClientId": m.client}),
		"GetGroup":                     m.of(readers),
		"AdminGetUser":                 m.of(ann),
		"AdminListGroupsForUser":       m.of(ann),
		"DescribeResourceServer":       m.of(api),
		"DescribeIdentityProvider":     m.of(in{"ProviderName": "Corp"}),
		"GetUICustomization":           m.of(in{"ClientId": m.client}),
		"DescribeManagedLoginBranding": m.of(in{"ManagedLoginBrandingId": m.style}),
		"DescribeTerms":                m.of(in{"TermsId": m.termsID}),
		"DescribeRiskConfiguration":    m.of(),
		"DescribeUserPoolDomain":       ownDomain,
	} {
		flatten(operation, m.call(n, operation, fields), seen)
	}
	return seen
}

// flatten adds the values of a response to seen, by path, except dates.
func flatten(path string, v any, seen map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if !strings.HasSuffix(name, "Date") {
				flatten(path+"."+name, inner, seen)
			}
		}
	case []any:
		for i, inner := range v {
			flatten(fmt.Sprintf("%s.%d", path, i), inner, seen)
		}
	default:
		text, _ := json.Marshal(v)
		seen[path] = string(text)
	}
}

// differences returns the paths at which two readings differ.
func differences(a, b map[string]string) (paths []string) {
	for path := range a {
		if a[path] != b[path] {
			paths = append(paths, path)
		}
	}
	for path := range b {
		if _, has := a[path]; !has {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
