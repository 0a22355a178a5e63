package awsapi_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// fragile is a world whose store can be made to fail, with a pool that has
// every feature and a user who is made anew for each request.
type fragile struct {
	*devices
	model   *apiModel
	breaker *storetest.Breaker
	// name and set are the user's; device is the key of the device in set.
	name, device string
	set          token.Set
	made         int
	// others are pools and clients of other kinds, see elsewhere.
	others map[string][2]string
}

// prepare brings the world to where a request succeeds once, and returns the
// members that it has beside the operation's smallest input, or in their place.
type prepare = func(*fragile) object

var everyFlow = object{"ExplicitAuthFlows": []string{
	"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH",
	"ALLOW_CUSTOM_AUTH",
	"ALLOW_REFRESH_TOKEN_AUTH",
}}

func newFragile(t *testing.T) *fragile {
	t.Helper()
	x := &fragile{model: readModel(t), breaker: &storetest.Breaker{Once: true}, others: map[string][2]string{}}
	db, clk := storetest.OpenBehind(t, x.breaker.Wrap)
	x.devices = &devices{world: newWorldOn(t, db, clk)}
	x.gate.Log = slog.New(slog.DiscardHandler)
	x.functions = answering
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	x.pool, x.client = x.mailPool(with(with(with(ownMail, replicable), firstFactors("PASSWORD", "WEB_AUTHN")), object{
		"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true},
		"LambdaConfig": object{
			"DefineAuthChallenge": arn, "CreateAuthChallenge": arn, "VerifyAuthChallengeResponse": arn,
		},
	}), everyFlow)
	in := object{"UserPoolId": x.pool}
	x.must("SetUserPoolMfaConfig", with(in, object{
		"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": object{"SmsConfiguration": smsRole},
		"SoftwareTokenMfaConfiguration": tokenMfa, "EmailMfaConfiguration": object{},
		"WebAuthnConfiguration": object{"RelyingPartyId": passkeyParty},
	}))
	x.must("SetUserPoolSessionConfiguration",
		with(in, object{"UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 2}}))
	x.must("CreateGroup", with(in, object{"GroupName": "team"}))
	x.must("CreateUserPoolDomain", with(in, object{"Domain": "our-domain"}))
	x.must("CreateIdentityProvider",
		with(with(in, oidcProvider), object{"ProviderName": "Corp", "IdpIdentifiers": []string{"corp"}}))
	return x
}

// fresh is a name that nothing has yet.
func (x *fragile) fresh() string {
	x.made++
	return fmt.Sprint("new-", x.made)
}

// user makes a user who has a password, an address and a number.
func (x *fragile) user(status userpool.Status) string {
	x.t.Helper()
	name := x.fresh()
	u := &userpool.User{PoolID: x.pool, Username: name, Sub: "sub-" +
		name, Status: status, Enabled: true, UserProfile: userpool.UserProfile{
		Attributes: map[string]string{
			"email": name + "@example.com", "email_verified": "true", "name": "Ann", "phone_number": "+15550100",
		},
	}}
	x.change(func(tx *store.Tx) error {
		p, err := tx.Pool(x.pool)
		if err != nil {
			return err
		}
		cred, err := x.gate.Service.(*awsapi.Operations).Account.NewCredential(p, u, "Right-Passw0rd",
			status == userpool.ForceChangePassword)
		return errors.Join(err, tx.InsertUser(p, u), tx.PutCredential(p.ID, name, cred))
	})
	return name
}

// signInAnew makes a user, and signs them in from a device that is new.
func (x *fragile) signInAnew() {
	x.t.Helper()
	x.name = x.user(userpool.Confirmed)
	x.device = deviceKey(x.made)
	x.set = x.tokens(x.name, x.device)
	x.model.known = object{
		"UserPoolId": x.pool, "ClientId": x.client, "Username": x.name, "GroupName": "team", "ConfirmationCode": code,
		"DeviceKey": x.device, "AccessToken": x.set.Access, "RefreshToken": x.set.Refresh, "Password": "Right-Passw0rd",
		"ProposedPassword": "Other-Passw0rd", "ResourceArn": x.arn(x.pool), "ProviderName": "Corp", "IdpIdentifier": "corp",
		"LimitDefinition": limitOf("UserRead"),
	}
}

func (x *fragile) arn(pool string) string {
	return "arn:aws:cognito-idp:us-east-1:" + x.account + ":userpool/" + pool
}

// own names the user to operations of administrators.
func (x *fragile) own() object { return object{"UserPoolId": x.pool, "Username": x.name} }

// place is a pool with a client that has a secret.
func (x *fragile) place() object {
	pool := x.world.pool(replicable)
	return object{"UserPoolId": pool, "ClientId": x.world.client(pool, object{"GenerateSecret": true})}
}

// enrol gives the user an authenticator app.
func (x *fragile) enrol() totp.Secret {
	x.t.Helper()
	s := x.associate()
	x.must("VerifySoftwareToken", object{"AccessToken": x.set.Access, "UserCode": s.Code(x.clk.Now())})
	x.clk.Advance(30 * time.Second) // an app's code serves once
	return s
}

// associate asks for the secret of an authenticator app.
func (x *fragile) associate() totp.Secret {
	x.t.Helper()
	return app(x.t, x.must("AssociateSoftwareToken", object{"AccessToken": x.set.Access})["SecretCode"])
}

// A store that fails is never the caller's fault: whichever statement of an
// operation fails, the answer is the server's own error. SDKs do not repeat what
// a 4xx refuses, and sign users out over some. Nor is it a success, which would
// hide that something is lost. The same request succeeds once the store works
// again.
func TestStoreFailuresAreTheServersFault(t *testing.T) {
	table, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	x := newFragile(t)
	tried := 0
	for _, operation := range x.model.operations() {
		_, rest, documented := strings.Cut(string(table), "\n| "+operation+" |")
		if row, _, _ := strings.Cut(rest, "\n"); !documented || strings.Contains(row, "| refused |") {
			continue
		}
		rows := successes[operation]
		if rows == nil {
			rows = []prepare{same(nil)}
		}
		for _, row := range rows {
			tried += x.breakEach(operation, row, http.StatusOK)
		}
		for _, row := range refusals[operation] {
			tried += x.breakEach(operation, row, http.StatusBadRequest)
		}
	}
	if tried < 1500 {
		t.Errorf("only %d failures were tried", tried)
	}
}

// spends are operations that use up a session of a sign-in before they issue
// tokens: after a failure between the two the sign-in begins again.
var spends = map[string]bool{
	"InitiateAuth": true, "AdminInitiateAuth": true, "RespondToAuthChallenge": true, "AdminRespondToAuthChallenge": true,
}

// breakEach sends a request again and again, each time with a later statement
// failing, until none is left to fail and the answer has the status it wants.
// It reports how many failed.
func (x *fragile) breakEach(operation string, row prepare, want int) int {
	x.t.Helper()
	for nth := 1; nth < 200; nth++ {
		x.signInAnew()
		more := row(x)
		in := with(x.model.smallest(operation), more)
		x.forgetConfiguration(in)
		x.breaker.Break(nth)
		r := x.request(operation, in)
		answer := x.send(r.WithContext(x.breaker.Request(r.Context())))
		commits := x.breaker.Commits()
		switch failed := x.breaker.Mend(); {
		case !failed && answer.Code != want:
			x.t.Errorf("%s without a failure: %d %.300s", operation, answer.Code, answer.Body)
			fallthrough
		case !failed:
			return nth - 1
		case answer.Code < http.StatusInternalServerError:
			x.t.Errorf("%s, statement %d of the store fails: %d %.300s", operation, nth, answer.Code, answer.Body)
		}
		if again := x.send(x.request(operation, in)); again.Code != want && (commits == 0 || !spends[operation]) {
			x.t.Errorf("%s, statement %d of the store failed after %d updates; the same request answers %d %.300s",
				operation, nth, commits, again.Code, again.Body)
		}
	}
	x.t.Fatalf("%s never comes to an end", operation)
	return 0
}

// forgetConfiguration changes the request's pool, so that what is cached of it
// is read anew.
func (x *fragile) forgetConfiguration(in object) {
	x.t.Helper()
	pool, ok := in["UserPoolId"].(string)
	if !ok {
		pool = x.pool
	}
	x.must("TagResource", object{"ResourceArn": x.arn(pool), "Tags": object{"a": "b"}})
}
