package gate

import (
	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// actionPrefix, before an operation's name, makes an IAM action.
const actionPrefix = "cognito-idp:"

// deniedWith maps an operation to another one: an explicit deny of the latter denies
// the former too. Source: API reference DescribeTermsByClient.
var deniedWith = map[string]string{"DescribeTermsByClient": "DescribeTerms"}

// permit evaluates the policy of the caller's access key. Operations without IAM
// authorization have no policy.
func (c *call) permit(in any) error {
	p := c.caller.Policy
	if p == nil || c.op.Auth != api.AuthIAM {
		return nil
	}
	action, arn := actionPrefix+c.op.Name, c.resource(in)
	if other, ok := deniedWith[c.op.Name]; ok && p.Decide(actionPrefix+other, arn) == iampolicy.Denied {
		return c.caller.denial(action, arn, iampolicy.Denied)
	}
	return c.caller.require(action, arn)
}

// require evaluates the policy of the caller's access key for an action on a
// resource.
func (c Caller) require(action, arn string) error {
	if c.Policy == nil {
		return nil
	}
	if d := c.Policy.Decide(action, arn); d != iampolicy.Allowed {
		return c.denial(action, arn, d)
	}
	return nil
}

// denial returns AccessDeniedException with AWS's text. The user name in it is
// the access key's id.
func (c Caller) denial(action, arn string, d iampolicy.Decision) error {
	why := " because no identity-based policy allows the " + action + " action"
	if d == iampolicy.Denied {
		why = " with an explicit deny in an identity-based policy"
	}
	return fault.New(fault.AccessDenied, "User: arn:aws:iam::"+c.Account+":user/"+c.AccessKeyID+
		" is not authorized to perform: "+action+" on resource: "+arn+why)
}

// resource returns the ARN that a policy is matched against: the pool's, or for
// operations without a pool that of all pools.
func (c *call) resource(in any) string {
	p := userpool.Pool{ID: "*", Account: c.caller.Account, Region: c.caller.Region}
	if id := c.poolID(in); id != "" {
		p.ID = id
	}
	if named := taggedARN(in); named != nil {
		region, account, id, err := userpool.ParseARN(*named)
		if err != nil {
			return *named
		}
		// Normalized: two spellings of an ARN must not be two resources.
		p = userpool.Pool{ID: id, Account: account, Region: region}
	}
	return p.ARN()
}

// poolID returns the id of the pool that the input names, or "".
func (c *call) poolID(in any) string {
	if c.op.PoolID != nil {
		return api.Text(c.op.PoolID(in))
	}
	if named := taggedARN(in); named != nil {
		if _, _, id, err := userpool.ParseARN(*named); err == nil {
			return id
		}
	}
	return ""
}

// taggedARN returns the ResourceArn of the tag operations, else nil.
func taggedARN(in any) *string {
	switch in := in.(type) {
	case *api.TagResourceRequest:
		return in.ResourceArn
	case *api.UntagResourceRequest:
		return in.ResourceArn
	case *api.ListTagsForResourceRequest:
		return in.ResourceArn
	}
	return nil
}
