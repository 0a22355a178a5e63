package e2e

// Inputs of devices.

// newDevice signs in from a new device and returns its key and the access token.
// The pool remembers devices as soon as they are confirmed.
func (f *fixture) newDevice() (access, key string) {
	f.once("tracking", func() string {
		f.must("UpdateUserPool", f.in(object{
			"AutoVerifiedAttributes": []any{"email"},
			"DeviceConfiguration": object{
				"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false,
			},
		}))
		return "on"
	})
	out := f.must("AdminInitiateAuth", f.in(object{
		"ClientId": f.client(), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": passwords(f),
	}))
	return dig(out, "AuthenticationResult", "AccessToken"),
		dig(out, "AuthenticationResult", "NewDeviceMetadata", "DeviceKey")
}

// device is a confirmed one.
func (f *fixture) device() (access, key string) {
	access, key = f.newDevice()
	f.must("ConfirmDevice", object{"AccessToken": access, "DeviceKey": key, "DeviceName": "phone"})
	return access, key
}

func (f *fixture) ownDevice(more object) object {
	access, key := f.device()
	return with(object{"AccessToken": access, "DeviceKey": key}, more)
}

func (f *fixture) userDevice(more object) object {
	_, key := f.device()
	return f.in(with(object{"Username": f.user(), "DeviceKey": key}, more))
}

func ownDeviceOnly(f *fixture) object { return f.ownDevice(nil) }

func userDeviceOnly(f *fixture) object { return f.userDevice(nil) }

var deviceInputs = map[string]inputs{
	"ConfirmDevice": {
		smallest: func(f *fixture) object {
			access, key := f.newDevice()
			return object{"AccessToken": access, "DeviceKey": key}
		},
		largest: func(f *fixture) object {
			access, key := f.newDevice()
			return object{
				"AccessToken": access, "DeviceKey": key, "DeviceName": "phone",
				"DeviceSecretVerifierConfig": object{"Salt": "AQ==", "PasswordVerifier": "Ag=="},
			}
		},
	},
	"GetDevice":    {smallest: ownDeviceOnly, largest: ownDeviceOnly},
	"ForgetDevice": {smallest: ownDeviceOnly, largest: ownDeviceOnly},
	"UpdateDeviceStatus": {
		smallest: ownDeviceOnly,
		largest:  func(f *fixture) object { return f.ownDevice(object{"DeviceRememberedStatus": "remembered"}) },
	},
	"ListDevices": {
		smallest: func(f *fixture) object {
			access, _ := f.device()
			return object{"AccessToken": access}
		},
		largest: func(f *fixture) object {
			access, _ := f.device()
			f.device()
			return f.secondPage("ListDevices", "PaginationToken", object{"AccessToken": access, "Limit": 1})
		},
	},
	"AdminGetDevice":    {smallest: userDeviceOnly, largest: userDeviceOnly},
	"AdminForgetDevice": {smallest: userDeviceOnly, largest: userDeviceOnly},
	"AdminUpdateDeviceStatus": {
		smallest: userDeviceOnly,
		largest:  func(f *fixture) object { return f.userDevice(object{"DeviceRememberedStatus": "not_remembered"}) },
	},
	"AdminListDevices": {
		smallest: func(f *fixture) object {
			f.device()
			return ofUser(f)
		},
		largest: func(f *fixture) object {
			device := func() string {
				_, key := f.device()
				return key
			}
			in := f.in(object{"Username": f.user(), "Limit": 1})
			return f.secondPage("AdminListDevices", "PaginationToken", in, device, device)
		},
	},
}
