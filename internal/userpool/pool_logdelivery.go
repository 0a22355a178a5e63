package userpool

import (
	"regexp"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// The sources of exported events.
const (
	NotificationEvents = "userNotification"
	AuthEvents         = "userAuthEvents"
)

// LogConfiguration is the destination of the events of one source. Exactly one
// ARN is set.
type LogConfiguration struct {
	EventSource, LogLevel             string
	LogGroupArn, BucketArn, StreamArn *string
}

var (
	logGroupARN = regexp.MustCompile(`^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[^:]+$`)
	bucketARN   = regexp.MustCompile(`^arn:[\w-]+:s3:::[^:]+$`)
	streamARN   = regexp.MustCompile(`^arn:[\w-]+:firehose:[\w-]+:\d{12}:deliverystream/[^:]+$`)
)

// SetLogDelivery replaces the pool's log delivery. An empty list removes it.
// Source: API reference LogConfigurationType, guide page
// exporting-quotas-and-usage.
func (s *PoolSettings) SetLogDelivery(configurations []LogConfiguration) error {
	for i, c := range configurations {
		same := func(o LogConfiguration) bool { return o.EventSource == c.EventSource }
		if slices.ContainsFunc(configurations[:i], same) {
			return fault.Invalid("LogConfigurations can have each EventSource once; %s stands twice.", c.EventSource)
		}
		if err := c.check(); err != nil {
			return err
		}
	}
	s.LogDelivery = configurations
	return nil
}

func (c LogConfiguration) check() error {
	given := 0
	for _, d := range []struct {
		arn  *string
		form *regexp.Regexp
		name string
	}{
		{c.LogGroupArn, logGroupARN, "CloudWatch log group"}, {c.BucketArn, bucketARN, "S3 bucket"},
		{c.StreamArn, streamARN, "Firehose delivery stream"},
	} {
		if d.arn == nil {
			continue
		}
		given++
		if !d.form.MatchString(*d.arn) {
			return fault.Invalid("%s is not the ARN of a %s.", *d.arn, d.name)
		}
	}
	level := map[string]string{NotificationEvents: "ERROR", AuthEvents: "INFO"}[c.EventSource]
	switch {
	case c.LogLevel != level:
		return fault.Invalid("The LogLevel of EventSource %s must be %s.", c.EventSource, level)
	case given != 1:
		return fault.Invalid("EventSource %s needs exactly one destination.", c.EventSource)
	case c.EventSource == NotificationEvents && c.LogGroupArn == nil:
		return fault.Invalid("EventSource %s can be delivered to CloudWatch Logs only.", c.EventSource)
	}
	return nil
}
