package userpool

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

var roleARN = regexp.MustCompile(`^arn:[\w-]+:iam::\d{12}:role/.+$`)

// smsRules requires that text messages are sent through SNS or End User
// Messaging, with a role. The role is not assumed, so it need not exist.
// Source: API reference SmsConfigurationType.
func smsRules(s *PoolSettings) error {
	c := s.SmsConfiguration
	if c == nil {
		return nil
	}
	sns := c.SnsCallerArn != nil && *c.SnsCallerArn != ""
	switch {
	case !sns && c.EumsSms == nil:
		return fault.Invalid("SmsConfiguration needs SnsCallerArn or EumsSms.")
	case sns && c.EumsSms != nil:
		return fault.Invalid("SmsConfiguration takes either SnsCallerArn or EumsSms, not both.")
	case sns && !roleARN.MatchString(*c.SnsCallerArn), c.EumsSms != nil &&
		!roleARN.MatchString(textOf(c.EumsSms.CallerArn)):
		return fault.New(fault.InvalidSmsRoleAccessPolicy, "The role for text messages is not the ARN of an IAM role.")
	}
	return nil
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// snsRegions are the regions whose pools may send from another region, or must
// not send from their own. Source: guide page user-pool-sms-settings.
var snsRegions = map[string][]string{
	"us-east-2":      {"us-east-2", "us-east-1"},
	"ca-central-1":   {"ca-central-1", "us-east-1"},
	"eu-central-1":   {"eu-central-1", "eu-west-1"},
	"eu-west-2":      {"eu-west-2", "eu-west-1"},
	"ap-south-1":     {"ap-south-1", "ap-southeast-1"},
	"ap-southeast-5": {"ap-southeast-1"},
	"ap-southeast-7": {"ap-south-1"},
	"ap-east-1":      {"ap-southeast-1"},
	"ap-northeast-2": {"ap-northeast-1"},
}

// Complete is PoolSettings.Complete and the rules that depend on the pool's
// region.
func (p *Pool) Complete() error {
	if err := p.PoolSettings.Complete(); err != nil {
		return err
	}
	if c := p.SmsConfiguration; c != nil {
		allowed, ok := snsRegions[p.Region]
		if !ok {
			allowed = []string{p.Region}
		}
		if c.SnsRegion != nil && !slices.Contains(allowed, *c.SnsRegion) {
			return fault.Invalid("Invalid snsRegion. Allowed SNS region for %s is %s",
				p.Region, strings.Join(allowed, ", "))
		}
		if c.EumsSms != nil && c.EumsSms.Region != nil && *c.EumsSms.Region != p.Region {
			return fault.Invalid("The Region of EumsSms must be the user pool's region, %s.", p.Region)
		}
	}
	k := p.KeyConfiguration
	if k != nil && k.KmsKeyArn != nil && !strings.Contains(*k.KmsKeyArn, ":kms:"+p.Region+":") {
		return fault.Invalid("The KMS key must be in the user pool's region, %s.", p.Region)
	}
	return nil
}
