package view

import (
	"cmp"
	"slices"
)

// wear applies the look to what is not in a template: the order of the parts, the
// buttons of identity providers, and the texts of logos.
func (c *content) wear() {
	look := &c.Look
	named := func(i *Image) *Image {
		if i == nil {
			return nil
		}
		return &Image{Address: i.Address, Dark: i.Dark, Text: c.Application}
	}
	if look.Header != nil && look.Header.Logo != nil {
		look.Header = &Bar{Logo: named(look.Header.Logo), Place: look.Header.Place}
		c.LogoInHeader = true
	}
	if look.Logo != nil && !c.LogoInHeader {
		logo := *look.Logo
		logo.Text = c.Application
		look.Logo = &logo
	}
	c.Parts = look.Providers.order(c.Parts)
}

// providers reports whether a part is the form of the buttons of identity providers.
func providers(p Part) bool {
	f, ok := p.(*Form)
	return ok && f.Class == "idps"
}

// order returns the parts of a page in the order of the style.
func (look Providers) order(parts []Part) []Part {
	parts = slices.Clone(parts)
	for i, p := range parts {
		if !providers(p) {
			continue
		}
		f := *p.(*Form)
		f.Parts = look.buttons(f.Parts)
		parts[i] = &f
		if look.First && i >= 2 {
			if _, divided := parts[i-1].(*Or); divided {
				parts[i-2], parts[i] = parts[i], parts[i-2]
			}
		}
	}
	return parts
}

// buttons returns the buttons of identity providers as the style has them.
func (look Providers) buttons(parts []Part) []Part {
	parts = slices.Clone(parts)
	for i, p := range parts {
		if b, ok := p.(*Provider); ok {
			changed := *b
			changed.Plain = look.Plain
			if icon := cmp.Or(look.Icons[b.Value], look.Icons[""]); icon != nil && b.Address == "" {
				changed.Image = icon
			}
			parts[i] = &changed
		}
	}
	place := func(p Part) int {
		if b, ok := p.(*Provider); ok {
			if i := slices.Index(look.Order, b.Value); i >= 0 {
				return i - len(look.Order)
			}
		}
		return 0
	}
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(place(a), place(b)) })
	return parts
}
