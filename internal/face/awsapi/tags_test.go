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
	shows := func(want object) {
		t.Helper()
		sameJSON(t, "ListTagsForResource", w.must("ListTagsForResource", ref)["Tags"], want)
		described := w.must("DescribeUserPool", object{"UserPoolId": pool["Id"]})
		sameJSON(t, "DescribeUserPool", at(described, "UserPool.UserPoolTags"), want)
	}
	shows(object{"team": "a", "empty": ""})
	if out := w.must("TagResource",
		with(ref, object{"Tags": object{"team": "b", "cost centre": "é/1+2=3@x.y:z_-"}})); len(out) != 0 {
		t.Errorf("TagResource returned %v", out)
	}
	shows(object{"team": "b", "empty": "", "cost centre": "é/1+2=3@x.y:z_-"})
	if out := w.must("UntagResource", with(ref, object{"TagKeys": []string{"team", "nothing"}})); len(out) != 0 {
		t.Errorf("UntagResource returned %v", out)
	}
	shows(object{"empty": "", "cost centre": "é/1+2=3@x.y:z_-"})
	// UpdateUserPool replaces tags or, without UserPoolTags, keeps them.
	w.must("UpdateUserPool", object{"UserPoolId": pool["Id"], "UserPoolTags": object{"new": "1"}})
	w.must("UpdateUserPool", object{"UserPoolId": pool["Id"]})
	shows(object{"new": "1"})
	w.must("UntagResource", with(ref, object{"TagKeys": []string{"new"}}))
	shows(object{})
}

func TestTagRefusals(t *testing.T) {
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
		w.refusal("CreateUserPool", object{"PoolName": "p", "UserPoolTags": c.tags},
			"UserPoolTaggingException: "+c.want)
		w.refusal("UpdateUserPool", object{"UserPoolId": pool["Id"], "UserPoolTags": c.tags},
			"UserPoolTaggingException: "+c.want)
	}
	own := pool["Arn"].(string)
	notFound := func(id any) string {
		return fmt.Sprintf("ResourceNotFoundException: User pool %v does not exist.", id)
	}
	notAPool := func(arn string) string {
		return "InvalidParameterException: " + arn + " is not the ARN of a user pool."
	}
	const (
		unknown = "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_Unknown00"
		group   = "arn:aws:cognito-idp:us-east-1:111111111111:group/us-east-1_Unknown00"
		s3      = "arn:aws:s3:us-east-1:111111111111:userpool/us-east-1_Unknown00"
	)
	for arn, want := range map[string]string{
		strings.Replace(own, ":111111111111:", ":222222222222:", 1): notFound(pool["Id"]),
		strings.Replace(own, ":us-east-1:", ":eu-west-1:", 1):       notFound(pool["Id"]),
		unknown: notFound("us-east-1_Unknown00"),
		group:   notAPool(group),
		s3:      notAPool(s3),
	} {
		ref := object{"ResourceArn": arn}
		w.refusal("ListTagsForResource", ref, want)
		w.refusal("TagResource", with(ref, object{"Tags": object{"a": "b"}}), want)
		w.refusal("UntagResource", with(ref, object{"TagKeys": []string{"a"}}), want)
	}
	w.account = "222222222222"
	w.refusal("ListTagsForResource", ref, notFound(pool["Id"]))
}
