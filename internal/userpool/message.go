package userpool

import "time"

// Medium is a way to reach a user.
type Medium string

// The media of delivery.
const (
	Email Medium = "EMAIL"
	SMS   Medium = "SMS"
)

// Message is one rendered text on its way to a user. It waits in the outbox,
// sealed, until a sender has taken it.
type Message struct {
	ID            string
	PoolID        string
	Username      string
	Medium        Medium
	To            string
	From, ReplyTo string // empty: the sender's default
	Subject, Body string // an e-mail's body is HTML
	Text          string `json:",omitempty"` // an e-mail's body in plain text, where it has one of its own
	Code, Link    string // what the body carries
	TriggerSource string // as in the custom message trigger, such as CustomMessage_SignUp
	Created       time.Time
	Attempts      int
	// Leased is until when no other worker gets a claimed message.
	Leased time.Time `json:"-"`
	// Route is what AWS's senders need to know beyond the addresses.
	Route Route `json:",omitzero"`
	// Handover is set in pools whose own function sends the message.
	Handover *Handover `json:",omitempty"`
}

// Route says through which resources of AWS a message goes. Source: API
// reference EmailConfigurationType, SmsConfigurationType.
type Route struct {
	IdentityARN      string // of SES, for pools that send with their own
	ConfigurationSet string // of SES
	Region           string // of SNS
}

// Handover is what a custom sender is told besides the code.
type Handover struct {
	ClientID       string            // empty for administrators' operations
	SDK            string            // the caller's, as events name it
	ClientMetadata map[string]string `json:",omitempty"`
	UserAttributes map[string]string
}

// CustomSender is the trigger that replaces the delivery by the medium.
func (m Medium) CustomSender() Trigger {
	if m == SMS {
		return CustomSMSSender
	}
	return CustomEmailSender
}

// Delivery is where a code went, with the destination masked: the API's
// CodeDeliveryDetails.
type Delivery struct {
	Destination string
	Medium      Medium
	Attribute   string
}
