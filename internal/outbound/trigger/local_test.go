package trigger_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestSetLocalSenders(t *testing.T) {
	var l userpool.LambdaConfig
	email, both := []userpool.Trigger{userpool.CustomEmailSender},
		[]userpool.Trigger{userpool.CustomEmailSender, userpool.CustomSMSSender}
	trigger.SetLocalSenders(&l, nil, "key")
	if l != (userpool.LambdaConfig{}) {
		t.Errorf("nothing is named: %+v", l)
	}
	trigger.SetLocalSenders(&l, both, "key")
	if l.SenderARN(userpool.CustomEmailSender) != trigger.LocalARN(userpool.CustomEmailSender) ||
		l.CustomSMSSender == nil || *l.KMSKeyID != "key" {
		t.Errorf("both: %+v", l)
	}
	before := l
	if trigger.SetLocalSenders(&l, both, "other"); l != before {
		t.Errorf("the second time: %+v", l)
	}
	trigger.SetLocalSenders(&l, email, "key")
	if l.CustomEmailSender == nil || l.CustomSMSSender != nil {
		t.Errorf("one is no longer named: %+v", l)
	}
	own := &userpool.LambdaTarget{
		LambdaVersion: "V1_0", LambdaArn: "arn:aws:lambda:us-east-1:111111111111:function:own",
	}
	l = userpool.LambdaConfig{CustomSMSSender: own, KMSKeyID: ptr("own")}
	if trigger.SetLocalSenders(&l, both, "key"); l.CustomSMSSender != own || *l.KMSKeyID != "own" {
		t.Errorf("the pool's own: %+v", l)
	}
}
