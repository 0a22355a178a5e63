package brand_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

func TestParseCSS(t *testing.T) {
	const character = "Invalid CSS: it holds a character that is not allowed."
	class := func(name string) string { return "Invalid CSS: the class " + name + " cannot be customized." }
	property := func(name string) string { return "Invalid CSS: the property " + name + " cannot be customized." }
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
		".banner-customizable{background:linear-gradient(to right, hsl(1 2% 3% / 4), #000)}": "" +
			".banner-customizable {\n  background: linear-gradient(to right , hsl(1 2% 3% / 4) , #000);\n}\n",
		".banner-customizable{width:calc(100% - 2 * 3px)}": ".banner-customizable {\n" +
			"  width: calc(100% - 2 * 3px);\n}\n",
		".banner-customizable{font-family:'Open Sans', sans-serif}": ".banner-customizable {\n" +
			"  font-family: \"Open Sans\" , sans-serif;\n}\n",
		"@import 'x';":                                                 "Invalid CSS: @import is not allowed.",
		"@media print{.label-customizable{}}":                          "Invalid CSS: @media is not allowed.",
		".label-customizable{@import 'x'}":                             "Invalid CSS: @import is not allowed.",
		".label-customizable{color:@supports}":                         "Invalid CSS: @supports is not allowed.",
		".other{color:red}":                                            class(".other"),
		".Label-customizable{color:red}":                               class(".Label-customizable"),
		"body{color:red}":                                              class("body"),
		"*{color:red}":                                                 `Invalid CSS: "*" is not allowed here.`,
		".label-customizable .x{color:red}":                            `Invalid CSS: "." is not allowed here.`,
		".label-customizable:hover{color:red}":                         class(".label-customizable:hover"),
		".label-customizable{position:fixed}":                          property("position"),
		".label-customizable{content:'x'}":                             property("content"),
		".label-customizable{behavior:x}":                              property("behavior"),
		".label-customizable{-moz-binding:x}":                          property("-moz-binding"),
		".label-customizable{--x:red}":                                 property("--x"),
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
		".label-customizable{font-family:\"a\n\"}":                     character,
		".label-customizable{color:red}</style>":                       `Invalid CSS: "<" is not allowed here.`,
		".label-customizable{color:}":                                  `Invalid CSS: "}" is not allowed here.`,
		".label-customizable{color red}":                               `Invalid CSS: "r" is not allowed here.`,
		".label-customizable{color:red !ie}":                           `Invalid CSS: "!" is not allowed here.`,
		".label-customizable{color:red":                                "Invalid CSS: it ends too early.",
		".label-customizable":                                          "Invalid CSS: it ends too early.",
		".label-customizable{color:r\x00d}":                            character,
		".label-customizable{color:réd}":                               character,
		"/* .label-customizable{}":                                     "Invalid CSS: a comment does not end.",
		"/*/.label-customizable{}":                                     "Invalid CSS: a comment does not end.",
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
const serviceTemplate = `.logo-customizable {
	max-width: 60%;
	max-height: 30%;
}
.banner-customizable {
	padding: 25px 0px 25px 0px;
	background-color: lightgray;
}
.label-customizable {
	font-weight: 400;
}
.textDescription-customizable {
	padding-top: 10px;
	padding-bottom: 10px;
	display: block;
	font-size: 16px;
}
.idpDescription-customizable {
	padding-top: 10px;
	padding-bottom: 10px;
	display: block;
	font-size: 16px;
}
.legalText-customizable {
	color: #747474;
	font-size: 11px;
}
.submitButton-customizable {
	font-size: 11px;
	font-weight: normal;
	margin: 20px -15px 10px -13px;
	height: 40px;
	width: 108%;
	color: #fff;
	background-color: #337ab7;
	text-align: center;
}
.submitButton-customizable:hover {
	color: #fff;
	background-color: #286090;
}
.errorMessage-customizable {
	padding: 5px;
	font-size: 14px;
	width: 100%;
	background: #F5F5F5;
	border: 2px solid #D64958;
	color: #D64958;
}
.inputField-customizable {
	width: 100%;
	height: 34px;
	color: #555;
	background-color: #fff;
	border: 1px solid #ccc;
	border-radius: 0px;
}
.inputField-customizable:focus {
	border-color: #66afe9;
	outline: 0;
}
.idpButton-customizable {
	height: 40px;
	width: 100%;
	width: 100%;
	text-align: center;
	margin-bottom: 15px;
	color: #fff;
	background-color: #5bc0de;
	border-color: #46b8da;
}
.idpButton-customizable:hover {
	color: #fff;
	background-color: #31b0d5;
}
.socialButton-customizable {
	border-radius: 2px;
	height: 40px;
	margin-bottom: 15px;
	padding: 1px;
	text-align: left;
	width: 100%;
}
.redirect-customizable {
	text-align: center;
}
.passwordCheck-notValid-customizable {
	color: #DF3312;
}
.passwordCheck-valid-customizable {
	color: #19BF00;
}
.background-customizable {
	background-color: #fff;
}
`

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
	fetches  = regexp.MustCompile(`(?i)(url|image|image-set|src|expression|element|attr|var|env|cross-fade)\(` +
		`|/\*|\*/|//`)
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
