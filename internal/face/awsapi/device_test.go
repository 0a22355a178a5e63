package awsapi_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

var remembersOnPrompt = object{
	"DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true},
}

// devices is a pool that tracks devices, whose users sign in with a device key.
type devices struct {
	*world
	pool, client string
}

func newDevices(t *testing.T, pool object) *devices {
	t.Helper()
	d := &devices{world: newWorld(t)}
	d.pool, d.client = d.mailPool(pool, nil)
	d.confirmed(d.client, "ann")
	d.confirmed(d.client, "bob")
	return d
}

// tokens issues the tokens of a sign-in from a device.
func (d *devices) tokens(name, key string) token.Set {
	d.t.Helper()
	g := token.Grant{DeviceKey: key}
	err := d.db.View(d.t.Context(), func(tx *store.Tx) (err error) {
		g.At = tx.Now
		var failed [3]error
		g.Pool, failed[0] = tx.Pool(d.pool)
		g.Client, failed[1] = tx.Client(d.pool, d.client)
		if err := errors.Join(failed[:2]...); err != nil {
			return err
		}
		g.User, failed[2] = tx.User(g.Pool, name)
		return failed[2]
	})
	if err != nil {
		d.t.Fatal(err)
	}
	set, err := d.gate.Service.(*awsapi.Operations).Tokens.Issue(d.t.Context(), g)
	if err != nil {
		d.t.Fatal(err)
	}
	return set
}

func deviceKey(n int) string { return fmt.Sprintf("us-east-1_01234567-89ab-4cde-8f01-%012x", n) }

// secret returns the verifier of a device's secret, as apps send it.
func secret(t *testing.T) object {
	t.Helper()
	v, err := srp.NewVerifier(entropy.System(), "-group", deviceKey(1), "secret")
	if err != nil {
		t.Fatal(err)
	}
	return object{
		"Salt": base64.StdEncoding.EncodeToString(v.Salt), "PasswordVerifier": base64.StdEncoding.EncodeToString(v.V),
	}
}

// confirm signs in from a device and confirms it.
func (d *devices) confirm(name, key string) (self object, set token.Set) {
	d.t.Helper()
	set = d.tokens(name, key)
	self = object{"AccessToken": set.Access, "DeviceKey": key}
	d.must("ConfirmDevice", with(self, object{"DeviceName": "phone", "DeviceSecretVerifierConfig": secret(d.t)}))
	return self, set
}

func (d *devices) admin(name, key string) object {
	return object{"UserPoolId": d.pool, "Username": name, "DeviceKey": key}
}

// keys returns the device keys in the response of a list operation.
func (d *devices) keys(operation string, in object) (keys []string) {
	d.t.Helper()
	for _, v := range d.must(operation, in)["Devices"].([]any) {
		keys = append(keys, at(v.(object), "DeviceKey").(string))
	}
	return keys
}

const noDevice = "ResourceNotFoundException: Device does not exist."

// The life cycle of a device in a pool where users choose whether to remember
// devices, as users and administrators see it. Source of the differences: the
// integration tests of AWS's Android SDK, which run against the live service.
func TestDeviceLifeCycle(t *testing.T) {
	d := newDevices(t, remembersOnPrompt)
	key := deviceKey(1)
	set := d.tokens("ann", key)
	self, admin := object{"AccessToken": set.Access, "DeviceKey": key}, d.admin("ann", key)
	d.clk.Advance(90 * time.Second)
	answer := d.must("ConfirmDevice",
		with(self, object{"DeviceName": "phone", "DeviceSecretVerifierConfig": secret(t)}))
	if answer["UserConfirmationNecessary"] != true {
		t.Errorf("ConfirmDevice returned %v", answer)
	}
	d.refusal("GetDevice", self, noDevice)
	mine, all := object{"AccessToken": set.Access}, object{"UserPoolId": d.pool, "Username": "ann"}
	if own, every := d.keys("ListDevices", mine), d.keys("AdminListDevices", all); len(own) != 0 || len(every) != 1 {
		t.Errorf("not remembered: the user lists %v, the administrator %v", own, every)
	}
	status := func() string {
		return asJSON(t, at(d.must("AdminGetDevice", admin), "Device.DeviceAttributes"))
	}
	if got := status(); !strings.Contains(got, `{"Name":"dev:device_remembered_status","Value":"not_remembered"}`) {
		t.Errorf("not remembered: %s", got)
	}
	d.must("UpdateDeviceStatus", with(self, object{"DeviceRememberedStatus": "remembered"}))
	d.must("UpdateDeviceStatus", self) // without a status
	shown := at(d.must("GetDevice", self), "Device").(object)
	if got := asJSON(t, shown["DeviceAttributes"]); got != `[{"Name":"device_status","Value":"valid"},`+
		`{"Name":"device_name","Value":"phone"},{"Name":"last_ip_used","Value":"192.0.2.1"}]` {
		t.Errorf("the user reads the attributes %s", got)
	}
	if own := d.keys("ListDevices", mine); len(own) != 1 || own[0] != key || shown["DeviceKey"] != key {
		t.Errorf("remembered: listed %v, got %v", own, shown)
	}
	created, authenticated := shown["DeviceCreateDate"].(float64), shown["DeviceLastAuthenticatedDate"].(float64)
	if created-authenticated != 90 || shown["DeviceLastModifiedDate"] == nil {
		t.Errorf("dates %v, want a creation 90 seconds after the sign-in", shown)
	}
	d.must("AdminUpdateDeviceStatus", with(admin, object{"DeviceRememberedStatus": "not_remembered"}))
	d.refusal("GetDevice", self, noDevice)
	d.must("AdminForgetDevice", admin)
	for _, operation := range []string{"GetDevice", "UpdateDeviceStatus", "ForgetDevice"} {
		d.refusal(operation, self, noDevice)
	}
	for _, operation := range []string{"AdminGetDevice", "AdminUpdateDeviceStatus", "AdminForgetDevice"} {
		d.refusal(operation, admin, noDevice)
	}
}

// A pool that always remembers devices does so at once.
func TestDevicesRememberedAlways(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{}})
	key := deviceKey(1)
	set := d.tokens("ann", key)
	self := object{"AccessToken": set.Access, "DeviceKey": key}
	if answer := d.must("ConfirmDevice", self); answer["UserConfirmationNecessary"] != false {
		t.Errorf("ConfirmDevice returned %v", answer)
	}
	got := asJSON(t, at(d.must("AdminGetDevice", d.admin("ann", key)), "Device.DeviceAttributes"))
	if strings.Contains(got, "device_name") || !strings.Contains(got, `"remembered"`) {
		t.Errorf("confirmed without name and secret: %s", got)
	}
	d.must("ForgetDevice", self)
	if left := d.keys("ListDevices", object{"AccessToken": set.Access}); len(left) != 0 {
		t.Errorf("after ForgetDevice the devices are %v", left)
	}
}

// Only the device of the sign-in can be confirmed, once, and with a valid
// verifier.
func TestConfirmDeviceRefusals(t *testing.T) {
	d := newDevices(t, remembersOnPrompt)
	const (
		invalid   = "InvalidParameterException: Invalid device key given."
		badSecret = "InvalidParameterException: Invalid DeviceSecretVerifierConfig given."
	)
	self := object{"AccessToken": d.tokens("ann", deviceKey(1)).Access, "DeviceKey": deviceKey(1)}
	d.refusal("ConfirmDevice", with(self, object{"DeviceKey": deviceKey(2)}), invalid)
	d.refusal("ConfirmDevice", with(self, object{"AccessToken": d.tokens("ann", "").Access}), invalid)
	d.refusal("ConfirmDevice", with(self, object{"AccessToken": "x"}), "NotAuthorizedException: Invalid Access Token")
	good := secret(t)
	one := base64.StdEncoding.EncodeToString([]byte{1})
	for what, config := range map[string]object{
		"no salt": {"PasswordVerifier": good["PasswordVerifier"]}, "no verifier": {"Salt": good["Salt"]},
		"not base64":                with(good, object{"Salt": "%"}),
		"a verifier for any secret": with(good, object{"PasswordVerifier": one}),
		"text":                      with(good, object{"PasswordVerifier": "secret!"}),
	} {
		_, refused := d.call("ConfirmDevice", with(self, object{"DeviceSecretVerifierConfig": config}))
		if refused != badSecret {
			t.Errorf("%s: %s", what, refused)
		}
	}
	d.must("ConfirmDevice", with(self, object{"DeviceSecretVerifierConfig": good}))
	d.refusal("ConfirmDevice", self, "DeviceKeyExistsException: Device key already exists.")
}

// Of concurrent requests that confirm one device, one succeeds.
func TestConfirmDeviceOnce(t *testing.T) {
	d := newDevices(t, remembersOnPrompt)
	in := object{"AccessToken": d.tokens("ann", deviceKey(1)).Access, "DeviceKey": deviceKey(1)}
	var won atomic.Int32
	var done sync.WaitGroup
	for range 12 {
		done.Go(func() {
			answer := d.send(d.request("ConfirmDevice", in))
			switch {
			case answer.Code == http.StatusOK:
				won.Add(1)
			case !strings.Contains(answer.Body.String(), "DeviceKeyExistsException"):
				t.Errorf("%s", answer.Body)
			}
		})
	}
	done.Wait()
	if won.Load() != 1 {
		t.Errorf("%d requests confirmed the device, want 1", won.Load())
	}
}

// For users and administrators, a device of another user or another pool is an
// unknown device, in every operation.
func TestOthersDevices(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{}})
	self, _ := d.confirm("ann", deviceKey(1))
	d.must("GetDevice", self) // positive control
	bob := object{"AccessToken": d.tokens("bob", deviceKey(2)).Access, "DeviceKey": deviceKey(1)}
	for operation, more := range map[string]object{
		"GetDevice": nil, "UpdateDeviceStatus": {"DeviceRememberedStatus": "not_remembered"}, "ForgetDevice": nil,
	} {
		d.refusal(operation, with(bob, more), noDevice)
		d.refusal("Admin"+operation, with(d.admin("bob", deviceKey(1)), more), noDevice)
	}
	other, client := d.mailPool(object{"DeviceConfiguration": object{}}, nil)
	d.confirmed(client, "ann")
	d.refusal("AdminGetDevice", object{"UserPoolId": other, "Username": "ann", "DeviceKey": deviceKey(1)}, noDevice)
	d.refusal("AdminForgetDevice", object{"UserPoolId": other, "Username": "ann", "DeviceKey": deviceKey(1)}, noDevice)
	// Bob cannot confirm the device of ann's sign-in.
	d.refusal("ConfirmDevice", bob, "InvalidParameterException: Invalid device key given.")
	d.must("GetDevice", self)
}

func TestDevicesOfUnknownUsersAndPoolsWithoutTracking(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{}})
	nobody := d.admin("nobody", deviceKey(1))
	d.refusal("AdminGetDevice", nobody, "ResourceNotFoundException: User does not exist.")
	d.refusal("AdminListDevices", object{"UserPoolId": d.pool, "Username": "nobody"},
		"ResourceNotFoundException: User does not exist.")
	d.refusal("AdminForgetDevice", nobody, "UserNotFoundException: User does not exist.")
	d.refusal("AdminUpdateDeviceStatus", nobody, "UserNotFoundException: User does not exist.")
	self, _ := d.confirm("ann", deviceKey(1))
	d.must("UpdateUserPool", object{"UserPoolId": d.pool, "AutoVerifiedAttributes": []string{"email"}})
	const untracked = "InvalidUserPoolConfigurationException: User pool does not track devices."
	for _, operation := range []string{"ConfirmDevice", "GetDevice", "UpdateDeviceStatus", "ForgetDevice"} {
		d.refusal(operation, self, untracked)
	}
	d.refusal("ListDevices", object{"AccessToken": self["AccessToken"]}, untracked)
	for _, operation := range []string{"AdminGetDevice", "AdminUpdateDeviceStatus", "AdminForgetDevice"} {
		d.refusal(operation, d.admin("ann", deviceKey(1)), untracked)
	}
	d.refusal("AdminListDevices", object{"UserPoolId": d.pool, "Username": "ann"}, untracked)
}

// A disabled user's token cannot read or change devices.
func TestDevicesOfDisabledUsers(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{}})
	self, _ := d.confirm("ann", deviceKey(1))
	fresh := object{"AccessToken": d.tokens("ann", deviceKey(2)).Access, "DeviceKey": deviceKey(2)}
	d.must("AdminDisableUser", object{"UserPoolId": d.pool, "Username": "ann"})
	d.refusal("ConfirmDevice", fresh, "NotAuthorizedException: User is disabled.")
	for _, operation := range []string{"GetDevice", "UpdateDeviceStatus", "ForgetDevice"} {
		d.refusal(operation, self, "NotAuthorizedException: User is disabled.")
	}
	d.must("AdminGetDevice", d.admin("ann", deviceKey(1)))
}

// Both refresh operations require the device of the sign-in, and the log has the
// reason of a refusal.
func TestRefreshByDevice(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{}})
	key := deviceKey(1)
	self, set := d.confirm("ann", key)
	requests := map[string]func(device string) object{
		"InitiateAuth": func(device string) object {
			in := object{"REFRESH_TOKEN": set.Refresh}
			if device != "" {
				in["DEVICE_KEY"] = device
			}
			return object{"ClientId": d.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": in}
		},
		"GetTokensFromRefreshToken": func(device string) object {
			in := object{"ClientId": d.client, "RefreshToken": set.Refresh}
			if device != "" {
				in["DeviceKey"] = device
			}
			return in
		},
	}
	const invalid = "NotAuthorizedException: Invalid Refresh Token"
	for operation, in := range requests {
		access := at(d.must(operation, in(key)), "AuthenticationResult.AccessToken").(string)
		body, err := base64.RawURLEncoding.DecodeString(strings.Split(access, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims object
		if err := json.Unmarshal(body, &claims); err != nil || claims["device_key"] != key {
			t.Errorf("%s: claims %v, %v", operation, claims, err)
		}
		d.refusal(operation, in(""), invalid)
		answer := d.send(d.request(operation, in(deviceKey(2))))
		if answer.Code != http.StatusBadRequest {
			t.Errorf("%s with another device: %d %s", operation, answer.Code, answer.Body)
		}
		id := answer.Header().Get("X-Amzn-Requestid")
		found := false
		for line := range strings.Lines(d.log.String()) {
			found = found || id != "" && strings.Contains(line, id) && strings.Contains(line, "issued to device "+key)
		}
		if !found || strings.Contains(answer.Body.String(), "device") {
			t.Errorf("%s: request %s is refused with %s, and the log does not have the reason",
				operation, id, answer.Body)
		}
	}
	d.must("ForgetDevice", self)
	for operation, in := range requests {
		d.refusal(operation, in(key), invalid)
	}
	// The access token stays valid, but cannot confirm the device again.
	d.refusal("ConfirmDevice", self, "InvalidParameterException: Invalid device key given.")
	for operation, in := range requests {
		d.refusal(operation, in(key), invalid)
	}
}

// A page is filled with devices that the user can see, however many others are in
// between.
func TestListDevicesFillsPages(t *testing.T) {
	d := newDevices(t, remembersOnPrompt)
	var access string
	for n := range 12 {
		self, set := d.confirm("ann", deviceKey(n))
		access = set.Access
		if n%4 == 3 {
			d.must("UpdateDeviceStatus", with(self, object{"DeviceRememberedStatus": "remembered"}))
		}
	}
	first := d.must("ListDevices", object{"AccessToken": access, "Limit": 2})
	second := d.must("ListDevices",
		object{"AccessToken": access, "Limit": 2, "PaginationToken": first["PaginationToken"]})
	n, m := len(first["Devices"].([]any)), len(second["Devices"].([]any))
	if n != 2 || m != 1 || second["PaginationToken"] != nil {
		t.Errorf("%d and %d devices, then %v", n, m, second["PaginationToken"])
	}
	if got := len(d.keys("ListDevices", object{"AccessToken": access, "Limit": 0})); got != 3 {
		t.Errorf("Limit 0 lists %d devices, want 3", got)
	}
	if got := len(d.keys("AdminListDevices", object{"UserPoolId": d.pool, "Username": "ann"})); got != 12 {
		t.Errorf("the administrator lists %d devices, want 12", got)
	}
	// A page token of one user is invalid for another.
	d.refusal("ListDevices",
		object{"AccessToken": d.tokens("bob", "").Access, "PaginationToken": first["PaginationToken"]},
		"InvalidParameterException: Invalid pagination token.")
}

// A sign-in without a device key returns the key of a new device, with which the
// app confirms it. A null DEVICE_KEY is an absent one.
func TestSignInFromANewDevice(t *testing.T) {
	d := newDevices(t, object{"DeviceConfiguration": object{}})
	start := func(more object) object {
		return object{
			"ClientId": d.client, "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": with(object{"USERNAME": "ann", "PASSWORD": "Right-Passw0rd"}, more),
		}
	}
	out := d.must("InitiateAuth", start(object{"DEVICE_KEY": nil}))
	result := out["AuthenticationResult"].(object)
	device, ok := result["NewDeviceMetadata"].(object)
	if !ok || at(device, "DeviceGroupKey") == "" || len(device) != 2 {
		t.Fatalf("no new device in %v", result)
	}
	key := at(device, "DeviceKey").(string)
	d.must("ConfirmDevice",
		object{"AccessToken": result["AccessToken"], "DeviceKey": key, "DeviceSecretVerifierConfig": secret(t)})
	out = d.must("InitiateAuth", start(object{"DEVICE_KEY": key}))
	if out["ChallengeName"] != "DEVICE_SRP_AUTH" || out["AuthenticationResult"] != nil || out["Session"] == nil {
		t.Errorf("a sign-in from the device returned %v, want DEVICE_SRP_AUTH", out)
	}
	d.refusal("InitiateAuth", start(object{"DEVICE_KEY": deviceKey(9)}), noDevice)
	d.refusal("RespondToAuthChallenge", object{
		"ClientId": d.client, "ChallengeName": "DEVICE_SRP_AUTH", "Session": out["Session"],
		"ChallengeResponses": object{"USERNAME": "ann", "DEVICE_KEY": key},
	}, "InvalidParameterException: Missing required parameter SRP_A")
	refresh := object{"ClientId": d.client, "RefreshToken": result["RefreshToken"]}
	d.refusal("GetTokensFromRefreshToken", refresh, "NotAuthorizedException: Invalid Refresh Token")
	out = d.must("GetTokensFromRefreshToken", with(refresh, object{"DeviceKey": key}))
	if out["AuthenticationResult"].(object)["NewDeviceMetadata"] != nil {
		t.Errorf("a refresh returned a new device: %v", out)
	}
}
