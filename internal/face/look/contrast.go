package look

import (
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// pair is a color that must stand out from another one.
type pair struct {
	what, front, ground string
	least               float64
}

// Least contrast of text and of what is no text. Source: WCAG 2.2, 1.4.3 and 1.4.11.
const (
	readable = 4.5
	visible  = 3
)

// pairs are the pairs of a page whose parts a style can change.
var pairs = []pair{
	{"headings", "heading", "form", readable},
	{"text", "body", "form", readable},
	{"the sentence below the heading", "lead", "form", readable},
	{"labels", "label", "form", readable},
	{"hints", "note", "form", readable},
	{"links below the page", "note", "page", readable},
	{"links", "link", "form", readable},
	{"links pointed at", "link-hover", "form", readable},
	{"text in a field", "heading", "input", readable},
	{"placeholders", "placeholder", "input", readable},
	{"the border of a field", "input-line", "form", visible},
	{"the border of a field in use", "focus", "form", visible},
	{"the border of a check box", "option-line", "form", visible},
	{"the tick of a check box", "option-mark", "option-on", visible},
	{"errors at a field", "bad", "form", readable},
	{"errors of a page", "heading", "bad-soft", readable},
	{"news of a page", "heading", "good-soft", readable},
	{"lists", "heading", "menu", readable},
}

// pairs returns the pairs of a button.
func (b button) pairs(what string) (list []pair) {
	for i, state := range []string{"", " pointed at", " pressed"} {
		suffix := states[i].suffix
		list = append(list, pair{what + state, b.text(suffix), b.ground(suffix), readable})
	}
	return list
}

// warnings describes the pairs of colors that a style has made hard to read, in the
// modes that pages have.
func (s *sheet) warnings(fixed int) (found []string) {
	list := pairs
	for i, what := range []string{"primary buttons", "other buttons", "buttons of identity providers"} {
		list = append(list, buttons[i].pairs(what)...)
	}
	found = s.root.warnings(list, fixed)
	for _, r := range s.providers {
		found = append(found, r.warnings(standard.pairs(r.selector), fixed)...)
	}
	return found
}

// warnings checks the pairs of which the rule sets one color.
func (r *rule) warnings(list []pair, fixed int) (found []string) {
	for mode, tokens := range r.tokens {
		if fixed >= 0 && mode != fixed {
			continue
		}
		paper := white
		if modes[mode] == brand.DarkMode {
			paper = black
		}
		page := r.solid("page", mode, paper)
		form := r.solid("form", mode, page)
		for _, p := range list {
			if tokens[p.front] == "" && tokens[p.ground] == "" {
				continue
			}
			under := form
			if p.ground == "page" {
				under = paper
			}
			ground := r.solid(p.ground, mode, under)
			front, ok := r.color(p.front, mode)
			if ratio := contrast(front.over(ground), ground); ok && ratio < p.least {
				found = append(found, fmt.Sprintf("%s (%s): contrast %.1f, at least %.1f is needed",
					p.what, modes[mode], ratio, p.least))
			}
		}
	}
	return found
}

// solid returns a color as it looks on what is under it.
func (r *rule) solid(token string, mode int, under rgba) rgba {
	c, ok := r.color(token, mode)
	if !ok {
		return under
	}
	return c.over(under)
}
