package oauth

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// Query returns the query of a request, read by parseQuery.
func Query(r *http.Request) url.Values { return parseQuery(r.URL.RawQuery) }

// parseQuery parses application/x-www-form-urlencoded text. It accepts every
// text: only & separates pairs, so that ; is a character, and a % that starts
// no escape is itself. net/url refuses both. Source: WHATWG URL Standard,
// section 5.1.
func parseQuery(text string) url.Values {
	values := url.Values{}
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		values.Add(unescape(name), unescape(value))
	}
	return values
}

func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	var plain strings.Builder
	plain.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' {
			c = ' '
		} else if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8) // its errors allocate, hence isHex
			c, i = byte(n), i+2
		}
		plain.WriteByte(c)
	}
	return plain.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// errNotText is the error for parameters that the store cannot hold.
var errNotText = refusal(errInvalidRequest, "a parameter is not valid text")

// CheckText returns an error for parameters whose names or values contain
// U+0000 or are not UTF-8.
func CheckText(parameters url.Values) error {
	for name, values := range parameters {
		if !store.ValidText(name) || slices.ContainsFunc(values, func(v string) bool { return !store.ValidText(v) }) {
			return errNotText
		}
	}
	return nil
}

// Address returns the address of a page of this server with the request as its
// query. A space is %20: HTML escapes a plus, and programs that do not decode
// every character reference would misread the action of a form.
func (q *Request) Address(path string) string {
	if q.carried != nil {
		return pathWith(path, q.carried)
	}
	return pathWith(path, q.Query)
}

// Fields returns the parameters of the request as the hidden fields of a form that
// requests a page of this server.
func (q *Request) Fields() (fields []FormField) {
	query := q.Query
	if q.carried != nil {
		query = q.carried
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			fields = append(fields, FormField{name, value})
		}
	}
	return fields
}

func pathWith(path string, query url.Values) string {
	return path + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// ReadForm sets r.PostForm to the form in the body of a POST, of at most limit
// bytes. A larger one is an *http.MaxBytesError; one whose parameters are not
// text is a *Refusal.
func ReadForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	r.PostForm = url.Values{}
	if r.Method != http.MethodPost || !isForm(r) {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return err
	}
	r.PostForm = parseQuery(string(body))
	return CheckText(r.PostForm)
}
