package userpool

import (
	"net/netip"
	"regexp"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// PoolRisk is the ID of the risk configuration of a whole pool; that of a
// client has the client's id, which cannot be this.
const PoolRisk = "*"

// RiskConfiguration says what threat protection does. A client's replaces its
// pool's as a whole. Source: guide page cognito-user-pool-settings-threat-protection.
type RiskConfiguration struct {
	Resource
	CompromisedCredentials *CompromisedCredentialsRisk
	AccountTakeover        *AccountTakeoverRisk
	Exceptions             *RiskExceptions
}

// CompromisedCredentialsRisk says what a leaked password leads to.
type CompromisedCredentialsRisk struct {
	EventFilter []string
	EventAction string // BLOCK or NO_ACTION
}

// AccountTakeoverRisk says what each level of risk leads to.
type AccountTakeoverRisk struct {
	Low, Medium, High *RiskAction
	Notify            *NotifyConfiguration
}

// RiskAction is the answer to one level of risk.
type RiskAction struct {
	EventAction string // BLOCK, MFA_IF_CONFIGURED, MFA_REQUIRED or NO_ACTION
	Notify      bool
}

// NotifyConfiguration is the mail that tells users of a risk.
type NotifyConfiguration struct {
	SourceArn                           string
	From, ReplyTo                       *string
	BlockEmail, MfaEmail, NoActionEmail *NotifyEmail
}

// NotifyEmail is the text of such a mail.
type NotifyEmail struct {
	Subject            string
	HtmlBody, TextBody *string
}

// RiskExceptions are CIDR prefixes that are always refused or never rated.
type RiskExceptions struct {
	BlockedIPRangeList, SkippedIPRangeList []string
}

// riskEvents are what compromised credentials are looked for in, unless the
// configuration names fewer.
var riskEvents = []string{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"}

// Inherits reports whether the configuration is a client's that says nothing: its pool's holds then.
func (r *RiskConfiguration) Inherits() bool { return r.ID != PoolRisk && r.empty() }

func (r *RiskConfiguration) empty() bool {
	return r.CompromisedCredentials == nil && r.AccountTakeover == nil && r.Exceptions == nil
}

// Complete fills defaults and refuses what cannot be. A pool's configuration that says nothing is Cognito's default: to
// block whatever is detected, without telling users. Source: guide page
// cognito-user-pool-settings-threat-protection, "Cognito defaults".
// See docs/divergences PC-21 and PC-23.
func (r *RiskConfiguration) Complete() error {
	if r.ID == PoolRisk && r.empty() {
		block := &RiskAction{EventAction: "BLOCK"}
		r.CompromisedCredentials = &CompromisedCredentialsRisk{EventAction: "BLOCK"}
		r.AccountTakeover = &AccountTakeoverRisk{Low: block, Medium: block, High: block}
	}
	if c := r.CompromisedCredentials; c != nil && len(c.EventFilter) == 0 {
		c.EventFilter = riskEvents
	}
	if a := r.AccountTakeover; a != nil && a.Notify != nil {
		if err := a.Notify.check(); err != nil {
			return err
		}
	}
	if e := r.Exceptions; e != nil {
		for _, list := range [][]string{e.BlockedIPRangeList, e.SkippedIPRangeList} {
			if err := checkRanges(list); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkRanges takes prefixes only: an address alone is not one.
func checkRanges(list []string) error {
	for _, r := range list {
		if _, err := netip.ParsePrefix(r); err != nil {
			return fault.Invalid("%s is not an IP range in CIDR notation.", r)
		}
	}
	return nil
}

var identityARN = regexp.MustCompile(`^arn:[\w-]+:ses:[\w-]+:\d{12}:identity/.+$`)

func (n *NotifyConfiguration) check() error {
	if !identityARN.MatchString(n.SourceArn) {
		return fault.New(fault.InvalidEmailRoleAccessPolicy, "SourceArn is not the ARN of an Amazon SES identity.")
	}
	for name, mail := range map[string]*NotifyEmail{
		"BlockEmail": n.BlockEmail, "MfaEmail": n.MfaEmail, "NoActionEmail": n.NoActionEmail,
	} {
		if mail != nil && mail.HtmlBody == nil && mail.TextBody == nil {
			return fault.Invalid("%s needs HtmlBody, TextBody or both.", name)
		}
	}
	return nil
}

// ThreatProtection reports whether it is on, be it in audit mode.
func (s *PoolSettings) ThreatProtection() bool {
	return s.UserPoolAddOns != nil && s.UserPoolAddOns.AdvancedSecurityMode != "OFF"
}
