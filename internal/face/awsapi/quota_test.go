package awsapi_test

import (
	"fmt"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// quota sets a pool's quotas as an operator does.
func (w *world) quota(poolID string, set userpool.Quotas) {
	w.t.Helper()
	w.change(func(tx *store.Tx) error {
		shared, err := tx.Pool(poolID)
		if err != nil {
			return err
		}
		p := *shared
		p.Quotas = set
		return tx.UpdatePool(&p)
	})
}

func TestQuotaOfPools(t *testing.T) {
	w := newWorld(t)
	two := 2
	w.change(func(tx *store.Tx) error {
		return tx.SetAccountQuota("111111111111", "us-east-1", userpool.QuotaUserPools, &two)
	})
	first := w.pool(nil)
	w.pool(nil)
	w.refusal("CreateUserPool", object{"PoolName": "third"},
		"LimitExceededException: Exceeded the limit of 2 user pools in account 111111111111.")
	w.account = "222222222222"
	w.pool(nil)
	w.account = "111111111111"
	w.must("DeleteUserPool", object{"UserPoolId": first})
	w.pool(nil)
}

func TestQuotasOfAPool(t *testing.T) {
	w := newWorld(t)
	pool, client := w.mailPool(nil, nil)
	for _, name := range []string{"ann", "bob"} {
		w.confirmed(client, name)
	}
	w.quota(pool, userpool.Quotas{
		userpool.QuotaGroups: 3, userpool.QuotaGroupsPerUser: 2, userpool.QuotaAppClients: 2,
		userpool.QuotaCustomAttributes: 2, userpool.QuotaCallbackURLs: 1, userpool.QuotaLogoutURLs: 1,
		userpool.QuotaScopesPerClient: 2,
	})
	group := func(name string) object { return object{"UserPoolId": pool, "GroupName": name} }
	groupLimit := func(n int) string {
		return fmt.Sprintf("LimitExceededException: Exceeded the limit of %d groups in user pool %s.", n, pool)
	}
	member := func(user, name string) object { return with(group(name), object{"Username": user}) }
	for i := range 3 {
		w.must("CreateGroup", group(fmt.Sprint("g", i)))
	}
	w.refusal("CreateGroup", group("g3"), groupLimit(3))
	w.must("AdminAddUserToGroup", member("ann", "g0"))
	w.must("AdminAddUserToGroup", member("ann", "g1"))
	// The model of this operation does not list LimitExceededException.
	w.refusal("AdminAddUserToGroup", member("ann", "g2"),
		"InvalidParameterException: Exceeded the limit of 2 groups for user ann.")
	w.must("AdminAddUserToGroup", member("ann", "g1")) // already a member
	w.must("AdminAddUserToGroup", member("bob", "g2"))

	second := w.client(pool, nil)
	w.refusal("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "third"},
		"LimitExceededException: Exceeded the limit of 2 app clients in user pool "+pool+".")
	ref := object{"UserPoolId": pool, "ClientId": second}
	urls := []string{"https://a.example.com", "https://b.example.com"}
	for _, c := range []struct {
		members object
		what    string
	}{
		{object{"CallbackURLs": urls}, "1 callback URLs"}, {object{"LogoutURLs": urls}, "1 logout URLs"},
		{object{"AllowedOAuthScopes": []string{"openid", "email", "phone"}}, "2 scopes"},
	} {
		w.refusal("UpdateUserPoolClient", with(ref, c.members),
			"InvalidParameterException: Exceeded the limit of "+c.what+" for app client "+second+".")
	}
	w.must("UpdateUserPoolClient", with(ref,
		object{"CallbackURLs": urls[:1], "LogoutURLs": urls[1:], "AllowedOAuthScopes": []string{"openid", "email"}}))

	custom := func(names ...string) object {
		var list []object
		for _, name := range names {
			list = append(list, object{"Name": name, "AttributeDataType": "String"})
		}
		return object{"UserPoolId": pool, "CustomAttributes": list}
	}
	w.must("AddCustomAttributes", custom("one"))
	w.refusal("AddCustomAttributes", custom("two", "three"),
		"InvalidParameterException: Exceeded the limit of 2 custom attributes in user pool "+pool+".")
	w.must("AddCustomAttributes", custom("two"))

	// An update does not change quotas, which only an operator sets.
	w.must("UpdateUserPool", object{"UserPoolId": pool})
	w.refusal("CreateGroup", group("g3"), groupLimit(3))
	// With a quota below the current number, only new resources are refused.
	w.quota(pool, userpool.Quotas{userpool.QuotaGroups: 1})
	w.must("UpdateGroup", group("g0"))
	w.must("DeleteGroup", group("g2"))
	w.refusal("CreateGroup", group("g2"), groupLimit(1))
	w.quota(pool, nil)
	w.must("CreateGroup", group("g2"))
}
