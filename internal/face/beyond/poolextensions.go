package beyond

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// PoolExtensions lets operators read and replace the settings of a pool that
// Amazon Cognito has no member for.
type PoolExtensions struct {
	Gate  *gate.Gate
	Store *store.DB
}

// Mount adds the endpoint to a mux.
func (p PoolExtensions) Mount(mux *http.ServeMux) {
	p.Gate.Extend(mux, "/pools/{pool}/extensions", map[string]gate.Extension{
		http.MethodGet: {Name: "GetPoolExtensions", CountsAs: "DescribeUserPool", Call: p.get},
		http.MethodPut: {Name: "PutPoolExtensions", CountsAs: "UpdateUserPool", Call: p.put},
	})
}

func (p PoolExtensions) get(ctx context.Context, poolID string, _ []byte) (any, error) {
	var e *userpool.PoolExtensions
	err := p.Store.View(ctx, func(tx *store.Tx) error {
		_, err := gate.CallerOf(ctx).Pool(tx, poolID)
		if err != nil {
			return err
		}
		e, err = tx.PoolExtensions(poolID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return encodeExtensions(*e), nil
}

// put replaces all settings: one that the body does not name is off.
func (p PoolExtensions) put(ctx context.Context, poolID string, body []byte) (any, error) {
	e := userpool.PoolExtensions{Resource: userpool.Resource{PoolID: poolID}}
	if err := decodeExtensions(body, &e); err != nil {
		return nil, err
	}
	err := p.Store.Configure(ctx, poolID, func(tx *store.Tx) error {
		if _, err := gate.CallerOf(ctx).Pool(tx, poolID); err != nil {
			return err
		}
		return tx.PutPoolExtensions(&e)
	})
	if err != nil {
		return nil, err
	}
	return encodeExtensions(e), nil
}

// member is one setting in the document.
type member struct {
	name string
	on   *bool
}

// members are the settings by their names in the document.
func members(e *userpool.PoolExtensions) []member {
	return []member{
		{"strict_oidc", &e.StrictOIDC},
		{"device_grant", &e.DeviceGrant},
		{"pushed_requests", &e.PushedRequests},
		{"client_id_metadata_documents", &e.ClientIDMetadata},
	}
}

func encodeExtensions(e userpool.PoolExtensions) map[string]bool {
	doc := map[string]bool{}
	for _, m := range members(&e) {
		doc[m.name] = *m.on
	}
	return doc
}

// decodeExtensions reads a document. Its errors name the member at fault.
func decodeExtensions(body []byte, e *userpool.PoolExtensions) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return fault.Invalid("The body must be a JSON object.")
	}
	var seen []string
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fault.Invalid("The body is not valid JSON.")
		}
		name, _ := token.(string)
		at := slices.IndexFunc(members(e), func(m member) bool { return m.name == name })
		if at < 0 {
			return fault.Invalid("%q is not a setting. The settings are %s.", name, settingNames())
		}
		if slices.Contains(seen, name) {
			return fault.Invalid("%s must not be repeated.", name)
		}
		seen = append(seen, name)
		value, err := d.Token()
		on, ok := value.(bool)
		if err != nil || !ok {
			return fault.Invalid("%s must be true or false.", name)
		}
		*members(e)[at].on = on
	}
	if _, err := d.Token(); err != nil {
		return fault.Invalid("The body is not valid JSON.")
	}
	if _, err := d.Token(); err != io.EOF {
		return fault.Invalid("The body must be one JSON object.")
	}
	return nil
}

func settingNames() string {
	var names []string
	for _, m := range members(&userpool.PoolExtensions{}) {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}
