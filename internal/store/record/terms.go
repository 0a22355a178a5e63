package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// Terms is a terms document of a client.
var Terms = of("terms", 1,
	func(n brand.Terms) terms { return terms(n) },
	func(r terms) brand.Terms { return brand.Terms(r) })

type terms struct {
	userpool.Resource `json:"-"`
	ClientID          string            `json:"ClientID"`
	Name              string            `json:"Name"`
	Source            string            `json:"Source"`
	Enforcement       string            `json:"Enforcement"`
	Links             map[string]string `json:"Links"`
}

// LinkToTerms maps a client and a name to a terms document.
type LinkToTerms struct {
	userpool.Resource `json:"-"`
	TermsID           string `json:"TermsID"`
}

// TermsOfClient is the kind of LinkToTerms.
var TermsOfClient = itself[LinkToTerms]("terms_of_client", 1)
