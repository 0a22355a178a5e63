package record

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Message is a message in the outbox.
var Message = of("message", 1, fromMessage, toMessage)

type message struct {
	ID            string          `json:"ID"`
	PoolID        string          `json:"PoolID"`
	Username      string          `json:"Username"`
	Owner         string          `json:"Owner,omitempty"`
	Medium        userpool.Medium `json:"Medium"`
	To            string          `json:"To"`
	From          string          `json:"From"`
	ReplyTo       string          `json:"ReplyTo"`
	Subject       string          `json:"Subject"`
	Body          string          `json:"Body"`
	Text          string          `json:"Text,omitempty"`
	Code          string          `json:"Code"`
	Link          string          `json:"Link"`
	TriggerSource string          `json:"TriggerSource"`
	Created       time.Time       `json:"Created"`
	Attempts      int             `json:"Attempts"`
	Route         route           `json:"Route,omitzero"`
	Handover      *handover       `json:"Handover,omitempty"`
}

type route struct {
	IdentityARN      string `json:"IdentityARN"`
	ConfigurationSet string `json:"ConfigurationSet"`
	Region           string `json:"Region"`
}

type handover struct {
	ClientID       string            `json:"ClientID"`
	SDK            string            `json:"SDK"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
	UserAttributes map[string]string `json:"UserAttributes"`
}

func fromMessage(m userpool.Message) message {
	return message{
		ID: m.ID, PoolID: m.PoolID, Username: m.Username, Owner: m.Owner, Medium: m.Medium, To: m.To,
		From: m.From, ReplyTo: m.ReplyTo, Subject: m.Subject, Body: m.Body, Text: m.Text, Code: m.Code, Link: m.Link,
		TriggerSource: m.TriggerSource, Created: m.Created, Attempts: m.Attempts,
		Route: route(m.Route), Handover: (*handover)(m.Handover),
	}
}

func toMessage(m message) userpool.Message {
	return userpool.Message{
		ID: m.ID, PoolID: m.PoolID, Username: m.Username, Owner: m.Owner, Medium: m.Medium, To: m.To,
		From: m.From, ReplyTo: m.ReplyTo, Subject: m.Subject, Body: m.Body, Text: m.Text, Code: m.Code, Link: m.Link,
		TriggerSource: m.TriggerSource, Created: m.Created, Attempts: m.Attempts,
		Route: userpool.Route(m.Route), Handover: (*userpool.Handover)(m.Handover),
	}
}
