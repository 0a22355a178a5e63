package e2e

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestSeedSurvivesRestart: after a restart the demonstration pool has the same ids and
// users.
func TestSeedSurvivesRestart(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		list := func() []types.UserPoolDescriptionType {
			srv := startDev(t, st)
			defer srv.stop(t)
			c := srv.sdk(t)
			pools := ok(c.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(10)}))(t).UserPools
			if len(pools) != 1 {
				t.Fatalf("%d pools are seeded", len(pools))
			}
			demo := &cip.AdminGetUserInput{UserPoolId: pools[0].Id, Username: aws.String("demo")}
			ok(c.AdminGetUser(t.Context(), demo))(t)
			return pools
		}
		first, second := list(), list()
		if *first[0].Id != *second[0].Id || !first[0].CreationDate.Equal(*second[0].CreationDate) {
			t.Errorf("seeded %s of %v, then %s of %v", *first[0].Id, first[0].CreationDate, *second[0].Id,
				second[0].CreationDate)
		}
	})
}

// TestReset: a reset deletes everything except the demonstration pool.
func TestReset(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		srv := startDev(t, st, "--code", "424242")
		a := newPool(t, srv).newApp(t)
		ok(a.signUp(t, "ruth", password, attr("email", "ruth@example.com")))(t)
		if code := srv.code(t, "ruth@example.com"); code != "424242" {
			t.Errorf("the fixed code is %s", code)
		}
		res, err := http.Post(srv.URL+"/_dev/reset", "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("/_dev/reset: %s", res.Status)
		}
		if sent := srv.messages(t, ""); len(sent) != 0 {
			t.Errorf("messages after the reset: %+v", sent)
		}
		pools := ok(a.c.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(10)}))(t).UserPools
		if len(pools) != 1 || *pools[0].Id == a.pool.id {
			t.Errorf("%d pools after the reset", len(pools))
		}
		refused(t, errOf(a.passwordSignIn(t, "ruth", password)), notFound,
			"User pool client "+a.id+" does not exist.")
	})
}

// TestCallerAccountAndRegion: in dev mode the account and the region come from the caller.
func TestCallerAccountAndRegion(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed")
	german := func(o *cip.Options) { o.Region = "eu-central-1" }
	tenant := srv.sdk(t, accessKey{"123456789012", "any"}.signed, german)
	made := ok(tenant.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("tenant")}))(t).UserPool
	if want := "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/" + *made.Id; *made.Arn != want {
		t.Errorf("ARN %s, want %s", *made.Arn, want)
	}
	list := func(c *cip.Client) []types.UserPoolDescriptionType {
		return ok(c.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(10)}))(t).UserPools
	}
	if len(list(tenant)) != 1 || len(list(srv.sdk(t))) != 0 || len(list(srv.sdk(t, german))) != 0 {
		t.Error("pools of one account and region show in another")
	}
	refused(t, errOf(srv.sdk(t, german).DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: made.Id})),
		notFound, "User pool "+*made.Id+" does not exist.")
}
