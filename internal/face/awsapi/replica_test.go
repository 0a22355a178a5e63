package awsapi_test

import (
	"strings"
	"testing"
	"time"
)

var replicable = object{
	"KeyConfiguration":    object{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": keyARN},
	"IssuerConfiguration": object{"Type": "UPDATED"},
}

func TestReplicaLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(replicable)
	ref := object{"UserPoolId": pool}
	replica := with(ref, object{"RegionName": "us-west-2"})
	entry := func(region, role, status string) object {
		return object{
			"RegionName": region, "Role": role, "Status": status,
			"UserPoolArn": "arn:aws:cognito-idp:" + region + ":111111111111:userpool/" + pool,
		}
	}
	primary := entry("us-east-1", "PRIMARY", "ACTIVE")
	requireListed := func(want ...object) {
		t.Helper()
		sameJSON(t, "listed", w.must("ListUserPoolReplicas", ref),
			object{"UserPoolReplicas": append([]object{primary}, want...)})
	}
	returns := func(operation string, in object, status string) {
		t.Helper()
		want := entry("us-west-2", "SECONDARY", status)
		if got := asJSON(t, at(w.must(operation, in), "UserPoolReplica")); got != asJSON(t, want) {
			t.Errorf("%s returned %s, want %s", operation, got, asJSON(t, want))
		}
		requireListed(want)
	}
	refuses := func(operation string, in object, state, to string) {
		t.Helper()
		w.refusal(operation, in,
			"InvalidParameterException: The replica in region us-west-2 is "+state+" and cannot become "+to+".")
	}
	requireListed()
	active, inactive := with(replica, object{"Status": "ACTIVE"}), with(replica, object{"Status": "INACTIVE"})
	returns("CreateUserPoolReplica", with(replica, object{"UserPoolTags": object{"team": "a"}}), "CREATING")
	refuses("UpdateUserPoolReplica", active, "CREATING", "ACTIVE")
	refuses("DeleteUserPoolReplica", replica, "CREATING", "DELETING")
	w.refusal("CreateUserPoolReplica", with(ref, object{"RegionName": "eu-west-1"}),
		"LimitExceededException: Exceeded the limit of 1 replica of user pool "+pool+".")
	w.clk.Advance(time.Minute)
	requireListed(entry("us-west-2", "SECONDARY", "INACTIVE"))
	returns("UpdateUserPoolReplica", active, "ACTIVE")
	returns("UpdateUserPoolReplica", active, "ACTIVE")
	refuses("DeleteUserPoolReplica", replica, "ACTIVE", "DELETING")
	listed := w.must("ListUserPools", object{"MaxResults": 5})["UserPools"].([]any)[0].(object)
	sameJSON(t, "ReplicaRegions", listed["ReplicaRegions"], []string{"us-west-2"})
	returns("UpdateUserPoolReplica", inactive, "INACTIVE")
	returns("DeleteUserPoolReplica", replica, "DELETING")
	refuses("UpdateUserPoolReplica", active, "DELETING", "ACTIVE")
	refuses("DeleteUserPoolReplica", replica, "DELETING", "DELETING")
	w.clk.Advance(time.Minute)
	requireListed()
	notFound := "ResourceNotFoundException: User pool " + pool + " has no replica in region us-west-2."
	w.refusal("UpdateUserPoolReplica", active, notFound)
	w.refusal("DeleteUserPoolReplica", replica, notFound)
	if pools := asJSON(t, w.must("ListUserPools", object{"MaxResults": 5})); strings.Contains(pools, "ReplicaRegions") {
		t.Errorf("listed %s", pools)
	}
	returns("CreateUserPoolReplica", replica, "CREATING")
	// An update of settings keeps the replica.
	w.must("UpdateUserPool", with(ref, object{"PoolName": "renamed"}))
	requireListed(entry("us-west-2", "SECONDARY", "CREATING"))
}

func TestReplicaRefusals(t *testing.T) {
	w := newWorld(t)
	ref := object{"UserPoolId": w.pool(replicable), "RegionName": "us-west-2"}
	region := func(name string) object { return with(ref, object{"RegionName": name}) }
	const own = "InvalidParameterException: The region us-east-1 holds the primary user pool, which is not a replica."
	w.refusal("CreateUserPoolReplica", region("us-east-1"),
		"InvalidParameterException: User pool "+ref["UserPoolId"].(string)+" is in region us-east-1 already.")
	w.refusal("CreateUserPoolReplica", region("Oregon"), "InvalidParameterException: Oregon is not an AWS region.")
	w.refusal("CreateUserPoolReplica", with(ref, object{"UserPoolTags": object{"aws:a": "b"}}),
		"UserPoolTaggingException: Tag keys that begin with aws: are reserved.")
	w.refusal("UpdateUserPoolReplica", with(region("us-east-1"), object{"Status": "ACTIVE"}), own)
	w.refusal("DeleteUserPoolReplica", region("us-east-1"), own)
	for name, c := range map[string]struct {
		pool object
		want string
	}{
		"no key": {
			object{"KeyConfiguration": object{"KeyType": "AWS_OWNED_KEY"}},
			"A replica requires a multi-Region customer managed key in KeyConfiguration.",
		},
		"one region": {object{"KeyConfiguration": object{
			"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:111111111111:key/0123",
		}}, "A replica requires a multi-Region customer managed key in KeyConfiguration."},
		"issuer": {
			object{"IssuerConfiguration": object{"Type": "ORIGINAL"}},
			"A replica requires an IssuerConfiguration of type UPDATED.",
		},
	} {
		pool := w.pool(with(replicable, c.pool))
		_, refused := w.call("CreateUserPoolReplica", with(ref, object{"UserPoolId": pool}))
		if refused != "InvalidParameterException: "+c.want {
			t.Errorf("%s: %q", name, refused)
		}
	}
	w.refusal("ListUserPoolReplicas", with(object{"UserPoolId": ref["UserPoolId"]}, object{"NextToken": "forged"}),
		"InvalidParameterException: Invalid pagination token.")
	for operation, in := range map[string]object{
		"CreateUserPoolReplica": ref, "DeleteUserPoolReplica": ref,
		"UpdateUserPoolReplica": with(ref, object{"Status": "ACTIVE"}),
		"ListUserPoolReplicas":  {"UserPoolId": ref["UserPoolId"]},
	} {
		w.poolRefusals(operation, in)
	}
}
