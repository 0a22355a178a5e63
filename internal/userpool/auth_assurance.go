package userpool

import (
	"slices"
	"strings"
)

// Method is an authentication method that a user has completed, named as in the
// claim amr. Source: guide page cognito-user-pools-step-up-authentication.
type Method string

// The methods. A passkey of a platform authenticator is a MethodPlatformKey, one
// of a roaming authenticator a MethodRoamingKey.
const (
	MethodPassword    Method = "pwd"
	MethodTOTP        Method = "otp"
	MethodSMS         Method = "sms"
	MethodEmail       Method = "email_otp"
	MethodPlatformKey Method = "swk"
	MethodRoamingKey  Method = "hwk"
	MethodFederated   Method = "fed"
)

// severalMethods is the member of the claim amr that stands for two or more
// methods.
const severalMethods = "mfa"

// Level is an assurance level of authentication, from 1 to 4; 0 is none.
type Level int

// combination is a way to satisfy a level: a first factor, and a second one
// unless it is empty.
type combination struct {
	level         Level
	first, second Method
}

// combinations are the ways to satisfy the levels, the highest level first. They
// are fixed. Source: guide page cognito-user-pools-step-up-authentication.
var combinations = []combination{
	{4, MethodPassword, MethodTOTP},
	{3, MethodPlatformKey, ""},
	{3, MethodRoamingKey, ""},
	{3, MethodPassword, MethodSMS},
	{3, MethodPassword, MethodEmail},
	{2, MethodSMS, ""},
	{2, MethodEmail, ""},
	{1, MethodPassword, ""},
}

// LevelOf returns the highest level that the methods satisfy.
func LevelOf(done []Method) Level {
	for _, c := range combinations {
		if slices.Contains(done, c.first) && (c.second == "" || slices.Contains(done, c.second)) {
			return c.level
		}
	}
	return 0
}

// AMR returns the claim amr of a sign-in by the methods, nil if there are none.
func AMR(done []Method) (claim []string) {
	for _, m := range done {
		claim = append(claim, string(m))
	}
	if len(done) > 1 {
		claim = append(claim, severalMethods)
	}
	return claim
}

// creditable are the methods that count towards a level in a later step-up.
var creditable = []Method{
	MethodPassword, MethodTOTP, MethodSMS, MethodEmail, MethodPlatformKey, MethodRoamingKey,
}

// MethodsOf returns the methods of a claim amr that count towards a level.
func MethodsOf(claim []string) (done []Method) {
	for _, name := range claim {
		if m := Method(name); slices.Contains(creditable, m) && !slices.Contains(done, m) {
			done = append(done, m)
		}
	}
	return done
}

// Ways are the methods that a user can use: as a first factor, and as a second
// one after the password.
type Ways struct{ First, Second []Method }

// Toward returns which of the methods come next for a user who has completed
// done and is to reach the level. Both lists are empty if no method leads there.
func (w Ways) Toward(level Level, done []Method) (next Ways) {
	for _, c := range combinations {
		if c.level < level {
			continue
		}
		last := c.second == "" || slices.Contains(done, c.second)
		switch {
		case slices.Contains(done, c.first):
			if !last && slices.Contains(w.Second, c.second) {
				next.Second = append(next.Second, c.second)
			}
		case slices.Contains(w.First, c.first) && (last || slices.Contains(w.Second, c.second)) &&
			!slices.Contains(next.First, c.first):
			next.First = append(next.First, c.first)
		}
	}
	return next
}

// Empty reports whether there is no method.
func (w Ways) Empty() bool { return len(w.First)+len(w.Second) == 0 }

// Method is the method of a choice. Passkeys are one method here; which one
// depends on the authenticator.
func (c Choice) Method() Method {
	switch c {
	case ChooseEmailCode:
		return MethodEmail
	case ChooseSMSCode:
		return MethodSMS
	case ChoosePasskey:
		return MethodPlatformKey
	}
	return MethodPassword
}

// Method is the method of a second factor.
func (f Factor) Method() Method {
	switch f {
	case SMSMFA:
		return MethodSMS
	case EmailMFA:
		return MethodEmail
	}
	return MethodTOTP
}

// WaysOf returns the ways of choices and second factors.
func WaysOf(choices []Choice, factors []Factor) (w Ways) {
	for _, c := range choices {
		if m := c.Method(); !slices.Contains(w.First, m) {
			w.First = append(w.First, m)
		}
	}
	for _, f := range factors {
		w.Second = append(w.Second, f.Method())
	}
	return w
}

// Ways returns every way that the pool offers to some user.
func (p *Pool) Ways() Ways {
	choices := p.permitted(func(c Choice) bool { return c != ChoosePasskey || p.PasskeySuffices(false) })
	return WaysOf(choices, p.offered(func(Factor) bool { return true }))
}

// StepUpFactors returns the second factors that u can use to reach a higher
// level: those that SecondFactor could require, a verified software token, and
// verified addresses that the pool sends codes to, unless password resets go
// there first. u need not have enabled them.
func (p *Pool) StepUpFactors(u *User) []Factor {
	return p.offered(func(f Factor) bool {
		if p.Accepts(u, f) || f == SoftwareTokenMFA {
			return p.works(u, f)
		}
		return u.Verified(f.Attribute()) && f.Attribute() != p.primaryRecovery()
	})
}

// offered returns the factors that the pool offers and for which has is true.
// Software tokens remain usable after the pool has disabled that factor.
func (p *Pool) offered(has func(Factor) bool) (list []Factor) {
	if !p.asksForFactors() {
		return nil
	}
	for _, f := range allFactors {
		if (f == SoftwareTokenMFA || p.Offers(f)) && has(f) {
			list = append(list, f)
		}
	}
	return list
}

// DecoyFactors returns decoy second factors for an unknown user; draw is as for
// DecoyChoices.
func (p *Pool) DecoyFactors(draw byte) []Factor {
	return p.offered(func(f Factor) bool {
		switch f {
		case SoftwareTokenMFA:
			return draw&8 != 0
		case SMSMFA:
			return draw&1 == 0
		}
		return f.Attribute() != p.primaryRecovery()
	})
}

// AcrName returns the name of a level in the claim acr, "" for none.
func (s *PoolSettings) AcrName(l Level) string {
	if l < 1 || int(l) > len(AcrLevels) {
		return ""
	}
	return s.EffectiveAcr()[AcrLevels[l-1]]
}

// AcrNames returns the names of the levels, the lowest first.
func (s *PoolSettings) AcrNames() (names []string) {
	for i := range AcrLevels {
		names = append(names, s.AcrName(Level(i+1)))
	}
	return names
}

// AcrLevel returns the level that has the name now, 0 if none has.
func (s *PoolSettings) AcrLevel(name string) Level {
	return Level(slices.Index(s.AcrNames(), name) + 1)
}

// Targets returns the levels that a list of names requests, in the order of the
// list. Names of no level are ignored. Source: API reference InitiateAuth.
func (s *PoolSettings) Targets(names string) (levels []Level) {
	for _, name := range strings.Fields(names) {
		if l := s.AcrLevel(name); l > 0 && !slices.Contains(levels, l) {
			levels = append(levels, l)
		}
	}
	return levels
}

// TargetOf returns the level that a sign-in must reach: the first of the targets
// that done satisfies or that the ways lead to. If there is none, it returns 0.
func TargetOf(targets []Level, w Ways, done []Method) Level {
	for _, t := range targets {
		if LevelOf(done) >= t || !w.Toward(t, done).Empty() {
			return t
		}
	}
	return 0
}
