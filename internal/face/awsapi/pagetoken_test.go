package awsapi_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
)

// listed is one list operation in attack case S1.
type listed struct {
	operation string
	// in is the request without page size and token.
	in object
	// rows is the response member with the rows; id is the path of a row's name.
	rows, id string
	// add creates a row and returns its name in the list; remove deletes the row with
	// this name.
	add    func(name string) string
	remove func(name string)
	// others has other requests of the same operation: other pools, other filters. A
	// token of in is invalid for them.
	others []object
	// whole operations always return one page. They have no tokens, and refuse those
	// of other operations.
	whole bool
}

// passkeyListing is the row for the list of a user's passkeys.
func passkeyListing(w *world) listed {
	_, app := w.passkeyPool(object{"RelyingPartyId": passkeyParty})
	w.confirmed(app, "member")
	w.confirmed(app, "other")
	holder := object{"AccessToken": w.accessToken(app, "member")}
	return listed{operation: "ListWebAuthnCredentials", in: holder, rows: "Credentials", id: "CredentialId",
		others: []object{{"AccessToken": w.accessToken(app, "other")}},
		add: func(string) string {
			a := passkeytest.NewES256(w.t, passkeyOrigin)
			w.register(holder["AccessToken"], a)
			w.clk.Advance(time.Millisecond)
			return base64.RawURLEncoding.EncodeToString(a.ID)
		},
		remove: func(name string) {
			w.must("DeleteWebAuthnCredential", with(holder, object{"CredentialId": name}))
		}}
}

// listings is the table: every built list operation needs a row.
func listings(w *world) []listed {
	pool, client := w.mailPool(object{"DeviceConfiguration": object{}}, nil)
	other, _ := w.mailPool(object{"DeviceConfiguration": object{}}, nil)
	in, inOther := object{"UserPoolId": pool}, object{"UserPoolId": other}
	others := []object{inOther}
	w.confirmed(client, "member")
	w.confirmed(client, "other")
	group := func(more object) object { return with(with(in, object{"GroupName": "team"}), more) }
	w.must("CreateGroup", group(nil))
	w.must("CreateGroup", group(object{"GroupName": "rest"}))
	user := func(name string) object {
		return object{
			"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS", "TemporaryPassword": "Right-Passw0rd",
		}
	}
	// Each call is a step in the creation of a row.
	steps := func(calls ...func(string)) func(string) string {
		return func(name string) string {
			for _, call := range calls {
				call(name)
			}
			return name
		}
	}
	call := func(operation string, in object, naming string) func(string) {
		return func(name string) { w.must(operation, with(in, object{naming: name})) }
	}
	create := func(name string) { w.must("AdminCreateUser", user(name)) }
	remove := call("AdminDeleteUser", in, "Username")
	member := with(in, object{"Username": "member"})
	provider := with(in, oidcProvider)
	pools, clients := map[string]string{}, map[string]string{}
	general := []listed{
		{operation: "ListGroups", in: in, rows: "Groups", id: "GroupName", others: others,
			add: steps(call("CreateGroup", in, "GroupName")), remove: call("DeleteGroup", in, "GroupName")},
		{operation: "ListUsersInGroup", in: group(nil), rows: "Users", id: "Username",
			others: []object{group(object{"GroupName": "rest"}), with(inOther, object{"GroupName": "team"})},
			add:    steps(create, call("AdminAddUserToGroup", group(nil), "Username")), remove: remove},
		{operation: "AdminListGroupsForUser", in: member, rows: "Groups", id: "GroupName",
			others: []object{with(in, object{"Username": "other"}), with(inOther, object{"Username": "member"})},
			add:    steps(call("CreateGroup", in, "GroupName"), call("AdminAddUserToGroup", member, "GroupName")),
			remove: call("DeleteGroup", in, "GroupName")},
		{operation: "ListUsers", in: with(in, object{"Filter": `username ^= "row"`}), rows: "Users", id: "Username",
			others: []object{
				in, with(in, object{"Filter": `username ^= "ro"`}),
				with(inOther, object{"Filter": `username ^= "row"`}),
			},
			add: steps(create), remove: remove},
		{operation: "ListUserPools", in: object{}, rows: "UserPools", id: "Name",
			add:    steps(func(name string) { pools[name] = w.pool(object{"PoolName": name}) }),
			remove: func(name string) { w.must("DeleteUserPool", object{"UserPoolId": pools[name]}) }},
		{operation: "ListUserPoolClients", in: in, rows: "UserPoolClients", id: "ClientName", others: others,
			add:    steps(func(name string) { clients[name] = w.client(pool, object{"ClientName": name}) }),
			remove: func(name string) { w.must("DeleteUserPoolClient", with(in, object{"ClientId": clients[name]})) }},
		{operation: "ListUserPoolClientSecrets", in: with(in,
			object{"ClientId": w.client(pool, object{"GenerateSecret": true})}), rows: "ClientSecrets", whole: true},
		{operation: "ListResourceServers", in: in, rows: "ResourceServers", id: "Identifier", others: others,
			add:    steps(call("CreateResourceServer", with(in, object{"Name": "n"}), "Identifier")),
			remove: call("DeleteResourceServer", in, "Identifier")},
		{operation: "ListIdentityProviders", in: in, rows: "Providers", id: "ProviderName", others: others,
			add:    steps(call("CreateIdentityProvider", provider, "ProviderName")),
			remove: call("DeleteIdentityProvider", in, "ProviderName")},
		{operation: "ListTerms", in: in, rows: "Terms", id: "TermsId", others: others,
			add: func(name string) string {
				created := w.must("CreateTerms",
					with(with(in, termsOfUse), object{"ClientId": w.client(pool, object{"ClientName": name})}))
				return at(created, "Terms.TermsId").(string)
			},
			remove: call("DeleteTerms", in, "TermsId")},
		passkeyListing(w),
		{operation: "ListUserPoolReplicas", in: in, rows: "UserPoolReplicas", whole: true},
	}
	return slices.Concat(general, deviceListings(w, pool, client), sessionListings(w))
}

// deviceListings are the rows for the lists of a user's devices.
func deviceListings(w *world, pool, client string) []listed {
	in := object{"UserPoolId": pool}
	member := with(in, object{"Username": "member"})
	of := &devices{world: w, pool: pool, client: client}
	own := func(name string) object { return object{"AccessToken": of.tokens(name, "").Access} }
	confirm := func(name string) string {
		key := "us-east-1_" + hex.EncodeToString([]byte(name))
		of.confirm("member", key)
		return key
	}
	forget := func(key string) {
		w.must("AdminForgetDevice", with(member, object{"DeviceKey": key}))
	}
	return []listed{
		{
			operation: "ListDevices", in: own("member"), rows: "Devices", id: "DeviceKey",
			others: []object{own("other")}, add: confirm, remove: forget,
		},
		{
			operation: "AdminListDevices", in: member, rows: "Devices", id: "DeviceKey",
			others: []object{with(in, object{"Username": "other"})}, add: confirm, remove: forget,
		},
	}
}

// sessionListings are not tested row by row: a page has more sessions than these
// worlds create. See TestSessionsInPages.
func sessionListings(w *world) []listed {
	pool, client := w.tracked(20)
	return []listed{
		{
			operation: "ListUserSessions", in: object{"AccessToken": w.accessToken(client, "ann")},
			rows: "Sessions", whole: true,
		},
		{
			operation: "AdminListUserSessions", in: object{"UserPoolId": pool, "Username": "ann"},
			rows: "Sessions", whole: true,
		},
	}
}

// pageMembers returns the names of an operation's page size and token members; size
// is "" if the page size cannot be chosen.
func (m *apiModel) pageMembers(operation string) (size, token string) {
	for name := range m.input(operation).Members {
		switch name {
		case "NextToken", "PaginationToken":
			token = name
		case "Limit", "MaxResults":
			size = name
		}
	}
	return size, token
}

// built reports whether an operation is built.
func (w *world) built(m *apiModel, operation string) bool {
	w.t.Helper()
	return w.send(w.request(operation, m.smallest(operation))).Code != 501
}

// TestPageTokens is attack case S1 on every list operation.
func TestPageTokens(t *testing.T) {
	m := readModel(t)
	table := map[string]bool{}
	for i, l := range listings(newWorld(t)) {
		table[l.operation] = true
		t.Run(l.operation, func(t *testing.T) {
			w := newWorld(t)
			if !w.built(m, l.operation) {
				t.Skipf("%s is not built yet", l.operation)
			}
			a := &pageAttack{world: w, model: m, listed: listings(w)[i]}
			a.size, a.token = m.pageMembers(l.operation)
			a.run()
		})
	}
	for _, operation := range m.operations() {
		if _, token := m.pageMembers(operation); token != "" && !table[operation] && newWorld(t).built(m, operation) {
			t.Errorf("%s lists in pages: add a line to listings in pagetoken_test.go", operation)
		}
	}
}

type pageAttack struct {
	*world
	model *apiModel
	listed
	size, token string
	// otherToken is a page token of another operation in the same pool.
	otherToken string
	// added has the names of the added rows in the list.
	added []string
}

func (a *pageAttack) run() {
	a.otherToken = a.foreignToken()
	if a.whole {
		a.forged(a.otherToken)
		return
	}
	a.addRows(0, 3)
	_, token := a.page(a.in, "")
	if token == "" {
		a.t.Fatalf("a page of one among three rows has no token")
	}
	a.forged(token)
	a.moved(token)
	a.changing()
}

func (a *pageAttack) addRows(from, to int) {
	for i := from; i < to; i++ {
		a.added = append(a.added, a.add(fmt.Sprintf("row%d", i)))
	}
}

// page requests one row, and returns the names of the rows and the token.
func (a *pageAttack) page(in object, token string) (names []string, next string) {
	a.t.Helper()
	out := a.must(a.operation, a.request(in, token))
	rows, _ := out[a.rows].([]any)
	for _, row := range rows {
		names = append(names, fmt.Sprint(at(row.(object), a.id)))
	}
	next, _ = out[a.token].(string)
	return names, next
}

func (a *pageAttack) request(in object, token string) object {
	in = maps.Clone(in)
	if a.size != "" {
		in[a.size] = 1
	}
	if token != "" {
		in[a.token] = token
	}
	return in
}

// refuses requires the token to be refused as an invalid parameter.
func (a *pageAttack) refuses(what string, in object, token string) {
	a.t.Helper()
	_, refused := a.call(a.operation, a.request(in, token))
	if !strings.HasPrefix(refused, "InvalidParameterException: ") {
		a.t.Errorf("%s: %q, want InvalidParameterException", what, refused)
	}
}

// foreignToken returns a page token of another operation in the same pool.
func (a *pageAttack) foreignToken() string {
	pool, operation, naming := a.pool(nil), "ListGroups", "GroupName"
	create := "CreateGroup"
	if a.operation == operation {
		operation, create, naming = "ListResourceServers", "CreateResourceServer", "Identifier"
	}
	if own, ok := a.in["UserPoolId"].(string); ok {
		pool = own
	}
	for _, name := range []string{"other1", "other2"} {
		row := object{"UserPoolId": pool, naming: name}
		if naming == "Identifier" {
			row["Name"] = "n"
		}
		a.must(create, row)
	}
	size, _ := a.model.pageMembers(operation)
	return a.must(operation, object{"UserPoolId": pool, size: 1})["NextToken"].(string)
}

// forged changes a token in ways that keep its form.
func (a *pageAttack) forged(token string) {
	a.t.Helper()
	flips := token
	if a.whole {
		a.refuses("another operation's token", a.in, token)
		flips = ""
	}
	for name, forged := range map[string]string{
		"truncated": token[:len(token)-1], "half": token[:len(token)/2], "one character": token[:1],
		"appended": token + "A", "doubled": token + token,
		"plain name": "row0", "SQL": "'OR(1=1)--", "minus one": "-1",
		"overflow": "99999999999999999999", "JSON": `{"after":"row0"}`, "base64": "cm93MA==",
		"100,000 characters": strings.Repeat("A", 100_000),
	} {
		a.refuses(name, a.in, forged)
	}
	for i := range flips {
		other := byte('A')
		if flips[i] == other {
			other = 'B'
		}
		a.refuses(fmt.Sprintf("character %d of %d changed", i, len(flips)), a.in, flips[:i]+string(other)+flips[i+1:])
	}
}

// moved sends a token in requests that it was not made for.
func (a *pageAttack) moved(token string) {
	a.t.Helper()
	a.refuses("another operation's token", a.in, a.otherToken)
	for _, in := range a.others {
		a.refuses(fmt.Sprintf("the token moved to %v", in), in, token)
	}
	home := a.account
	a.account = "222222222222"
	// Operations with an access token have no account: others has another user's
	// request.
	if out, refused := a.call(a.operation, a.request(a.in, token)); refused == "" &&
		a.model.Operations[a.operation].AuthType != "none" {
		a.t.Errorf("another account's token was accepted: %v", out)
	}
	a.account = home
	if _, refused := a.call(a.operation, a.request(a.in, token)); refused != "" {
		a.t.Errorf("the token was refused in its own request: %s", refused)
	}
}

// changing deletes rows, also those that tokens refer to, and adds rows between
// pages. The rows that stay are listed once, in a stable order.
func (a *pageAttack) changing() {
	a.t.Helper()
	a.addRows(3, 8)
	whole := a.walk(nil)
	if again := a.walk(nil); !slices.Equal(whole, again) {
		a.t.Errorf("the order is not stable: %v, then %v", whole, again)
	}
	kept := slices.Clone(a.added)
	var deleted []string
	seen := a.walk(func(page int, last string) {
		if page%2 == 0 && slices.Contains(kept, last) {
			deleted = append(deleted, last)
			a.remove(last)
		}
		if page == 3 {
			a.addRows(8, 9)
		}
	})
	for _, name := range kept {
		if n := count(seen, name); n != 1 {
			a.t.Errorf("%s is listed %d times while rows are added and deleted: %v; deleted %v",
				name, n, seen, deleted)
		}
	}
	if len(deleted) == 0 {
		a.t.Error("no row was deleted")
	}
}

func count(list []string, name string) (n int) {
	for _, v := range list {
		if v == name {
			n++
		}
	}
	return n
}

// walk reads all pages; it calls between with each page's last row.
func (a *pageAttack) walk(between func(page int, last string)) (seen []string) {
	a.t.Helper()
	token := ""
	for page := 0; page < 100; page++ {
		var names []string
		if names, token = a.page(a.in, token); len(names) > 1 {
			a.t.Fatalf("a page of one has %v", names)
		}
		seen = append(seen, names...)
		if token == "" {
			return seen
		}
		if between != nil && len(names) > 0 {
			between(page, names[0])
		}
	}
	a.t.Fatalf("more than 100 pages: %v", seen)
	return nil
}
