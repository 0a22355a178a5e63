package look

import "github.com/lifeguard-auth/lifeguard/internal/userpool/brand"

// setting is a color of the settings and the custom property that it sets.
type setting struct{ token, component, name string }

// colors are the colors of a page. Of two for one token the later one wins.
var colors = []setting{
	{"divider", "componentClasses.divider", "borderColor"},
	{"menu", "componentClasses.dropDown", "defaults.itemBackgroundColor"},
	{"focus", "componentClasses.focusState", "borderColor"},
	{"input", "componentClasses.input", "defaults.backgroundColor"},
	{"input-line", "componentClasses.input", "defaults.borderColor"},
	{"placeholder", "componentClasses.input", "placeholderColor"},
	{"note", "componentClasses.inputDescription", "textColor"},
	{"label", "componentClasses.inputLabel", "textColor"},
	{"link", "componentClasses.link", "defaults.textColor"},
	{"link-hover", "componentClasses.link", "hover.textColor"},
	{"option", "componentClasses.optionControls", "defaults.backgroundColor"},
	{"option-line", "componentClasses.optionControls", "defaults.borderColor"},
	{"option-on", "componentClasses.optionControls", "selected.backgroundColor"},
	{"option-mark", "componentClasses.optionControls", "selected.foregroundColor"},
	{"bad", "componentClasses.statusIndicator", "error.indicatorColor"},
	{"bad-soft", "componentClasses.statusIndicator", "error.backgroundColor"},
	{"bad-line", "componentClasses.statusIndicator", "error.borderColor"},
	{"good", "componentClasses.statusIndicator", "success.indicatorColor"},
	{"good-soft", "componentClasses.statusIndicator", "success.backgroundColor"},
	{"good-line", "componentClasses.statusIndicator", "success.borderColor"},
	{"warn", "componentClasses.statusIndicator", "warning.indicatorColor"},
	{"warn-soft", "componentClasses.statusIndicator", "warning.backgroundColor"},
	{"warn-line", "componentClasses.statusIndicator", "warning.borderColor"},
	{"bad-soft", "components.alert", "error.backgroundColor"},
	{"bad-line", "components.alert", "error.borderColor"},
	{"form", "components.form", "backgroundColor"},
	{"form-line", "components.form", "borderColor"},
	{"page", "components.pageBackground", "color"},
	{"heading", "components.pageText", "headingColor"},
	{"body", "components.pageText", "bodyColor"},
	{"lead", "components.pageText", "descriptionColor"},
	{"off", "components.primaryButton", "disabled.backgroundColor"},
	{"off-line", "components.primaryButton", "disabled.borderColor"},
}

// bar are the colors of the header and the footer.
var bar = []setting{{"bar", "", "background.color"}, {"bar-line", "", "borderColor"}}

// button is the component of a button, and the name of its tokens.
type button struct{ component, name string }

// A primary button has no line.
var (
	primary  = button{"components.primaryButton", "accent"}
	standard = button{"components.idpButton.standard", "idp"}
	buttons  = []button{primary, {"components.secondaryButton", "second"}, standard}
)

// ground, line and text return the tokens of a state.
func (b button) ground(suffix string) string { return b.name + suffix }
func (b button) line(suffix string) string   { return b.name + suffix + "-line" }
func (b button) text(suffix string) string {
	if b == primary {
		return "on-" + b.name + suffix
	}
	return b.name + suffix + "-text"
}

// states of a button. The ground of one that is not set is made from that of the button
// by the share.
var states = []struct {
	name, suffix string
	share        float64
}{{"defaults", "", 0}, {"hover", "-hover", 0.14}, {"active", "-active", 0.24}}

// settings returns the colors of a button.
func (b button) settings() (list []setting) {
	for _, s := range states {
		list = append(list, setting{b.ground(s.suffix), b.component, s.name + ".backgroundColor"},
			setting{b.text(s.suffix), b.component, s.name + ".textColor"})
		if b != primary {
			list = append(list, setting{b.line(s.suffix), b.component, s.name + ".borderColor"})
		}
	}
	return list
}

// radii are the radii by their setting.
var radii = []struct{ token, path string }{
	{"button-radius", "componentClasses.buttons.borderRadius"},
	{"input-radius", "componentClasses.input.borderRadius"},
	{"alert-radius", "components.alert.borderRadius"},
	{"form-radius", "components.form.borderRadius"},
}

// backgrounds are the images of the style sheet: the setting that enables one, and the
// category of the asset.
type background struct{ token, enabled, category string }

var (
	backgrounds = []background{
		{"page-image", "components.pageBackground.image.enabled", "PAGE_BACKGROUND"},
		{"form-image", "components.form.backgroundImage.enabled", "FORM_BACKGROUND"},
	}
	headerImage = background{"bar-image", "components.pageHeader.backgroundImage.enabled", "PAGE_HEADER_BACKGROUND"}
	footerImage = background{"bar-image", "components.pageFooter.backgroundImage.enabled", "PAGE_FOOTER_BACKGROUND"}
)

// modes are the color modes in the order of light-dark().
var modes = [...]brand.Mode{brand.LightMode, brand.DarkMode}
