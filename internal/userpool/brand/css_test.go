package brand_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

func TestParseCSS(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		" \n/* nothing */\t":    "",
		".label-customizable{}": ".label-customizable {\n}\n",
		".label-customizable { font-weight: 400 }":       ".label-customizable {\n  font-weight: 400;\n}\n",
		".label-customizable{COLOR:#FfF;;color : red ;}": ".label-customizable {\n  color: #FfF;\n  color: red;\n}\n",
		".submitButton-customizable:hover,.logo-customizable{margin:20px -15px 1.5em -.5%}": "" +
			".submitButton-customizable:hover, .logo-customizable {\n  margin: 20px -15px 1.5em -.5%;\n}\n",
		".banner-customizable{/* </ */}": "Invalid CSS: \"<\" is not allowed here.",
		".banner-customizable{/**/background/**/:/*x*/RGBA(1,2,3,.5)/**/!important}": ".banner-customizable {\n" +
			"  background: rgba(1 , 2 , 3 , .5) !important;\n}\n",
		".banner-customizable{background:linear-gradient(to right, hsl(1 2% 3% / 4), #000)}": ".banner-customizable {\n" +
			"  background: linear-gradient(to right , hsl(1 2% 3% / 4) , #000);\n}\n",
		".banner-customizable{width:calc(100% - 2 * 3px)}": ".banner-customizable {\n" +
			"  width: calc(100% - 2 * 3px);\n}\n",
		".banner-customizable{font-family:'Open Sans', sans-serif}": ".banner-customizable {\n" +
			"  font-family: \"Open Sans\" , sans-serif;\n}\n",
		"@import 'x';":                         "Invalid CSS: @import is not allowed.",
		"@media print{.label-customizable{}}":  "Invalid CSS: @media is not allowed.",
		".label-customizable{@import 'x'}":     "Invalid CSS: @import is not allowed.",
		".label-customizable{color:@supports}": "Invalid CSS: @supports is not allowed.",
		".other{color:red}":                    "Invalid CSS: the class .other cannot be customized.",
		".Label-customizable{color:red}": "Invalid CSS: the class .Label-customizable cannot " +
			"be customized.",
		"body{color:red}":                   "Invalid CSS: the class body cannot be customized.",
		"*{color:red}":                      `Invalid CSS: "*" is not allowed here.`,
		".label-customizable .x{color:red}": `Invalid CSS: "." is not allowed here.`,
		".label-customizable:hover{color:red}": "Invalid CSS: the class .label-customizable:hover " +
			"cannot be customized.",
		".label-customizable{position:fixed}": "Invalid CSS: the property position cannot be " +
			"customized.",
		".label-customizable{content:'x'}": "Invalid CSS: the property content cannot be " +
			"customized.",
		".label-customizable{behavior:x}": "Invalid CSS: the property behavior cannot be " +
			"customized.",
		".label-customizable{-moz-binding:x}": "Invalid CSS: the property -moz-binding cannot be " +
			"customized.",
		".label-customizable{--x:red}":                                 "Invalid CSS: the property --x cannot be customized.",
		".label-customizable{background:url(x)}":                       "Invalid CSS: url( is not allowed.",
		".label-customizable{background:URL( x )}":                     "Invalid CSS: url( is not allowed.",
		".label-customizable{background:u\\72l(x)}":                    `Invalid CSS: "\\" is not allowed here.`,
		".label-customizable{background:ur/**/l(x)}":                   "Invalid CSS: l( is not allowed.",
		".label-customizable{background:image-set('x')}":               "Invalid CSS: image-set( is not allowed.",
		".label-customizable{background:linear-gradient(url(x))}":      "Invalid CSS: url( is not allowed.",
		".label-customizable{width:expression(alert(1))}":              "Invalid CSS: expression( is not allowed.",
		".label-customizable{width:attr(x)}":                           "Invalid CSS: attr( is not allowed.",
		".label-customizable{color:var(--x)}":                          "Invalid CSS: var( is not allowed.",
		".label-customizable{width:calc(calc(calc(calc(calc(1px)))))}": "Invalid CSS: calc( is not allowed.",
		".label-customizable{color:javascript:alert}":                  `Invalid CSS: ":" is not allowed here.`,
		".label-customizable{color:#12}":                               "Invalid CSS: #12 is not a color.",
		".label-customizable{font-family:\"</style>\"}":                `Invalid CSS: "<" is not allowed here.`,
		".label-customizable{font-family:\"a\n\"}": "Invalid CSS: it holds a character that is not " +
			"allowed.",
		".label-customizable{color:red}</style>": `Invalid CSS: "<" is not allowed here.`,
		".label-customizable{color:}":            `Invalid CSS: "}" is not allowed here.`,
		".label-customizable{color red}":         `Invalid CSS: "r" is not allowed here.`,
		".label-customizable{color:red !ie}":     `Invalid CSS: "!" is not allowed here.`,
		".label-customizable{color:red":          "Invalid CSS: it ends too early.",
		".label-customizable":                    "Invalid CSS: it ends too early.",
		".label-customizable{color:r\x00d}":      "Invalid CSS: it holds a character that is not allowed.",
		".label-customizable{color:réd}":         "Invalid CSS: it holds a character that is not allowed.",
		"/* .label-customizable{}":               "Invalid CSS: a comment does not end.",
		"/*/.label-customizable{}":               "Invalid CSS: a comment does not end.",
	} {
		rules, err := brand.ParseCSS(in)
		got := brand.FormatCSS(rules)
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "InvalidParameter: ")
		}
		if got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

// serviceTemplate is the service's own template, as the AWS CLI's example
// set-ui-customization sends it.
const serviceTemplate = ".logo-customizable {\n\tmax-width: 60%;\n\tmax-height: 30%;\n}\n.banner-customizable {" +
	"\n\tpadding: 25px 0px 25px 0px;\n\tbackground-color: lightgray;\n}\n" +
	".label-customizable {\n\tfont-weight: 400;\n}\n.textDescription-customizable {\n\tpadding-top: 10px;" +
	"\n\tpadding-bottom: 10px;\n\tdisplay: block;\n\tfont-size: 16px;\n}\n" +
	".idpDescription-customizable {\n\tpadding-top: 10px;\n\tpadding-bottom: 10px;\n\tdisplay: block;" +
	"\n\tfont-size: 16px;\n}\n.legalText-customizable {\n\tcolor: #747474;\n\tfont-size: 11px;\n}\n" +
	".submitButton-customizable {\n\tfont-size: 11px;\n\tfont-weight: normal;\n\tmargin: 20px -15px 10px -13px;" +
	"\n\theight: 40px;\n\twidth: 108%;\n\tcolor: #fff;\n\tbackground-color: #337ab7;\n\ttext-align: center;\n}\n" +
	".submitButton-customizable:hover {\n\tcolor: #fff;\n\tbackground-color: #286090;\n}\n.errorMessage-customizable {" +
	"\n\tpadding: 5px;\n\tfont-size: 14px;\n\twidth: 100%;\n\tbackground: #F5F5F5;\n\tborder: 2px solid #D64958;" +
	"\n\tcolor: #D64958;\n}\n" +
	".inputField-customizable {\n\twidth: 100%;\n\theight: 34px;\n\tcolor: #555;\n\tbackground-color: #fff;" +
	"\n\tborder: 1px solid #ccc;\n\tborder-radius: 0px;\n}\n.inputField-customizable:focus {\n\tborder-color: #66afe9;" +
	"\n\toutline: 0;\n}\n" +
	".idpButton-customizable {\n\theight: 40px;\n\twidth: 100%;\n\twidth: 100%;\n\ttext-align: center;" +
	"\n\tmargin-bottom: 15px;\n\tcolor: #fff;\n\tbackground-color: #5bc0de;\n\tborder-color: #46b8da;\n}\n" +
	".idpButton-customizable:hover {\n\tcolor: #fff;\n\tbackground-color: #31b0d5;\n}\n.socialButton-customizable {" +
	"\n\tborder-radius: 2px;\n\theight: 40px;\n\tmargin-bottom: 15px;\n\tpadding: 1px;\n\ttext-align: left;" +
	"\n\twidth: 100%;\n}\n" +
	".redirect-customizable {\n\ttext-align: center;\n}\n.passwordCheck-notValid-customizable {\n\tcolor: #DF3312;\n}" +
	"\n.passwordCheck-valid-customizable {\n\tcolor: #19BF00;\n}\n.background-customizable {" +
	"\n\tbackground-color: #fff;\n}\n"

func TestParseTheServicesTemplate(t *testing.T) {
	rules, err := brand.ParseCSS(serviceTemplate)
	if want := strings.ReplaceAll(serviceTemplate, "\t", "  "); err != nil || brand.FormatCSS(rules) != want {
		t.Errorf("%v, %s", err, brand.FormatCSS(rules))
	}
}

// harmless matches the bytes that a formatted style sheet may contain, fetches
// what it must not contain.
var (
	harmless = regexp.MustCompile(`^[A-Za-z0-9 \n.,:;{}()#%!"/*+_-]*$`)
	fetches  = regexp.MustCompile(`(?i)(url|image|image-set|src|expression|element|attr|var|env|cross-fade)\(|/\*|\*/|//`)
)

func FuzzParseCSS(f *testing.F) {
	for _, seed := range []string{
		".label-customizable{color:red}", ".logo-customizable{max-width:60%;/*x*/margin:-1px 2em}",
		".banner-customizable{background:linear-gradient(rgb(1,2,3) 50%, #fff)!important}",
		".label-customizable{background:u\\72l(x)}", "@import 'x';", ".label-customizable{width:calc(1px / / 2)}",
		".label-customizable{color:/ /**/ /;font-family:'a b'}", ".label-customizable{width:calc(1 / * 2)}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		rules, err := brand.ParseCSS(in)
		if err != nil {
			return
		}
		out := brand.FormatCSS(rules)
		if !harmless.MatchString(out) || fetches.MatchString(out) {
			t.Fatalf("%q became %q", in, out)
		}
		again, err := brand.ParseCSS(out)
		if err != nil || brand.FormatCSS(again) != out {
			t.Fatalf("%q became %q, which reads as %q, %v", in, out, brand.FormatCSS(again), err)
		}
	})
}
