package passkey

import (
	"encoding/hex"
	"math/big"
	"regexp"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// Credential is one passkey of a user.
type Credential struct {
	// ID is CredentialId in bytes; it is unique within a relying party.
	ID []byte
	// PublicKey is a COSE_Key (RFC 9053).
	PublicKey []byte
	SignCount uint32
	// AAGUID is the UUID of the model that the authenticator claims. It is not
	// verified.
	AAGUID string
	// Attachment is platform, cross-platform or empty.
	Attachment string
	// Transports are the transports of the authenticator, such as internal or usb.
	Transports []string
	// BackupEligible reports whether the credential can be synchronized to other
	// devices, which never changes; BackedUp whether it is.
	BackupEligible, BackedUp bool
	// UserVerified reports whether the user was verified at registration.
	UserVerified bool
}

// The bounds of RSA keys: shorter ones are insecure, longer ones are slow.
const (
	minRSABits = 2048
	maxRSABits = 4096
)

// minExponent excludes exponent 1, with which a message is its own signature.
var minExponent = big.NewInt(3)

// checkKey accepts ES256 on P-256 and RS256 only.
func checkKey(cose []byte) error {
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return ErrNotSupported
	}
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		if k.Algorithm == algES256 {
			return nil
		}
	case webauthncose.RSAPublicKeyData:
		bits := new(big.Int).SetBytes(k.Modulus).BitLen()
		exponent := new(big.Int).SetBytes(k.Exponent)
		secure := bits >= minRSABits && bits <= maxRSABits && exponent.Bit(0) == 1 && exponent.Cmp(minExponent) >= 0
		if k.Algorithm == algRS256 && secure {
			return nil
		}
	}
	return ErrNotSupported
}

const maxTransports = 16

var transport = regexp.MustCompile(`^[a-z][a-z-]{0,31}$`)

// transportsOf returns the elements of a client's list that can be names of
// transports.
func transportsOf[T ~string](sent []T) []string {
	var out []string
	for _, t := range sent {
		if s := string(t); transport.MatchString(s) && !slices.Contains(out, s) && len(out) < maxTransports {
			out = append(out, s)
		}
	}
	return out
}

// makers maps the published AAGUIDs of passkey providers to their names.
var makers = map[string]string{
	"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
	"531126d6-e717-415c-9320-3d9aa6967239": "Dashlane",
	"53414d53-554e-4700-0000-000000000000": "Samsung Pass",
	"6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
	"9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
	"adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
	"bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
	"d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
	"dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain (Managed)",
	"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
	"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
}

// FriendlyName returns FriendlyCredentialName: the provider if its AAGUID is
// known, otherwise the kind of authenticator. See docs/divergences MF-5.
func (c Credential) FriendlyName() string {
	switch name, known := makers[c.AAGUID]; {
	case known:
		return name
	case c.Attachment == "platform":
		return "Platform passkey"
	}
	return "Roaming passkey"
}

func formatUUID(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
