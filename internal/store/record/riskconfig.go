package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// RiskConfiguration is the configuration of threat protection.
var RiskConfiguration = of("risk_configuration", 1, fromRiskConfiguration, toRiskConfiguration)

type riskConfiguration struct {
	userpool.Resource      `json:"-"`
	CompromisedCredentials *compromisedCredentialsRisk `json:"CompromisedCredentials,omitempty"`
	AccountTakeover        *accountTakeoverRisk        `json:"AccountTakeover,omitempty"`
	Exceptions             *riskExceptions             `json:"Exceptions,omitempty"`
}

type compromisedCredentialsRisk struct {
	EventFilter []string `json:"EventFilter"`
	EventAction string   `json:"EventAction"`
}

type accountTakeoverRisk struct {
	Low    *riskAction          `json:"Low,omitempty"`
	Medium *riskAction          `json:"Medium,omitempty"`
	High   *riskAction          `json:"High,omitempty"`
	Notify *notifyConfiguration `json:"Notify,omitempty"`
}

type riskAction struct {
	EventAction string `json:"EventAction"`
	Notify      bool   `json:"Notify"`
}

type notifyConfiguration struct {
	SourceArn     string       `json:"SourceArn"`
	From          *string      `json:"From,omitempty"`
	ReplyTo       *string      `json:"ReplyTo,omitempty"`
	BlockEmail    *notifyEmail `json:"BlockEmail,omitempty"`
	MfaEmail      *notifyEmail `json:"MfaEmail,omitempty"`
	NoActionEmail *notifyEmail `json:"NoActionEmail,omitempty"`
}

type notifyEmail struct {
	Subject  string  `json:"Subject"`
	HtmlBody *string `json:"HtmlBody,omitempty"`
	TextBody *string `json:"TextBody,omitempty"`
}

type riskExceptions struct {
	BlockedIPRangeList []string `json:"BlockedIPRangeList"`
	SkippedIPRangeList []string `json:"SkippedIPRangeList"`
}

func fromRiskConfiguration(c userpool.RiskConfiguration) riskConfiguration {
	return riskConfiguration{
		CompromisedCredentials: (*compromisedCredentialsRisk)(c.CompromisedCredentials),
		AccountTakeover:        pointerTo(c.AccountTakeover, fromAccountTakeover),
		Exceptions:             (*riskExceptions)(c.Exceptions),
	}
}

func toRiskConfiguration(c riskConfiguration) userpool.RiskConfiguration {
	return userpool.RiskConfiguration{
		CompromisedCredentials: (*userpool.CompromisedCredentialsRisk)(c.CompromisedCredentials),
		AccountTakeover:        pointerTo(c.AccountTakeover, toAccountTakeover),
		Exceptions:             (*userpool.RiskExceptions)(c.Exceptions),
	}
}

func fromAccountTakeover(r userpool.AccountTakeoverRisk) accountTakeoverRisk {
	return accountTakeoverRisk{
		Low: (*riskAction)(r.Low), Medium: (*riskAction)(r.Medium), High: (*riskAction)(r.High),
		Notify: pointerTo(r.Notify, fromNotifyConfiguration),
	}
}

func toAccountTakeover(r accountTakeoverRisk) userpool.AccountTakeoverRisk {
	return userpool.AccountTakeoverRisk{
		Low:    (*userpool.RiskAction)(r.Low),
		Medium: (*userpool.RiskAction)(r.Medium),
		High:   (*userpool.RiskAction)(r.High),
		Notify: pointerTo(r.Notify, toNotifyConfiguration),
	}
}

func fromNotifyConfiguration(c userpool.NotifyConfiguration) notifyConfiguration {
	return notifyConfiguration{
		SourceArn: c.SourceArn, From: c.From, ReplyTo: c.ReplyTo,
		BlockEmail: (*notifyEmail)(c.BlockEmail), MfaEmail: (*notifyEmail)(c.MfaEmail),
		NoActionEmail: (*notifyEmail)(c.NoActionEmail),
	}
}

func toNotifyConfiguration(c notifyConfiguration) userpool.NotifyConfiguration {
	return userpool.NotifyConfiguration{
		SourceArn: c.SourceArn, From: c.From, ReplyTo: c.ReplyTo,
		BlockEmail: (*userpool.NotifyEmail)(c.BlockEmail), MfaEmail: (*userpool.NotifyEmail)(c.MfaEmail),
		NoActionEmail: (*userpool.NotifyEmail)(c.NoActionEmail),
	}
}
