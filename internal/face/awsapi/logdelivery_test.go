package awsapi_test

import "testing"

// The three destinations of events.
var (
	toLogGroup = object{"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": object{
		"LogGroupArn": "arn:aws:logs:us-east-1:111111111111:log-group:/aws/vendedlogs/pool",
	}}
	toBucket = object{
		"EventSource": "userAuthEvents", "LogLevel": "INFO",
		"S3Configuration": object{"BucketArn": "arn:aws:s3:::bucket"},
	}
	toStream = object{
		"EventSource": "userAuthEvents", "LogLevel": "INFO",
		"FirehoseConfiguration": object{"StreamArn": "arn:aws:firehose:us-east-1:111111111111:deliverystream/s"},
	}
)

func TestLogDelivery(t *testing.T) {
	w := newWorld(t)
	ref := object{"UserPoolId": w.pool(nil)}
	set := func(configurations ...object) object {
		return with(ref, object{"LogConfigurations": append([]object{}, configurations...)})
	}
	shown := func(operation string, in object) string {
		return asJSON(t, w.must(operation, in)["LogDeliveryConfiguration"])
	}
	none := asJSON(t, set())
	if got := shown("GetLogDeliveryConfiguration", ref); got != none {
		t.Errorf("never set: %s, want %s", got, none)
	}
	for _, in := range []object{set(toLogGroup, toBucket), set(toStream), set()} {
		want := asJSON(t, in)
		if got := shown("SetLogDeliveryConfiguration", in); got != want {
			t.Errorf("SetLogDeliveryConfiguration returned %s, want %s", got, want)
		}
		if got := shown("GetLogDeliveryConfiguration", ref); got != want {
			t.Errorf("GetLogDeliveryConfiguration returned %s, want %s", got, want)
		}
	}
	for name, c := range map[string]struct {
		in   object
		want string
	}{
		"duplicate event source": {
			set(toBucket, toStream), "LogConfigurations can have each EventSource once; userAuthEvents stands twice.",
		},
		"level of userNotification": {
			set(with(toLogGroup, object{"LogLevel": "INFO"})),
			"The LogLevel of EventSource userNotification must be ERROR.",
		},
		"level of userAuthEvents": {
			set(with(toBucket, object{"LogLevel": "ERROR"})),
			"The LogLevel of EventSource userAuthEvents must be INFO.",
		},
		"no destination": {
			set(object{"EventSource": "userAuthEvents", "LogLevel": "INFO"}),
			"EventSource userAuthEvents needs exactly one destination.",
		},
		"two destinations": {
			set(with(toBucket, object{"FirehoseConfiguration": toStream["FirehoseConfiguration"]})),
			"EventSource userAuthEvents needs exactly one destination.",
		},
		"userNotification in a bucket": {
			set(with(toBucket, object{"EventSource": "userNotification", "LogLevel": "ERROR"})),
			"EventSource userNotification can be delivered to CloudWatch Logs only.",
		},
		"not a log group": {
			set(with(toLogGroup, object{
				"CloudWatchLogsConfiguration": object{"LogGroupArn": "arn:aws:iam::111111111111:role/sms"},
			})),
			"arn:aws:iam::111111111111:role/sms is not the ARN of a CloudWatch log group.",
		},
		"not a delivery stream": {
			set(with(toStream, object{
				"FirehoseConfiguration": object{"StreamArn": "arn:aws:kinesis:us-east-1:111111111111:stream/s"},
			})),
			"arn:aws:kinesis:us-east-1:111111111111:stream/s is not the ARN of a Firehose delivery stream.",
		},
	} {
		if _, refused := w.call("SetLogDeliveryConfiguration", c.in); refused != "InvalidParameterException: "+c.want {
			t.Errorf("%s: %q, want %q", name, refused, c.want)
		}
	}
	if got := shown("GetLogDeliveryConfiguration", ref); got != none {
		t.Errorf("after refusals: %s", got)
	}
	w.poolRefusals("SetLogDeliveryConfiguration", set())
	w.poolRefusals("GetLogDeliveryConfiguration", ref)
}

// poolRefusals requires the same refusal for a pool that does not exist and one of
// another account.
func (w *world) poolRefusals(operation string, in object) {
	w.t.Helper()
	unknown := "us-east-1_Unknown00"
	w.refusal(operation, with(in, object{"UserPoolId": unknown}),
		"ResourceNotFoundException: User pool "+unknown+" does not exist.")
	own := w.account
	w.account = "222222222222"
	w.refusal(operation, in, "ResourceNotFoundException: User pool "+in["UserPoolId"].(string)+" does not exist.")
	w.account = own
}
