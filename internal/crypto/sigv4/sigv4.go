package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	timeFormat = "20060102T150405Z"
	terminator = "aws4_request"
	// defaultSkew is the window of AWS's JSON services.
	defaultSkew = 5 * time.Minute
)

// The codes of Error: names of exceptions without their suffix.
const (
	MissingAuthenticationToken = "MissingAuthenticationToken"
	IncompleteSignature        = "IncompleteSignature"
	InvalidSignature           = "InvalidSignature"
)

// Error is an error with the code and text of AWS.
type Error struct{ Code, Message string }

// Error returns code and text.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

var mismatch = &Error{
	InvalidSignature,
	"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
		"and signing method. Consult the service documentation for details.",
}

// Credential is the scope of a signature. Date has the form 20060102.
type Credential struct{ AccessKeyID, Date, Region, Service string }

func (c Credential) scope() string {
	return c.Date + "/" + c.Region + "/" + c.Service + "/" + terminator
}

// Auth is a parsed Authorization header.
type Auth struct {
	Credential    Credential
	SignedHeaders []string
	Signature     string
}

// ParseAuthorization parses the Authorization header. It verifies nothing.
func ParseAuthorization(h http.Header) (Auth, error) {
	values := h.Values("Authorization")
	if len(values) == 0 || values[0] == "" {
		return Auth{}, &Error{MissingAuthenticationToken, "Missing Authentication Token"}
	}
	if len(values) > 1 {
		return Auth{}, &Error{IncompleteSignature, "Authorization header must appear once."}
	}
	rest, ok := strings.CutPrefix(values[0], algorithm+" ")
	if !ok {
		return Auth{}, &Error{IncompleteSignature, "Unsupported AWS 'algorithm'."}
	}
	fields := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if len(missing) > 0 {
		return Auth{}, &Error{IncompleteSignature, strings.Join(missing, " ")}
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 || scope[4] != terminator || slices.Contains(scope, "") {
		return Auth{}, &Error{
			IncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
		}
	}
	return Auth{
		Credential:    Credential{scope[0], scope[1], scope[2], scope[3]},
		SignedHeaders: strings.Split(fields["SignedHeaders"], ";"),
		Signature:     fields["Signature"],
	}, nil
}

// Options are the scope and the time that Verify requires.
type Options struct {
	Region, Service string
	// Now is the server's time.
	Now time.Time
	// Skew is the largest difference between the time of the request and Now;
	// zero means five minutes.
	Skew time.Duration
}

// Verify verifies the signature of a request whose body has been read. All
// errors about the signature itself take the same work.
func Verify(r *http.Request, body []byte, a Auth, secret string, o Options) error {
	stamp, err := requestTime(r, a)
	if err != nil {
		return err
	}
	if err := checkScope(a.Credential, o); err != nil {
		return err
	}
	if err := checkTime(stamp, a.Credential.Date, o.Now, o.Skew); err != nil {
		return err
	}
	if err := checkPayload(r, body); err != nil {
		return err
	}
	if err := checkHeaders(r, a.SignedHeaders); err != nil {
		return err
	}
	want := sign(r, body, a, secret, stamp.Format(timeFormat))
	if !hmac.Equal([]byte(want), []byte(a.Signature)) {
		return mismatch
	}
	return nil
}

// checkHeaders refuses signed headers that are missing, not in lower case, not
// sorted or repeated, and requests with an unsigned AWS header, such as
// X-Amz-Target, which is the operation. Content-Type may be unsigned, as
// aws4fetch leaves it. Source: guide page create-signed-request of the IAM
// guide. See docs/divergences AR-10.
func checkHeaders(r *http.Request, signed []string) error {
	for i, name := range signed {
		if name != strings.ToLower(name) || name != "host" && len(r.Header.Values(name)) == 0 ||
			i > 0 && name <= signed[i-1] {
			return mismatch
		}
	}
	for name := range r.Header {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "x-amz-") || lower == cloudFrontID {
			continue
		}
		if _, ok := slices.BinarySearch(signed, lower); !ok {
			return notSigned(name)
		}
	}
	return nil
}

// cloudFrontID is the header that CloudFront adds to forwarded requests.
const cloudFrontID = "x-amz-cf-id"

func notSigned(header string) error {
	return &Error{InvalidSignature, "'" + header + "' must be a 'SignedHeader' in the AWS Authorization."}
}

// requestTime returns X-Amz-Date, which must occur once and be signed, as must
// host.
func requestTime(r *http.Request, a Auth) (time.Time, error) {
	if r.URL.Query().Has("X-Amz-Signature") {
		return time.Time{},
			&Error{InvalidSignature, "Authentication must be in the header or in the query, not in both."}
	}
	dates := r.Header.Values("X-Amz-Date")
	if len(dates) != 1 {
		return time.Time{},
			&Error{IncompleteSignature, "Authorization header requires existence of exactly one 'X-Amz-Date' header."}
	}
	for _, name := range []string{"Host", "X-Amz-Date"} {
		if !slices.Contains(a.SignedHeaders, strings.ToLower(name)) {
			return time.Time{}, notSigned(name)
		}
	}
	stamp, err := time.Parse(timeFormat, dates[0])
	if err != nil {
		return time.Time{}, &Error{IncompleteSignature, "Date must be in ISO-8601 'basic format'."}
	}
	return stamp, nil
}

func checkScope(c Credential, o Options) error {
	if o.Region != "" && c.Region != o.Region {
		return &Error{InvalidSignature, "Credential should be scoped to a valid region."}
	}
	if c.Service != o.Service {
		return &Error{InvalidSignature, "Credential should be scoped to correct service: '" + o.Service + "'."}
	}
	return nil
}

func checkTime(stamp time.Time, date string, now time.Time, skew time.Duration) error {
	if skew == 0 {
		skew = defaultSkew
	}
	if stamp.Format("20060102") != date {
		return &Error{
			InvalidSignature,
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
		}
	}
	if early := now.Add(-skew); stamp.Before(early) {
		return &Error{InvalidSignature, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
			stamp.Format(timeFormat), early.Format(timeFormat), now.Format(timeFormat), int(skew.Minutes()))}
	}
	if late := now.Add(skew); stamp.After(late) {
		return &Error{InvalidSignature, fmt.Sprintf(
			"Signature not yet current: %s is still later than %s (%s + %d min.)",
			stamp.Format(timeFormat), late.Format(timeFormat), now.Format(timeFormat), int(skew.Minutes()))}
	}
	return nil
}

// checkPayload refuses a declared payload hash other than the body's, which
// includes those of unsigned and streamed payloads.
func checkPayload(r *http.Request, body []byte) error {
	declared := r.Header.Values("X-Amz-Content-Sha256")
	if len(declared) == 0 {
		return nil
	}
	if len(declared) > 1 || declared[0] != hexSum(body) {
		return mismatch
	}
	return nil
}

// Sign signs a request: it sets X-Amz-Date and Authorization. The signature
// covers Host, every X-Amz header and Content-Type. The Date of the credential
// is replaced by that of now.
func Sign(r *http.Request, body []byte, c Credential, secret string, now time.Time) {
	stamp := now.UTC().Format(timeFormat)
	r.Header.Set("X-Amz-Date", stamp)
	signed := []string{"host"}
	for name := range r.Header {
		name = strings.ToLower(name)
		if name == "content-type" || strings.HasPrefix(name, "x-amz-") {
			signed = append(signed, name)
		}
	}
	slices.Sort(signed)
	c.Date = stamp[:8]
	a := Auth{Credential: c, SignedHeaders: signed}
	r.Header.Set("Authorization", algorithm+" Credential="+c.AccessKeyID+"/"+c.scope()+
		", SignedHeaders="+strings.Join(signed, ";")+", Signature="+sign(r, body, a, secret, stamp))
}

func sign(r *http.Request, body []byte, a Auth, secret, stamp string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{a.Credential.Date, a.Credential.Region, a.Credential.Service, terminator} {
		key = mac(key, part)
	}
	text := algorithm + "\n" + stamp + "\n" + a.Credential.scope() + "\n" +
		hexSum([]byte(canonical(r, body, a.SignedHeaders)))
	return hex.EncodeToString(mac(key, text))
}

// canonical returns the canonical request.
func canonical(r *http.Request, body []byte, signed []string) string {
	var b strings.Builder
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r.URL.Query()) + "\n")
	for _, name := range signed {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + hexSum(body))
	return b.String()
}

func canonicalQuery(q url.Values) string {
	var pairs []string
	for name, values := range q {
		for _, v := range values {
			pairs = append(pairs, escape(name)+"="+escape(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func headerValue(r *http.Request, name string) string {
	if name == "host" {
		return r.Host
	}
	var values []string
	for _, v := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(values, ",")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
