package deliver_test

import (
	"fmt"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestMasks(t *testing.T) {
	for _, c := range []struct {
		mask            func(string) string
		value, expected string
	}{
		{deliver.MaskEmail, "fred@example.com", "f***@e***"}, // captured from the service
		{deliver.MaskEmail, "a@b", "a***@b***"},
		{deliver.MaskEmail, "öl@ünder.example", "ö***@ü***"},
		{deliver.MaskEmail, `"a@b"@example.com`, `"***@e***`},
		{deliver.MaskEmail, "nobody", "n***@***"},
		{deliver.MaskEmail, "@example.com", "***@e***"},
		{deliver.MaskEmail, "fred@", "f***@***"},
		{deliver.MaskEmail, "", "***@***"},
		{deliver.MaskEmail, "\xff@example.com", "***@e***"},
		{deliver.MaskPhone, "+15550009878", "+*******9878"},
		{deliver.MaskPhone, "+1 (555) 000-9878", "+*******9878"},
		{deliver.MaskPhone, "+5559878", "+*******878"},
		{deliver.MaskPhone, "+12", "+*******2"},
		{deliver.MaskPhone, "+1", "+*******"},
		{deliver.MaskPhone, "", "+*******"},
		{deliver.MaskPhone, "ünicode", "+*******"},
	} {
		if got := c.mask(c.value); got != c.expected {
			t.Errorf("%q is masked as %q, want %q", c.value, got, c.expected)
		}
	}
}

func TestDeliveryOf(t *testing.T) {
	got := deliver.DeliveryOf(userpool.Message{Medium: userpool.SMS, To: "+15550009878"}, "phone_number")
	if want := (userpool.Delivery{
		Destination: "+*******9878", Medium: userpool.SMS, Attribute: "phone_number",
	}); got != want {
		t.Errorf("%+v", got)
	}
	got = deliver.DeliveryOf(userpool.Message{Medium: userpool.Email, To: "fred@example.com"}, "email")
	if want := (userpool.Delivery{Destination: "f***@e***", Medium: userpool.Email, Attribute: "email"}); got != want {
		t.Errorf("%+v", got)
	}
}

func FuzzMasks(f *testing.F) {
	f.Add("fred@example.com")
	f.Add("+15550009878")
	f.Add("\xf0@\x80")
	f.Fuzz(func(t *testing.T, address string) {
		mail, phone := deliver.MaskEmail(address), deliver.MaskPhone(address)
		if n := utf8.RuneCountInString(mail); n > 9 || !utf8.ValidString(mail) {
			t.Errorf("%q is masked as %q", address, mail)
		}
		if !regexp.MustCompile(`^\+\*{7}[0-9]{0,4}$`).MatchString(phone) {
			t.Errorf("%q is masked as %q", address, phone)
		}
	})
}

func pool(verified []string, recovery ...string) *userpool.Pool {
	p := &userpool.Pool{ID: "us-east-1_AbCdEfGhI"}
	p.AutoVerifiedAttributes = verified
	for i, name := range recovery {
		p.RecoveryMechanisms = append(p.RecoveryMechanisms,
			userpool.RecoveryOption{Priority: int32(len(recovery) - i), Name: name})
	}
	return p
}

var (
	shownMail  = regexp.MustCompile(`^[a-z]\*{3}@[a-z]\*{3}$`)
	shownPhone = regexp.MustCompile(`^\+\*{7}[0-9]{4}$`)
)

func TestSimulatedDelivery(t *testing.T) {
	mail, phone := []string{"email"}, []string{"phone_number"}
	insensitive := pool(mail)
	insensitive.UsernameConfiguration = &userpool.UsernameConfiguration{}
	key := []byte("key")
	for _, c := range []struct {
		name      string
		pool      *userpool.Pool
		username  string
		attribute string
		shown     string // empty: a decoy
	}{
		{"mail-like", pool(mail), "fred@example.com", "email", "f***@e***"},
		{"mail-like, folded", insensitive, "Fred@Example.com", "email", "f***@e***"},
		{"phone-like", pool(phone), "+15550009878", "phone_number", "+*******9878"},
		{"phone-like, recovery only", pool(mail, "verified_email", "verified_phone_number"),
			"+15550009878", "phone_number", "+*******9878"},
		{"phone-like, never sent to", pool(mail, "verified_email"), "+15550009878", "email", ""},
		{"mail-like, never sent to", pool(phone, "verified_phone_number"), "fred@example.com", "phone_number", ""},
		{"mail-like, no settings", pool(nil), "fred@example.com", "email", "f***@e***"},
		{"a name", pool(mail), "fred", "email", ""},
		{"a name, phone verified", pool([]string{"email", "phone_number"}), "fred", "phone_number", ""},
		{"a name, recovery by priority", pool(nil, "verified_email", "verified_phone_number"),
			"fred", "phone_number", ""},
		{"a name, recovery by administrators", pool(nil, "admin_only"), "fred", "email", ""},
		{"half an address", pool(mail), "@", "email", ""},
		{"nothing", pool(mail), "", "email", ""},
	} {
		got := deliver.DecoyDelivery(c.pool, c.username, key)
		if got.Attribute != c.attribute || got.Medium != userpool.MediumOf(c.attribute) {
			t.Errorf("%s: %s by %s, want %s", c.name, got.Attribute, got.Medium, c.attribute)
		}
		if c.shown != "" && got.Destination != c.shown {
			t.Errorf("%s: %s, want %s", c.name, got.Destination, c.shown)
		}
		form := shownMail
		if c.attribute == "phone_number" {
			form = shownPhone
		}
		if !form.MatchString(got.Destination) {
			t.Errorf("%s: %s does not have the form of a real one", c.name, got.Destination)
		}
		if diff := cmp.Diff(got, deliver.DecoyDelivery(c.pool, c.username, key)); diff != "" {
			t.Errorf("%s: differs the second time: %s", c.name, diff)
		}
	}
}

// The decoy of an unknown user must not be computable without the key.
func TestSimulatedDeliveryDependsOnAllInputs(t *testing.T) {
	p, other := pool([]string{"phone_number"}), pool([]string{"phone_number"})
	other.ID = "us-east-1_Other0000"
	base := func(i int) string {
		return deliver.DecoyDelivery(p, fmt.Sprintf("user%d", i), []byte("key")).Destination
	}
	seen := map[string]bool{}
	var sameKey, samePool int
	const n = 500
	for i := range n {
		seen[base(i)] = true
		if base(i) == deliver.DecoyDelivery(p, fmt.Sprintf("user%d", i), []byte("other")).Destination {
			sameKey++
		}
		if base(i) == deliver.DecoyDelivery(other, fmt.Sprintf("user%d", i), []byte("key")).Destination {
			samePool++
		}
	}
	if len(seen) < n*9/10 || sameKey > n/50 || samePool > n/50 {
		t.Errorf("%d numbers for %d users, %d the same under another key, %d in another pool", len(seen), n, sameKey,
			samePool)
	}
}
