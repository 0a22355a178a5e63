package awsapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// linking is a world with a pool, providers, users and a client.
type linking struct {
	*world
	pool, client string
}

func newLinking(t *testing.T) *linking {
	t.Helper()
	l := &linking{world: newWorld(t)}
	l.pool = l.world.pool(object{"Schema": []any{
		object{"Name": "badge", "AttributeDataType": "String", "Mutable": false},
	}})
	l.client = l.world.client(l.pool, object{
		"ExplicitAuthFlows": []any{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		"ReadAttributes":    []any{"email"},
	})
	l.must("CreateIdentityProvider", object{
		"UserPoolId": l.pool, "ProviderName": "Google", "ProviderType": "Google",
		"ProviderDetails": object{"client_id": "c", "client_secret": "s", "authorize_scopes": "email"},
	})
	l.must("CreateIdentityProvider", object{
		"UserPoolId": l.pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": oidcDetails,
		"AttributeMapping": object{
			"email": "mail", "name": "n", "nickname": "k", "gender": "g", "locale": "l", "zoneinfo": "z",
		},
	})
	for _, name := range []string{"ann", "bob"} {
		l.user(name, nil)
	}
	return l
}

const linkPassword = "Linked-Passw0rd"

func (l *linking) user(name string, attributes []any) {
	l.t.Helper()
	l.must("AdminCreateUser",
		object{"UserPoolId": l.pool, "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": attributes})
	l.must("AdminSetUserPassword",
		object{"UserPoolId": l.pool, "Username": name, "Password": linkPassword, "Permanent": true})
}

func identifier(provider, name, value string) object {
	return object{"ProviderName": provider, "ProviderAttributeName": name, "ProviderAttributeValue": value}
}

func native(username string) object {
	return object{"ProviderName": "Cognito", "ProviderAttributeValue": username}
}

func (l *linking) link(destination, source object) object {
	return object{"UserPoolId": l.pool, "DestinationUser": destination, "SourceUser": source}
}

func (l *linking) disable(user object) object {
	return object{"UserPoolId": l.pool, "User": user}
}

// identities returns the attribute identities of a user, or "".
func (l *linking) identities(username string) string {
	l.t.Helper()
	user := l.must("AdminGetUser", object{"UserPoolId": l.pool, "Username": username})
	return attributeOf(user["UserAttributes"], "identities")
}

func attributeOf(list any, name string) string {
	for _, a := range list.([]any) {
		if at(a.(object), "Name") == name {
			return at(a.(object), "Value").(string)
		}
	}
	return ""
}

// external creates a profile as the first sign-in with a provider does.
func (l *linking) external(provider, subject string) string {
	l.t.Helper()
	username := provider + "_" + subject
	err := l.db.Update(l.t.Context(), func(tx *store.Tx) error {
		p, err := tx.Pool(l.pool)
		if err != nil {
			return err
		}
		u := &userpool.User{
			PoolID: p.ID, Username: username, Sub: "00000000-0000-4000-8000-00000000000" + subject, Enabled: true,
			Status: userpool.ExternalProvider,
		}
		if err := tx.InsertUser(p, u); err != nil {
			return err
		}
		return tx.AddIdentity(p, u, idp.Identity{
			Provider: provider, Name: idp.CognitoSubject, Value: subject, Type: idp.Type(provider), Primary: true,
		})
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return username
}

func TestLinking(t *testing.T) {
	l := newLinking(t)
	created := l.clk.Now().UnixMilli()
	linked := l.must("AdminLinkProviderForUser", l.link(native("ann"), identifier("Google", "Cognito_Subject", "1029")))
	if got := asJSON(t, linked); got != "{}" {
		t.Errorf("AdminLinkProviderForUser returned %s", got)
	}
	l.clk.Advance(1e9)
	l.must("AdminLinkProviderForUser", l.link(native("ann"), identifier("Corp", "email", "ann@corp.example.com")))
	want := fmt.Sprintf(`[{"userId":"1029","providerName":"Google","providerType":"Google",`+
		`"issuer":null,"primary":false,"dateCreated":%d},`+
		`{"userId":"ann@corp.example.com","providerName":"Corp","providerType":"OIDC",`+
		`"issuer":null,"primary":false,"dateCreated":%d}]`, created, created+1000)
	if got := l.identities("ann"); got != want {
		t.Errorf("identities %s\nwant %s", got, want)
	}
	// The same in ListUsers, GetUser and, as text, in the ID token, although
	// the client's list of readable attributes cannot name it.
	listed := func(more object) any {
		in := object{"UserPoolId": l.pool, "Filter": `username = "ann"`}
		return l.must("ListUsers", with(in, more))["Users"].([]any)[0].(object)["Attributes"]
	}
	if got := attributeOf(listed(nil), "identities"); got != want {
		t.Errorf("listed %s", got)
	}
	sameJSON(t, "listed alone", listed(object{"AttributesToGet": []any{"identities"}}),
		[]any{object{"Name": "identities", "Value": want}})
	signedIn := l.must("InitiateAuth", object{
		"ClientId": l.client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": linkPassword},
	})
	tokens := at(signedIn, "AuthenticationResult").(object)
	user := l.must("GetUser", object{"AccessToken": tokens["AccessToken"]})
	if got := attributeOf(user["UserAttributes"], "identities"); got != want {
		t.Errorf("GetUser shows %s", got)
	}
	claim := fmt.Sprintf(`[{"userId":"1029","providerName":"Google","providerType":"Google",`+
		`"issuer":null,"primary":"false","dateCreated":"%d"},`+
		`{"userId":"ann@corp.example.com","providerName":"Corp","providerType":"OIDC","issuer":null,"primary":"false",`+
		`"dateCreated":"%d"}]`, created, created+1000)
	if got := string(claimsOf(t, tokens["IdToken"])["identities"]); got != claim {
		t.Errorf("claim %s\nwant %s", got, claim)
	}
	// No operation can write the attribute.
	attribute := []any{object{"Name": "identities", "Value": "[]"}}
	l.refusal("AdminCreateUser", object{"UserPoolId": l.pool, "Username": "mallory", "UserAttributes": attribute},
		"InvalidParameterException: Attributes did not conform to the schema: "+
			"identities: Attribute does not exist in the schema.\n")
	l.refusal("SignUp",
		object{"ClientId": l.client, "Username": "mallory", "Password": linkPassword, "UserAttributes": attribute},
		"NotAuthorizedException: A client attempted to write unauthorized attribute")
}

func claimsOf(t *testing.T, jwt any) (claims map[string]json.RawMessage) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(fmt.Sprint(jwt), ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

type refusedLink struct {
	destination, source object
	want                string
}

// refusedLinks returns invalid links, by name.
func refusedLinks() map[string]refusedLink {
	google := identifier("Google", "Cognito_Subject", "9")
	long := strings.Repeat("x", 1025)
	const (
		noUser        = "UserNotFoundException: User does not exist."
		invalidSource = "InvalidParameterException: Invalid SourceUser: "
		invalidValue  = invalidSource +
			"ProviderAttributeValue must have at most 1024 bytes and no control characters."
	)
	notMapped := func(name string) string {
		return invalidSource + "ProviderAttributeName " + name + " is not mapped for provider Corp."
	}
	return map[string]refusedLink{
		"unknown user":           {native("nobody"), google, noUser},
		"unknown federated user": {identifier("Google", "", "77"), google, noUser},
		"unknown provider": {
			native("ann"), identifier("Okta", "Cognito_Subject", "9"),
			"ResourceNotFoundException: Identity provider Okta does not exist.",
		},
		"native source": {
			native("ann"), identifier("Cognito", "Cognito_Subject", "bob"),
			invalidSource + "Cognito users with a username/password may not be passed in as a SourceUser, " +
				"only as a DestinationUser",
		},
		"linked already": {
			native("ann"), identifier("Google", "Cognito_Subject", "1"),
			"InvalidParameterException: SourceUser is already linked to DestinationUser",
		},
		"linked to another user": {
			native("bob"), identifier("Google", "Cognito_Subject", "1"),
			"AliasExistsException: SourceUser is already linked to another user.",
		},
		"has signed in": {
			native("bob"), identifier("Google", "Cognito_Subject", "5"),
			"InvalidParameterException: Merging is not currently supported, " +
				"provide a SourceUser that has not been signed up in order to link",
		},
		"social provider by claim": {
			native("ann"), identifier("Google", "email", "a@example.com"),
			invalidSource + "ProviderAttributeName must be Cognito_Subject for provider Google.",
		},
		"attribute without mapping": {
			native("ann"), identifier("Corp", "phone_number", "+1"), notMapped("phone_number"),
		},
		"claim instead of attribute": {
			native("ann"), identifier("Corp", "mail", "a@example.com"), notMapped("mail"),
		},
		"username": {native("ann"), identifier("Corp", "username", "a"), notMapped("username")},
		"immutable attribute": {
			native("eve"), google,
			"InvalidParameterException: Invalid DestinationUser: the immutable attribute custom:badge has a value.",
		},
		"empty destination": {
			object{}, google,
			"InvalidParameterException: Invalid DestinationUser: ProviderName and ProviderAttributeValue are required.",
		},
		"source without attribute name": {
			native("ann"), object{"ProviderName": "Google", "ProviderAttributeValue": "9"},
			invalidSource + "ProviderName, ProviderAttributeName and ProviderAttributeValue are required.",
		},
		"long value":         {native("ann"), identifier("Google", "Cognito_Subject", long), invalidValue},
		"control characters": {native("ann"), identifier("Google", "Cognito_Subject", "9\x01"), invalidValue},
	}
}

func TestRulesOfLinking(t *testing.T) {
	l := newLinking(t)
	l.user("eve", []any{object{"Name": "custom:badge", "Value": "7"}})
	l.external("Google", "5")
	l.must("AdminLinkProviderForUser", l.link(native("ann"), identifier("Google", "Cognito_Subject", "1")))
	for name, c := range refusedLinks() {
		t.Run(name, func(t *testing.T) {
			inner := *l.world
			inner.t = t
			inner.refusal("AdminLinkProviderForUser", l.link(c.destination, c.source), c.want)
		})
	}
	if got := l.identities("bob"); got != "" {
		t.Errorf("a refused link is stored: %s", got)
	}
	// Subjects are case-sensitive.
	l.must("AdminLinkProviderForUser", l.link(native("bob"), identifier("Corp", "Cognito_Subject", "Subject")))
	l.must("AdminLinkProviderForUser", l.link(native("ann"), identifier("Corp", "Cognito_Subject", "subject")))
	// Identities can be linked to a profile that a provider created, by its subject.
	// Its own identity does not count towards the limit.
	for n := range 5 {
		l.must("AdminLinkProviderForUser",
			l.link(identifier("Google", "", "5"), identifier("Corp", "Cognito_Subject", fmt.Sprint("s", n))))
	}
	identities := l.identities("Google_5")
	const own = `[{"userId":"5","providerName":"Google","providerType":"Google","issuer":null,"primary":true,`
	if n := strings.Count(identities, "userId"); n != 6 || !strings.HasPrefix(identities, own) {
		t.Errorf("%d identities: %s", n, identities)
	}
	l.refusal("AdminLinkProviderForUser", l.link(native("Google_5"), identifier("Corp", "Cognito_Subject", "s5")),
		"LimitExceededException: A user can have at most 5 linked identities.")
}

func TestLinkAttributesOfAProvider(t *testing.T) {
	l := newLinking(t)
	for n, name := range []string{"email", "name", "nickname", "gender", "Cognito_Subject"} {
		l.must("AdminLinkProviderForUser", l.link(native([]string{"ann", "bob"}[n%2]), identifier("Corp", name, "v")))
	}
	l.refusal("AdminLinkProviderForUser", l.link(native("bob"), identifier("Corp", "locale", "v")),
		"LimitExceededException: Users of provider Corp can be linked on at most 5 attributes.")
	l.must("AdminLinkProviderForUser", l.link(native("bob"), identifier("Corp", "email", "w")))
	// The attribute names cannot change while a user is linked by them.
	l.must("AdminDisableProviderForUser", l.disable(identifier("Corp", "name", "v")))
	l.must("AdminLinkProviderForUser", l.link(native("bob"), identifier("Corp", "locale", "v")))
}

func TestUnlinking(t *testing.T) {
	l := newLinking(t)
	source := identifier("Corp", "email", "ann@corp.example.com")
	l.must("AdminLinkProviderForUser", l.link(native("ann"), source))
	missing := "UserNotFoundException: User does not exist."
	for _, other := range []object{
		identifier("Corp", "name", "ann@corp.example.com"), identifier("Corp", "email", "Ann@corp.example.com"),
		identifier("Google", "email", "ann@corp.example.com"),
	} {
		l.refusal("AdminDisableProviderForUser", l.disable(other), missing)
	}
	l.refusal("AdminDisableProviderForUser", l.disable(identifier("Okta", "Cognito_Subject", "1")),
		"ResourceNotFoundException: Identity provider Okta does not exist.")
	l.refusal("AdminDisableProviderForUser", l.disable(object{"ProviderName": "Corp"}),
		"InvalidParameterException: Invalid User: ProviderName, "+
			"ProviderAttributeName and ProviderAttributeValue are required.")
	out := asJSON(t, l.must("AdminDisableProviderForUser", l.disable(source)))
	if out != "{}" || l.identities("ann") != "" {
		t.Errorf("AdminDisableProviderForUser returned %s; identities %s", out, l.identities("ann"))
	}
	l.refusal("AdminDisableProviderForUser", l.disable(source), missing)
	l.must("AdminLinkProviderForUser", l.link(native("bob"), source))
	// A deleted user's identities can be linked again; those of a deleted provider can
	// be removed.
	l.must("AdminDeleteUser", object{"UserPoolId": l.pool, "Username": "bob"})
	l.must("AdminLinkProviderForUser", l.link(native("ann"), source))
	l.must("DeleteIdentityProvider", object{"UserPoolId": l.pool, "ProviderName": "Corp"})
	l.must("AdminDisableProviderForUser", l.disable(source))
	l.refusal("AdminDisableProviderForUser", l.disable(source),
		"ResourceNotFoundException: Identity provider Corp does not exist.")
}

func TestDisablingANativeUser(t *testing.T) {
	l := newLinking(t)
	signIn := object{
		"ClientId": l.client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ann", "PASSWORD": linkPassword},
	}
	access := at(l.must("InitiateAuth", signIn), "AuthenticationResult.AccessToken")
	l.must("AdminLinkProviderForUser", l.link(native("ann"), identifier("Google", "Cognito_Subject", "1")))
	l.refusal("AdminDisableProviderForUser", l.disable(identifier("Cognito", "email", "ann")),
		"InvalidParameterException: Invalid User: ProviderAttributeName must be Cognito_Subject for provider Cognito.")
	l.refusal("AdminDisableProviderForUser", l.disable(identifier("Cognito", "Cognito_Subject", "nobody")),
		"UserNotFoundException: User does not exist.")
	l.must("AdminDisableProviderForUser", l.disable(identifier("Cognito", "Cognito_Subject", "ann")))
	refused := "NotAuthorizedException: Incorrect username or password."
	l.refusal("InitiateAuth", signIn, refused)
	user := l.must("AdminGetUser", object{"UserPoolId": l.pool, "Username": "ann"})
	if user["UserStatus"] != "EXTERNAL_PROVIDER" || user["Enabled"] != true {
		t.Errorf("the user is %v, enabled %v", user["UserStatus"], user["Enabled"])
	}
	if l.identities("ann") == "" {
		t.Error("the link was removed together with the password")
	}
	// Only an administrator can set a password again.
	if _, refusal := l.call("ForgotPassword", object{"ClientId": l.client, "Username": "ann"}); refusal == "" {
		t.Error("the password can be reset with a code")
	}
	_, _ = l.call("ChangePassword",
		object{"AccessToken": access, "PreviousPassword": linkPassword, "ProposedPassword": linkPassword + "2"})
	_, _ = l.call("ChangePassword", object{"AccessToken": access, "ProposedPassword": linkPassword})
	l.refusal("InitiateAuth", signIn, refused)
	l.must("AdminSetUserPassword",
		object{"UserPoolId": l.pool, "Username": "ann", "Password": linkPassword, "Permanent": true})
	l.must("InitiateAuth", signIn)
}

func TestDisablingAProfileOfAProvider(t *testing.T) {
	l := newLinking(t)
	username := l.external("Google", "5")
	l.must("AdminDisableProviderForUser", l.disable(identifier("Google", "Cognito_Subject", "5")))
	if got := l.must("AdminGetUser", object{"UserPoolId": l.pool, "Username": username}); got["Enabled"] != false {
		t.Errorf("enabled: %v", got["Enabled"])
	}
	// The identity still belongs to the profile: it cannot be linked to a user.
	l.refusal("AdminLinkProviderForUser", l.link(native("ann"), identifier("Google", "Cognito_Subject", "5")),
		"InvalidParameterException: Merging is not currently supported, "+
			"provide a SourceUser that has not been signed up in order to link")
}

// Of concurrent links of one identity to many users, one succeeds.
func TestConcurrentLinks(t *testing.T) {
	l := newLinking(t)
	const racers = 6
	for n := range racers {
		l.must("AdminCreateUser",
			object{"UserPoolId": l.pool, "Username": fmt.Sprint("racer", n), "MessageAction": "SUPPRESS"})
	}
	results := make(chan string, racers)
	for n := range racers {
		go func() {
			_, refused := l.call("AdminLinkProviderForUser",
				l.link(native(fmt.Sprint("racer", n)), identifier("Google", "Cognito_Subject", "1")))
			results <- refused
		}()
	}
	won := 0
	for range racers {
		switch refused := <-results; refused {
		case "":
			won++
		case "AliasExistsException: SourceUser is already linked to another user.":
		default:
			t.Error(refused)
		}
	}
	holders := 0
	for n := range racers {
		if l.identities(fmt.Sprint("racer", n)) != "" {
			holders++
		}
	}
	if won != 1 || holders != 1 {
		t.Errorf("%d links succeeded, %d users have the identity", won, holders)
	}
	// Of six concurrent links to one user, five succeed.
	for n := range racers {
		go func() {
			_, refused := l.call("AdminLinkProviderForUser",
				l.link(native("ann"), identifier("Corp", "Cognito_Subject", fmt.Sprint(n))))
			results <- refused
		}()
	}
	won = 0
	for range racers {
		if refused := <-results; refused == "" {
			won++
		}
	}
	if n := strings.Count(l.identities("ann"), "userId"); won != 5 || n != 5 {
		t.Errorf("%d of %d links succeeded, the user has %d identities", won, racers, n)
	}
}
