package view

import "html/template"

// Page is one page.
type Page struct {
	// Title is the heading.
	Title string
	Lead  template.HTML
	// Icon is the name of an icon of the sprite, Tone its colour: "", "bad" or "good".
	Icon, Tone string
	Who        *Who
	// Problems are tied to their fields where the page has them. Notice is news that is
	// no problem.
	Problems []Problem
	Notice   string
	// Summary is shown above the form if there are several problems.
	Summary string
	Parts   []Part
}

// Problem is an error. It belongs to the first of Fields that the page has, else to
// the whole page.
type Problem struct {
	Text   string
	Fields []string
}

// Who is the user who signs in. Change leads to the first page.
type Who struct{ Name, Change, ChangeText string }

// Frame is what surrounds a page: the same for every page of a client.
type Frame struct {
	// Language is the language tag of the page.
	Language string
	// Application is the name of the application, Window the title of the window.
	Application, Window string
	Look                Look
	// Languages and Links stand below the page.
	Languages *Languages
	Links     []Link
}

// Languages is the form by which the user changes the language of the page. Its fields
// are the hidden ones and the button of the language, which has the name Button.
type Languages struct {
	Form
	// Get is whether the form is a GET.
	Get bool
	// Label is the name of the choice.
	Button, Label string
	Choices       []Language
}

// Language is a language with its name in itself.
type Language struct {
	Tag, Name string
	Current   bool
}

// Link is a link.
type Link struct{ Address, Text string }

// Look is what the style of a customer changes. The zero value is our own look.
// Source of the values: guide page managed-login-brandingeditor.
type Look struct {
	// Style is the address of a style sheet that follows ours.
	Style string
	// Theme fixes a colour mode: "light", "dark" or "". Density is "compact",
	// "spacious" or "".
	Theme, Density string
	// X and Y place the form: "start" or "end", "top" or "bottom", or "".
	X, Y string
	Logo *Logo
	// Header and Footer are bars with a logo.
	Header, Footer *Bar
	// Icons are the icons of the window; without one it has ours.
	Icons []Icon
	// Plain is whether pages have no icons.
	Plain bool
	// Graphics replace icons, by the name of the icon.
	Graphics map[string]*Image
	// Providers is what changes the buttons of identity providers.
	Providers Providers
}

// Providers is what a style changes at the buttons of identity providers.
type Providers struct {
	// First is whether they come before the form, Order their names in order. Others
	// follow.
	First bool
	Order []string
	// Plain is whether they have no icons. Icons are by name, that of "" is for others.
	Plain bool
	Icons map[string]*Image
}

// Image is an image, with another one for the dark mode if Dark is not empty.
type Image struct{ Address, Dark, Text string }

// Logo is the logo of a form.
type Logo struct {
	Image
	// Place is "center", "end" or "" for the start.
	Place string
	// Outside is whether the logo is outside of the form, Below whether it follows it.
	Outside, Below bool
}

// Bar is a header or footer. Place is that of the logo: "start", "center", "end" or ""
// without one.
type Bar struct {
	Logo  *Image
	Place string
}

// Icon is an icon of the window. Media is the media query of an icon that is for one
// color mode.
type Icon struct{ Address, Type, Media string }
