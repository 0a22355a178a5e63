package brand_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

func logo(extension string, file []byte) error {
	return brand.Asset{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: extension, Bytes: file}.Check()
}

const inkscape = `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" viewBox="0 0 9 9" xml:space="preserve" role="img" aria-label="x">
<!-- a comment --><title>T &amp; T</title><style type="text/css">.a{fill:url(#g)} .b{fill:#fff}</style>
<defs><linearGradient id="g" gradientUnits="userSpaceOnUse"><stop offset="1" stop-color="#FF8FAB"/></linearGradient>
<clipPath id="c"><rect width="9" height="9"/></clipPath><filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs>
<g clip-path="url(#c)" style="fill: url( '#g' )"><path class="a" d="M0 0H9V9H0Z"/><image id="image0" width="1" height="1" xlink:href="data:image/png;base64,iVBORw0KGgo="/></g>
</svg>`

func TestSVG(t *testing.T) {
	const (
		none         = "The file is not an SVG image."
		documentType = "The SVG image must not have a document type."
		instruction  = "The SVG image must not have the processing instruction xml-stylesheet."
	)
	element := func(name string) string { return "The SVG element " + name + " is not supported." }
	attribute := func(name string) string { return "The SVG attribute " + name + " is not supported." }
	outside := func(name string) string {
		return "The SVG attribute " + name + " names something outside of the image."
	}
	style := "The style of the SVG image names something outside of the image."
	for in, want := range map[string]string{
		inkscape: "", "<svg/>": "", `<SVG/>`: "",
		"": none, "GIF89a": none, "<svg>": none, "<html/>": none, "<svg/><svg/>": none, "<svg>&x;</svg>": none,
		`<?xml version="1.0" encoding="UTF-16"?><svg/>`:                         none,
		strings.Repeat("<svg>", 65) + strings.Repeat("</svg>", 65):              none,
		`<!DOCTYPE svg [<!ENTITY x "y">]><svg/>`:                                documentType,
		`<?xml-stylesheet href="x"?><svg/>`:                                     instruction,
		`<svg><script/></svg>`:                                                  element("script"),
		`<svg><SCRIPT/></svg>`:                                                  element("SCRIPT"),
		`<svg><foreignObject/></svg>`:                                           element("foreignObject"),
		`<svg><use href="#a"/></svg>`:                                           element("use"),
		`<svg><animate attributeName="href"/></svg>`:                            element("animate"),
		`<svg xmlns="http://www.w3.org/1999/xhtml"/>`:                           element("svg"),
		`<svg><a xmlns="http://www.w3.org/1999/xhtml"/></svg>`:                  element("a"),
		`<svg><x:g xmlns:x="urn:y"/></svg>`:                                     element("g"),
		`<svg onload="alert(1)"/>`:                                              attribute("onload"),
		`<svg><text dominant-baseline="x"/></svg>`:                              attribute("dominant-baseline"),
		`<svg><a href="javascript:alert(1)"/></svg>`:                            outside("href"),
		`<svg xmlns:l="http://www.w3.org/1999/xlink"><a l:href=" java"/></svg>`: outside("href"),
		`<svg><image href="https://x.example/y.png"/></svg>`:                    outside("href"),
		`<svg><image href="data:image/svg+xml;base64,PHN2Zy8+"/></svg>`:         outside("href"),
		`<svg><g fill="url(https://x.example/#y)"/></svg>`:                      outside("fill"),
		`<svg><g style="fill:u\72l(//x)"/></svg>`:                               outside("style"),
		`<svg><style>@import "x";</style></svg>`:                                style,
		`<svg><style>g{fill:u<!-- x -->rl(//x)}</style></svg>`:                  style,
		`<svg><style>g{fill:u<![CDATA[rl(//x)}]]></style></svg>`:                style,
		`<svg><style>g{fill:u<g/>rl(//x)}</style></svg>`:                        style,
		`<svg><style>g{fill:&#117;rl(//x)}</style></svg>`:                       style,
	} {
		got := ""
		if err := logo("SVG", []byte(in)); err != nil {
			got = strings.TrimPrefix(err.Error(), "InvalidParameter: ")
		}
		if got != want {
			t.Errorf("%.70s\n got %q\nwant %q", in, got, want)
		}
	}
}

// An accepted SVG has no script, no event handler and no URL, however it is
// written.
func FuzzSVG(f *testing.F) {
	for _, seed := range []string{
		inkscape, "<svg/>", `<svg><style>a{}</style></svg>`, `<svg onload="x"/>`,
		"<svg><a href='#x'/></svg>", "\ufeff<svg/>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if logo("SVG", []byte(in)) != nil {
			return
		}
		for d := xml.NewDecoder(bytes.NewReader([]byte(in))); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%q is not XML: %v", in, err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if name := strings.ToLower(e.Name.Local); name == "script" || name == "foreignobject" || name == "use" {
				t.Fatalf("%q has %s", in, name)
			}
			for _, a := range e.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Value))
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || strings.HasPrefix(value, "javascript:") {
					t.Fatalf("%q has %s=%q", in, a.Name.Local, a.Value)
				}
			}
		}
	})
}

func TestImageTypes(t *testing.T) {
	icon := append([]byte{0, 0, 1, 0, 1, 0}, make([]byte, 17)...)
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00")
	for name, c := range map[string]struct {
		category, extension string
		file                []byte
		ok                  bool
	}{
		"icon":             {"FAVICON_ICO", "ICO", icon, true},
		"no images":        {"FAVICON_ICO", "ICO", append([]byte{0, 0, 1, 0, 0, 0}, make([]byte, 17)...), false},
		"truncated":        {"FAVICON_ICO", "ICO", icon[:20], false},
		"cursor":           {"FAVICON_ICO", "ICO", append([]byte{0, 0, 2, 0, 1, 0}, make([]byte, 17)...), false},
		"webp":             {"PAGE_BACKGROUND", "WEBP", webp, true},
		"other RIFF":       {"PAGE_BACKGROUND", "WEBP", bytes.Replace(webp, []byte("WEBP"), []byte("WAVE"), 1), false},
		"other chunk":      {"PAGE_BACKGROUND", "WEBP", bytes.Replace(webp, []byte("VP8L"), []byte("XMP "), 1), false},
		"short webp":       {"PAGE_BACKGROUND", "WEBP", webp[:12], false},
		"webp as PNG":      {"PAGE_BACKGROUND", "PNG", webp, false},
		"webp as icon":     {"FAVICON_ICO", "WEBP", webp, false},
		"HTML as JPEG":     {"PAGE_BACKGROUND", "JPEG", []byte("<html>"), false},
		"unknown":          {"PAGE_BACKGROUND", "GIF", []byte("GIF89a"), false},
		"an icon for IdPs": {"IDP_BUTTON_ICON", "ICO", icon, true},
	} {
		err := brand.Asset{Category: c.category, ColorMode: "LIGHT", Extension: c.extension, Bytes: c.file}.Check()
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
