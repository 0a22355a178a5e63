package userpool

import "github.com/lifeguard-auth/lifeguard/internal/fault"

// MFAOption is a second factor as SetUserSettings knows it: codes by SMS.
// SetUserMFAPreference has taken its place.
type MFAOption struct{ DeliveryMedium, AttributeName string }

var errMFAOption = fault.New(fault.InvalidParameter,
	"MFAOptions can only have the DeliveryMedium SMS and the AttributeName phone_number.")

// NoSMSDestination is the refusal of codes by SMS for a user without a number.
var NoSMSDestination = noDelivery(SMSMFA)

// SetMFAOptions replaces the options of u; an empty list turns SMS codes off.
// Source: API reference SetUserSettings, MFAOptionType.
func (u *User) SetMFAOptions(options []MFAOption) error {
	for _, o := range options {
		if o != (MFAOption{"SMS", "phone_number"}) {
			return errMFAOption
		}
	}
	if len(options) > 0 && u.Attributes["phone_number"] == "" {
		return NoSMSDestination
	}
	u.MFAOptions = options
	return nil
}
