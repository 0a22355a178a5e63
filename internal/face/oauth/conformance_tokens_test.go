package oauth_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
)

// errorText matches error and error_description (RFC 6749 section 5.2).
var errorText = regexp.MustCompile(`^[\x20-\x21\x23-\x5B\x5D-\x7E]*$`)

func text(detail any) string {
	if p, ok := detail.(hostedtest.Page); ok {
		return fmt.Sprintf("%d %v %.500s", p.Status, p.Location, p.Body)
	}
	return fmt.Sprint(detail)
}

// send posts a form to the token endpoint, with the client's authentication.
func (r *rp) send(form url.Values) hostedtest.Page {
	b := r.w.Browser()
	if r.secretPost {
		form.Set("client_id", r.client)
		form.Set("client_secret", hostedtest.Secret)
	} else {
		b.Header.Set("Authorization", basic(r.client, hostedtest.Secret))
	}
	return b.Post("/oauth2/token", form)
}

// redeem redeems a code; values are further parameters.
func (r *rp) redeem(code string, values ...string) members {
	return r.tokens(r.send(r.redemption(code, values...)))
}

func (r *rp) redemption(code string, values ...string) url.Values {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {hostedtest.Callback},
	}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return form
}

// tokens checks a successful response of the token endpoint.
func (r *rp) tokens(p hostedtest.Page) members {
	r.must("CheckTokenEndpointHttpStatus200", p.Status == 200, p)
	got := object(r.w.T, p.Body)
	r.must("CheckForAccessTokenValue", got["access_token"] != nil, p)
	seconds, isNumber := got["expires_in"].(float64)
	r.fail("ValidateExpiresIn", isNumber && seconds > 0, p)
	r.must("ExtractIdTokenFromTokenResponse", got["id_token"] != nil, p)
	r.fail("CheckTokenEndpointReturnedJsonContentType",
		strings.HasPrefix(p.Header.Get("Content-Type"), "application/json"), p.Header)
	r.fail("CheckTokenEndpointCacheHeaders", strings.Contains(p.Header.Get("Cache-Control"), "no-store"), p.Header)
	r.fail("CheckTokenTypeIsBearer", got["token_type"] == "Bearer", p)
	return got
}

// notRedeemed checks that the token endpoint answers invalid_grant.
func (r *rp) notRedeemed(p hostedtest.Page) {
	r.fail("CheckTokenEndpointHttpStatus400", p.Status == 400, p)
	r.fail("CheckTokenEndpointReturnedJsonContentType",
		strings.HasPrefix(p.Header.Get("Content-Type"), "application/json"), p.Header)
	got := object(r.w.T, p.Body)
	r.fail("CheckErrorFromTokenEndpointResponseErrorInvalidGrant", got["error"] == "invalid_grant", p)
	description, _ := got["error_description"].(string)
	r.fail("ValidateErrorDescriptionFromTokenEndpointResponseError", errorText.MatchString(description), p)
}

// idToken is PerformStandardIdTokenChecks: it verifies an ID token and returns
// its claims.
func (r *rp) idToken(token any) members {
	parts := strings.Split(token.(string), ".")
	r.fail("ValidateIdTokenSignature", r.signed(parts), token)
	c := claims(r.w.T, token)
	now := r.w.Clock.Now()
	near := func(name string, from, to time.Duration) bool {
		seconds, ok := c[name].(float64)
		at := time.Unix(int64(seconds), 0)
		return ok && !at.Before(now.Add(from)) && !at.After(now.Add(to))
	}
	acr, hasACR := c["acr"]
	const skew, year = 5 * time.Minute, 365 * 24 * time.Hour
	r.fail("ValidateIdToken", c["iss"] == r.server["issuer"] && c["aud"] == r.client &&
		near("exp", -skew, 50*year) && near("iat", -skew, skew) && near("auth_time", -year, skew) &&
		(!hasACR || acr != ""), c)
	identity := members{}
	for name, value := range c {
		if !slices.Contains(protocolClaims, name) {
			identity[name] = value
		}
	}
	r.fail("ValidateIdTokenStandardClaims", invalidClaim(identity, now) == "", invalidClaim(identity, now))
	nonce, _ := c["nonce"].(string)
	r.fail("ValidateIdTokenNonce", nonce == r.nonce, c)
	sub, _ := c["sub"].(string)
	r.fail("CheckForSubjectInIdToken", printable.MatchString(sub) && len(sub) <= 255, sub)
	return c
}

var printable = regexp.MustCompile(`^[\x20-\x7E]+$`)

// protocolClaims are the claims of an ID token that are no claims about the user.
var protocolClaims = []string{
	"iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "c_hash", "at_hash", "jti", "nbf",
}

// signed verifies the RS256 signature of a token with the key that its header
// names, by the key set of the server alone.
func (r *rp) signed(parts []string) bool {
	header := object(r.w.T, decode(r.w.T, parts[0]))
	address, _ := r.server["jwks_uri"].(string)
	set := object(r.w.T, r.b.Get(strings.TrimPrefix(address, hostedtest.PublicURL)).Body)
	for _, k := range set["keys"].([]any) {
		key := k.(members)
		if key["kid"] != header["kid"] || key["kty"] != "RSA" || key["alg"] != header["alg"] || key["use"] != "sig" {
			continue
		}
		public := rsa.PublicKey{
			N: new(big.Int).SetBytes([]byte(decode(r.w.T, key["n"].(string)))),
			E: int(new(big.Int).SetBytes([]byte(decode(r.w.T, key["e"].(string)))).Int64()),
		}
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		signature := []byte(decode(r.w.T, parts[2]))
		return rsa.VerifyPKCS1v15(&public, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}

// hashed checks at_hash, if the ID token has one.
func (r *rp) hashed(id, response members) {
	sum := sha256.Sum256([]byte(response["access_token"].(string)))
	want := base64.RawURLEncoding.EncodeToString(sum[:16])
	r.fail("ValidateAtHash", id["at_hash"] == nil || id["at_hash"] == want, id)
}

// userInfo calls the userInfo endpoint by GET and checks that the subject is that
// of the ID token.
func (r *rp) userInfo(response, id members) members {
	return r.described(r.bearer(response).Get("/oauth2/userInfo"), id)
}

func (r *rp) bearer(response members) *hostedtest.Browser {
	b := r.w.Browser()
	b.Header.Set("Authorization", "Bearer "+response["access_token"].(string))
	return b
}

// described checks a response of the userInfo endpoint.
func (r *rp) described(p hostedtest.Page, id members) members {
	r.must("EnsureHttpStatusCodeIs200", p.Status == 200, p)
	r.fail("EnsureContentTypeJson", strings.HasPrefix(p.Header.Get("Content-Type"), "application/json"), p.Header)
	got := object(r.w.T, p.Body)
	invalid := invalidClaim(got, r.w.Clock.Now())
	r.fail("ValidateUserInfoStandardClaims", invalid == "", invalid+" in "+p.Body)
	r.fail("VerifyUserInfoAndIdTokenInTokenEndpointSameSub", got["sub"] != nil && got["sub"] == id["sub"], p)
	return got
}

// scopeClaims are the claims of each scope. Source: OpenID Connect Core section
// 5.4.
var scopeClaims = map[string][]string{
	"openid": {"sub"},
	"profile": {
		"name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender",
		"birthdate", "zoneinfo", "locale", "updated_at", "preferred_username",
	},
	"email":   {"email", "email_verified"},
	"address": {"address"},
	"phone":   {"phone_number", "phone_number_verified"},
}

// invalidClaim returns the name of a standard claim whose value has the wrong
// form, or "". Source: OpenID Connect Core section 5.1.
func invalidClaim(claims members, now time.Time) string {
	for name, value := range claims {
		valid := true
		switch name {
		case "email_verified", "phone_number_verified":
			_, valid = value.(bool)
		case "updated_at":
			seconds, ok := value.(float64)
			valid = ok && seconds > 631152000 && int64(seconds) <= now.Add(5*time.Minute).Unix()
		case "address":
			parts, ok := value.(members)
			valid = ok && len(parts) > 0
			for _, part := range parts {
				valid = valid && textClaim(part)
			}
		case "birthdate":
			date, _ := value.(string)
			valid = birthdate.MatchString(date)
		default:
			valid = !isStandard(name) || textClaim(value)
		}
		if !valid {
			return name
		}
	}
	return ""
}

var birthdate = regexp.MustCompile(`^(0000-\d\d-\d\d|(18[5-9]|19\d|20\d)\d(-\d\d-\d\d)?)$`)

func isStandard(name string) bool {
	for _, claims := range scopeClaims {
		if slices.Contains(claims, name) {
			return true
		}
	}
	return false
}

func textClaim(value any) bool {
	s, ok := value.(string)
	return ok && strings.TrimSpace(s) != "" && !strings.EqualFold(s, "null")
}

// entropy is Shannon's entropy of a text in bits, as the suite estimates it.
func entropy(s string) (bits float64) {
	count := map[rune]float64{}
	for _, c := range s {
		count[c]++
	}
	for _, n := range count {
		bits -= n * math.Log2(n/float64(len(s)))
	}
	return bits
}
