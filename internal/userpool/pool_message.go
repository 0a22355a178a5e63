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
	Owner         string // the user's name in the store, where Username is another name to sign in with
	Medium        Medium
	To            string
	From, ReplyTo string // empty: the sender's default
	Subject, Body string // an e-mail's body is HTML
	Text          string // an e-mail's body in plain text, where it has one of its own
	Code, Link    string // what the body carries
	TriggerSource string // as in the custom message trigger, such as CustomMessage_SignUp
	Created       time.Time
	Attempts      int // how often it was sent, in vain but for the last
	// Route is what AWS's senders need to know beyond the addresses.
	Route Route
	// Handover is set in pools whose own function sends the message.
	Handover *Handover
}

// Lane names the messages that one sender takes, so that they wait for each
// other and for no others: those of a medium or, where a pool's own function
// sends them, of a medium in that pool.
func (m Message) Lane() string {
	if m.Handover != nil {
		return string(m.Medium) + " " + m.PoolID
	}
	return string(m.Medium)
}

// longestSession is the most that AuthSessionValidity allows, and with it the
// life of a sign-in code.
const longestSession = 15 * time.Minute

// Expires is when the message can be of no more use, because its code has
// expired. Source: guide page quotas.
func (m Message) Expires() time.Time {
	switch m.TriggerSource {
	case "CustomMessage_ForgotPassword":
		return m.Created.Add(ResetPassword.Lifetime())
	case "CustomMessage_Authentication":
		return m.Created.Add(longestSession)
	default:
		return m.Created.Add(ConfirmSignUp.Lifetime())
	}
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
	ClientID       string // empty for administrators' operations
	SDK            string // the caller's, as events name it
	ClientMetadata map[string]string
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
