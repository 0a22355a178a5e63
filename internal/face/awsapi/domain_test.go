package awsapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
)

const certificateARN = "arn:aws:acm:us-east-1:111111111111:certificate/a1b2c3d4-5678-90ab-cdef-0123456789ab"

// describedDomain returns the description of a domain; for an unknown one it is
// empty.
func (w *world) describedDomain(name string) object {
	w.t.Helper()
	return w.must("DescribeUserPoolDomain", object{"Domain": name})["DomainDescription"].(object)
}

// domains returns the two domains in a pool's description.
func (w *world) domains(pool string) [2]any {
	w.t.Helper()
	out := w.must("DescribeUserPool", object{"UserPoolId": pool})["UserPool"].(object)
	return [2]any{out["Domain"], out["CustomDomain"]}
}

func sameJSON(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := asJSON(t, got), asJSON(t, want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

var distribution = regexp.MustCompile(`^d[a-z0-9]{13}\.cloudfront\.net$`)

func TestPrefixDomainLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ref := object{"UserPoolId": pool, "Domain": "my-app"}
	sameJSON(t, "before", w.describedDomain("my-app"), object{})
	sameJSON(t, "created", w.must("CreateUserPoolDomain", ref), object{"ManagedLoginVersion": 1})
	described := w.describedDomain("my-app")
	want := object{
		"UserPoolId": pool, "AWSAccountId": w.account, "Domain": "my-app", "Status": "ACTIVE",
		"S3Bucket":               "aws-cognito-prod-us-east-1-assets",
		"CloudFrontDistribution": described["CloudFrontDistribution"], "Version": "20260601120000",
		"CustomDomainConfig": object{}, "ManagedLoginVersion": 1,
	}
	sameJSON(t, "described", described, want)
	if !distribution.MatchString(fmt.Sprint(described["CloudFrontDistribution"])) {
		t.Errorf("distribution %v", described["CloudFrontDistribution"])
	}
	if got := w.domains(pool); got != [2]any{"my-app", nil} {
		t.Errorf("the pool shows %v", got)
	}
	w.clk.Advance(1e9)
	sameJSON(t, "updated", w.must("UpdateUserPoolDomain", with(ref, object{"ManagedLoginVersion": 2})),
		object{"ManagedLoginVersion": 2})
	sameJSON(t, "updated", w.describedDomain("my-app"), with(want, object{"ManagedLoginVersion": 2}))
	sameJSON(t, "updated with nothing", w.must("UpdateUserPoolDomain", ref), object{"ManagedLoginVersion": 2})
	w.refusal("DeleteUserPool", object{"UserPoolId": pool},
		"InvalidParameterException: User pool cannot be deleted. "+
			"It has a domain configured that should be deleted first.")
	other := w.pool(nil)
	for operation, want := range map[string]string{
		"CreateUserPoolDomain": "Domain already associated with another user pool.",
		"UpdateUserPoolDomain": "No such domain or user pool exists.",
		"DeleteUserPoolDomain": "No such domain or user pool exists.",
	} {
		w.refusal(operation, with(ref, object{"UserPoolId": other}), "InvalidParameterException: "+want)
	}
	sameJSON(t, "deleted", w.must("DeleteUserPoolDomain", ref), object{})
	sameJSON(t, "deleted", w.describedDomain("my-app"), object{})
	for _, operation := range []string{"UpdateUserPoolDomain", "DeleteUserPoolDomain"} {
		w.refusal(operation, ref, "InvalidParameterException: No such domain or user pool exists.")
	}
	if got := w.domains(pool); got != [2]any{nil, nil} {
		t.Errorf("the pool shows %v", got)
	}
	w.must("CreateUserPoolDomain", with(ref, object{"UserPoolId": other}))
	w.must("DeleteUserPool", object{"UserPoolId": pool})
}

func TestCustomDomainLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	ref := object{"UserPoolId": pool, "Domain": "auth.example.com"}
	config := object{"CertificateArn": certificateARN, "SecurityPolicy": "TLS_V1_2_2021"}
	routing := object{"Failover": object{"SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "a1b2"}}
	created := w.must("CreateUserPoolDomain",
		with(ref, object{"CustomDomainConfig": config, "ManagedLoginVersion": 2, "Routing": routing}))
	target := created["CloudFrontDomain"]
	if !distribution.MatchString(fmt.Sprint(target)) {
		t.Errorf("the alias target is %v", target)
	}
	sameJSON(t, "created", created, object{"CloudFrontDomain": target, "ManagedLoginVersion": 2, "Routing": routing})
	// A pool can have a prefix domain and a custom domain.
	w.must("CreateUserPoolDomain", object{"UserPoolId": pool, "Domain": "my-app"})
	if got := w.domains(pool); got != [2]any{"my-app", "auth.example.com"} {
		t.Errorf("the pool shows %v", got)
	}
	shows := func(when string, members object) {
		t.Helper()
		got := w.describedDomain("auth.example.com")
		for name, want := range with(object{
			"CustomDomainConfig": config, "Routing": routing, "ManagedLoginVersion": 2,
			"CloudFrontDistribution": target, "Status": "ACTIVE",
		}, members) {
			sameJSON(t, when+" "+name, got[name], want)
		}
	}
	shows("created", nil)
	w.must("UpdateUserPoolDomain", ref)
	shows("updated with nothing", nil)
	other := object{"CertificateArn": strings.Replace(certificateARN, "/a", "/b", 1)}
	sameJSON(t, "updated", w.must("UpdateUserPoolDomain", with(ref, object{"CustomDomainConfig": other})),
		object{"CloudFrontDomain": target, "ManagedLoginVersion": 2, "Routing": routing})
	shows("another certificate", object{"CustomDomainConfig": other})
	moved := object{"Failover": object{"SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "c3d4"}}
	w.must("UpdateUserPoolDomain", with(ref, object{"Routing": moved, "ManagedLoginVersion": 1}))
	shows("another region", object{"CustomDomainConfig": other, "Routing": moved, "ManagedLoginVersion": 1})
	w.must("DeleteUserPoolDomain", ref)
	sameJSON(t, "deleted", w.describedDomain("auth.example.com"), object{})
	if got := w.domains(pool); got != [2]any{"my-app", nil} {
		t.Errorf("the pool shows %v", got)
	}
}

func TestCustomDomainRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool, "CustomDomainConfig": object{"CertificateArn": certificateARN}}
	inEurope := strings.Replace(certificateARN, "us-east-1", "eu-west-1", 1)
	for name, c := range map[string]struct {
		more object
		want string
	}{
		"auth":             {nil, "Custom domain is not a valid subdomain"},
		"auth..com":        {nil, "Custom domain is not a valid subdomain"},
		"auth.example.com": {object{"CustomDomainConfig": nil}, prefixRefusal},
		"a.example.com": {
			object{"CustomDomainConfig": object{"CertificateArn": inEurope}},
			"The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, " +
				"or doesn't include a valid certificate chain.",
		},
	} {
		w.refusal("CreateUserPoolDomain", with(with(in, object{"Domain": name}), c.more),
			"InvalidParameterException: "+c.want)
	}
	w.must("CreateUserPoolDomain", with(in, object{"Domain": "auth0.example.com"}))
	w.refusal("CreateUserPoolDomain", with(in, object{"Domain": "b.example.com"}),
		"InvalidParameterException: User pool already has a domain configured.")
	for i := range 3 {
		w.must("CreateUserPoolDomain",
			with(in, object{"UserPoolId": w.pool(nil), "Domain": fmt.Sprintf("auth%d.example.com", i+1)}))
	}
	fifth := with(in, object{"UserPoolId": w.pool(nil), "Domain": "auth4.example.com"})
	w.refusal("CreateUserPoolDomain", fifth,
		"LimitExceededException: Exceeded the limit of 4 custom domains in account "+w.account+".")
	sameJSON(t, "beyond the quota", w.describedDomain("auth4.example.com"), object{})
	w.must("CreateUserPoolDomain", object{"UserPoolId": fifth["UserPoolId"], "Domain": "auth4"})
	w.must("DeleteUserPoolDomain", object{"UserPoolId": pool, "Domain": "auth0.example.com"})
	w.must("CreateUserPoolDomain", fifth)
}

const prefixRefusal = "The domain name contains an invalid character. " +
	"Domain names can only contain lower-case letters, numbers, and hyphens. " +
	`Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`

func TestDomainRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	in := object{"UserPoolId": pool, "Domain": "my-app"}
	failover := object{"Failover": object{"SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "x"}}
	for _, c := range []struct {
		more object
		want string
	}{
		{object{"Domain": "my-aws-app"}, "Domain cannot contain reserved word: aws"},
		{object{"Domain": "newcognito"}, "Domain cannot contain reserved word: cognito"},
		{object{"Domain": "amazon"}, "Domain cannot contain reserved word: amazon"},
		{object{"ManagedLoginVersion": 3}, "ManagedLoginVersion must be 1 or 2."},
		{object{"Routing": failover}, "Routing can only be specified for a custom domain."},
	} {
		w.refusal("CreateUserPoolDomain", with(in, c.more), "InvalidParameterException: "+c.want)
	}
	w.must("CreateUserPoolDomain", in)
	w.refusal("CreateUserPoolDomain", in, "InvalidParameterException: Domain already exists.")
	w.refusal("CreateUserPoolDomain", with(in, object{"Domain": "second"}),
		"InvalidParameterException: User pool already has a domain configured.")
	for _, c := range []struct {
		more object
		want string
	}{
		{object{"ManagedLoginVersion": 0}, "ManagedLoginVersion must be 1 or 2."},
		{object{"CustomDomainConfig": object{"CertificateArn": certificateARN}},
			"CustomDomainConfig cannot be specified for a prefix domain."},
		{object{"Routing": failover}, "Routing can only be specified for a custom domain."},
	} {
		w.refusal("UpdateUserPoolDomain", with(in, c.more), "InvalidParameterException: "+c.want)
	}
	for _, operation := range []string{"CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"} {
		w.refusal(operation, with(in, object{"UserPoolId": "us-east-1_AAAAAAAAA"}),
			"ResourceNotFoundException: User pool us-east-1_AAAAAAAAA does not exist.")
	}
}

// A domain of another account or region does not exist for the caller, but its
// name cannot be used.
func TestDomainsOfOthers(t *testing.T) {
	w := newWorld(t)
	in := object{"UserPoolId": w.pool(nil), "Domain": "my-app"}
	w.must("CreateUserPoolDomain", in)
	r := w.request("DescribeUserPoolDomain", object{"Domain": "my-app"})
	sigv4.Sign(r, []byte(`{"Domain":"my-app"}`),
		sigv4.Credential{AccessKeyID: w.account, Region: "eu-west-1", Service: "cognito-idp"}, "any", w.clk.Now())
	if answer := w.send(r); answer.Code != http.StatusOK || answer.Body.String() != `{"DomainDescription":{}}` {
		t.Errorf("in another region: %d %s", answer.Code, answer.Body)
	}
	w.account = "222222222222"
	sameJSON(t, "of another account", w.describedDomain("my-app"), object{})
	for _, operation := range []string{"CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"} {
		w.refusal(operation, in, "ResourceNotFoundException: User pool "+in["UserPoolId"].(string)+" does not exist.")
	}
	w.refusal("CreateUserPoolDomain", with(in, object{"UserPoolId": w.pool(nil)}),
		"InvalidParameterException: Domain already associated with another user pool.")
}

func TestManagedLoginDomainNeedsATier(t *testing.T) {
	w := newWorld(t)
	w.gate.Service.(*awsapi.Operations).Tiers = true
	pool := w.pool(object{"UserPoolTier": "LITE"})
	in, two := object{"UserPoolId": pool, "Domain": "my-app"}, object{"ManagedLoginVersion": 2}
	const unavailable = "FeatureUnavailableInTierException: " +
		"The following features need to be disabled for the LITE pricing tier configured: Managed Login"
	w.refusal("CreateUserPoolDomain", with(in, two), unavailable)
	w.must("CreateUserPoolDomain", in)
	w.refusal("UpdateUserPoolDomain", with(in, two), unavailable)
	w.must("UpdateUserPool", object{"UserPoolId": pool, "UserPoolTier": "ESSENTIALS"})
	w.must("UpdateUserPoolDomain", with(in, two))
	w.refusal("UpdateUserPool", object{"UserPoolId": pool, "UserPoolTier": "LITE"}, unavailable)
	w.must("UpdateUserPoolDomain", with(in, object{"ManagedLoginVersion": 1}))
	w.must("UpdateUserPool", object{"UserPoolId": pool, "UserPoolTier": "LITE"})
}
