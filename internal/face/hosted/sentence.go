package hosted

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

// sentences are the messages of faults by the key of the text that says the same in
// other languages. In English the messages are shown as they are: clients match on them.
// {attribute} stands for the name of an attribute, {any} for what the text leaves out.
var sentences = map[string][]string{
	"fault.signIn": {
		"Incorrect username or password.", "User does not exist.", "Username/client id combination not found.",
		"Exception migrating user in app client {any}",
	},
	"fault.attempts": {
		"Password attempts exceeded", "Attempt limit exceeded, please try after some time.", "Too many requests",
		"Rate exceeded",
	},
	"fault.wait":        {"Wait half a minute before you request another code."},
	"fault.disabled":    {"User is disabled."},
	"fault.unconfirmed": {"User is not confirmed."},
	"fault.reset":       {"Password reset required for the user"},
	"fault.temporary":   {"Temporary password has expired and must be reset by an administrator."},
	"fault.noReset": {
		"User password cannot be reset in the current state.", "Contact administrator to reset password.",
		"Cannot reset password for the user as there is no registered/verified email or phone_number",
	},
	"fault.userExists": {"User already exists", "User account already exists"},
	"fault.taken": {
		"An account with the given {attribute} already exists.", "An account with the {attribute} already exists.",
	},
	"fault.closed": {"SignUp is not permitted for this user pool"},
	"fault.code": {
		"Invalid verification code provided, please try again.", "Invalid code received for user",
		"Invalid code or auth state for the user.", "Code mismatch and fail enable Software Token MFA",
	},
	"fault.codeOver": {"Invalid code provided, please request a code again."},
	"fault.codeUsed": {"Your software token has already been used once."},
	"fault.confirmed": {
		"User is already confirmed.", "User cannot be confirmed. Current status is {any}",
		"Sign in with the new account.",
	},
	"fault.noCode": {
		"Cannot resend codes. Auto verification not turned on.",
		"Nothing is configured to send messages by {any}.",
	},
	"fault.method": {
		"Software Token MFA has not been enabled by the userPool", "Software Token MFA does not exist for the user.",
		"User has not verified software token mfa", "The user cannot use this MFA method.",
		"The selected challenge is not available.", "This method cannot be set up here.",
		"User does not have delivery config set to turn on {any}", "The pages cannot ask for {any}.",
	},
	"error.over": {
		"Invalid session for the user, session is expired.", "Invalid session for the user.",
		"Invalid session for the user, session can only be used once.", "Invalid session provided",
	},
	"fault.passkeyName": {"The name of a passkey has at most {any} characters."},
	"fault.email":       {"Invalid email address format."},
	"fault.phone":       {"Invalid phone number format."},
	"fault.fixed": {
		"Cannot modify an already provided {attribute}", "Cannot modify the non-mutable attribute {attribute}",
		"user.{attribute}: Attribute cannot be updated.\n{any}",
	},
	"fault.unwritable": {"A client attempted to write unauthorized attribute"},
	"fault.missing": {
		"Missing required parameter {attribute}", "Invalid attributes given, {attribute} is missing",
		"Attributes did not conform to the schema: {attribute}: The attribute is required\n",
	},
	"fault.value":          {"Attributes did not conform to the schema: {attribute}: {any}\n"},
	"fault.passwordShort":  policySentences("Password not long enough"),
	"fault.passwordUpper":  policySentences("Password must have uppercase characters"),
	"fault.passwordLower":  policySentences("Password must have lowercase characters"),
	"fault.passwordNumber": policySentences("Password must have numeric characters"),
	"fault.passwordSymbol": policySentences("Password must have symbol characters"),
	"fault.passwordUsed":   {"Password has previously been used."},
	"fault.username": {
		"1 validation error detected: Value '{any}' at 'username' failed to satisfy constraint: {any}",
		"Username cannot be of email format, since user pool is configured for email alias.",
		"Username cannot be of phone number format, since user pool is configured for phone number alias.",
		"preferred_username cannot be of email format, since user pool is configured for email alias.",
		"preferred_username cannot be of phone number format, since user pool is configured for phone number alias.",
		"preferred_username can only be set once the user is confirmed.",
	},
	"fault.nameEmail":  {"Username should be an email."},
	"fault.namePhone":  {"Username should be a phone number."},
	"fault.nameEither": {"Username should be either an email or a phone number."},
	"fault.nameDiffers": {
		"User {attribute} should be empty or same as username, since username attribute is {any}",
	},
	"fault.noPassword": {
		"1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null",
	},
}

// policySentences are the messages for a password that breaks a rule.
func policySentences(rule string) []string {
	return []string{
		"Password did not conform with policy: " + rule, "Password did not conform with password policy: " + rule,
		"Password does not conform to policy: " + rule,
	}
}

// otherwise are the keys of texts for messages that are not in sentences, by kind.
var otherwise = map[fault.Kind]string{
	fault.InvalidParameter:               "fault.invalid",
	fault.InvalidPassword:                "fault.password",
	fault.PasswordHistoryPolicyViolation: "fault.passwordUsed",
	fault.UserNotFound:                   "fault.signIn",
	fault.UserNotConfirmed:               "fault.unconfirmed",
	fault.PasswordResetRequired:          "fault.reset",
	fault.CodeMismatch:                   "fault.code",
	fault.ExpiredCode:                    "fault.codeOver",
	fault.EnableSoftwareTokenMFA:         "fault.code",
	fault.LimitExceeded:                  "fault.attempts",
	fault.TooManyFailedAttempts:          "fault.attempts",
	fault.TooManyRequests:                "fault.attempts",
	fault.MFAMethodNotFound:              "fault.method",
	fault.SoftwareTokenMFANotFound:       "fault.method",
	fault.CodeDeliveryFailure:            "fault.noCode",
	fault.UsernameExists:                 "fault.userExists",
	fault.AliasExists:                    "fault.userExists",
}

// pattern matches messages with values.
type pattern struct {
	text, key string
	form      *regexp.Regexp
}

// exact are the keys of messages without values, patterns those of messages with values,
// longer ones first: they are more special.
var exact, patterns = readSentences()

var holes = strings.NewReplacer(`\{any\}`, `[\s\S]*`, `\{attribute\}`, `(?P<attribute>[^\n]*?)`)

func readSentences() (exact map[string]string, patterns []pattern) {
	exact = map[string]string{}
	for key, list := range sentences {
		for _, text := range list {
			if !strings.Contains(text, "{") {
				exact[text] = key
				continue
			}
			form := regexp.MustCompile("^" + holes.Replace(regexp.QuoteMeta(text)) + "$")
			patterns = append(patterns, pattern{text, key, form})
		}
	}
	slices.SortFunc(patterns, func(a, b pattern) int {
		return cmp.Or(len(b.text)-len(a.text), strings.Compare(a.text, b.text))
	})
	return exact, patterns
}

// keyOf returns the key of the text for a message, or "", and the name of the attribute
// in the message.
func keyOf(message string) (key, attribute string) {
	if key, ok := exact[message]; ok {
		return key, ""
	}
	for _, p := range patterns {
		if match := p.form.FindStringSubmatch(message); match != nil {
			if i := p.form.SubexpIndex("attribute"); i > 0 {
				attribute = match[i]
			}
			return p.key, attribute
		}
	}
	return "", ""
}

// message returns the message of a fault in a language. In English, and for a function
// of the pool, it is the message itself.
func message(l *locale.Language, f *fault.Fault) string {
	if l == locale.English || f.Kind == fault.UserLambdaValidation {
		return f.Message
	}
	key, attribute := keyOf(f.Message)
	return l.Text(cmp.Or(key, otherwise[f.Kind], "fault.refused"), "attribute", attributeLabel(l, attribute))
}

// attributeLabel returns the name of an attribute in a language. An attribute of the
// pool's own has its own name.
func attributeLabel(l *locale.Language, name string) string {
	name = strings.TrimPrefix(name, "userAttributes.")
	switch name {
	case "email":
		return l.Text("signIn.email")
	case "phone_number":
		return l.Text("signIn.phone")
	}
	if key := "attribute." + name; l.Text(key) != key {
		return l.Text(key)
	}
	return strings.TrimPrefix(name, "custom:")
}
