package e2e

// Inputs of devices.

// newDevice signs in from a new device and returns its key and the access token.
// The pool remembers devices as soon as they are confirmed.
func (e *estate) newDevice() (access, key string) {
	e.once("tracking", func() string {
		e.must("UpdateUserPool", e.in(object{
			"AutoVerifiedAttributes": []any{"email"},
			"DeviceConfiguration":    object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false},
		}))
		return "on"
	})
	out := e.must("AdminInitiateAuth",
		e.in(object{"ClientId": e.client(), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": passwords(e)}))
	return dig(out, "AuthenticationResult", "AccessToken"),
		dig(out, "AuthenticationResult", "NewDeviceMetadata", "DeviceKey")
}

// device is a confirmed one.
func (e *estate) device() (access, key string) {
	access, key = e.newDevice()
	e.must("ConfirmDevice", object{"AccessToken": access, "DeviceKey": key, "DeviceName": "phone"})
	return access, key
}

func (e *estate) ownDevice(more object) object {
	access, key := e.device()
	return with(object{"AccessToken": access, "DeviceKey": key}, more)
}

func (e *estate) userDevice(more object) object {
	_, key := e.device()
	return e.in(with(object{"Username": e.user(), "DeviceKey": key}, more))
}

func ownAlone(e *estate) object { return e.ownDevice(nil) }

func userAlone(e *estate) object { return e.userDevice(nil) }

// secondDevices is the token of the second page of two devices.
func (e *estate) secondDevices() string {
	device := func() string { _, key := e.device(); return key }
	return e.token("AdminListDevices", "PaginationToken", e.in(object{"Username": e.user(), "Limit": 1}), device, device)
}

var deviceInputs = map[string]inputs{
	"ConfirmDevice": {
		smallest: func(e *estate) object {
			access, key := e.newDevice()
			return object{"AccessToken": access, "DeviceKey": key}
		},
		largest: func(e *estate) object {
			access, key := e.newDevice()
			return object{
				"AccessToken": access, "DeviceKey": key, "DeviceName": "phone",
				"DeviceSecretVerifierConfig": object{"Salt": "AQ==", "PasswordVerifier": "Ag=="},
			}
		},
	},
	"GetDevice":    {smallest: ownAlone, largest: ownAlone},
	"ForgetDevice": {smallest: ownAlone, largest: ownAlone},
	"UpdateDeviceStatus": {
		smallest: ownAlone,
		largest:  func(e *estate) object { return e.ownDevice(object{"DeviceRememberedStatus": "remembered"}) },
	},
	"ListDevices": {
		smallest: func(e *estate) object { access, _ := e.device(); return object{"AccessToken": access} },
		largest: func(e *estate) object {
			access, _ := e.device()
			e.device()
			page := e.token("ListDevices", "PaginationToken", object{"AccessToken": access, "Limit": 1})
			return object{"AccessToken": access, "Limit": 1, "PaginationToken": page}
		},
	},
	"AdminGetDevice":    {smallest: userAlone, largest: userAlone},
	"AdminForgetDevice": {smallest: userAlone, largest: userAlone},
	"AdminUpdateDeviceStatus": {
		smallest: userAlone,
		largest:  func(e *estate) object { return e.userDevice(object{"DeviceRememberedStatus": "not_remembered"}) },
	},
	"AdminListDevices": {
		smallest: func(e *estate) object { e.device(); return e.in(object{"Username": e.user()}) },
		largest: func(e *estate) object {
			return e.in(object{"Username": e.user(), "Limit": 1, "PaginationToken": e.secondDevices()})
		},
	},
}
