package sigv4

import (
	"net/http"
	"strings"
)

// SignOver signs a request over any list of headers; it must have a date.
func SignOver(r *http.Request, body []byte, c Credential, secret string, signed []string) {
	stamp := r.Header.Get("X-Amz-Date")
	c.Date = stamp[:8]
	a := Auth{Credential: c, SignedHeaders: signed}
	r.Header.Set("Authorization", algorithm+" Credential="+c.AccessKeyID+"/"+c.scope()+
		", SignedHeaders="+strings.Join(signed, ";")+", Signature="+sign(r, body, a, secret, stamp))
}
