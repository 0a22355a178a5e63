package record

import (
	"reflect"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

func TestIdentities(t *testing.T) {
	at := time.UnixMilli(17).UTC()
	all := []idp.Identity{
		{Value: "1", Provider: "Corp", Type: idp.SAML, Issuer: "https://idp", Primary: true, Created: at},
		{Value: "2", Provider: "Google", Type: idp.Google, Created: at},
	}
	const want = `[{"userId":"1","providerName":"Corp","providerType":"SAML","issuer":"https://idp",` +
		`"primary":true,"dateCreated":17},` +
		`{"userId":"2","providerName":"Google","providerType":"Google","issuer":null,"primary":false,"dateCreated":17}]`
	text, err := EncodeIdentities(all)
	if err != nil || text != want {
		t.Errorf("%s, %v", text, err)
	}
	if back, ok := DecodeIdentities(text); !ok || !reflect.DeepEqual(back, all) {
		t.Errorf("%+v, %v", back, ok)
	}
	for _, broken := range []string{"", "null x", `{"userId":1}`, `[1]`} {
		if back, ok := DecodeIdentities(broken); ok {
			t.Errorf("%q became %+v", broken, back)
		}
	}
}
