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

const heldPool = "us-east-1_A"

// held are the values of a caller of the store: of stored rows and, in the fields
// named new, of rows to be inserted.
type held struct {
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
	key, newKey                 userpool.AccessKey
	challenge, newChallenge     userpool.PendingChallenge
	passkey, newPasskey         userpool.Passkey
	passkeyChallenge            userpool.PasskeyChallenge
	authorization               userpool.Authorization
	code                        userpool.Code
	token                       userpool.SoftwareToken
	session, newSession         userpool.Session
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

func resource(id string) userpool.Resource { return userpool.Resource{PoolID: heldPool, ID: id} }

func newHeld() *held {
	p := userpool.Pool{ID: heldPool, Account: "1", Region: "us-east-1"}
	expires := storetest.Start.Add(time.Hour)
	h := &held{
		pool: p, newPool: userpool.Pool{ID: "us-east-1_New", Account: "1", Region: "us-east-1"},
		user:          *user(&p, "ann", map[string]string{"email": "a@example.com"}),
		newUser:       *user(&p, "new", map[string]string{"email": "n@example.com"}),
		client:        userpool.Client{PoolID: heldPool, ID: "client"},
		newClient:     userpool.Client{PoolID: heldPool, ID: "newclient"},
		group:         userpool.Group{PoolID: heldPool, Name: "group"},
		newGroup:      userpool.Group{PoolID: heldPool, Name: "new"},
		device:        *device(heldPool, "ann", "device"),
		newDevice:     *device(heldPool, "ann", "new"),
		domain:        *domain(heldPool, userpool.CustomDomain, "auth.example.com"),
		newDomain:     *domain(heldPool, "prefix", "new"),
		provider:      *provider(&p, "Corp", "a"),
		newProvider:   *provider(&p, "New", "b"),
		branding:      brand.ManagedLogin{Resource: resource("branding"), ClientID: "client"},
		newBranding:   brand.ManagedLogin{Resource: resource("newbranding"), ClientID: "other"},
		terms:         brand.Terms{Resource: resource("terms"), ClientID: "client", Name: brand.TermsNames[0]},
		newTerms:      brand.Terms{Resource: resource("newterms"), ClientID: "client", Name: brand.TermsNames[1]},
		server:        userpool.ResourceServer{Resource: resource("server")},
		newServer:     userpool.ResourceServer{Resource: resource("newserver")},
		key:           userpool.AccessKey{ID: "AKIA1", Secret: "s"},
		newKey:        userpool.AccessKey{ID: "AKIA2", Secret: "s"},
		challenge:     *pendingChallenge("one"),
		newChallenge:  *pendingChallenge("two"),
		passkey:       *passkeyOf(&p, "ann", "one"),
		newPasskey:    *passkeyOf(&p, "ann", "two"),
		authorization: *authorization("ann", "client"),
		code: userpool.Code{
			PoolID: heldPool, Username: "ann", Purpose: userpool.VerifyEmail,
			MAC: []byte("mac"), Expires: expires,
		},
		token:       userpool.SoftwareToken{ID: "token", Secret: "ONE"},
		session:     session(&p, "ann", "session", "origin"),
		newSession:  session(&p, "ann", "new", "other"),
		message:     userpool.Message{PoolID: heldPool},
		identity:    google("1"),
		signingKeys: []userpool.SigningKey{{PoolID: heldPool, Use: userpool.KeyForID, KeyID: "k", PKCS8: []byte{1}}},
		newSigningKeys: []userpool.SigningKey{
			{PoolID: heldPool, Use: userpool.KeyForID, KeyID: "n", PKCS8: []byte{1}, Signs: expires},
		},
		credential: userpool.Credential{Salt: []byte{1}, Verifier: []byte{2}},
		rate:       userpool.ProvisionedRate{Account: "1", Region: "us-east-1", Category: "c", PerSecond: 9},
		quota:      7, recoveryCodes: [][]byte{{1}, {2}}, expires: expires,
	}
	h.passkeyChallenge = userpool.PasskeyChallenge{
		PoolID: heldPool, Username: "ann", ClientID: "client", RelyingParty: "example.com",
		Challenge: []byte("c"), Expires: expires,
	}
	h.authorization.PoolID = heldPool
	h.lockoutAfter = h.lockoutBefore.Fail(storetest.Start)
	return h
}

// insert writes the rows that are not new.
func (h *held) insert(tx *store.Tx) error {
	first := func(_ any, err error) error { return err }
	return errors.Join(
		tx.InsertPool(&h.pool), tx.InsertUser(&h.pool, &h.user), tx.InsertClient(&h.client), tx.InsertGroup(&h.group),
		tx.InsertDevice(&h.device), tx.InsertDomain(&h.domain), tx.InsertIdentityProvider(&h.provider),
		tx.InsertBranding(&h.branding),
		tx.InsertTerms(&h.terms), store.ResourceServers.Insert(tx, &h.server), tx.InsertAccessKey(&h.key),
		tx.PutPendingChallenge(&h.challenge), tx.InsertPasskey(&h.passkey), tx.PutPasskeyChallenge(h.passkeyChallenge),
		tx.InsertAuthorization(&h.authorization, []byte("mac")), tx.PutCode(&h.code),
		tx.PutPendingSoftwareToken(heldPool, "ann", &h.token),
		first(tx.AdoptSoftwareToken(heldPool, "ann", &h.token, 1)),
		tx.PutPendingSoftwareToken(heldPool, "ann", &h.token), tx.InsertSession(&h.session),
		tx.AddIdentity(&h.pool, &h.user, h.identity),
		tx.AddToGroup(heldPool, "group", "ann"), tx.ReplaceRecoveryCodes(heldPool, "ann", h.recoveryCodes),
		tx.InsertSigningKeys(h.signingKeys),
		tx.PutCredential(heldPool, "ann", &h.credential), first(tx.RecordFailure(heldPool, "ann")),
	)
}

func none(err error) (any, error) { return nil, err }

// all converts the result of a method to any.
func all[T any](v T, err error) (any, error) { return v, err }

// mutation is a call of a method that writes.
type mutation func(tx *store.Tx, h *held) (any, error)

// mutations are the methods of store.Tx and store.Collection that write, each with
// a call that succeeds.
var mutations = map[string]mutation{
	"InsertAccessKey": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertAccessKey(&h.newKey)) },
	"SetAccessKeyPolicy": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.SetAccessKeyPolicy(h.key.ID, "{}"))
	},
	"RevokeAccessKey": func(tx *store.Tx, h *held) (any, error) { return none(tx.RevokeAccessKey(h.key.ID)) },
	"ProvisionRate":   func(tx *store.Tx, h *held) (any, error) { return none(tx.ProvisionRate(h.rate)) },
	"SetAccountQuota": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.SetAccountQuota("1", "r", userpool.QuotaGroups, &h.quota))
	},
	"InsertAuthorization": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.InsertAuthorization(&h.authorization, []byte("new")))
	},
	"RedeemAuthorization": func(tx *store.Tx, _ *held) (any, error) {
		a, err := tx.RedeemAuthorization(heldPool, "client", []byte("mac"), "origin")
		return a != nil, err
	},
	"InsertBranding": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertBranding(&h.newBranding)) },
	"UpdateBranding": func(tx *store.Tx, h *held) (any, error) { return none(tx.UpdateBranding(&h.branding)) },
	"DeleteBranding": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteBranding(heldPool, h.branding.ID))
	},
	"InsertClient": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertClient(&h.newClient)) },
	"UpdateClient": func(tx *store.Tx, h *held) (any, error) { return none(tx.UpdateClient(&h.client)) },
	"DeleteClient": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteClient(heldPool, h.client.ID))
	},
	"PutCode": func(tx *store.Tx, h *held) (any, error) { return none(tx.PutCode(&h.code)) },
	"RedeemCode": func(tx *store.Tx, h *held) (any, error) {
		c, err := tx.RedeemCode(heldPool, "ann", h.code.Purpose, h.code.MAC)
		return c != nil, err
	},
	"DeleteCode": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteCode(heldPool, "ann", h.code.Purpose))
	},
	"PutCredential": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.PutCredential(heldPool, "ann", &h.credential))
	},
	"DeleteCredential": func(tx *store.Tx, _ *held) (any, error) {
		return none(tx.DeleteCredential(heldPool, "ann"))
	},
	"PutPendingChallenge": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.PutPendingChallenge(&h.newChallenge))
	},
	"RedeemPendingChallenge": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.RedeemPendingChallenge(&h.challenge))
	},
	"InsertDevice": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertDevice(&h.newDevice)) },
	"UpdateDevice": func(tx *store.Tx, h *held) (any, error) { return none(tx.UpdateDevice(&h.device)) },
	"ForgetDevice": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.ForgetDevice(heldPool, "ann", h.device.ID))
	},
	"InsertDomain": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertDomain(&h.newDomain)) },
	"UpdateDomain": func(tx *store.Tx, h *held) (any, error) { return none(tx.UpdateDomain(&h.domain)) },
	"DeleteDomain": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteDomain(heldPool, h.domain.Name))
	},
	"PutPendingSoftwareToken": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.PutPendingSoftwareToken(heldPool, "ann", &h.token))
	},
	"AdoptSoftwareToken": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.AdoptSoftwareToken(heldPool, "ann", &h.token, 7))
	},
	"SpendSoftwareTokenStep": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.SpendSoftwareTokenStep(heldPool, "ann", h.token.ID, 9))
	},
	"DeleteSoftwareToken": func(tx *store.Tx, _ *held) (any, error) {
		return all(tx.DeleteSoftwareToken(heldPool, "ann"))
	},
	"InsertGroup": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertGroup(&h.newGroup)) },
	"UpdateGroup": func(tx *store.Tx, h *held) (any, error) { return none(tx.UpdateGroup(&h.group)) },
	"DeleteGroup": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteGroup(heldPool, h.group.Name))
	},
	"AddToGroup": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.AddToGroup(heldPool, h.group.Name, "bob"))
	},
	"RemoveFromGroup": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.RemoveFromGroup(heldPool, h.group.Name, "ann"))
	},
	"AddIdentity": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.AddIdentity(&h.pool, &h.user, google("2")))
	},
	"RemoveIdentity": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.RemoveIdentity(&h.pool, &h.user, h.identity))
	},
	"InsertIdentityProvider": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.InsertIdentityProvider(&h.newProvider))
	},
	"UpdateIdentityProvider": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.UpdateIdentityProvider(&h.provider))
	},
	"DeleteIdentityProvider": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteIdentityProvider(heldPool, h.provider.ID))
	},
	"RecordFailure": func(tx *store.Tx, _ *held) (any, error) { return all(tx.RecordFailure(heldPool, "ann")) },
	"ForgiveFailure": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.ForgiveFailure(heldPool, "ann", h.lockoutBefore, h.lockoutAfter))
	},
	"ClearLockout": func(tx *store.Tx, _ *held) (any, error) { return none(tx.ClearLockout(heldPool, "ann")) },
	"CountAttempt": func(tx *store.Tx, _ *held) (any, error) {
		return none(tx.CountAttempt(heldPool, "ann", userpool.AttemptChangePassword))
	},
	"Enqueue":        func(tx *store.Tx, h *held) (any, error) { return none(tx.Enqueue(&h.message)) },
	"InsertPasskey":  func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertPasskey(&h.newPasskey)) },
	"AdvancePasskey": func(tx *store.Tx, h *held) (any, error) { return all(tx.AdvancePasskey(&h.passkey, 6, true)) },
	"DeletePasskey": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeletePasskey(heldPool, "ann", h.passkey.CredentialID))
	},
	"PutPasskeyChallenge": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.PutPasskeyChallenge(h.passkeyChallenge))
	},
	"RedeemPasskeyChallenge": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.RedeemPasskeyChallenge(&h.passkeyChallenge))
	},
	"InsertPool": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertPool(&h.newPool)) },
	"UpdatePool": func(tx *store.Tx, h *held) (any, error) { return none(tx.UpdatePool(&h.pool)) },
	"DeletePool": func(tx *store.Tx, _ *held) (any, error) { return none(tx.DeletePool(heldPool)) },
	"ReplaceRecoveryCodes": func(tx *store.Tx, _ *held) (any, error) {
		return none(tx.ReplaceRecoveryCodes(heldPool, "ann", [][]byte{{3}}))
	},
	"RedeemRecoveryCode": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.RedeemRecoveryCode(heldPool, "ann", h.recoveryCodes[0]))
	},
	"RemoveRiskConfiguration": func(tx *store.Tx, _ *held) (any, error) {
		return none(tx.RemoveRiskConfiguration(heldPool, "client"))
	},
	"Rotate": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.Rotate(refreshToken(&h.pool, 1)))
	},
	"InsertSession": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.InsertSession(&h.newSession))
	},
	"TouchSession": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.TouchSession(heldPool, "ann", h.session.ID, userpool.Peer{}))
	},
	"EndFamily": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.EndFamily(heldPool, "ann", "origin", h.expires))
	},
	"EndSession": func(tx *store.Tx, h *held) (any, error) { return none(tx.EndSession(&h.session)) },
	"InsertSigningKeys": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.InsertSigningKeys(h.newSigningKeys))
	},
	"RetireSigningKeys": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.RetireSigningKeys(heldPool, h.expires))
	},
	"DeleteSigningKeys": func(tx *store.Tx, _ *held) (any, error) {
		return all(tx.DeleteSigningKeys(heldPool))
	},
	"Spend": func(tx *store.Tx, h *held) (any, error) {
		return all(tx.Spend(heldPool, "kind", []byte("x"), h.expires))
	},
	"RevokeOrigin": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.RevokeOrigin(heldPool, "origin", h.expires))
	},
	"InsertTerms": func(tx *store.Tx, h *held) (any, error) { return none(tx.InsertTerms(&h.newTerms)) },
	"UpdateTerms": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.UpdateTerms(&h.terms, h.terms.Name))
	},
	"DeleteTerms": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.DeleteTerms(heldPool, h.terms.ID))
	},
	"RemoveUICustomization": func(tx *store.Tx, _ *held) (any, error) {
		return none(tx.RemoveUICustomization(heldPool, "client"))
	},
	"InsertUser": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.InsertUser(&h.pool, &h.newUser))
	},
	"UpdateUser": func(tx *store.Tx, h *held) (any, error) {
		return none(tx.UpdateUser(&h.pool, &h.user))
	},
	"DeleteUser": func(tx *store.Tx, _ *held) (any, error) {
		return none(tx.DeleteUser(&userpool.Pool{ID: heldPool}, "ann"))
	},

	"Collection.Insert": func(tx *store.Tx, h *held) (any, error) {
		return none(store.ResourceServers.Insert(tx, &h.newServer))
	},
	"Collection.Update": func(tx *store.Tx, h *held) (any, error) {
		return none(store.ResourceServers.Update(tx, &h.server))
	},
	"Collection.Put": func(tx *store.Tx, h *held) (any, error) {
		return none(store.ResourceServers.Put(tx, &h.server))
	},
	"Collection.Delete": func(tx *store.Tx, h *held) (any, error) {
		return none(store.ResourceServers.Delete(tx, heldPool, h.server.ID))
	},
}

// readers are the other methods.
var readers = []string{
	"Authorization", "DeadMessages",
	"AccessKey", "AccessKeys", "AccountQuotas", "AliasHolder", "AliasTaken", "Branding", "BrandingOfClient",
	"Client", "ClientByID", "Clients", "Code", "PendingChallengeState",
	"CountBrandings", "CountClients", "CountCustomDomains", "CountGroups", "CountPools", "Credential", "Device",
	"DeviceForgotten",
	"Devices",
	"Domain", "DomainOfPool", "Domains", "EstimatedUsers", "Family", "Group", "Groups", "GroupsOf", "HasRecoveryCode",
	"IdentitiesOf",
	"Identity",
	"IdentityProviderByIdentifier", "LinkAttributes", "LinkedUser", "ListUsers", "Lockout", "OriginRevoked",
	"PasskeyChallenge",
	"PasskeysOf",
	"PendingSoftwareToken", "Pool", "Pools", "PoolsWithSigningKeys", "ProvisionedRate", "ProvisionedRates",
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
			there := newHeld()
			update(t, db, there.insert)
			clk.Advance(time.Second)
			there.challenge.Expires = time.Time{} // RedeemPendingChallenge sets it
			for method, call := range mutations {
				t.Run(method, func(t *testing.T) {
					once, twice := trial(t, db, there, call, 1), trial(t, db, there, call, 2)
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
func trial(t *testing.T, db *store.DB, there *held, call mutation, runs int) (outcome string) {
	t.Helper()
	h := *there
	h.user = *there.user.Clone()
	before := fmt.Sprintf("%+v", h)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		result, err := call(tx, &h)
		if err != nil {
			return err
		}
		rows, err := store.Rows(tx)
		outcome = fmt.Sprintf("%+v\n%+v\n%s", result, h, strings.Join(rows, "\n"))
		if h.message.ID != "" {
			outcome = strings.ReplaceAll(outcome, h.message.ID, "random")
		}
		if runs--; runs > 0 || err != nil {
			return err
		}
		return errEnd
	})
	if !errors.Is(err, errEnd) {
		t.Errorf("%v", err)
	}
	if after := fmt.Sprintf("%+v", h); after != before {
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
			db, p := open(t, config), &userpool.Pool{ID: heldPool}
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
