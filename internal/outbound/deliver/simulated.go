package deliver

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// DecoyDelivery returns the decoy destination for an unknown user of a
// client that hides users. It is the name itself if that is an address to which
// the pool could send. Otherwise it is derived by a keyed hash of pool and
// name, so that it is stable. Source: guide page
// cognito-user-pool-managing-errors.
func DecoyDelivery(p *userpool.Pool, username string, key []byte) userpool.Delivery {
	name := p.Fold(username)
	channels := channels(p)
	for _, attribute := range channels {
		if looksLike(attribute, name) {
			return simulated(attribute, name)
		}
	}
	return simulated(channels[0], decoyAddress(channels[0], p.ID, name, key))
}

// DecoyCode is DecoyDelivery of a code that would go to the attribute.
func DecoyCode(p *userpool.Pool, attribute, username string, key []byte) userpool.Delivery {
	name := p.Fold(username)
	if looksLike(attribute, name) {
		return simulated(attribute, name)
	}
	return simulated(attribute, decoyAddress(attribute, p.ID, name, key))
}

func simulated(attribute, address string) userpool.Delivery {
	medium := userpool.MediumOf(attribute)
	return userpool.Delivery{Destination: mask(medium, address), Medium: medium, Attribute: attribute}
}

// channels returns the attributes to which the pool can send codes, the most
// likely first: those that it verifies, phone_number first as in
// Pool.ConfirmationChannel, then those of account recovery.
func channels(p *userpool.Pool) []string {
	var found []string
	add := func(attribute string) {
		if !slices.Contains(found, attribute) {
			found = append(found, attribute)
		}
	}
	for _, attribute := range []string{"phone_number", "email"} {
		if slices.Contains(p.AutoVerifiedAttributes, attribute) {
			add(attribute)
		}
	}
	recovery := slices.Clone(p.RecoveryMechanisms)
	slices.SortStableFunc(recovery, func(a, b userpool.RecoveryOption) int {
		return cmp.Compare(a.Priority, b.Priority)
	})
	for _, option := range recovery {
		if attribute, ok := strings.CutPrefix(option.Name, "verified_"); ok {
			add(attribute)
		}
	}
	if len(found) == 0 {
		return []string{"email", "phone_number"}
	}
	return found
}

func looksLike(attribute, name string) bool {
	if attribute == "phone_number" {
		digits, ok := strings.CutPrefix(name, "+")
		return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
	}
	local, domain, ok := strings.Cut(name, "@")
	return ok && local != "" && domain != ""
}

// Most addresses are at a few large hosts; these are their first letters, the
// more frequent ones more often.
const (
	hostInitials  = "gggggggghhooyyime"
	localInitials = "abcdefghijklmnopqrstuvwxyz"
)

// decoyAddress returns a plausible address of no user.
func decoyAddress(attribute, poolID, name string, key []byte) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s\x00%s\x00%s", attribute, poolID, name)
	sum := h.Sum(nil)
	draw := func(at, below int) int { return int(binary.BigEndian.Uint32(sum[at:]) % uint32(below)) }
	if attribute == "phone_number" {
		return fmt.Sprintf("+1555000%04d", draw(0, 10_000))
	}
	local, host := draw(0, len(localInitials)), draw(4, len(hostInitials))
	return localInitials[local:local+1] + "@" + hostInitials[host:host+1]
}
