package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The device authorization grant (RFC 8628), for pools that have it on. Its pages
// are in package hosted.
const (
	deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"
	// DevicePath is the page where users enter codes, UserCodeField the field and
	// the parameter of its address that have the code.
	DevicePath    = "/device"
	UserCodeField = "user_code"
	// DeviceConnected and DeviceRefused are the pages after the user's decision.
	DeviceConnected = DevicePath + "/connected"
	DeviceRefused   = DevicePath + "/refused"
	// BrowserCookie has a random value, which package hosted sets.
	BrowserCookie = "XSRF-TOKEN"

	deviceType = "device-page"
	// deviceParam names the request in the addresses of the pages, sealed.
	deviceParam = "device_request"
)

// ErrWrongUserCode is the error of FindDevice for a wrong code.
var ErrWrongUserCode = token.ErrWrongUserCode

// DeviceRequest is a request of a device that waits for its user.
type DeviceRequest struct {
	// UserCode is the code, as devices show it.
	UserCode string
	mac      []byte
}

// Device returns the request of a device that a request stands for, or nil.
func (q *Request) Device() *DeviceRequest { return q.device }

// deviceCodes is the response to a device (RFC 8628 section 3.2).
type deviceCodes struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
}

// deviceAuthorization issues the codes of a device.
func (f *Face) deviceAuthorization(w http.ResponseWriter, r *http.Request) {
	codes, err := f.startDevice(w, r)
	if err != nil {
		f.answerClient(w, r, err)
		return
	}
	f.answer(w, http.StatusOK, codes)
}

// startDevice verifies and stores a request. Clients authenticate as at the token
// endpoint. The page is where the discovery document has the other endpoints.
func (f *Face) startDevice(w http.ResponseWriter, r *http.Request) (*deviceCodes, error) {
	q, err := f.deviceRequest(w, r)
	if err != nil {
		return nil, err
	}
	_, domains, err := f.poolWithDomains(r.Context(), q.Pool.ID)
	if err != nil {
		return nil, err
	}
	codes, err := f.Tokens.StartDevice(r.Context(), q.Client,
		userpool.DeviceRequestTerms{Scopes: q.Scopes, Resource: q.resource})
	if errors.Is(err, fault.AttemptLimit) {
		return nil, &Refusal{Code: errTooManyRequests, cause: err}
	}
	page, shown := f.Addresses.HomeFor(r, q.Pool, domains)+DevicePath, userpool.FormatUserCode(codes.UserCode)
	return &deviceCodes{
		DeviceCode: codes.DeviceCode, UserCode: shown, URI: page, Complete: page + "?" + UserCodeField + "=" + shown,
		ExpiresIn: int(codes.ExpiresIn.Seconds()), Interval: int(userpool.DeviceInterval.Seconds()),
	}, err
}

// deviceRequest reads a request, which has the scopes and the resource of an
// authorization request.
func (f *Face) deviceRequest(w http.ResponseWriter, r *http.Request) (*Request, error) {
	form, err := backForm(w, r)
	if err != nil {
		return nil, err
	}
	q := &Request{Query: form}
	if q.Pool, q.Client, err = f.authenticate(r, form); err != nil {
		return nil, err
	}
	on, err := f.extensions(r.Context(), q.Pool.ID)
	switch {
	case err != nil:
		return nil, err
	case !on.DeviceGrant:
		return nil, refusal(errInvalidRequest, "the user pool does not have the device authorization grant")
	}
	q.strict = on.StrictOIDC
	if err := permitDevice(q.Client); err != nil {
		return nil, err
	}
	if err := q.parseResource(); err != nil {
		return nil, err
	}
	return q, f.parseScopes(r.Context(), q)
}

// permitDevice returns an error if the client may not use the grant: users could
// not sign in to it on the pages, or nothing but its own document says what it is. See
// docs/divergences OA-94 and OA-137.
func permitDevice(c *userpool.Client) error {
	if userpool.MetadataURL(c.ID) {
		return refusal(errUnauthorizedClient, "a client id metadata document does not suffice for this grant")
	}
	if !c.AllowsOAuth(userpool.FlowCode) || !c.Supports(userpool.LocalProvider) {
		return refusal(errUnauthorizedClient, "")
	}
	return nil
}

// FindDevice returns the request that stands for the device with a user code, as it
// was typed into a page of this browser. The error is ErrWrongUserCode for a wrong
// code, and fault.AttemptLimit after too many of them. At a domain of a pool
// the codes of other pools are wrong.
func (f *Face) FindDevice(r *http.Request, browser, typed string) (*Request, error) {
	code, ok := userpool.ParseUserCode(typed)
	if !ok {
		return nil, ErrWrongUserCode // not a guess
	}
	domainPool, err := f.domainPool(r)
	if err != nil {
		return nil, err
	}
	found, err := f.Tokens.FindDevice(r.Context(), domainPool, browser, code)
	if err != nil {
		return nil, err
	}
	payload, err := record.SealedDevicePage.Encode(record.DevicePage{
		MAC: found.MAC, UserCode: code, Browser: browserHash(browser),
	}, nil)
	if err != nil {
		return nil, err
	}
	sealed, err := f.sessions.SealToken(f.Entropy, seal.Token{
		Type: deviceType, Pool: found.PoolID, Client: found.ClientID, Expires: found.Expires, Payload: payload,
	})
	return &Request{carried: url.Values{"client_id": {found.ClientID}, deviceParam: {sealed}}}, err
}

func browserHash(browser string) []byte {
	sum := sha256.Sum256([]byte(browser))
	return sum[:]
}

// errDeviceExpired is the error for a request of a device that cannot be granted.
var errDeviceExpired = refusal(errExpiredToken, "The code has expired or was used.")

// parseDevice reads the request of a device, for the browser in which its code was
// entered alone: nobody else can make a user sign in for a device without the page
// that names it (RFC 8628 section 5.4).
func (f *Face) parseDevice(r *http.Request, q *Request) (err error) {
	q.Pool, q.Client, err = f.Lookup(r.Context(), r.Host, q.Query.Get("client_id"))
	if errors.Is(err, fault.ResourceNotFound) {
		return errDeviceExpired
	}
	if err != nil {
		return err
	}
	t, err := f.sessions.OpenToken(r.Context(), q.Query.Get(deviceParam),
		seal.Token{Type: deviceType, Pool: q.Pool.ID, Client: q.Client.ID}, f.Clock.Now())
	if seal.Refused(err) {
		return errDeviceExpired
	}
	if err != nil {
		return err
	}
	var page record.DevicePage
	if err := record.SealedDevicePage.Decode(t.Payload, &page); err != nil {
		return err
	}
	cookie, err := r.Cookie(BrowserCookie)
	if err != nil || subtle.ConstantTimeCompare(page.Browser, browserHash(cookie.Value)) != 1 {
		return errDeviceExpired
	}
	if err := permitDevice(q.Client); err != nil {
		return err
	}
	q.carried = url.Values{"client_id": {q.Client.ID}, deviceParam: {q.Query.Get(deviceParam)}}
	return f.Store.View(r.Context(), func(tx *store.Tx) error {
		on, err := tx.PoolExtensions(q.Pool.ID)
		if err != nil {
			return err
		}
		found, err := tx.DeviceRequest(q.Pool.ID, q.Client.ID, page.MAC)
		if err == nil && (found == nil || !on.DeviceGrant) {
			err = errDeviceExpired
		}
		if err != nil {
			return err
		}
		q.Scopes, q.resource, q.strict = found.Scopes, found.Resource, on.StrictOIDC
		q.device = &DeviceRequest{UserCode: userpool.FormatUserCode(page.UserCode), mac: found.MAC}
		return nil
	})
}

// Access returns what the scopes of a request allow: the custom scopes by their
// descriptions, the others by their names.
func (f *Face) Access(ctx context.Context, q *Request) (builtIn, custom []string, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		builtIn, custom = nil, nil
		servers, err := store.ResourceServers.All(tx, q.Pool.ID)
		if err != nil {
			return err
		}
		described := map[string]string{}
		for _, s := range servers {
			for _, scope := range s.Scopes {
				described[s.ID+"/"+scope.Name] = scope.Description
			}
		}
		for _, scope := range q.Scopes {
			if text, ok := described[scope]; ok {
				custom = append(custom, text)
			} else {
				builtIn = append(builtIn, scope)
			}
		}
		return nil
	})
	return builtIn, custom, err
}

// Session returns the browser's session if it suffices for the request, or nil.
func (f *Face) Session(r *http.Request, q *Request) (*SignIn, error) {
	s, err := f.session(r, q.Pool)
	if err != nil || !s.usable(q, f.Clock.Now()) || !s.satisfies(q) {
		return nil, err
	}
	return s, nil
}

// DenyDevice refuses the request of a device and shows the page that says so.
func (f *Face) DenyDevice(w http.ResponseWriter, r *http.Request, q *Request) {
	if err := f.Tokens.DenyDevice(r.Context(), q.Client, q.device.mac); err != nil {
		f.Refuse(w, r, q, err)
		return
	}
	redirect(w, DeviceRefused)
}

// approveDevice grants the request of a device. If the user or a function of the
// pool does not permit it, the device gets access_denied.
func (f *Face) approveDevice(w http.ResponseWriter, r *http.Request, q *Request, s *SignIn) {
	g := s.grant(q)
	err := f.Tokens.ApproveDevice(r.Context(), g, s.terms(q, g), q.device.mac)
	switch {
	case err == nil:
		redirect(w, DeviceConnected)
		return
	case errors.Is(err, ErrWrongUserCode):
		err = errDeviceExpired
	case fault.Of(err) != nil:
		err = errors.Join(err, f.Tokens.DenyDevice(r.Context(), q.Client, q.device.mac))
	}
	f.Refuse(w, r, q, err)
}

// Carried reports whether the address of a page stands for a request of a device.
func Carried(query url.Values) bool { return query.Has(deviceParam) }
