package userpool

import "time"

// Medium is how a message is delivered.
type Medium string

// The media.
const (
	Email Medium = "EMAIL"
	SMS   Medium = "SMS"
)

// Message is a rendered message to a user. It is stored sealed in the outbox
// until a sender has accepted it.
type Message struct {
	ID            string
	PoolID        string
	Username      string
	Owner         string // the user's stored username, if Username is an alias
	Medium        Medium
	To            string
	From, ReplyTo string // empty: the sender's default
	Subject, Body string // the body of an e-mail is HTML
	Text          string // plain-text body of an e-mail, if it has its own
	Code, Link    string // contents of the body
	TriggerSource string // as in the custom message trigger, such as CustomMessage_SignUp
	Created       time.Time
	Attempts      int // how often sending was tried
	// Route are further parameters for AWS's senders.
	Route Route
	// Handover is set if the pool has a custom sender for the medium.
	Handover *Handover
}

// Lane is the delivery queue of the message. There is one per medium, and one
// per pool and medium with a custom sender, so that a slow sender delays only
// its own messages.
func (m Message) Lane() string {
	if m.Handover != nil {
		return string(m.Medium) + " " + m.PoolID
	}
	return string(m.Medium)
}

// longestSession is the maximum of AuthSessionValidity, and so of the lifetime
// of a sign-in code.
const longestSession = 15 * time.Minute

// Expires is when the message is useless because its code has expired. Source:
// guide page quotas.
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

// Route are the AWS resources that a message is sent through. Source: API
// reference EmailConfigurationType, SmsConfigurationType.
type Route struct {
	IdentityARN      string // of SES, for pools that send with their own
	ConfigurationSet string // of SES
	Region           string // of SNS
}

// Handover are the inputs of a custom sender besides the code.
type Handover struct {
	ClientID       string // empty for administrators' operations
	SDK            string // the caller's, as events name it
	ClientMetadata map[string]string
	UserAttributes map[string]string
}

// CustomSender is the trigger that replaces delivery by the medium.
func (m Medium) CustomSender() Trigger {
	if m == SMS {
		return CustomSMSSender
	}
	return CustomEmailSender
}

// Delivery is where a code was sent, with a masked destination: the API's
// CodeDeliveryDetails.
type Delivery struct {
	Destination string
	Medium      Medium
	Attribute   string
}
