package signin

import (
	"context"
	"log/slog"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Config holds the dependencies and options of an Engine.
type Config struct {
	Store   *store.DB
	Clock   clock.Clock
	Entropy entropy.Source
	Account *account.Flow
	Tokens  *token.Issuer
	Log     *slog.Logger
	// Triggers runs the functions of pools.
	Triggers *trigger.Runner
	// CustomAuthLockout makes wrong answers to custom challenges count in the
	// lock-out even if no password is part of the sign-in. A locked user cannot
	// begin one.
	CustomAuthLockout bool
	// ClientClock is the clock that the TIMESTAMP of clients is compared with:
	// Clock, unless a test drives Clock away from real time.
	ClientClock clock.Clock
	// RequireDeviceSession refuses answers to DEVICE_SRP_AUTH without a Session.
	RequireDeviceSession bool
	// Tiers refuses step-up authentication in pools whose tier lacks it.
	Tiers userpool.TierGating
	// ReleaseSlot, if set, is called when an attempt begins to wait for another
	// attempt on the same user. The function that it returns is called after the
	// wait.
	ReleaseSlot func(ctx context.Context) (back func())
}

// Engine runs sign-ins.
type Engine struct {
	Config
	sessions seal.Tokens
	blocks   seal.Tokens
	decoys   srp.Decoys
	// draws is the key from which the choices of decoys are derived.
	draws seal.Key
	guard *guard
}

// New returns an Engine.
func New(c Config) *Engine {
	root := c.Store.Root()
	return &Engine{
		Config:   c,
		sessions: c.Store.Tokens("signin-session"),
		blocks:   c.Store.Tokens("srp-secret-block"),
		decoys:   srp.NewDecoys(root.Derive("decoy").MAC("srp")),
		draws:    root.Derive("decoy-choice"),
		guard:    newGuard(c.ReleaseSlot),
	}
}

// Start is the input of InitiateAuth or AdminInitiateAuth, in domain types.
type Start struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	Admin  bool
	Flow   string
	Params map[string]string
	// Session is the Session of a ConfirmSignUp, for USER_AUTH.
	Session string
	// Metadata is ClientMetadata. At the start of a sign-in it goes only to the
	// functions that run first, as validation data.
	Metadata map[string]string
	// Targets are the assurance levels that a sign-in on a page requests, in
	// order.
	Targets []userpool.Level
	// Devices are what the browser of a page holds of remembered devices.
	Devices []PageDevice
	page    bool // see StartPage
}

// Answer is the input of RespondToAuthChallenge or AdminRespondToAuthChallenge,
// in domain types.
type Answer struct {
	Pool      *userpool.Pool
	Client    *userpool.Client
	Admin     bool
	Challenge string
	Session   string
	Responses map[string]string
	// Metadata is ClientMetadata, for every function that runs in this call.
	Metadata map[string]string
	// Devices are as in Start. Remember is whether the user of a page wants the browser
	// to be remembered.
	Devices  []PageDevice
	Remember bool
	page     bool // see AnswerPage
}

// Outcome is the next challenge, or the end of the sign-in if Tokens is set or,
// on a page, Proof.
type Outcome struct {
	Challenge  string
	Session    string
	Parameters map[string]string
	// Available are the challenges of USER_AUTH that are available to the user.
	Available []string
	// FirstFactor is set with a challenge for a code that is the first factor.
	FirstFactor bool
	Tokens      *token.Set
	// NewDevice is set with Tokens if the pool tracks devices and the device is
	// unknown.
	NewDevice *NewDevice
	Proof     *Proof
	// Destinations are where codes of the factors in a list go, masked; only for
	// pages.
	Destinations map[string]string
}

// flow is one AuthFlow: which operations accept it (self, admin), which
// explicit auth flow enables it, the error if it is disabled, its required
// parameters and its first step. Source of the texts: guide page
// authentication; UI libraries match on them.
type flow struct {
	self, admin bool
	enabledBy   string
	disabled    *fault.Fault
	required    []string
	run         func(*Engine, context.Context, *Start) (Outcome, error)
}

func disabled(text string) *fault.Fault { return fault.New(fault.InvalidParameter, text) }

var adminPassword = flow{
	admin: true, enabledBy: "ADMIN_USER_PASSWORD_AUTH",
	disabled: disabled("Auth flow not enabled for this client"),
	required: []string{paramUsername, paramPassword}, run: (*Engine).startPassword,
}

var refreshDisabled = disabled("REFRESH_TOKEN_AUTH flow not enabled for this client")

var refresh = flow{
	self: true, admin: true, enabledBy: "REFRESH_TOKEN_AUTH",
	disabled: refreshDisabled,
	required: []string{paramRefreshToken}, run: (*Engine).startRefresh,
}

var flows = map[string]flow{
	"USER_SRP_AUTH": {
		self: true, admin: true, enabledBy: "USER_SRP_AUTH",
		disabled: disabled("USER_SRP_AUTH is not enabled for the client."),
		required: []string{paramUsername, paramSRPA}, run: (*Engine).startSRP,
	},
	"USER_PASSWORD_AUTH": {
		self: true, enabledBy: "USER_PASSWORD_AUTH",
		disabled: disabled("USER_PASSWORD_AUTH flow not enabled for this client"),
		required: []string{paramUsername, paramPassword}, run: (*Engine).startPassword,
	},
	"ADMIN_USER_PASSWORD_AUTH": adminPassword,
	"ADMIN_NO_SRP_AUTH":        adminPassword,
	"REFRESH_TOKEN_AUTH":       refresh,
	"REFRESH_TOKEN":            refresh,
	flowCustom: {
		self: true, admin: true, enabledBy: flowCustom,
		disabled: disabled("CUSTOM_AUTH is not enabled for the client."),
		required: []string{paramUsername}, run: (*Engine).startCustom,
	},
	"USER_AUTH": {
		self: true, admin: true, enabledBy: "USER_AUTH",
		disabled: disabled("USER_AUTH flow not enabled for this client"),
		required: []string{paramUsername}, run: (*Engine).startUserAuth,
	},
}

// The keys of AuthParameters and ChallengeResponses.
const (
	paramUsername     = "USERNAME"
	paramPassword     = "PASSWORD"
	paramSRPA         = "SRP_A"
	paramRefreshToken = "REFRESH_TOKEN"
	paramSecretHash   = "SECRET_HASH"
	paramDeviceKey    = "DEVICE_KEY"
	paramNewPassword  = "NEW_PASSWORD"
	paramUserID       = "USER_ID_FOR_SRP"
)

// Start begins a sign-in.
func (e *Engine) Start(ctx context.Context, s Start) (Outcome, error) {
	f, ok := flows[s.Flow]
	if !ok || s.Admin && !f.admin || !s.Admin && !f.self {
		return Outcome{}, fault.AuthMethodNotSupported
	}
	if !s.Client.Allows(f.enabledBy) {
		return Outcome{}, f.disabled
	}
	if err := need(s.Params, f.required...); err != nil {
		return Outcome{}, err
	}
	if s.Params[paramTargets] != "" && s.Flow != flowUserAuth {
		return Outcome{}, targetsOfOtherFlow
	}
	return f.run(e, ctx, &s)
}

// challenge is one ChallengeName: its required responses and its step.
type challenge struct {
	required []string
	run      func(*Engine, context.Context, *Answer) (Outcome, error)
}

// Challenges about the password.
const (
	challengeVerifier    = "PASSWORD_VERIFIER"
	challengeNewPassword = "NEW_PASSWORD_REQUIRED"
)

// A function, because a variable would be an initialization cycle: the steps
// refer to Answer.
func challenges() map[string]challenge {
	return map[string]challenge{
		challengeVerifier: {
			required: []string{paramUsername, paramClaimSignature, paramClaimBlock, paramTimestamp},
			run:      (*Engine).answerVerifier,
		},
		challengeNewPassword: {
			required: []string{paramUsername, paramNewPassword},
			run:      (*Engine).answerNewPassword,
		},
		challengeToken:  {required: []string{paramUsername, paramTokenCode}, run: (*Engine).answerToken},
		challengeSMS:    {required: []string{paramUsername}, run: (*Engine).answerCode},
		challengeEmail:  {required: []string{paramUsername}, run: (*Engine).answerCode},
		challengeSelect: {required: []string{paramUsername, paramAnswer}, run: (*Engine).answerSelect},
		challengeSetup:  {required: []string{paramUsername}, run: (*Engine).answerSetup},
		challengeDevice: {
			required: []string{paramUsername, paramDeviceKey, paramSRPA},
			run:      (*Engine).answerDevice,
		},
		challengeDeviceVerifier: {
			required: []string{paramUsername, paramDeviceKey, paramClaimSignature, paramClaimBlock, paramTimestamp},
			run:      (*Engine).answerDeviceVerifier,
		},
		challengeCustom: {required: []string{paramUsername, paramAnswer}, run: (*Engine).answerCustom},

		challengeChoose:      {required: []string{paramUsername}, run: (*Engine).answerChoice},
		challengePassword:    {required: []string{paramUsername}, run: (*Engine).answerChoice},
		challengePasswordSRP: {required: []string{paramUsername}, run: (*Engine).answerChoice},
		challengeSMSCode:     {required: []string{paramUsername, paramSMSOTPCode}, run: (*Engine).answerOTP},
		challengePasskey:     {required: []string{paramUsername, paramCredential}, run: (*Engine).answerPasskey},
	}
}

// Answer runs the step of the challenge that the client has answered.
func (e *Engine) Answer(ctx context.Context, a Answer) (Outcome, error) {
	c, ok := challenges()[a.Challenge]
	if !ok {
		return Outcome{}, fault.Newf(fault.UnsupportedOperation,
			"Challenge %s is not built in this version.", a.Challenge)
	}
	if err := need(a.Responses, c.required...); err != nil {
		return Outcome{}, err
	}
	for _, name := range []string{paramTargets, paramMaxAge, paramAccessToken} {
		if a.Responses[name] != "" {
			return Outcome{}, fault.Invalid("%s is accepted only when a sign-in begins.", name)
		}
	}
	return c.run(e, ctx, &a)
}

// need returns a fault for the first parameter that is missing.
func need(params map[string]string, names ...string) error {
	for _, n := range names {
		if params[n] == "" {
			return fault.MissingParameter(n)
		}
	}
	return nil
}
