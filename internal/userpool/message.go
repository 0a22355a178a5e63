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
	Code, Link    string // what the body carries, for dev mode's mailbox
	TriggerSource string // as in the custom message trigger, such as CustomMessage_SignUp
	Created       time.Time
	Attempts      int
	// Leased is until when no other worker gets a claimed message.
	Leased time.Time `json:"-"`
}

// Delivery is where a code went, with the destination masked: the API's
// CodeDeliveryDetails.
type Delivery struct {
	Destination string
	Medium      Medium
	Attribute   string
}
