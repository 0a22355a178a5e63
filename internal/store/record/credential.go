package record

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Credential is the verifier of a password. A new password replaces the whole
// document: members that a newer version stored for the old one must not remain.
var Credential = of("credential", 1, fromCredential, toCredential)

type credential struct {
	Salt      []byte         `json:"Salt"`
	Verifier  []byte         `json:"Verifier"`
	SetAt     time.Time      `json:"SetAt"`
	Temporary bool           `json:"Temporary"`
	History   []pastPassword `json:"History,omitempty"`
}

type pastPassword struct {
	Salt     []byte `json:"Salt"`
	Verifier []byte `json:"Verifier"`
}

func fromCredential(c userpool.Credential) credential {
	return credential{
		Salt: c.Salt, Verifier: c.Verifier, SetAt: c.SetAt, Temporary: c.Temporary,
		History: listOf(c.History, func(p userpool.PastPassword) pastPassword { return pastPassword(p) }),
	}
}

func toCredential(c credential) userpool.Credential {
	return userpool.Credential{
		Salt: c.Salt, Verifier: c.Verifier, SetAt: c.SetAt, Temporary: c.Temporary,
		History: listOf(c.History, func(p pastPassword) userpool.PastPassword { return userpool.PastPassword(p) }),
	}
}
