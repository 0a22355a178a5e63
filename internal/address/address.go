package address

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Config configures Addresses.
type Config struct {
	// PublicURL is the URL of the server for clients, without a path.
	PublicURL string
	// Dev accepts localhost as the parent of prefix domains, which browsers
	// resolve. Clients reach a dev server at several origins, with TLS and without.
	Dev bool
	// AmazonHosts states that the host names of Amazon Cognito lead to the server.
	AmazonHosts bool
	// TrustedProxies may state by X-Forwarded headers what the client has sent.
	TrustedProxies []netip.Prefix
}

// Addresses are the addresses of a server.
type Addresses struct {
	Config
	public Origin
}

// New returns Addresses.
func New(c Config) (*Addresses, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "" || u.Host == "" {
		return nil, errors.New("address: the public URL has no scheme or no host")
	}
	a := &Addresses{Config: c, public: Origin{u.Scheme, u.Host}}
	a.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return a, nil
}

// Origin is the scheme and the host, with its port, of a URL.
type Origin struct{ Scheme, Host string }

// String returns the URL of the origin, without a slash at its end.
func (o Origin) String() string { return o.Scheme + "://" + o.Host }

// port returns a colon and the port of the origin, or "" if it has none.
func (o Origin) port() string { return o.Host[len(strings.TrimSuffix(o.Host, ":"+portOf(o.Host))):] }

func portOf(hostport string) string {
	_, port, _ := net.SplitHostPort(hostport)
	return port
}

// Hostname returns the name in a Host header or URL in lower case, without the
// port and a dot at its end.
func Hostname(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// Public returns the origin of the public URL.
func (a *Addresses) Public() Origin { return a.public }

// Of returns the origin to which the client has sent a request. Its host is what
// the client claims. In serve mode its scheme is that of the public URL: a proxy
// terminates TLS for every host name. See docs/divergences OA-110.
func (a *Addresses) Of(r *http.Request) Origin {
	o := Origin{a.public.Scheme, r.Host}
	switch {
	case r.TLS != nil:
		o.Scheme = "https"
	case a.Dev && !strings.EqualFold(r.Host, a.public.Host):
		o.Scheme = "http"
	}
	return o
}

// Secure reports whether cookies for the client are Secure. In dev mode, cookies
// of the same host name are shared by origins with TLS and without, and browsers
// let none replace a Secure one: they are Secure only if the public URL has
// https. See docs/divergences DM-6.
func (a *Addresses) Secure(r *http.Request) bool {
	return a.Of(r).Scheme == "https" && (!a.Dev || a.public.Scheme == "https")
}

// HSTS reports whether browsers may be told to connect by TLS alone. In dev mode
// this would end plain http for every other program on the same host name.
func (a *Addresses) HSTS(r *http.Request) bool { return !a.Dev && a.Secure(r) }

const (
	amazonParent = "amazoncognito.com"
	localParent  = "localhost"
)

// Name is what a host name says about the domain of a pool that it may be.
type Name struct {
	// Domain is the name of the domain: a prefix or a host name.
	Domain string
	// Region is the region in the host name of a prefix domain.
	Region string
	Custom bool
}

// Is reports whether d, a domain of p, has the name.
func (n Name) Is(d *userpool.Domain, p *userpool.Pool) bool {
	return d.Name == n.Domain && d.Custom() == n.Custom && (n.Custom || p.Region == n.Region)
}

// Domain returns the name of the domain that a host may be; ok is false if it is
// none, such as a name of the server itself. A prefix domain is
// PREFIX.auth.REGION.PARENT, where PARENT is the host of the public URL,
// amazoncognito.com if DNS resolves that to this server, or in dev mode
// localhost.
func (a *Addresses) Domain(hostport string) (n Name, ok bool) {
	host := Hostname(hostport)
	if host == "" || host == Hostname(a.public.Host) || host == localParent || isIP(host) {
		return Name{}, false
	}
	prefix, rest, _ := strings.Cut(host, ".auth.")
	region, parent, _ := strings.Cut(rest, ".")
	switch parent {
	case "":
	case Hostname(a.public.Host), amazonParent:
		return Name{Domain: prefix, Region: region}, true
	case localParent:
		if a.Dev {
			return Name{Domain: prefix, Region: region}, true
		}
	}
	return Name{Domain: host, Custom: true}, true
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// HostOf returns the host name of a domain of a pool; "" if it has none, since
// the host of the public URL has no names below it.
func (a *Addresses) HostOf(d *userpool.Domain, p *userpool.Pool) string {
	parent := Hostname(a.public.Host)
	switch {
	case d.Custom():
		return d.Name
	case parent != "" && !isIP(parent):
	case a.Dev:
		parent = localParent
	default:
		return ""
	}
	return prefixHost(d, p, parent)
}

func prefixHost(d *userpool.Domain, p *userpool.Pool, parent string) string {
	return d.Name + ".auth." + p.Region + "." + parent
}

// Home returns the URL below which clients and users find the endpoints and pages
// of a pool: its custom domain, or the public URL. In dev mode it is always the
// public URL: the name of a custom domain leads elsewhere. See docs/divergences
// OA-111.
func (a *Addresses) Home(domains []*userpool.Domain) string {
	if d := userpool.DomainOf(domains, userpool.CustomDomain); d != nil && !a.Dev {
		return Origin{a.public.Scheme, d.Name + a.public.port()}.String()
	}
	return a.PublicURL
}

// HomeFor is Home for the client that has sent a request. A client that has come
// to a domain of the pool, or to Amazon's name for it, stays there.
func (a *Addresses) HomeFor(r *http.Request, p *userpool.Pool, domains []*userpool.Domain) string {
	at := a.Of(r)
	if name, ok := a.Domain(r.Host); ok {
		for _, d := range domains {
			if name.Is(d, p) {
				return Origin{at.Scheme, strings.ToLower(r.Host)}.String()
			}
		}
	}
	if !a.Issues(r) {
		return a.Home(domains)
	}
	if d := userpool.DomainOf(domains, userpool.CustomDomain); d != nil {
		return Origin{at.Scheme, d.Name + at.port()}.String()
	}
	if d := userpool.DomainOf(domains, userpool.PrefixDomain); d != nil {
		return Origin{at.Scheme, prefixHost(d, p, amazonParent) + at.port()}.String()
	}
	return at.String()
}

// Issues reports whether a request was sent to Amazon's name for the issuer of
// pools.
func (a *Addresses) Issues(r *http.Request) bool {
	return a.AmazonHosts && issuerHost.MatchString(Hostname(r.Host))
}

// IssuerFor returns the URL below which the client that has sent a request finds
// the key sets of pools.
func (a *Addresses) IssuerFor(r *http.Request) string {
	if a.Issues(r) {
		return a.Of(r).String()
	}
	return a.PublicURL
}

const region = `[a-z]{2}(-[a-z]+)+-\d`

var (
	issuerHost = regexp.MustCompile(`^(issuer-)?cognito-idp\.` + region + `\.amazonaws\.com$`)
	amazonHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.auth\.` + region + `\.amazoncognito\.com$`)
)

// Amazon reports whether a host is a name of Amazon Cognito that leads to this
// server: of an issuer and the native API, or of a prefix domain.
func (a *Addresses) Amazon(hostport string) bool { return a.AmazonHosts && IsAmazon(hostport) }

// IsAmazon reports whether a host is a name of Amazon Cognito.
func IsAmazon(hostport string) bool {
	host := Hostname(hostport)
	return issuerHost.MatchString(host) || amazonHost.MatchString(host)
}
