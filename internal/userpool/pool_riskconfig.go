package userpool

import (
	"net/netip"
	"regexp"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// PoolRisk is the ID of the risk configuration of a whole pool. That of a
// client has the client's id, which is never "*".
const PoolRisk = "*"

// RiskConfiguration is the configuration of threat protection. That of a client
// replaces that of the pool as a whole. Source: guide page
// cognito-user-pool-settings-threat-protection.
type RiskConfiguration struct {
	Resource
	CompromisedCredentials *CompromisedCredentialsRisk
	AccountTakeover        *AccountTakeoverRisk
	Exceptions             *RiskExceptions
}

// CompromisedCredentialsRisk is the action on a compromised password.
type CompromisedCredentialsRisk struct {
	EventFilter []string
	EventAction string // BLOCK or NO_ACTION
}

// AccountTakeoverRisk is the action on each level of risk.
type AccountTakeoverRisk struct {
	Low, Medium, High *RiskAction
	Notify            *NotifyConfiguration
}

// RiskAction is the action on one level of risk.
type RiskAction struct {
	EventAction string // BLOCK, MFA_IF_CONFIGURED, MFA_REQUIRED or NO_ACTION
	Notify      bool
}

// NotifyConfiguration is the mail that notifies users of a risk.
type NotifyConfiguration struct {
	SourceArn                           string
	From, ReplyTo                       *string
	BlockEmail, MfaEmail, NoActionEmail *NotifyEmail
}

// NotifyEmail is the text of one mail.
type NotifyEmail struct {
	Subject            string
	HtmlBody, TextBody *string
}

// RiskExceptions are CIDR prefixes that are always blocked or never assessed.
type RiskExceptions struct {
	BlockedIPRangeList, SkippedIPRangeList []string
}

// riskEvents are the events in which compromised credentials are detected,
// unless the configuration lists fewer.
var riskEvents = []string{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"}

// Inherits reports whether r is an empty configuration of a client, which means
// that the pool's applies.
func (r *RiskConfiguration) Inherits() bool { return r.ID != PoolRisk && r.empty() }

func (r *RiskConfiguration) empty() bool {
	return r.CompromisedCredentials == nil && r.AccountTakeover == nil && r.Exceptions == nil
}

// Complete sets defaults and refuses invalid settings. An empty configuration
// of a pool is Cognito's default: block all detected risks, without notifying
// users. Source: guide page cognito-user-pool-settings-threat-protection,
// "Cognito defaults". See docs/divergences PC-21 and PC-23.
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

// checkRanges accepts prefixes only, no plain addresses.
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

// ThreatProtection reports whether it is enabled, including in audit mode.
func (s *PoolSettings) ThreatProtection() bool {
	return s.UserPoolAddOns != nil && s.UserPoolAddOns.AdvancedSecurityMode != "OFF"
}
