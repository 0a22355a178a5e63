package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Domain is a domain of a pool.
var Domain = of("domain", 1, fromDomain, toDomain)

type domain struct {
	userpool.Resource   `json:"-"`
	Name                string              `json:"Name"`
	ManagedLoginVersion int32               `json:"ManagedLoginVersion"`
	CustomDomainConfig  *customDomainConfig `json:"CustomDomainConfig,omitempty"`
	Failover            *domainFailover     `json:"Failover,omitempty"`
	Distribution        string              `json:"Distribution"`
}

type customDomainConfig struct {
	CertificateArn string  `json:"CertificateArn"`
	SecurityPolicy *string `json:"SecurityPolicy,omitempty"`
}

type domainFailover struct {
	SecondaryRegion             string `json:"SecondaryRegion"`
	PrimaryRoute53HealthCheckID string `json:"PrimaryRoute53HealthCheckID"`
}

func fromDomain(d userpool.Domain) domain {
	return domain{
		Name: d.Name, ManagedLoginVersion: d.ManagedLoginVersion, Distribution: d.Distribution,
		CustomDomainConfig: (*customDomainConfig)(d.CustomDomainConfig), Failover: (*domainFailover)(d.Failover),
	}
}

func toDomain(d domain) userpool.Domain {
	return userpool.Domain{
		Name: d.Name, ManagedLoginVersion: d.ManagedLoginVersion, Distribution: d.Distribution,
		CustomDomainConfig: (*userpool.CustomDomainConfig)(d.CustomDomainConfig),
		Failover:           (*userpool.DomainFailover)(d.Failover),
	}
}
