package look

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// rule is a rule of the style sheet: custom properties by color mode. What it does not
// set is that of the rule below it, or of our own look.
type rule struct {
	selector string
	below    *rule
	tokens   [len(modes)]map[string]string
}

func newRule(selector string, below *rule) *rule {
	return &rule{selector, below, [...]map[string]string{{}, {}}}
}

// value returns the value of a token in a mode.
func (r *rule) value(token string, mode int) string {
	for ; r != nil; r = r.below {
		if v := r.tokens[mode][token]; v != "" {
			return v
		}
	}
	return view.Token(token, modes[mode] == brand.DarkMode)
}

// color returns the color of a token in a mode; ok is false if it has no fixed one.
func (r *rule) color(token string, mode int) (c rgba, ok bool) {
	const chain = 8 // references follow each other no further
	for range chain {
		value := r.value(token, mode)
		if token = view.Reference(value); token == "" {
			return parseColor(value)
		}
	}
	return rgba{}, false
}

// set sets colors. find returns the color of a setting in a mode, or "".
func (r *rule) set(list []setting, find func(setting, brand.Mode) string) {
	for i, mode := range modes {
		for _, s := range list {
			if c := find(s, mode); c != "" {
				r.tokens[i][s.token] = "#" + c
			}
		}
	}
}

// follow sets the states of a button that are not set, so that they follow what is.
func (r *rule) follow(b button) {
	for mode := range r.tokens {
		for _, s := range states[1:] {
			r.followGround(b, mode, s.suffix, s.share)
			r.refer(mode, b.line(""), b.line(s.suffix))
			r.refer(mode, b.text(""), b.text(s.suffix))
		}
	}
}

// followGround sets the ground of a state to a shade of the resting one.
func (r *rule) followGround(b button, mode int, suffix string, share float64) {
	tokens := r.tokens[mode]
	if tokens[b.ground("")] == "" || tokens[b.ground(suffix)] != "" {
		return
	}
	ground, fixed := r.color(b.ground(""), mode)
	text, legible := r.color(b.text(""), mode)
	if fixed && legible {
		tokens[b.ground(suffix)] = shade(ground, text, share).String()
	}
}

// refer sets a token that is not set to another one that is.
func (r *rule) refer(mode int, to, token string) {
	if tokens := r.tokens[mode]; tokens[to] != "" && tokens[token] == "" {
		tokens[token] = "var(--" + to + ")"
	}
}

// write writes the rule, with other declarations.
func (r *rule) write(text *strings.Builder, declarations ...string) {
	names := map[string]bool{}
	for _, tokens := range r.tokens {
		for name := range tokens {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		light, dark := r.value(name, 0), r.value(name, 1)
		if light != dark {
			light = "light-dark(" + light + "," + dark + ")"
		}
		declarations = append(declarations, "--"+name+":"+light)
	}
	if len(declarations) > 0 {
		text.WriteString(r.selector + "{" + strings.Join(declarations, ";") + "}\n")
	}
}

// sheet is the style sheet of a style.
type sheet struct {
	root, header, footer *rule
	providers            []*rule
	radii                []string
}

// newSheet reads the colors and radii of a style.
func newSheet(v brand.Values) *sheet {
	s := &sheet{root: newRule(":root", nil)}
	s.root.set(colors, own(v, ""))
	for mode, tokens := range s.root.tokens {
		if tokens["link"] != "" && tokens["link-hover"] == "" {
			s.root.tokens[mode]["link-hover"] = "color-mix(in srgb,var(--link) 70%,var(--heading))"
		}
	}
	for _, b := range buttons {
		s.root.set(b.settings(), own(v, ""))
		s.root.follow(b)
	}
	s.header, s.footer = newRule("header.bar", s.root), newRule("footer.bar", s.root)
	s.header.set(bar, own(v, "components.pageHeader"))
	s.footer.set(bar, own(v, "components.pageFooter"))
	names := v.Providers()
	slices.Sort(names)
	for _, name := range names[:min(len(names), maxProviders)] {
		r := newRule(".idp[value="+quoted(name)+"]", s.root)
		r.set(standard.settings(), func(s setting, mode brand.Mode) string {
			return v.ProviderColor(name, mode, s.name)
		})
		r.follow(standard)
		s.providers = append(s.providers, r)
	}
	for _, r := range radii {
		if pixels, ok := v.Radius(r.path); ok {
			s.radii = append(s.radii, "--"+r.token+":"+strconv.FormatFloat(pixels, 'f', -1, 64)+"px")
		}
	}
	return s
}

// maxProviders bounds the rules for identity providers.
const maxProviders = 300

// own finds the colors that a style sets, below a component if it is not empty.
func own(v brand.Values, component string) func(setting, brand.Mode) string {
	return func(s setting, mode brand.Mode) string {
		if component != "" {
			s.component = component
		}
		return v.Color(s.component, mode, s.name)
	}
}

// text is the style sheet. image returns the address of a background in a mode, or ""
// if there is none. fixed is the only mode of the page, or -1.
func (s *sheet) text(image func(background, brand.Mode) string, fixed int) string {
	var text, dark strings.Builder
	write := func(r *rule, images []background, declarations ...string) {
		night := newRule(r.selector, nil)
		var nightly []string
		for _, b := range images {
			light, darkOne := image(b, brand.LightMode), image(b, brand.DarkMode)
			if fixed == 1 {
				light = darkOne
			}
			if light == "" {
				continue
			}
			declarations = append(declarations, "--"+b.token+":url("+light+")")
			if fixed < 0 && darkOne != light {
				nightly = append(nightly, "--"+b.token+":url("+darkOne+")")
			}
		}
		r.write(&text, declarations...)
		night.write(&dark, nightly...)
	}
	declarations := s.radii
	if image(backgrounds[0], brand.LightMode) != "" {
		// Links below the page stay readable on any image.
		declarations = append(declarations, "--foot:var(--page)")
	}
	write(s.root, backgrounds, declarations...)
	write(s.header, []background{headerImage})
	write(s.footer, []background{footerImage})
	for _, r := range s.providers {
		write(r, nil)
	}
	if dark.Len() > 0 {
		fmt.Fprintf(&text, "@media (prefers-color-scheme:dark){\n%s}\n", dark.String())
	}
	return text.String()
}

// quoted returns a text as a CSS string in which nothing but letters, digits and spaces
// stands for itself. Source: CSS Syntax Module Level 3, section 4.3.7.
func quoted(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == ' ', r == '-', r == '_':
			out.WriteRune(r)
		case r == 0:
			out.WriteString(`\fffd `)
		default:
			fmt.Fprintf(&out, `\%x `, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
