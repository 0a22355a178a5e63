package userpool

import "time"

// Purpose is what a one-time code is for. A code is valid for its own purpose
// only.
type Purpose string

// The purposes of codes.
const (
	ConfirmSignUp Purpose = "confirm-sign-up"
	ResetPassword Purpose = "reset-password"
	VerifyEmail   Purpose = "verify-email"
	VerifyPhone   Purpose = "verify-phone_number"
)

// VerifyPurpose is the purpose of codes that verify email or phone_number.
func VerifyPurpose(attribute string) Purpose { return Purpose("verify-" + attribute) }

// Lifetime is how long a code of the purpose is valid: a day, or an hour for
// password resets. Source: guide page quotas.
func (p Purpose) Lifetime() time.Duration {
	if p == ResetPassword {
		return time.Hour
	}
	return 24 * time.Hour
}

// Code is an outstanding one-time code. Only its keyed hash is stored; a newer
// code of the same purpose replaces it.
type Code struct {
	PoolID, Username string
	Purpose          Purpose
	MAC              []byte
	Proof
	Created, Expires time.Time
}

// Proof is what the redemption of a code verifies: that the user can be reached
// at Value.
type Proof struct {
	// Attribute is email or phone_number.
	Attribute string
	// Held is the value of the attribute when the code was sent. If the attribute
	// has changed since, the code is invalid.
	Held string
	// Value is where the code was sent. If it differs from Held, it becomes the
	// attribute's value once the code is redeemed.
	Value string
}

// Pending reports whether the value is not the attribute's yet.
func (p Proof) Pending() bool { return p.Value != p.Held }

// Attempt names a counter of attempts per user and hour.
type Attempt string

// The counters and their limits per hour. Source: guide page quotas.
const (
	AttemptConfirmSignUp   Attempt = "ConfirmSignUp"
	AttemptResendCode      Attempt = "ResendConfirmationCode"
	AttemptForgotPassword  Attempt = "ForgotPassword" // shared by ForgotPassword and ConfirmForgotPassword
	AttemptChangePassword  Attempt = "ChangePassword"
	AttemptAttributeCode   Attempt = "GetUserAttributeVerificationCode"
	AttemptVerifyAttribute Attempt = "VerifyUserAttribute"
	AttemptEmailFactor     Attempt = "EmailMFA"   // counts messages, not responses
	AttemptSignInCode      Attempt = "SignInCode" // counts messages of choice-based sign-in

	// Wrong user codes of devices, by browser and by address, and requests of
	// devices, by client. See docs/divergences OA-92 and OA-93.
	AttemptUserCodeOfBrowser Attempt = "UserCodeOfBrowser"
	AttemptUserCodeOfAddress Attempt = "UserCodeOfAddress"
	AttemptDeviceRequest     Attempt = "DeviceRequest"
)

// Limit is the number of attempts allowed per hour.
func (a Attempt) Limit() int {
	switch a {
	case AttemptConfirmSignUp, AttemptVerifyAttribute:
		return 15
	case AttemptForgotPassword, AttemptEmailFactor, AttemptSignInCode:
		return 20
	case AttemptUserCodeOfBrowser:
		return 10
	case AttemptUserCodeOfAddress:
		return 100
	case AttemptDeviceRequest:
		return 50_000
	default:
		return 5
	}
}

// Lockout is the state of the password lock of one user.
type Lockout struct {
	Failures    int
	LockedUntil time.Time
	LastAttempt time.Time
}

const (
	freeFailures = 5
	maxLock      = 15 * time.Minute
)

// Locked reports whether attempts are refused at now.
func (l Lockout) Locked(now time.Time) bool { return now.Before(l.LockedUntil) }

// Fail returns the state after one more wrong attempt at now: from the fifth
// on, the user is locked for 2^(n-5) seconds, at most fifteen minutes. Fifteen
// minutes without an attempt reset the count. Source: guide page
// authentication.
func (l Lockout) Fail(now time.Time) Lockout {
	if now.Sub(l.LastAttempt) >= maxLock && !l.Locked(now) {
		l = Lockout{}
	}
	l.Failures++
	l.LastAttempt = now
	l.LockedUntil = l.lockedUntil()
	return l
}

// lockedUntil is when the lock of the last attempt ends, zero if there are too
// few failures.
func (l Lockout) lockedUntil() time.Time {
	n := l.Failures - freeFailures
	switch {
	case n < 0:
		return time.Time{}
	case n < 10:
		return l.LastAttempt.Add(min(maxLock, time.Duration(1<<n)*time.Second))
	}
	return l.LastAttempt.Add(maxLock)
}

// Forgive returns the state after an attempt that was counted in advance and
// succeeded: the state before it, unless further attempts were counted.
func (l Lockout) Forgive(before, counted Lockout) Lockout {
	// Stored times have millisecond precision.
	if l.Failures == counted.Failures && l.LastAttempt.UnixMilli() == counted.LastAttempt.UnixMilli() {
		return before
	}
	if l.Failures <= 1 {
		return Lockout{}
	}
	l.Failures--
	l.LockedUntil = l.lockedUntil()
	return l
}
