package userpool

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Domain is the host name of a pool's pages: a prefix below the server's own
// name, or a custom domain. A pool has at most one of each; ID is the kind.
// Source: guide page cognito-user-pools-assign-domain.
type Domain struct {
	Resource
	Name                string
	ManagedLoginVersion int32
	// CustomDomainConfig is the certificate of a custom domain.
	CustomDomainConfig *CustomDomainConfig
	// Failover directs a custom domain to another region.
	Failover *DomainFailover
	// Distribution is the target of the domain's DNS record.
	Distribution string
}

// CustomDomainConfig is the TLS configuration of a custom domain.
type CustomDomainConfig struct {
	CertificateArn string
	SecurityPolicy *string
}

// DomainFailover is the region that takes over when a health check fails.
type DomainFailover struct {
	SecondaryRegion             string
	PrimaryRoute53HealthCheckID string
}

// The ids of a pool's domains.
const (
	PrefixDomain = "prefix"
	CustomDomain = "custom"
)

// Versions of the pages at a domain.
const (
	ClassicHostedUI     int32 = 1
	ManagedLoginVersion int32 = 2
)

// Errors of domains, with the service's own texts.
var (
	DomainTaken    = fault.Invalid("Domain already associated with another user pool.")
	DomainExists   = fault.Invalid("Domain already exists.")
	PoolHasDomain  = fault.Invalid("User pool already has a domain configured.")
	NoSuchDomain   = fault.Invalid("No such domain or user pool exists.")
	DomainOutlives = fault.Invalid(
		"User pool cannot be deleted. It has a domain configured that should be deleted first.",
	)
	NeedsDomain   = fault.Invalid("There has to be an existing domain associated with this user pool")
	errDomainName = fault.Invalid(
		`The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, `+
			`and hyphens. Please enter a different name that follows this format: %s`,
		prefixPattern)
	errNoSubdomain = fault.Invalid("Custom domain is not a valid subdomain")
	errCertificate = fault.Invalid("The specified SSL certificate doesn't exist, isn't in us-east-1 region, " +
		"isn't valid, or doesn't include a valid certificate chain.")
	errPrefixConfig   = fault.Invalid("CustomDomainConfig cannot be specified for a prefix domain.")
	errPrefixFailover = fault.Invalid("Routing can only be specified for a custom domain.")
	errLoginVersion   = fault.Invalid("ManagedLoginVersion must be 1 or 2.")
)

const prefixPattern = `^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`

var (
	prefixName = regexp.MustCompile(prefixPattern)
	// customName requires at least two labels. Source: RFC 1035 section 2.3.1.
	customName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	// certificateARN: certificates are in us-east-1, except in partitions without
	// that region.
	certificateARN = regexp.MustCompile(
		`^arn:(aws:acm:us-east-1|aws-[a-z-]+:acm:[a-z0-9-]+):\d{12}:certificate/[\w-]+$`)
)

// reservedWords are words that a prefix must not contain. Source: guide page
// troubleshooting; the service also refuses them within longer words. See
// docs/divergences OA-45.
var reservedWords = []string{"aws", "amazon", "cognito"}

// Custom reports whether d is a custom domain.
func (d *Domain) Custom() bool { return d.ID == CustomDomain }

// DomainChange is an update of a domain. A nil member changes nothing.
type DomainChange struct {
	ManagedLoginVersion *int32
	CustomDomainConfig  *CustomDomainConfig
	Failover            *DomainFailover
}

// NewDomain returns a domain of a pool: a custom one if the request has a
// certificate, else a prefix.
func NewDomain(poolID, name string, c DomainChange) (*Domain, error) {
	d := &Domain{Resource: Resource{PoolID: poolID, ID: PrefixDomain}, Name: name, ManagedLoginVersion: ClassicHostedUI}
	if c.CustomDomainConfig != nil {
		d.ID = CustomDomain
	}
	if err := d.checkName(); err != nil {
		return nil, err
	}
	return d, d.Change(c)
}

func (d *Domain) checkName() error {
	if d.Custom() {
		if !customName.MatchString(d.Name) {
			return errNoSubdomain
		}
		return nil
	}
	if !prefixName.MatchString(d.Name) {
		return errDomainName
	}
	for _, word := range reservedWords {
		if strings.Contains(d.Name, word) {
			return fault.Invalid("Domain cannot contain reserved word: %s", word)
		}
	}
	return nil
}

// Change applies a request. A domain's name and kind do not change.
func (d *Domain) Change(c DomainChange) error {
	if v := c.ManagedLoginVersion; v != nil {
		if *v != ClassicHostedUI && *v != ManagedLoginVersion {
			return errLoginVersion
		}
		d.ManagedLoginVersion = *v
	}
	if c.CustomDomainConfig != nil {
		if !d.Custom() {
			return errPrefixConfig
		}
		if !certificateARN.MatchString(c.CustomDomainConfig.CertificateArn) {
			return errCertificate
		}
		d.CustomDomainConfig = c.CustomDomainConfig
	}
	if c.Failover != nil {
		if !d.Custom() {
			return errPrefixFailover
		}
		d.Failover = c.Failover
	}
	return nil
}

// Features returns the features beyond LITE that the domain uses.
func (d *Domain) Features() []Feature {
	if d.ManagedLoginVersion == ManagedLoginVersion {
		return []Feature{ManagedLogin}
	}
	return nil
}

// DomainOf returns the domain of the kind, or nil.
func DomainOf(domains []*Domain, kind string) *Domain {
	i := slices.IndexFunc(domains, func(d *Domain) bool { return d.ID == kind })
	if i < 0 {
		return nil
	}
	return domains[i]
}
