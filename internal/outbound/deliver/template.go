package deliver

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// The default texts. Source: outputs in the service's documentation, except
// those marked.
const (
	verificationSubject = "Your verification code"
	verificationText    = "Your verification code is {####}. "
	resetText           = "Your password reset code is {####}." // not verified
	linkSubject         = "Your verification link"
	linkText            = "Please click the link below to verify your email address. {##Verify Email##} "
	invitationSubject   = "Your temporary password"
	invitationText      = "Your username is {username} and temporary password is {####}. "
	welcomeSubject      = "Your username" // ours
	welcomeText         = "Your username is {username}."
	signInSubject       = "Your authentication code" // ours
	signInText          = "Your authentication code is {####}. "
)

// template is a subject, which only e-mail has, and a body.
type template struct{ subject, body string }

// choose returns the template for a code: the pool's own, else the default.
func choose(p *userpool.Pool, o Occasion, medium userpool.Medium, passwordless bool) template {
	switch o {
	case Invitation:
		return invitation(p, medium, passwordless)
	case Authentication:
		return signIn(p, medium)
	default:
		return verification(p, o, medium)
	}
}

// verification returns the template of codes that verify an address. A password
// reset has no template of its own, only a default. The members older than
// VerificationMessageTemplate apply where that sets none. Source: guide page
// cognito-user-pool-settings-message-customizations.
func verification(p *userpool.Pool, o Occasion, medium userpool.Medium) template {
	fallback := verificationText
	if o == ForgotPassword {
		fallback = resetText
	}
	v := p.VerificationMessageTemplate
	if medium == userpool.SMS {
		return template{body: first(fallback, v.SmsMessage, p.SmsVerificationMessage)}
	}
	return template{
		subject: first(verificationSubject, v.EmailSubject, p.EmailVerificationSubject),
		body:    first(fallback, v.EmailMessage, p.EmailVerificationMessage),
	}
}

// sendsLinks reports whether the pool's mail of an occasion has a link instead
// of a code, which only sign-ups have.
func sendsLinks(p *userpool.Pool, o Occasion) bool {
	return p.VerificationMessageTemplate.DefaultEmailOption == "CONFIRM_WITH_LINK" && (o == SignUp || o == ResendCode)
}

func linkTemplate(p *userpool.Pool) template {
	v := p.VerificationMessageTemplate
	return template{subject: first(linkSubject, v.EmailSubjectByLink), body: first(linkText, v.EmailMessageByLink)}
}

func invitation(p *userpool.Pool, medium userpool.Medium, passwordless bool) template {
	fallback := template{invitationSubject, invitationText}
	if passwordless {
		fallback = template{welcomeSubject, welcomeText}
	}
	own := p.AdminCreateUserConfig.InviteMessageTemplate
	switch {
	case own == nil:
		return fallback
	case medium == userpool.SMS:
		return template{body: first(fallback.body, own.SMSMessage)}
	default:
		return template{first(fallback.subject, own.EmailSubject), first(fallback.body, own.EmailMessage)}
	}
}

// signIn returns the template of codes for MFA and for signing in. The pool's
// SMS text applies only while MFA is enabled (guide page
// user-pool-sms-settings); its e-mail text applies to both
// (API_SetUserPoolMfaConfig).
func signIn(p *userpool.Pool, medium userpool.Medium) template {
	switch {
	case medium == userpool.SMS && (p.MfaConfiguration == "ON" || p.MfaConfiguration == "OPTIONAL"):
		return template{body: first(signInText, p.SmsAuthenticationMessage)}
	case medium == userpool.Email && p.EmailMfa != nil:
		return template{first(signInSubject, p.EmailMfa.Subject), first(signInText, p.EmailMfa.Message)}
	default:
		return template{signInSubject, signInText}
	}
}

// first returns the first text that is set, else the fallback.
func first(fallback string, own ...*string) string {
	for _, s := range own {
		if s != nil && *s != "" {
			return *s
		}
	}
	return fallback
}
