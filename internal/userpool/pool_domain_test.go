package userpool_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const certificate = "arn:aws:acm:us-east-1:111111111111:certificate/a1b2c3d4-5678-90ab-cdef-0123456789ab"

func TestDomainNames(t *testing.T) {
	const (
		character = "The domain name contains an invalid character. " +
			"Domain names can only contain lower-case letters, numbers, and hyphens. " +
			`Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`
		subdomain = "Custom domain is not a valid subdomain"
		reserved  = "Domain cannot contain reserved word: "
	)
	custom := &userpool.CustomDomainConfig{CertificateArn: certificate}
	for _, c := range []struct {
		name   string
		config *userpool.CustomDomainConfig
		want   string
	}{
		{"a", nil, ""}, {"my-app-1", nil, ""}, {strings.Repeat("a", 63), nil, ""}, {"us-east-1abcdefghi", nil, ""},
		{"a.b", nil, character}, {"-a", nil, character}, {"a-", nil, character}, {"A", nil, character},
		{"a_b", nil, character}, {"", nil, character}, {"a\n", nil, character}, {"é", nil, character},
		{strings.Repeat("a", 64), nil, character},
		{"aws", nil, reserved + "aws"}, {"my-aws-app", nil, reserved + "aws"},
		{"newcognito", nil, reserved + "cognito"}, {"amazonas", nil, reserved + "amazon"},
		{"auth.example.com", custom, ""}, {"a.b", custom, ""}, {"aws.example.com", custom, ""},
		{"x--y.example.com", custom, ""}, {"example", custom, subdomain}, {"a..b", custom, subdomain},
		{".a.b", custom, subdomain}, {"a.b.", custom, subdomain}, {"a-.b", custom, subdomain},
		{"a.-b", custom, subdomain}, {"A.b", custom, subdomain}, {"*.b", custom, subdomain},
		{"a.b:80", custom, subdomain}, {"a.b/c", custom, subdomain}, {"a.b\n", custom, subdomain},
	} {
		d, err := userpool.NewDomain("us-east-1_A", c.name, userpool.DomainChange{CustomDomainConfig: c.config})
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "InvalidParameter: ")
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
		if err == nil && (d.Custom() != (c.config != nil) || d.Name != c.name || d.ManagedLoginVersion != 1) {
			t.Errorf("%q: %+v", c.name, d)
		}
	}
}

func TestDomainChanges(t *testing.T) {
	version := func(n int32) *int32 { return &n }
	arn := func(s string) userpool.DomainChange {
		return userpool.DomainChange{CustomDomainConfig: &userpool.CustomDomainConfig{CertificateArn: s}}
	}
	const (
		noCertificate = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, " +
			"or doesn't include a valid certificate chain."
		noVersion = "ManagedLoginVersion must be 1 or 2."
	)
	failover := userpool.DomainChange{
		Failover: &userpool.DomainFailover{SecondaryRegion: "us-west-2", PrimaryRoute53HealthCheckID: "x"},
	}
	for name, c := range map[string]struct {
		custom bool
		change userpool.DomainChange
		want   string
	}{
		"nothing":       {false, userpool.DomainChange{}, ""},
		"managed login": {false, userpool.DomainChange{ManagedLoginVersion: version(2)}, ""},
		"classic":       {true, userpool.DomainChange{ManagedLoginVersion: version(1)}, ""},
		"version 0":     {false, userpool.DomainChange{ManagedLoginVersion: version(0)}, noVersion},
		"version 3":     {true, userpool.DomainChange{ManagedLoginVersion: version(3)}, noVersion},
		"certificate":   {true, arn(certificate), ""},
		"certificate in China": {
			true, arn(strings.Replace(certificate, "aws:acm:us-east-1", "aws-cn:acm:cn-north-1", 1)), "",
		},
		"certificate of a prefix": {
			false, arn(certificate), "CustomDomainConfig cannot be specified for a prefix domain.",
		},
		"certificate in another region": {
			true, arn(strings.Replace(certificate, "us-east-1", "us-west-2", 1)), noCertificate,
		},
		"ARN of another service":      {true, arn(strings.Replace(certificate, "acm", "iam", 1)), noCertificate},
		"certificate without an id":   {true, arn("arn:aws:acm:us-east-1:111111111111:certificate/"), noCertificate},
		"failover":                    {true, failover, ""},
		"failover of a prefix domain": {false, failover, "Routing can only be specified for a custom domain."},
	} {
		d, err := userpool.NewDomain("us-east-1_A", "prefix", userpool.DomainChange{})
		if c.custom {
			d, err = userpool.NewDomain("us-east-1_A", "auth.example.com", arn(certificate))
		}
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := d.Change(c.change); err != nil {
			got = strings.TrimPrefix(err.Error(), "InvalidParameter: ")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
