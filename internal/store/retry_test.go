package store_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

const rowsPool = "us-east-1_A"

// rows are values of a caller of the store: of stored rows and, in the fields named
// new, of rows to insert.
type rows struct {
	pool, newPool               userpool.Pool
	user, newUser               userpool.User
	client, newClient           userpool.Client
	group, newGroup             userpool.Group
	device, newDevice           userpool.Device
	domain, newDomain           userpool.Domain
	provider, newProvider       idp.Provider
	branding, newBranding       brand.ManagedLogin
	terms, newTerms             brand.Terms
	server, newServer           userpool.ResourceServer
	extensions                  userpool.PoolExtensions
	key, newKey                 userpool.AccessKey
	challenge, newChallenge     userpool.PendingChallenge
	passkey, newPasskey         userpool.Passkey
	passkeyChallenge            userpool.PasskeyChallenge
	authorization               userpool.Authorization
	deviceRequest               userpool.DeviceRequest
	code                        userpool.Code
	token                       userpool.SoftwareToken
	session, newSession         userpool.Session
	ssoSession                  userpool.Session
	message                     userpool.Message
	identity                    idp.Identity
	signingKeys, newSigningKeys []userpool.SigningKey
	credential                  userpool.Credential
	rate                        userpool.ProvisionedRate
	lockoutBefore, lockoutAfter userpool.Lockout
	quota                       int
	recoveryCodes               [][]byte
	expires                     time.Time
}

func resource(id string) userpool.Resource { return userpool.Resource{PoolID: rowsPool, ID: id} }

func newRows() *rows {
	p := userpool.Pool{ID: rowsPool, Account: "1", Region: "us-east-1"}
	expires := storetest.Start.Add(time.Hour)
	r := &rows{
		pool: p, newPool: userpool.Pool{ID: "us-east-1_New", Account: "1", Region: "us-east-1"},
		user:          *user(&p, "ann", map[string]string{"email": "a@example.com"}),
		newUser:       *user(&p, "new", map[string]string{"email": "n@example.com"}),
		client:        userpool.Client{PoolID: rowsPool, ID: "client"},
		newClient:     userpool.Client{PoolID: rowsPool, ID: "newclient"},
		group:         userpool.Group{PoolID: rowsPool, Name: "group"},
		newGroup:      userpool.Group{PoolID: rowsPool, Name: "new"},
		device:        *device(rowsPool, "ann", "device"),
		newDevice:     *device(rowsPool, "ann", "new"),
		domain:        *domain(rowsPool, userpool.CustomDomain, "auth.example.com"),
		newDomain:     *domain(rowsPool, "prefix", "new"),
		provider:      *provider(&p, "Corp", "a"),
		newProvider:   *provider(&p, "New", "b"),
		branding:      brand.ManagedLogin{Resource: resource("branding"), ClientID: "client"},
		newBranding:   brand.ManagedLogin{Resource: resource("newbranding"), ClientID: "other"},
		terms:         brand.Terms{Resource: resource("terms"), ClientID: "client", Name: brand.TermsNames[0]},
		newTerms:      brand.Terms{Resource: resource("newterms"), ClientID: "client", Name: brand.TermsNames[1]},
		server:        userpool.ResourceServer{Resource: resource("server")},
		extensions:    userpool.PoolExtensions{Resource: resource("*"), DeviceGrant: true},
		newServer:     userpool.ResourceServer{Resource: resource("newserver")},
		key:           userpool.AccessKey{ID: "AKIA1", Secret: "s"},
		newKey:        userpool.AccessKey{ID: "AKIA2", Secret: "s"},
		challenge:     *pendingChallenge("one"),
		newChallenge:  *pendingChallenge("two"),
		passkey:       *passkeyOf(&p, "ann", "one"),
		newPasskey:    *passkeyOf(&p, "ann", "two"),
		authorization: *authorization("ann", "client"),
		deviceRequest: *deviceRequest("mac", "user"),
		code: userpool.Code{
			PoolID: rowsPool, Username: "ann", Purpose: userpool.VerifyEmail,
			MAC: []byte("mac"), Expires: expires,
		},
		token:       userpool.SoftwareToken{ID: "token", Secret: "ONE"},
		session:     session(&p, "ann", "session", "origin"),
		ssoSession:  session(&p, "ann", "sso", ""),
		newSession:  session(&p, "ann", "new", "other"),
		message:     userpool.Message{PoolID: rowsPool},
		identity:    google("1"),
		signingKeys: []userpool.SigningKey{{PoolID: rowsPool, Use: userpool.KeyForID, KeyID: "k", PKCS8: []byte{1}}},
		newSigningKeys: []userpool.SigningKey{
			{PoolID: rowsPool, Use: userpool.KeyForID, KeyID: "n", PKCS8: []byte{1}, Signs: expires},
		},
		credential: userpool.Credential{Salt: []byte{1}, Verifier: []byte{2}},
		rate:       userpool.ProvisionedRate{Account: "1", Region: "us-east-1", Category: "c", PerSecond: 9},
		quota:      7, recoveryCodes: [][]byte{{1}, {2}}, expires: expires,
	}
	r.passkeyChallenge = userpool.PasskeyChallenge{
		PoolID: rowsPool, Username: "ann", ClientID: "client", RelyingParty: "example.com",
		Challenge: []byte("c"), Expires: expires,
	}
	r.authorization.PoolID, r.deviceRequest.PoolID = rowsPool, rowsPool
	r.ssoSession.Kind = userpool.SSOSession
	r.lockoutAfter = r.lockoutBefore.Fail(storetest.Start)
	return r
}

// insert writes the rows that are not new.
func (r *rows) insert(tx *store.Tx) error {
	first := func(_ any, err error) error { return err }
	return errors.Join(
		tx.InsertPool(&r.pool), tx.InsertUser(&r.pool, &r.user), tx.InsertClient(&r.client), tx.InsertGroup(&r.group),
		tx.InsertDevice(&r.device), tx.InsertDomain(&r.domain), tx.InsertIdentityProvider(&r.provider),
		tx.InsertBranding(&r.branding),
		tx.InsertTerms(&r.terms), store.ResourceServers.Insert(tx, &r.server), tx.InsertAccessKey(&r.key),
		tx.PutPendingChallenge(&r.challenge), tx.InsertPasskey(&r.passkey), tx.PutPasskeyChallenge(r.passkeyChallenge),
		tx.InsertAuthorization(&r.authorization, []byte("mac")), tx.PutCode(&r.code),
		tx.InsertDeviceRequest(&r.deviceRequest),
		tx.PutPendingSoftwareToken(rowsPool, "ann", &r.token),
		first(tx.AdoptSoftwareToken(rowsPool, "ann", &r.token, 1)),
		tx.PutPendingSoftwareToken(rowsPool, "ann", &r.token),
		tx.InsertSession(&r.session), tx.InsertSession(&r.ssoSession),
		tx.AddIdentity(&r.pool, &r.user, r.identity),
		tx.AddToGroup(rowsPool, "group", "ann"), tx.ReplaceRecoveryCodes(rowsPool, "ann", r.recoveryCodes),
		tx.InsertSigningKeys(r.signingKeys),
		tx.PutCredential(rowsPool, "ann", &r.credential), first(tx.RecordFailure(rowsPool, "ann")),
	)
}

// none is the result of a method that returns only an error.
func none(err error) (any, error) { return nil, err }

// all converts the result of a method to any.
func all[T any](v T, err error) (any, error) { return v, err }

// mutation is a call of a method that writes.
type mutation func(tx *store.Tx, r *rows) (any, error)

// mutations are the methods of store.Tx and store.Collection that write, each with
// a call that succeeds.
var mutations = map[string]mutation{
	"InsertAccessKey": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertAccessKey(&r.newKey)) },
	"SetAccessKeyPolicy": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.SetAccessKeyPolicy(r.key.ID, "{}"))
	},
	"RevokeAccessKey": func(tx *store.Tx, r *rows) (any, error) { return none(tx.RevokeAccessKey(r.key.ID)) },
	"ProvisionRate":   func(tx *store.Tx, r *rows) (any, error) { return none(tx.ProvisionRate(r.rate)) },
	"SetAccountQuota": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.SetAccountQuota("1", "r", userpool.QuotaGroups, &r.quota))
	},
	"InsertAuthorization": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.InsertAuthorization(&r.authorization, []byte("new")))
	},
	"RedeemAuthorization": func(tx *store.Tx, _ *rows) (any, error) {
		return all(tx.RedeemAuthorization(rowsPool, "client", []byte("mac"), "origin"))
	},
	"InsertDeviceRequest": func(tx *store.Tx, r *rows) (any, error) {
		other := r.deviceRequest
		other.MAC = []byte("new")
		return none(tx.InsertDeviceRequest(&other))
	},
	"DecideDeviceRequest": func(tx *store.Tx, _ *rows) (any, error) {
		return all(tx.DecideDeviceRequest(rowsPool, "c", []byte("mac"), userpool.DeviceDenied))
	},
	"PollDeviceRequest": func(tx *store.Tx, _ *rows) (any, error) {
		return all(tx.PollDeviceRequest(rowsPool, "c", []byte("mac")))
	},
	"InsertBranding": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertBranding(&r.newBranding)) },
	"UpdateBranding": func(tx *store.Tx, r *rows) (any, error) { return none(tx.UpdateBranding(&r.branding)) },
	"DeleteBranding": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteBranding(rowsPool, r.branding.ID))
	},
	"InsertClient": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertClient(&r.newClient)) },
	"UpdateClient": func(tx *store.Tx, r *rows) (any, error) { return none(tx.UpdateClient(&r.client)) },
	"DeleteClient": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteClient(rowsPool, r.client.ID))
	},
	"PutCode": func(tx *store.Tx, r *rows) (any, error) { return none(tx.PutCode(&r.code)) },
	"RedeemCode": func(tx *store.Tx, r *rows) (any, error) {
		c, err := tx.RedeemCode(rowsPool, "ann", r.code.Purpose, r.code.MAC)
		return c != nil, err
	},
	"DeleteCode": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteCode(rowsPool, "ann", r.code.Purpose))
	},
	"ReplaceCredential": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.ReplaceCredential(rowsPool, "ann", &r.credential))
	},
	"PutCredential": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.PutCredential(rowsPool, "ann", &r.credential))
	},
	"DeleteCredential": func(tx *store.Tx, _ *rows) (any, error) {
		return none(tx.DeleteCredential(rowsPool, "ann"))
	},
	"PutPendingChallenge": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.PutPendingChallenge(&r.newChallenge))
	},
	"RedeemPendingChallenge": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.RedeemPendingChallenge(&r.challenge))
	},
	"InsertDevice": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertDevice(&r.newDevice)) },
	"UpdateDevice": func(tx *store.Tx, r *rows) (any, error) { return none(tx.UpdateDevice(&r.device)) },
	"ForgetDevice": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.ForgetDevice(rowsPool, "ann", r.device.ID))
	},
	"InsertDomain": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertDomain(&r.newDomain)) },
	"UpdateDomain": func(tx *store.Tx, r *rows) (any, error) { return none(tx.UpdateDomain(&r.domain)) },
	"DeleteDomain": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteDomain(rowsPool, r.domain.Name))
	},
	"PutPendingSoftwareToken": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.PutPendingSoftwareToken(rowsPool, "ann", &r.token))
	},
	"AdoptSoftwareToken": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.AdoptSoftwareToken(rowsPool, "ann", &r.token, 7))
	},
	"SpendSoftwareTokenStep": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.SpendSoftwareTokenStep(rowsPool, "ann", r.token.ID, 9))
	},
	"DeleteSoftwareToken": func(tx *store.Tx, _ *rows) (any, error) {
		return all(tx.DeleteSoftwareToken(rowsPool, "ann"))
	},
	"InsertGroup": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertGroup(&r.newGroup)) },
	"UpdateGroup": func(tx *store.Tx, r *rows) (any, error) { return none(tx.UpdateGroup(&r.group)) },
	"DeleteGroup": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteGroup(rowsPool, r.group.Name))
	},
	"AddToGroup": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.AddToGroup(rowsPool, r.group.Name, "bob"))
	},
	"RemoveFromGroup": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.RemoveFromGroup(rowsPool, r.group.Name, "ann"))
	},
	"AddIdentity": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.AddIdentity(&r.pool, &r.user, google("2")))
	},
	"RemoveIdentity": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.RemoveIdentity(&r.pool, &r.user, r.identity))
	},
	"InsertIdentityProvider": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.InsertIdentityProvider(&r.newProvider))
	},
	"UpdateIdentityProvider": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.UpdateIdentityProvider(&r.provider))
	},
	"DeleteIdentityProvider": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteIdentityProvider(rowsPool, r.provider.ID))
	},
	"RecordFailure": func(tx *store.Tx, _ *rows) (any, error) { return all(tx.RecordFailure(rowsPool, "ann")) },
	"ForgiveFailure": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.ForgiveFailure(rowsPool, "ann", r.lockoutBefore, r.lockoutAfter))
	},
	"ClearLockout": func(tx *store.Tx, _ *rows) (any, error) { return none(tx.ClearLockout(rowsPool, "ann")) },
	"CountAttempt": func(tx *store.Tx, _ *rows) (any, error) {
		return none(tx.CountAttempt(rowsPool, "ann", userpool.AttemptChangePassword))
	},
	"Enqueue":        func(tx *store.Tx, r *rows) (any, error) { return none(tx.Enqueue(&r.message)) },
	"InsertPasskey":  func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertPasskey(&r.newPasskey)) },
	"AdvancePasskey": func(tx *store.Tx, r *rows) (any, error) { return all(tx.AdvancePasskey(&r.passkey, 6, true)) },
	"DeletePasskey": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeletePasskey(rowsPool, "ann", r.passkey.CredentialID))
	},
	"PutPasskeyChallenge": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.PutPasskeyChallenge(r.passkeyChallenge))
	},
	"RedeemPasskeyChallenge": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.RedeemPasskeyChallenge(&r.passkeyChallenge))
	},
	"InsertPool": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertPool(&r.newPool)) },
	"UpdatePool": func(tx *store.Tx, r *rows) (any, error) { return none(tx.UpdatePool(&r.pool)) },
	"DeletePool": func(tx *store.Tx, _ *rows) (any, error) { return none(tx.DeletePool(rowsPool)) },
	"PutPoolExtensions": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.PutPoolExtensions(&r.extensions))
	},
	"ReplaceRecoveryCodes": func(tx *store.Tx, _ *rows) (any, error) {
		return none(tx.ReplaceRecoveryCodes(rowsPool, "ann", [][]byte{{3}}))
	},
	"RedeemRecoveryCode": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.RedeemRecoveryCode(rowsPool, "ann", r.recoveryCodes[0]))
	},
	"RemoveRiskConfiguration": func(tx *store.Tx, _ *rows) (any, error) {
		return none(tx.RemoveRiskConfiguration(rowsPool, "client"))
	},
	"Rotate": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.Rotate(refreshToken(&r.pool, 1)))
	},
	"InsertSession": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.InsertSession(&r.newSession))
	},
	"TouchSession": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.TouchSession(rowsPool, "ann", r.session.ID, userpool.Peer{}))
	},
	"RenewSession": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.RenewSession(&r.ssoSession))
	},
	"EndFamily": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.EndFamily(rowsPool, "ann", "origin", r.expires))
	},
	"EndSession": func(tx *store.Tx, r *rows) (any, error) { return none(tx.EndSession(&r.session)) },
	"InsertSigningKeys": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.InsertSigningKeys(r.newSigningKeys))
	},
	"RetireSigningKeys": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.RetireSigningKeys(rowsPool, r.expires))
	},
	"DeleteSigningKeys": func(tx *store.Tx, _ *rows) (any, error) {
		return all(tx.DeleteSigningKeys(rowsPool))
	},
	"Spend": func(tx *store.Tx, r *rows) (any, error) {
		return all(tx.Spend(rowsPool, "kind", []byte("x"), r.expires))
	},
	"RevokeOrigin": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.RevokeOrigin(rowsPool, "origin", r.expires))
	},
	"InsertTerms": func(tx *store.Tx, r *rows) (any, error) { return none(tx.InsertTerms(&r.newTerms)) },
	"UpdateTerms": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.UpdateTerms(&r.terms, r.terms.Name))
	},
	"DeleteTerms": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.DeleteTerms(rowsPool, r.terms.ID))
	},
	"RemoveUICustomization": func(tx *store.Tx, _ *rows) (any, error) {
		return none(tx.RemoveUICustomization(rowsPool, "client"))
	},
	"InsertUser": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.InsertUser(&r.pool, &r.newUser))
	},
	"UpdateUser": func(tx *store.Tx, r *rows) (any, error) {
		return none(tx.UpdateUser(&r.pool, &r.user))
	},
	"DeleteUser": func(tx *store.Tx, _ *rows) (any, error) {
		return none(tx.DeleteUser(&userpool.Pool{ID: rowsPool}, "ann"))
	},

	"Collection.Insert": func(tx *store.Tx, r *rows) (any, error) {
		return none(store.ResourceServers.Insert(tx, &r.newServer))
	},
	"Collection.Update": func(tx *store.Tx, r *rows) (any, error) {
		return none(store.ResourceServers.Update(tx, &r.server))
	},
	"Collection.Put": func(tx *store.Tx, r *rows) (any, error) {
		return none(store.ResourceServers.Put(tx, &r.server))
	},
	"Collection.Delete": func(tx *store.Tx, r *rows) (any, error) {
		return none(store.ResourceServers.Delete(tx, rowsPool, r.server.ID))
	},
}

// readers are the other methods.
var readers = []string{
	"Authorization", "DeadMessages",
	"AccessKey", "AccessKeys", "AccountQuotas", "AliasHolder", "AliasTaken", "Branding", "BrandingOfClient",
	"BrandingStamp",
	"Client", "ClientByID", "Clients", "Code", "PendingChallengeState",
	"CountBrandings", "CountClients", "CountClientsSince", "CountCustomDomains", "CountGroups", "CountPools",
	"Credential", "Device", "DeviceForgotten", "DeviceRequest", "DeviceRequestOfUserCode",
	"Devices",
	"Domain", "DomainOfPool", "Domains", "EstimatedUsers", "Family", "Group", "Groups", "GroupsOf", "HasRecoveryCode",
	"HasSession",
	"IdentitiesOf",
	"Identity",
	"IdentityProviderByIdentifier", "LinkAttributes", "LinkedUser", "ListUsers", "Lockout", "OriginRevoked",
	"PasskeyChallenge",
	"PasskeysOf",
	"PendingSoftwareToken", "Pool", "PoolExtensions", "Pools", "PoolsWithSigningKeys", "ProvisionedRate",
	"ProvisionedRates",
	"RiskConfiguration", "Sessions", "SealingRoots",
	"SigningKeys", "SoftwareToken", "Spent", "TermsOfClient", "UICustomization", "User", "UserBySub", "UsersInGroup",
	"Collection.Get", "Collection.List", "Collection.All", "Collection.Owned", "Collection.IDs", "Collection.Count",
}

func TestEveryMethodIsAReaderOrAMutation(t *testing.T) {
	types := map[string]reflect.Type{
		"": reflect.TypeFor[*store.Tx](), "Collection.": reflect.TypeOf(store.ResourceServers),
	}
	exists := map[string]bool{}
	for prefix, of := range types {
		for method := range of.Methods() {
			name := prefix + method.Name
			exists[name] = true
			if _, mutates := mutations[name]; mutates == slices.Contains(readers, name) {
				t.Errorf("%s must be either in mutations or in readers", name)
			}
		}
	}
	for _, name := range slices.Concat(readers, slices.Collect(maps.Keys(mutations))) {
		if !exists[name] {
			t.Errorf("%s is listed, but is not a method", name)
		}
	}
}

// A transaction that fails does not change its caller's values, and one that runs
// twice has the same result as one that runs once.
func TestMutationsCanRunTwice(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			clk := clock.Frozen(storetest.Start)
			config.Clock, config.Wrap = clk, storetest.Rehearse
			db := open(t, config)
			stored := newRows()
			update(t, db, stored.insert)
			clk.Advance(time.Second)
			stored.challenge.Expires = time.Time{} // RedeemPendingChallenge sets it
			for method, call := range mutations {
				t.Run(method, func(t *testing.T) {
					once, twice := trial(t, db, stored, call, 1), trial(t, db, stored, call, 2)
					if once != twice {
						t.Errorf("run once:\n%s\nrun twice:\n%s", once, twice)
					}
				})
			}
		})
	}
}

var errEnd = errors.New("the end of a trial")

// trial runs a mutation in an Update that finally fails, and returns the result of
// its last run. The engine is a storetest.Rehearsing: a run that returns nil is
// rolled back and repeated.
func trial(t *testing.T, db *store.DB, stored *rows, call mutation, runs int) (outcome string) {
	t.Helper()
	r := *stored
	r.user = *stored.user.Clone()
	before := fmt.Sprintf("%+v", r)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		result, err := call(tx, &r)
		if err != nil {
			return err
		}
		lines, err := store.Rows(tx)
		outcome = fmt.Sprintf("%+v\n%+v\n%s", result, r, strings.Join(lines, "\n"))
		if r.message.ID != "" {
			outcome = strings.ReplaceAll(outcome, r.message.ID, "random")
		}
		if runs--; runs > 0 || err != nil {
			return err
		}
		return errEnd
	})
	if !errors.Is(err, errEnd) {
		t.Errorf("%v", err)
	}
	if after := fmt.Sprintf("%+v", r); after != before {
		t.Errorf("the failed transaction has changed its caller's values from\n%s\nto\n%s", before, after)
	}
	return outcome
}

// The data key of a pool is the one that was committed, not that of a run that was
// rolled back.
func TestDataKeyOfTheLastRun(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			config.Wrap = storetest.Rehearse
			db, p := open(t, config), &userpool.Pool{ID: rowsPool}
			update(t, db, func(tx *store.Tx) error {
				return errors.Join(tx.InsertPool(p),
					tx.PutCredential(p.ID, "ann", &userpool.Credential{Salt: []byte{1}}))
			})
			view(t, open(t, config), func(tx *store.Tx) error {
				_, err := tx.Credential(p.ID, "ann")
				return err
			})
		})
	}
}
