package awsapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
)

const smallSVG = `<svg width="4" height="4" viewBox="0 0 4 4" xmlns="http://www.w3.org/2000/svg"><rect width="4" ` +
	`height="4" fill="#fff"/></svg>`

func b64(file []byte) string { return base64.StdEncoding.EncodeToString(file) }

func pngFile(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegFile(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asset(category, mode, extension string, file []byte) object {
	return object{"Category": category, "ColorMode": mode, "Extension": extension, "Bytes": b64(file)}
}

// raw returns settings as they must be returned: with their order and numbers.
func raw(settings string) json.RawMessage { return json.RawMessage(settings) }

// branding returns the style in the response of an operation.
func (w *world) branding(operation string, in object) object {
	w.t.Helper()
	return at(w.must(operation, in), "ManagedLoginBranding").(object)
}

func TestManagedLoginBrandingLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	client := w.client(pool, nil)
	of := object{"UserPoolId": pool, "ClientId": client}
	settings := object{"components": object{"form": object{"borderRadius": 2.5, "logo": object{"enabled": true}}}}
	assets := []any{
		asset("FORM_LOGO", "LIGHT", "PNG", pngFile(t, 2, 2)),
		with(asset("IDP_BUTTON_ICON", "DYNAMIC", "SVG", []byte(smallSVG)), object{"ResourceId": "my idp"}),
	}
	created := w.branding("CreateManagedLoginBranding", with(of, object{"Settings": settings, "Assets": assets}))
	ref := object{"UserPoolId": pool, "ManagedLoginBrandingId": created["ManagedLoginBrandingId"]}
	want := with(ref, object{"UseCognitoProvidedValues": false, "Settings": settings, "Assets": assets,
		"CreationDate": created["CreationDate"], "LastModifiedDate": created["CreationDate"]})
	if asJSON(t, created) != asJSON(t, want) || created["CreationDate"] == nil {
		t.Errorf("created %s\nwant %s", asJSON(t, created), asJSON(t, want))
	}
	expect := func() {
		t.Helper()
		for operation, in := range map[string]object{
			"DescribeManagedLoginBranding": ref, "DescribeManagedLoginBrandingByClient": of,
		} {
			got := w.branding(operation, in)
			want["LastModifiedDate"] = got["LastModifiedDate"]
			if asJSON(t, got) != asJSON(t, want) {
				t.Errorf("%s: %s\nwant %s", operation, asJSON(t, got), asJSON(t, want))
			}
		}
	}
	expect()
	w.refusal("CreateManagedLoginBranding", with(of, object{"Settings": settings}),
		"ManagedLoginBrandingExistsException: Managed login branding already exists for app client "+client+".")
	// An update keeps absent members; null removes a setting.
	w.must("UpdateManagedLoginBranding", with(ref, object{"Settings": object{"components": object{
		"form": object{"logo": nil}, "alert": object{"borderRadius": 1},
	}}}))
	want["Settings"] = object{
		"components": object{"form": object{"borderRadius": 2.5}, "alert": object{"borderRadius": 1}},
	}
	expect()
	dark := asset("FORM_LOGO", "DARK", "JPEG", jpegFile(t))
	light := asset("FORM_LOGO", "LIGHT", "SVG", []byte(smallSVG))
	w.must("UpdateManagedLoginBranding", with(ref, object{"Assets": []any{dark, light}}))
	want["Assets"] = []any{light, assets[1], dark}
	expect()
	w.must("UpdateManagedLoginBranding", with(ref, object{"Assets": []any{}}))
	want["Assets"] = []any{}
	expect()
	w.must("UpdateManagedLoginBranding", with(ref, object{"UseCognitoProvidedValues": true}))
	want["UseCognitoProvidedValues"] = true
	delete(want, "Settings")
	expect()
	w.must("UpdateManagedLoginBranding", with(ref, object{"Settings": settings}))
	want["UseCognitoProvidedValues"], want["Settings"] = false, settings
	expect()
	w.must("DeleteManagedLoginBranding", ref)
	unknown := fmt.Sprintf("ResourceNotFoundException: Managed login branding %v does not exist.",
		ref["ManagedLoginBrandingId"])
	for _, operation := range []string{
		"DescribeManagedLoginBranding", "UpdateManagedLoginBranding", "DeleteManagedLoginBranding",
	} {
		w.refusal(operation, ref, unknown)
	}
	w.refusal("DescribeManagedLoginBrandingByClient", of,
		"ResourceNotFoundException: Managed login branding for app client "+client+" does not exist.")
}

// Settings keep the order of their names and the form of their numbers.
func TestBrandingSettingsAreKept(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool, "ClientId": w.client(pool, nil)}
	const settings = `{"components":{"zebra":1},"categories":{}}`
	w.refusal("CreateManagedLoginBranding", with(in, object{"Settings": raw(settings)}),
		"InvalidParameterException: Invalid settings provided. Validation errors: [{property: $.components.zebra, "+
			"errorType: UnknownProperty}]")
	const kept = `{"components":{"form":{"z":8.0,"a":1e3,"m":[1.50,null,{"x":"<\u00e9>"}],"n":null}},` +
		`"categories":{"global":{"colorSchemeMode":"DARK"}}}`
	answer := w.send(w.request("CreateManagedLoginBranding", with(in, object{"Settings": raw(kept)}))).Body.String()
	// Requests of this test are written by encoding/json, which escapes < and >.
	sent := strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(kept)
	if !strings.Contains(answer, `"Settings":`+sent) {
		t.Errorf("settings are not kept: %s", answer)
	}
	merged := w.branding("DescribeManagedLoginBrandingByClient", with(in, object{"ReturnMergedResources": true}))
	for path, want := range map[string]string{
		"Settings.components.form.z": "8", "Settings.components.form.borderRadius": "8",
		"Settings.components.form.logo.location": `"CENTER"`, "Settings.categories.global.colorSchemeMode": `"DARK"`,
		"Settings.componentClasses.link.lightMode.hover.textColor": `"033160ff"`, "Settings.components.form.n": "null",
		"UseCognitoProvidedValues": "false",
	} {
		if got := asJSON(t, at(merged, path)); got != want {
			t.Errorf("merged %s is %s, want %s", path, got, want)
		}
	}
}

// icons returns n assets with different ids.
func icons(n int) (icons []object) {
	for i := range n {
		icon := asset("IDP_BUTTON_ICON", "LIGHT", "SVG", []byte(smallSVG))
		icons = append(icons, with(icon, object{"ResourceId": fmt.Sprint(i)}))
	}
	return icons
}

func TestBrandingRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool, "ClientId": w.client(pool, nil), "Settings": object{}}
	const either = "useCognitoProvidedValues or settings should be specified (but not both)"
	ofAssets := func(assets ...object) object { return object{"Assets": assets} }
	const neither = "The asset with category FORM_LOGO and color mode DARK " +
		"has neither Bytes nor the ResourceId of an existing asset."
	deep, large := strings.Repeat(`{"form":`, 40)+"1"+strings.Repeat("}", 40), strings.Repeat("x", 1<<17)
	many := icons(40)
	for want, more := range map[string]object{
		either:         {"UseCognitoProvidedValues": true, "Settings": object{}},
		either + " ":   {"UseCognitoProvidedValues": true, "Assets": []any{}, "Settings": nil},
		either + "  ":  {"Settings": nil},
		either + "   ": {"UseCognitoProvidedValues": false, "Settings": nil},
		"Invalid settings provided. Validation errors: [{property: $.x, errorType: UnknownProperty}, " +
			"{property: $.categories.y, errorType: UnknownProperty}]": {
			"Settings": raw(`{"x":{},"categories":{"y":1,"auth":{"z":1}}}`)},
		"Settings must not be larger than 131072 bytes.":     {"Settings": object{"components": large}},
		"Settings must not be nested deeper than 32 levels.": {"Settings": raw(`{"components":` + deep + `}`)},
		"The extension SVG is not supported for assets of category FAVICON_ICO.": ofAssets(asset(
			"FAVICON_ICO", "LIGHT", "SVG", []byte(smallSVG))),
		"The extension ICO is not supported for assets of category FORM_LOGO.": ofAssets(asset(
			"FORM_LOGO", "LIGHT", "ICO", []byte{0, 0, 1, 0})),
		"The file of the asset with category FORM_LOGO is not of type PNG.": ofAssets(asset(
			"FORM_LOGO", "LIGHT", "PNG", jpegFile(t))),
		"The SVG element script is not supported.": ofAssets(asset("FORM_LOGO", "LIGHT", "SVG",
			[]byte(`<svg><script>alert(1)</script></svg>`))),
		neither: ofAssets(
			object{"Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG"},
		),
		neither + " ": ofAssets(
			object{"Category": "FORM_LOGO", "ColorMode": "DARK", "Extension": "PNG", "ResourceId": "x"},
		),
		"Duplicate asset with category FORM_LOGO and color mode DARK.": ofAssets(
			asset("FORM_LOGO", "DARK", "PNG", pngFile(t, 1, 1)), asset("FORM_LOGO", "DARK", "SVG", []byte(smallSVG))),
		"1 validation error detected: Value at 'assets' failed to satisfy constraint: " +
			"Member must have length less than or equal to 40": ofAssets(append(many, many[0])...),
	} {
		_, got := w.call("CreateManagedLoginBranding", with(in, more))
		if !strings.HasPrefix(want, "1 validation") && got != "InvalidParameterException: "+strings.TrimSpace(want) ||
			!strings.HasPrefix(got, "InvalidParameterException: ") {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	// The text of every refusal fits into a header.
	long := strings.Repeat("x", 100_000)
	for _, more := range []object{
		ofAssets(asset("FORM_LOGO", "LIGHT", "SVG", []byte("<svg><"+long+"/></svg>"))), {"Settings": object{long: 1}},
	} {
		if _, refused := w.call("CreateManagedLoginBranding", with(in, more)); len(refused) < 60 || len(refused) > 300 {
			t.Errorf("refused with %d bytes: %.80s", len(refused), refused)
		}
	}
	id := w.branding("CreateManagedLoginBranding", with(in, ofAssets(many...)))["ManagedLoginBrandingId"]
	ref := object{"UserPoolId": pool, "ManagedLoginBrandingId": id}
	w.refusal("UpdateManagedLoginBranding", with(ref, ofAssets(asset("FAVICON_SVG", "LIGHT", "SVG", []byte(smallSVG)))),
		"InvalidParameterException: A managed login branding style must not have more than 40 assets.")
	// An existing asset can be referenced by its id.
	w.must("UpdateManagedLoginBranding", with(ref,
		ofAssets(object{"Category": "IDP_BUTTON_ICON", "ColorMode": "LIGHT", "Extension": "SVG", "ResourceId": "7"})))
	required := "InvalidParameterException: Missing required parameter %s"
	w.refusal("UpdateManagedLoginBranding", object{"ManagedLoginBrandingId": id}, fmt.Sprintf(required, "UserPoolId"))
	w.refusal("UpdateManagedLoginBranding", object{"UserPoolId": pool}, fmt.Sprintf(required, "ManagedLoginBrandingId"))
	w.refusal("CreateManagedLoginBranding", with(in, object{"ClientId": "unknown"}),
		"ResourceNotFoundException: User pool client unknown does not exist.")
	w.refusal("DescribeManagedLoginBrandingByClient", with(in, object{"ClientId": "unknown"}),
		"ResourceNotFoundException: User pool client unknown does not exist.")
	unknown := "ResourceNotFoundException: User pool " + pool + " does not exist."
	w.account = "222222222222"
	for operation, in := range map[string]object{
		"CreateManagedLoginBranding": in, "DescribeManagedLoginBrandingByClient": in,
		"DescribeManagedLoginBranding": ref, "UpdateManagedLoginBranding": ref, "DeleteManagedLoginBranding": ref,
	} {
		w.refusal(operation, in, unknown)
	}
}

// A style is deleted with its client, and a pool can have twenty.
func TestBrandingsOfAPool(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	create := func() (object, string) {
		of := object{"UserPoolId": pool, "ClientId": w.client(pool, nil)}
		_, refused := w.call("CreateManagedLoginBranding", with(of, object{"UseCognitoProvidedValues": true}))
		return of, refused
	}
	first, _ := create()
	for range 19 {
		create()
	}
	if _, refused := create(); refused != "LimitExceededException: Exceeded the limit of 20 managed login branding "+
		"styles in user pool "+pool+"." {
		t.Error(refused)
	}
	id := w.branding("DescribeManagedLoginBrandingByClient", first)["ManagedLoginBrandingId"]
	w.must("DeleteUserPoolClient", first)
	w.refusal("DescribeManagedLoginBranding", object{"UserPoolId": pool, "ManagedLoginBrandingId": id},
		fmt.Sprintf("ResourceNotFoundException: Managed login branding %v does not exist.", id))
	if _, refused := create(); refused != "" {
		t.Error(refused)
	}
	other := w.pool(nil)
	w.refusal("DescribeManagedLoginBranding", object{"UserPoolId": other, "ManagedLoginBrandingId": id},
		fmt.Sprintf("ResourceNotFoundException: Managed login branding %v does not exist.", id))
}

func TestBrandingNeedsATier(t *testing.T) {
	w := newWorld(t)
	w.gate.Service.(*awsapi.Operations).Tiers = true
	pool := w.pool(object{"UserPoolTier": "LITE"})
	in := object{"UserPoolId": pool, "ClientId": w.client(pool, nil), "UseCognitoProvidedValues": true}
	w.refusal("CreateManagedLoginBranding", in,
		"InvalidParameterException: The following features need to be disabled for the LITE pricing tier configured: "+
			"Managed Login")
	w.must("UpdateUserPool", object{"UserPoolId": pool, "UserPoolTier": "ESSENTIALS"})
	w.must("CreateManagedLoginBranding", in)
}
