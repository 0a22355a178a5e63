package awsapi_test

import (
	"strings"
	"testing"
)

const someCSS = "/* ours */ .submitButton-customizable { background-color: #337ab7; }"

// customization returns the customization in the response of an operation.
func (w *world) customization(operation string, in object) object {
	w.t.Helper()
	return w.must(operation, in)["UICustomization"].(object)
}

func TestUICustomizationLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ofPool := object{"UserPoolId": pool}
	client := w.client(pool, nil)
	ofClient := with(ofPool, object{"ClientId": client})
	sameJSON(t, "never set", w.customization("GetUICustomization", ofClient), object{})
	w.refusal("SetUICustomization", with(ofPool, object{"CSS": someCSS}),
		"InvalidParameterException: There has to be an existing domain associated with this user pool")
	w.must("CreateUserPoolDomain", object{"UserPoolId": pool, "Domain": "my-app"})

	set := w.customization("SetUICustomization",
		with(ofPool, object{"CSS": someCSS, "ImageFile": b64(pngFile(t, 3, 2))}))
	all := with(ofPool, object{
		"ClientId": "ALL", "CSS": someCSS, "CSSVersion": "20260601120000", "CreationDate": set["CreationDate"],
		"LastModifiedDate": set["CreationDate"],
		"ImageUrl":         "https://id.example.com/" + pool + "/ALL/20260601120000/assets/images/image.jpg",
	})
	sameJSON(t, "set for all", set, all)
	for _, in := range []object{ofPool, with(ofPool, object{"ClientId": "ALL"}), ofClient} {
		sameJSON(t, "the pool's", w.customization("GetUICustomization", in), all)
	}

	// A client's own replaces the pool's as a whole.
	w.clk.Advance(61e9)
	own := w.customization("SetUICustomization", with(ofClient, object{"ImageFile": b64(jpegFile(t))}))
	sameJSON(t, "a client's own", own, with(ofClient, object{
		"CSSVersion": "20260601120101", "CreationDate": own["CreationDate"], "LastModifiedDate": own["CreationDate"],
		"ImageUrl": "https://id.example.com/" + pool + "/" + client + "/20260601120101/assets/images/image.jpg",
	}))
	sameJSON(t, "a client's own", w.customization("GetUICustomization", ofClient), own)
	sameJSON(t, "the pool's beside it", w.customization("GetUICustomization", ofPool), all)

	// Absent members are removed; CreationDate is kept.
	w.clk.Advance(1e9)
	changed := w.customization("SetUICustomization", with(ofClient, object{"CSS": someCSS}))
	sameJSON(t, "without an image", changed, with(ofClient, object{
		"CSS": someCSS, "CSSVersion": "20260601120102", "CreationDate": own["CreationDate"],
		"LastModifiedDate": changed["LastModifiedDate"],
	}))
	if changed["LastModifiedDate"] == own["LastModifiedDate"] {
		t.Error("LastModifiedDate does not change")
	}

	sameJSON(t, "reset", w.customization("SetUICustomization", ofClient), ofClient)
	sameJSON(t, "a client without its own", w.customization("GetUICustomization", ofClient), all)
	sameJSON(t, "reset for all", w.customization("SetUICustomization", with(ofPool, object{"CSS": ""})),
		with(ofPool, object{"ClientId": "ALL"}))
	sameJSON(t, "nothing left", w.customization("GetUICustomization", ofPool), object{})
}

func TestUICustomizationRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool}
	w.must("CreateUserPoolDomain", object{"UserPoolId": pool, "Domain": "my-app"})
	png := pngFile(t, 2, 2)
	padded := func(n int) string { return b64(append(png, make([]byte, n-len(png))...)) }
	for want, more := range map[string]object{
		"Invalid CSS: the class .other cannot be customized.":      {"CSS": ".other{color:red}"},
		"Invalid CSS: the property position cannot be customized.": {"CSS": ".logo-customizable{position:fixed}"},
		"Invalid CSS: @import is not allowed.":                     {"CSS": "@import 'https://evil.example/x.css';"},
		"Invalid CSS: url( is not allowed.": {
			"CSS": ".banner-customizable{background:url(https://evil.example/)}",
		},
		"The image file must be a PNG or JPEG image.":    {"ImageFile": b64([]byte(smallSVG))},
		"The image file must be a PNG or JPEG image. ":   {"ImageFile": b64([]byte("GIF89a"))},
		"The image file must not be larger than 100 KB.": {"ImageFile": padded(100<<10 + 1)},
		"request parameters too large": {
			"ImageFile": padded(100 << 10), "CSS": "/*" + strings.Repeat("x", 4<<10) + "*/",
		},
	} {
		w.refusal("SetUICustomization", with(in, more), "InvalidParameterException: "+strings.TrimSpace(want))
	}
	sameJSON(t, "after refusals", w.customization("GetUICustomization", in), object{})
	w.must("SetUICustomization", with(in, object{"ImageFile": padded(100 << 10), "CSS": someCSS}))
	client := object{"UserPoolId": pool, "ClientId": "unknown"}
	other := object{"UserPoolId": pool, "ClientId": w.client(w.pool(nil), nil)}
	for _, operation := range []string{"SetUICustomization", "GetUICustomization"} {
		w.refusal(operation, client, "ResourceNotFoundException: User pool client unknown does not exist.")
		w.refusal(operation, other,
			"ResourceNotFoundException: User pool client "+other["ClientId"].(string)+" does not exist.")
		w.refusal(operation, object{"UserPoolId": "us-east-1_AAAAAAAAA"},
			"ResourceNotFoundException: User pool us-east-1_AAAAAAAAA does not exist.")
	}
	w.account = "222222222222"
	for _, operation := range []string{"SetUICustomization", "GetUICustomization"} {
		w.refusal(operation, in, "ResourceNotFoundException: User pool "+pool+" does not exist.")
	}
}
