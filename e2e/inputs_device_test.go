package e2e

// Inputs of devices. No sign-in brings a device key yet: what names a device is
// well formed and names none.

const (
	anyDevice = region + "_01234567-89ab-4cde-8f01-23456789abcd"
	noDevice  = "ResourceNotFoundException: Device does not exist."
)

// tracking turns device tracking on.
func (e *estate) tracking() {
	e.once("tracking", func() string {
		e.must("UpdateUserPool", e.in(object{"AutoVerifiedAttributes": []any{"email"}, "DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true}}))
		return "on"
	})
}

func (e *estate) ownDevice(more object) object {
	e.tracking()
	return with(object{"AccessToken": e.access(), "DeviceKey": anyDevice}, more)
}

func (e *estate) userDevice(more object) object {
	e.tracking()
	return e.in(with(object{"Username": e.user(), "DeviceKey": anyDevice}, more))
}

// deviceless are inputs of an operation on a device that is not there.
func deviceless(smallest, largest func(e *estate) object) inputs {
	return inputs{smallest: smallest, largest: largest, refused: noDevice}
}

func ownAlone(e *estate) object { return e.ownDevice(nil) }

func userAlone(e *estate) object { return e.userDevice(nil) }

var deviceInputs = map[string]inputs{
	"ConfirmDevice": {
		smallest: ownAlone,
		largest: func(e *estate) object {
			return e.ownDevice(object{"DeviceName": "phone", "DeviceSecretVerifierConfig": object{"Salt": "AQ==", "PasswordVerifier": "Ag=="}})
		},
		refused: "InvalidParameterException: Invalid device key given.",
	},
	"GetDevice":          deviceless(ownAlone, ownAlone),
	"ForgetDevice":       deviceless(ownAlone, ownAlone),
	"UpdateDeviceStatus": deviceless(ownAlone, func(e *estate) object { return e.ownDevice(object{"DeviceRememberedStatus": "remembered"}) }),
	"ListDevices": {
		smallest: func(e *estate) object { e.tracking(); return object{"AccessToken": e.access()} },
		largest:  func(e *estate) object { e.tracking(); return object{"AccessToken": e.access(), "Limit": 1} },
		without:  []string{"PaginationToken"},
	},
	"AdminGetDevice":    deviceless(userAlone, userAlone),
	"AdminForgetDevice": deviceless(userAlone, userAlone),
	"AdminUpdateDeviceStatus": deviceless(userAlone, func(e *estate) object {
		return e.userDevice(object{"DeviceRememberedStatus": "not_remembered"})
	}),
	"AdminListDevices": {
		smallest: func(e *estate) object { e.tracking(); return e.in(object{"Username": e.user()}) },
		largest:  func(e *estate) object { e.tracking(); return e.in(object{"Username": e.user(), "Limit": 1}) },
		without:  []string{"PaginationToken"},
	},
}
