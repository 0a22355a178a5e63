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

// fragile is a world with a store that can be made to fail, a pool with every
// feature, and a new user for each request.
type fragile struct {
	*devices
	model   *apiModel
	breaker *storetest.Breaker
	// name and set are the user's; device is the key of the device in set.
	name, device string
	set          token.Set
	made         int
	// others are pools and clients with other settings, see inOtherPool.
	others map[string][2]string
}

// prepare sets up the world so that a request succeeds once. It returns the
// members that are added to the operation's smallest input or replace members of
// it.
type prepare = func(*fragile) object

var everyFlow = object{"ExplicitAuthFlows": []string{
	"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH",
	"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
}}

func newFragile(t *testing.T) *fragile {
	t.Helper()
	x := &fragile{model: readModel(t), breaker: &storetest.Breaker{Once: true}, others: map[string][2]string{}}
	db, clk := storetest.OpenBehind(t, x.breaker.Wrap)
	x.devices = &devices{world: newWorldOn(t, db, clk)}
	x.gate.Log = slog.New(slog.DiscardHandler)
	x.functions = triggerFunctions
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	settings := with(with(ownMail, replicable), firstFactors("PASSWORD", "WEB_AUTHN"))
	x.pool, x.client = x.mailPool(with(settings, object{
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

// fresh returns an unused name.
func (x *fragile) fresh() string {
	x.made++
	return fmt.Sprint("new-", x.made)
}

// user creates a user with a password, an e-mail address and a phone number.
func (x *fragile) user(status userpool.Status) string {
	x.t.Helper()
	name := x.fresh()
	u := &userpool.User{
		PoolID: x.pool, Username: name, Sub: "sub-" + name, Status: status, Enabled: true,
		UserProfile: userpool.UserProfile{Attributes: map[string]string{
			"email": name + "@example.com", "email_verified": "true", "name": "Ann", "phone_number": "+15550100",
		}},
	}
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

// signInNewUser creates a user and signs in from a new device.
func (x *fragile) signInNewUser() {
	x.t.Helper()
	x.name = x.user(userpool.Confirmed)
	x.device = deviceKey(x.made)
	x.set = x.tokens(x.name, x.device)
	x.model.known = object{
		"UserPoolId": x.pool, "ClientId": x.client, "Username": x.name, "GroupName": "team",
		"DeviceKey": x.device, "AccessToken": x.set.Access, "RefreshToken": x.set.Refresh,
		"Password": "Right-Passw0rd", "ProposedPassword": "Other-Passw0rd", "ConfirmationCode": code,
		"ResourceArn": x.arn(x.pool), "ProviderName": "Corp", "IdpIdentifier": "corp",
		"LimitDefinition": limitOf("UserRead"),
	}
}

func (x *fragile) arn(pool string) string {
	return "arn:aws:cognito-idp:us-east-1:" + x.account + ":userpool/" + pool
}

// own returns the members that name the user in operations of administrators.
func (x *fragile) own() object { return object{"UserPoolId": x.pool, "Username": x.name} }

// poolWithClient creates a pool with a confidential client.
func (x *fragile) poolWithClient() object {
	pool := x.world.pool(replicable)
	return object{"UserPoolId": pool, "ClientId": x.world.client(pool, object{"GenerateSecret": true})}
}

// enrol registers an authenticator app for the user.
func (x *fragile) enrol() totp.Secret {
	x.t.Helper()
	s := x.associate()
	x.must("VerifySoftwareToken", object{"AccessToken": x.set.Access, "UserCode": s.Code(x.clk.Now())})
	x.clk.Advance(30 * time.Second) // a code of the app is valid once
	return s
}

// associate returns a new secret for an authenticator app.
func (x *fragile) associate() totp.Secret {
	x.t.Helper()
	return app(x.t, x.must("AssociateSoftwareToken", object{"AccessToken": x.set.Access})["SecretCode"])
}

// Whichever statement of an operation fails in the store, the response is an
// internal error, not a 4xx: SDKs do not retry those, and sign users out for some.
// Nor is it a success, which would hide lost data. The same request succeeds once
// the store works again.
func TestStoreFailuresAreInternalErrors(t *testing.T) {
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

// redeems lists operations that redeem a Session before they issue tokens. After a
// failure in between, the sign-in must start again.
var redeems = map[string]bool{
	"InitiateAuth": true, "AdminInitiateAuth": true,
	"RespondToAuthChallenge": true, "AdminRespondToAuthChallenge": true,
}

// breakEach sends a request repeatedly, each time with a later statement failing,
// until no statement fails and the response has the status want. It returns the
// number of failures.
func (x *fragile) breakEach(operation string, row prepare, want int) int {
	x.t.Helper()
	for nth := 1; nth < 200; nth++ {
		x.signInNewUser()
		more := row(x)
		in := with(x.model.smallest(operation), more)
		x.invalidateConfiguration(in)
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
		if again := x.send(x.request(operation, in)); again.Code != want && (commits == 0 || !redeems[operation]) {
			x.t.Errorf("%s, statement %d of the store failed after %d updates; the same request then returns %d %.300s",
				operation, nth, commits, again.Code, again.Body)
		}
	}
	x.t.Fatalf("%s has 200 statements or more", operation)
	return 0
}

// invalidateConfiguration changes the request's pool, so that its cached configuration
// is read again.
func (x *fragile) invalidateConfiguration(in object) {
	x.t.Helper()
	pool, ok := in["UserPoolId"].(string)
	if !ok {
		pool = x.pool
	}
	x.must("TagResource", object{"ResourceArn": x.arn(pool), "Tags": object{"a": "b"}})
}
