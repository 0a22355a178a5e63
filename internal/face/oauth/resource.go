package oauth

import (
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// resourceParam is the parameter of RFC 8707 that binds access tokens to a
// resource.
const resourceParam = "resource"

// resourceOf returns the resource that a request names, or "". A request may
// name one, unlike in RFC 8707. Source: guide page
// cognito-user-pools-define-resource-servers, "Resource binding".
func resourceOf(parameters url.Values) (string, error) {
	named := parameters[resourceParam]
	switch {
	case len(named) > 1:
		return "", refusal(errInvalidTarget, "resource is repeated")
	case len(named) == 0 || named[0] == "":
		return "", nil
	case !userpool.ValidResource(named[0]):
		return "", refusal(errInvalidTarget, "invalid resource")
	}
	return named[0], nil
}

func (q *Request) parseResource() (err error) {
	q.resource, err = resourceOf(q.Query)
	return err
}
