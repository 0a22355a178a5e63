package oauth

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// Query is the query of a request's address, read by parseQuery.
func Query(r *http.Request) url.Values { return parseQuery(r.URL.RawQuery) }

// parseQuery reads an application/x-www-form-urlencoded text. Every text is
// one: pairs end at & only, so that ; is a character, and a % that begins no
// escape stands for itself. net/url refuses both. Source: WHATWG URL Standard,
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
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' {
			c = ' '
		} else if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, i = byte(n), i+2
			}
		}
		plain.WriteByte(c)
	}
	return plain.String()
}

// errNotText refuses parameters that the store could not hold.
var errNotText = refusal(errInvalidRequest, "a parameter is not valid text")

// CheckText refuses parameters whose names or values have U+0000 or are not
// UTF-8.
func CheckText(parameters url.Values) error {
	for name, values := range parameters {
		if !store.ValidText(name) || slices.ContainsFunc(values, func(v string) bool { return !store.ValidText(v) }) {
			return errNotText
		}
	}
	return nil
}

// Address is the address of a page of this server that carries the request. A
// blank is %20: programs that read a form's action without decoding every
// character reference of HTML would lose what follows an escaped plus.
func (q *Request) Address(path string) string { return address(path, q.Query) }

func address(path string, query url.Values) string {
	return path + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// ReadForm sets r.PostForm to the form in the body of a POST, of at most limit
// bytes. The error of a larger one is an *http.MaxBytesError, that of one whose
// parameters are not text a *Refusal.
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
