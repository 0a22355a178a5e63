package deliver

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// The texts of pools that have no template of their own. Source: outputs in
// the service's documentation, except those marked.
const (
	verificationSubject = "Your verification code"
	verificationText    = "Your verification code is {####}. "
	resetText           = "Your password reset code is {####}." // believed
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

// choose picks the template for a code: the pool's own, else the default.
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

// verification is the template of codes that prove an address. A password
// reset has no template of its own, only a default. The texts of the years
// before VerificationMessageTemplate count where that says nothing. Source:
// guide page cognito-user-pool-settings-message-customizations.
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

// sendsLinks reports whether the pool's mail of an occasion carries a link
// instead of a code: only sign-ups do.
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

// signIn is the template of codes for MFA and for signing in. The SMS text is
// the pool's only while MFA is on (guide page user-pool-sms-settings); the
// e-mail text serves both (API_SetUserPoolMfaConfig).
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

// first is the first text that the pool has set, else the fallback.
func first(fallback string, own ...*string) string {
	for _, s := range own {
		if s != nil && *s != "" {
			return *s
		}
	}
	return fallback
}
