package awsapi_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	w := newWorld(t)
	pool := at(w.must("CreateUserPool", object{"PoolName": "p", "UserPoolTags": object{"team": "a", "empty": ""}}),
		"UserPool").(object)
	ref := object{"ResourceArn": pool["Arn"]}
	is := func(want object) {
		t.Helper()
		for how, got := range map[string]any{
			"ListTagsForResource": w.must("ListTagsForResource", ref)["Tags"],
			"DescribeUserPool":    at(w.must("DescribeUserPool", object{"UserPoolId": pool["Id"]}), "UserPool.UserPoolTags"),
		} {
			if g, w := asJSON(t, got), asJSON(t, want); g != w {
				t.Errorf("%s: %s, want %s", how, g, w)
			}
		}
	}
	is(object{"team": "a", "empty": ""})
	if out := w.must("TagResource",
		with(ref, object{"Tags": object{"team": "b", "cost centre": "é/1+2=3@x.y:z_-"}})); len(out) != 0 {
		t.Errorf("TagResource returned %v", out)
	}
	is(object{"team": "b", "empty": "", "cost centre": "é/1+2=3@x.y:z_-"})
	if out := w.must("UntagResource", with(ref, object{"TagKeys": []string{"team", "nothing"}})); len(out) != 0 {
		t.Errorf("UntagResource returned %v", out)
	}
	is(object{"empty": "", "cost centre": "é/1+2=3@x.y:z_-"})
	// UpdateUserPool replaces tags or, without UserPoolTags, keeps them.
	w.must("UpdateUserPool", object{"UserPoolId": pool["Id"], "UserPoolTags": object{"new": "1"}})
	w.must("UpdateUserPool", object{"UserPoolId": pool["Id"]})
	is(object{"new": "1"})
	w.must("UntagResource", with(ref, object{"TagKeys": []string{"new"}}))
	is(object{})
}

func TestWhatTagsRefuse(t *testing.T) {
	w := newWorld(t)
	pool := at(w.must("CreateUserPool", object{"PoolName": "p"}), "UserPool").(object)
	ref := object{"ResourceArn": pool["Arn"]}
	fifty := object{}
	for i := range 50 {
		fifty[fmt.Sprint("k", i)] = "v"
	}
	const many = "A user pool can have at most 50 tags."
	const reserved = "Tag keys that begin with aws: are reserved."
	const characters = "Tags can have letters, digits, spaces and the characters _ . : / = + - @ only."
	refuses := func(tags object, want string) {
		t.Helper()
		w.refusal("TagResource", with(ref, object{"Tags": tags}), "InvalidParameterException: "+want)
	}
	refuses(object{"aws:x": "v"}, reserved)
	refuses(object{"AWS:x": "v"}, reserved)
	refuses(object{"k1": "<b>"}, characters)
	refuses(object{"k1!": ""}, characters)
	w.must("TagResource", with(ref, object{"Tags": fifty}))
	w.must("TagResource", with(ref, object{"Tags": object{"k1": "other"}})) // the number does not grow
	refuses(object{"k50": "v"}, many)
	for _, c := range []struct {
		tags object
		want string
	}{{with(fifty, object{"k50": "v"}), many}, {object{"aws:x": "v"}, reserved}, {object{"a": "\x01"}, characters}} {
		w.refusal("CreateUserPool", object{"PoolName": "p", "UserPoolTags": c.tags}, "UserPoolTaggingException: "+c.want)
		w.refusal("UpdateUserPool", object{"UserPoolId": pool["Id"], "UserPoolTags": c.tags},
			"UserPoolTaggingException: "+c.want)
	}
	own := pool["Arn"].(string)
	for arn, want := range map[string]string{
		strings.Replace(own, ":111111111111:", ":222222222222:", 1): "ResourceNotFoundException: User pool " +
			pool["Id"].(string) + " does not exist.",
		strings.Replace(own, ":us-east-1:", ":eu-west-1:", 1): "ResourceNotFoundException: User pool " +
			pool["Id"].(string) + " does not exist.",
		"arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_Unknown00": "ResourceNotFoundException: User pool " +
			"us-east-1_Unknown00 does not exist.",
		"arn:aws:cognito-idp:us-east-1:111111111111:group/us-east-1_Unknown00": "InvalidParameterException: arn:aws:cognito" +
			"-idp:us-east-1:111111111111:group/us-east-1_Unknown00 is not the ARN of a user pool.",
		"arn:aws:s3:us-east-1:111111111111:userpool/us-east-1_Unknown00": "InvalidParameterException: arn:aws:s3:us-east-1:" +
			"111111111111:userpool/us-east-1_Unknown00 is not the ARN of a user pool.",
	} {
		ref := object{"ResourceArn": arn}
		w.refusal("ListTagsForResource", ref, want)
		w.refusal("TagResource", with(ref, object{"Tags": object{"a": "b"}}), want)
		w.refusal("UntagResource", with(ref, object{"TagKeys": []string{"a"}}), want)
	}
	w.account = "222222222222"
	w.refusal("ListTagsForResource", ref, "ResourceNotFoundException: User pool "+pool["Id"].(string)+" does not exist.")
}
