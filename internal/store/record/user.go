package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// User is the profile of a user. DecodeProfile is a faster Decode.
var User = of("user", 1, fromUser, toUser)

type user struct {
	Attributes      map[string]string `json:"Attributes"`
	SelfRegistered  bool              `json:"SelfRegistered,omitempty"`
	SignInAttribute string            `json:"SignInAttribute,omitempty"`
	MFAOptions      []mfaOption       `json:"MFAOptions,omitempty"`
	Factors         factors           `json:"Factors,omitzero"`
}

type mfaOption struct {
	DeliveryMedium string `json:"DeliveryMedium"`
	AttributeName  string `json:"AttributeName"`
}

type factors struct {
	Enabled       []userpool.Factor `json:"Enabled,omitempty"`
	Preferred     userpool.Factor   `json:"Preferred,omitempty"`
	SoftwareToken bool              `json:"SoftwareToken,omitempty"`
	TokenName     string            `json:"TokenName,omitempty"`
	Passkey       bool              `json:"Passkey,omitempty"`
}

func fromUser(u userpool.UserProfile) user {
	return user{
		Attributes: u.Attributes, SelfRegistered: u.SelfRegistered, SignInAttribute: u.SignInAttribute,
		MFAOptions: listOf(u.MFAOptions, func(o userpool.MFAOption) mfaOption { return mfaOption(o) }),
		Factors:    factors(u.Factors),
	}
}

func toUser(u user) userpool.UserProfile {
	return userpool.UserProfile{
		Attributes: u.Attributes, SelfRegistered: u.SelfRegistered, SignInAttribute: u.SignInAttribute,
		MFAOptions: listOf(u.MFAOptions, func(o mfaOption) userpool.MFAOption { return userpool.MFAOption(o) }),
		Factors:    userpool.Factors(u.Factors),
	}
}
