package userpool

import "github.com/lifeguard-auth/lifeguard/internal/fault"

// MFAOption is a second factor in SetUserSettings: codes by SMS.
// SetUserMFAPreference replaces that operation.
type MFAOption struct{ DeliveryMedium, AttributeName string }

var errMFAOption = fault.New(fault.InvalidParameter,
	"MFAOptions can only have the DeliveryMedium SMS and the AttributeName phone_number.")

// NoSMSDestination is the error for codes by SMS if the user has no phone
// number.
var NoSMSDestination = noDelivery(SMSMFA)

// SetMFAOptions replaces the options of u. An empty list disables SMS codes.
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
