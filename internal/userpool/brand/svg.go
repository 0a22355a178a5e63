package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// svgElements are the elements that an SVG may have. Source: guide page
// managed-login-brandingeditor.
var svgElements = strings.Fields(`
	svg a altglyph altglyphdef altglyphitem animatecolor animatemotion animatetransform audio canvas circle clippath
	defs desc ellipse filter font g glyph glyphref hkern image line lineargradient marker mask metadata mpath path
	pattern polygon polyline radialgradient rect stop style switch symbol text textpath title tref tspan video view
	vkern feblend fecolormatrix fecomponenttransfer fecomposite feconvolvematrix fediffuselighting fedisplacementmap
	fedistantlight feflood fefunca fefuncb fefuncg fefuncr fegaussianblur femerge femergenode femorphology feoffset
	fepointlight fespecularlighting fespotlight fetile feturbulence`)

// svgAttributes are those of the same page, and harmless ones that most drawing
// programs write. Names are in lower case, as on the page.
var svgAttributes = strings.Fields(`
	accent-height accumulate additive additivive alignment-baseline ascent attributename attributetype azimuth basefrequency
	baseline-shift begin bias by class clip clip-path clippathunits clip-rule color color-interpolation
	color-interpolation-filters color-profile color-rendering cx cy d dx dy diffuseconstant direction display divisor
	dur edgemode elevation end fill fill-opacity fill-rule filter filterunits flood-color flood-opacity font-family
	font-size font-size-adjust font-stretch font-style font-variant font-weight fx fy g1 g2 glyph-name glyphref
	gradientunits gradienttransform height href id image-rendering in in2 k k1 k2 k3 k4 kerning keypoints keysplines
	keytimes lang lengthadjust letter-spacing kernelmatrix kernelunitlength lighting-color local marker-end marker-mid
	marker-start markerheight markerunits markerwidth maskcontentunits maskunits max mask media method mode min name
	numoctaves offset operator opacity order orient orientation origin overflow paint-order path pathlength
	patterncontentunits patterntransform patternunits points preservealpha preserveaspectratio r rx ry radius refx refy
	repeatcount repeatdur restart result rotate scale seed shape-rendering specularconstant specularexponent
	spreadmethod stddeviation stitchtiles stop-color stop-opacity stroke-dasharray stroke-dashoffset stroke-linecap
	stroke-linejoin stroke-miterlimit stroke-opacity stroke stroke-width style surfacescale tabindex targetx targety
	transform text-anchor text-decoration text-rendering textlength type u1 u2 unicode values viewbox visibility
	vert-adv-y vert-origin-x vert-origin-y width word-spacing wrap writing-mode xchannelselector ychannelselector x x1 x2
	xmlns y y1 y2 z zoomandpan
	version space data-name enable-background baseprofile`)

// svgEmbedded matches the references that an SVG may have: to a part of itself,
// or to an embedded bitmap.
var svgEmbedded = regexp.MustCompile(`^\s*(#[\w.-]+|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*)\s*$`)

// svgReference matches the url() of a part of the SVG itself.
var svgReference = regexp.MustCompile(`url\(\s*['"]?#[\w.-]+['"]?\s*\)`)

// svgUnsafe matches what no style or presentation attribute may contain after
// its references to the SVG itself are removed.
var svgUnsafe = regexp.MustCompile(
	`(?i)url\s*\(|image\s*\(|image-set|src\s*\(|@|\\|expression|javascript:|behavior|-moz-binding`,
)

// maxSVGDepth bounds the nesting of elements.
const maxSVGDepth = 64

// checkSVG refuses a file that is not an SVG, or that could run or fetch
// anything. Sources: guide page managed-login-brandingeditor; the refusal of
// URLs is this project's own.
func checkSVG(file []byte) error {
	d := xml.NewDecoder(bytes.NewReader(file))
	// Browsers may decode another encoding differently.
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not UTF-8") }
	var (
		open  []string
		style strings.Builder
	)
	for begun := false; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && begun {
			return checkSVGStyle(style.String())
		}
		if err != nil {
			return fault.Invalid("The file is not an SVG image.")
		}
		switch t := token.(type) {
		case xml.StartElement:
			name := strings.ToLower(t.Name.Local)
			if len(open) == 0 && (name != "svg" || begun) || len(open) == maxSVGDepth {
				return fault.Invalid("The file is not an SVG image.")
			}
			begun, open = true, append(open, name)
			if err := checkSVGElement(t); err != nil {
				return err
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			// Browsers join the parts of a style across other nodes.
			if slices.Contains(open, "style") {
				style.Write(t)
			}
		case xml.Directive:
			return fault.Invalid("The SVG image must not have a document type.")
		case xml.ProcInst:
			if t.Target != "xml" {
				return fault.Invalid("The SVG image must not have the processing instruction %.60s.", t.Target)
			}
		}
	}
}

func checkSVGElement(e xml.StartElement) error {
	foreign := e.Name.Space != "" && e.Name.Space != "http://www.w3.org/2000/svg"
	if foreign || !slices.Contains(svgElements, strings.ToLower(e.Name.Local)) {
		return fault.Invalid("The SVG element %.60s is not supported.", e.Name.Local)
	}
	for _, a := range e.Attr {
		name := strings.ToLower(a.Name.Local)
		declaration := a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns"
		switch {
		case declaration:
		case !slices.Contains(svgAttributes, name) && !strings.HasPrefix(name, "aria-") && name != "role":
			return fault.Invalid("The SVG attribute %.60s is not supported.", a.Name.Local)
		case name == "href" && !svgEmbedded.MatchString(a.Value):
			return fault.Invalid("The SVG attribute %.60s names something outside of the image.", a.Name.Local)
		case name != "href" && !safeSVGStyle(a.Value):
			return fault.Invalid("The SVG attribute %.60s names something outside of the image.", a.Name.Local)
		}
	}
	return nil
}

func checkSVGStyle(style string) error {
	if !safeSVGStyle(style) {
		return fault.Invalid("The style of the SVG image names something outside of the image.")
	}
	return nil
}

func safeSVGStyle(style string) bool {
	return !svgUnsafe.MatchString(svgReference.ReplaceAllString(style, ""))
}
