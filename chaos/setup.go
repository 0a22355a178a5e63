package main

import (
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// setUp makes the pool and the client that the writers work on.
func setUp(s *harness.Server) (poolID, clientID string, err error) {
	var pool struct{ UserPool struct{ Id string } }
	if err := s.Call("CreateUserPool", map[string]any{"PoolName": "chaos", "AliasAttributes": []string{"email"}}, &pool); err != nil {
		return "", "", err
	}
	var client struct{ UserPoolClient struct{ ClientId string } }
	err = s.Call("CreateUserPoolClient", map[string]any{
		"UserPoolId": pool.UserPool.Id, "ClientName": "chaos", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"},
	}, &client)
	return pool.UserPool.Id, client.UserPoolClient.ClientId, err
}

// invariants holds the counters against the rows: users, search rows and the
// estimate must agree.
func invariants(s *harness.Server, poolID string) (broken []string) {
	count := func(filter string) (n int) {
		var token any
		for {
			in := map[string]any{"UserPoolId": poolID, "Filter": filter}
			if token != nil {
				in["PaginationToken"] = token
			}
			var page struct {
				Users           []struct{}
				PaginationToken *string
			}
			if err := s.Call("ListUsers", in, &page); err != nil {
				broken = append(broken, "ListUsers: "+err.Error())
				return n
			}
			n += len(page.Users)
			if page.PaginationToken == nil {
				return n
			}
			token = *page.PaginationToken
		}
	}
	var pool struct {
		UserPool struct{ EstimatedNumberOfUsers int }
	}
	if err := s.Call("DescribeUserPool", map[string]any{"UserPoolId": poolID}, &pool); err != nil {
		broken = append(broken, "DescribeUserPool: "+err.Error())
	}
	all, found := count(""), count(`email ^= "u"`)
	if estimated := pool.UserPool.EstimatedNumberOfUsers; all != found || all != estimated {
		broken = append(broken, fmt.Sprintf("%d users, %d found by e-mail, %d counted", all, found, estimated))
	}
	return broken
}
