package userpool

import (
	"strings"
	"time"
)

// DeviceRequest is a request of the device authorization grant (RFC 8628): a
// device waits for tokens until a user has entered its user code on a page.
type DeviceRequest struct {
	PoolID, ClientID string
	// MAC is the keyed hash of the device code, UserMAC that of the user code.
	MAC, UserMAC []byte
	// Expires is when both codes expire.
	Expires time.Time
	DeviceRequestTerms
}

// DeviceRequestTerms is the part of a request that is stored as one document.
type DeviceRequestTerms struct {
	Scopes []string
	// Resource is what the access tokens are to be bound to, or empty.
	Resource string
}

// DeviceState is what a device learns when it polls.
type DeviceState string

// The states. DeviceUnknown is that of a code which the client does not have,
// DeviceTooSoon means that less than DevicePollInterval has passed since the
// last poll. The others are those of the request.
const (
	DeviceUnknown  DeviceState = ""
	DevicePending  DeviceState = "pending"
	DeviceApproved DeviceState = "approved"
	DeviceDenied   DeviceState = "denied"
	DeviceExpired  DeviceState = "expired"
	DeviceTooSoon  DeviceState = "too soon"
)

const (
	// DeviceRequestLifetime is how long the codes of a device are valid.
	DeviceRequestLifetime = 10 * time.Minute
	// DeviceInterval is the time between polls that devices are told.
	// DevicePollInterval is what is enforced: the time that requests take varies.
	DeviceInterval     = 5 * time.Second
	DevicePollInterval = 4 * time.Second
)

// UserCodeAlphabet has no vowels, so that no word comes up, and no digits, which
// look like letters. UserCodeLength characters of it are 34.5 bits. Source: RFC
// 8628 section 6.1.
const (
	UserCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
	UserCodeLength   = 8
)

// maxTypedCode is the limit of the length of a user code as it is typed.
const maxTypedCode = 64

// ParseUserCode returns the user code that a user has typed, in any case and with
// any separators. ok is false if it has not the form of a user code.
func ParseUserCode(typed string) (code string, ok bool) {
	if len(typed) > maxTypedCode {
		return "", false
	}
	code = strings.Map(func(r rune) rune {
		if strings.ContainsRune(UserCodeAlphabet, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	return code, len(code) == UserCodeLength
}

// FormatUserCode returns a user code as devices show it, such as WDJB-MJHT.
func FormatUserCode(code string) string {
	return code[:UserCodeLength/2] + "-" + code[UserCodeLength/2:]
}
