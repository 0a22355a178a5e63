package gate

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// StrictAuth verifies AWS Signature Version 4 against the access keys of the
// store: production mode.
type StrictAuth struct {
	Store  *store.DB
	Clock  clock.Clock
	Region string
	// Policies caches parsed policies; nil parses each time.
	Policies *iampolicy.Memo
}

// Authenticate returns the access key's account as the caller. The key is read
// for each request, so a revocation or a change of its policy applies on every
// node at once.
func (s StrictAuth) Authenticate(r *http.Request, body []byte) (Caller, error) {
	auth, err := sigv4.ParseAuthorization(r.Header)
	if err != nil {
		return Caller{}, signatureFault(err)
	}
	var key *userpool.AccessKey
	err = s.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		key, err = tx.AccessKey(auth.Credential.AccessKeyID)
		return err
	})
	if err != nil {
		return Caller{}, err
	}
	known := key != nil && key.Revoked.IsZero()
	secret := "unknown key: the signature is verified anyway, for equal timing"
	if known {
		secret = key.Secret.Reveal()
	}
	options := sigv4.Options{Region: s.Region, Service: "cognito-idp", Now: s.Clock.Now()}
	err = sigv4.Verify(r, body, auth, secret, options)
	if !known {
		return Caller{}, fault.New(fault.UnrecognizedClient, "The security token included in the request is invalid.")
	}
	if err != nil {
		return Caller{}, signatureFault(err)
	}
	caller := Caller{Account: key.Account, Region: s.Region, AccessKeyID: key.ID}
	if key.Policy == "" {
		return caller, nil
	}
	// A policy that cannot be parsed is an internal error: it permits nothing.
	if caller.Policy, err = s.Policies.Parse(key.Policy); err != nil {
		return Caller{}, fmt.Errorf("policy of access key %s: %w", key.ID, err)
	}
	return caller, nil
}

// signatureFault gives a SigV4 refusal its kind.
func signatureFault(err error) error {
	var refused *sigv4.Error
	if !errors.As(err, &refused) {
		return err
	}
	return fault.New(fault.Kind(refused.Code), refused.Message)
}

// NoAccount is the account of dev mode callers that do not name one.
const NoAccount = "000000000000"

// DevAuth accepts any signature, or none: dev mode. The region comes from the
// credential scope; an access key id of twelve digits is the account.
type DevAuth struct {
	Region string
	// Foreign reports whether a request comes from a web page of a host that is not
	// allowed; nil allows every page.
	Foreign func(*http.Request) bool
}

// Authenticate refuses foreign pages. Otherwise every page in the developer's
// browser could call administrative operations.
func (d DevAuth) Authenticate(r *http.Request, _ []byte) (Caller, error) {
	if d.Foreign != nil && d.Foreign(r) {
		return Caller{}, fault.New(fault.AccessDenied,
			"A web page of another host may not call administrative operations of a development server. "+
				"If the page is yours, start the server with --allow-host and the name of its host.")
	}
	c := Caller{Account: NoAccount, Region: d.Region}
	auth, err := sigv4.ParseAuthorization(r.Header)
	if err != nil {
		return c, nil
	}
	c.AccessKeyID = auth.Credential.AccessKeyID
	if isAccountID(c.AccessKeyID) {
		c.Account = c.AccessKeyID
	}
	if auth.Credential.Region != "" {
		c.Region = auth.Credential.Region
	}
	return c, nil
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
