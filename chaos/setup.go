package main

import (
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// setUp makes the pool and the clients that the writers work on.
func (l *ledger) setUp(s *harness.Server) error {
	var pool struct{ UserPool struct{ Id string } }
	if err := s.Call("CreateUserPool", in{
		"PoolName": "chaos", "AliasAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"},
		"MfaConfiguration": "OFF",
	}, &pool); err != nil {
		return err
	}
	l.poolID = pool.UserPool.Id
	err := s.Call("SetUserPoolMfaConfig", in{
		"UserPoolId": l.poolID, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": in{"Enabled": true},
	}, nil)
	if err != nil {
		return err
	}
	if l.clientID, err = l.newClient(s, in{
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}); err != nil {
		return err
	}
	l.rotatingID, err = l.newClient(s, in{
		"ExplicitAuthFlows":    []string{"ALLOW_USER_PASSWORD_AUTH"},
		"RefreshTokenRotation": in{"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
	})
	return err
}

func (l *ledger) newClient(s *harness.Server, fields in) (string, error) {
	var made struct{ UserPoolClient struct{ ClientId string } }
	fields["UserPoolId"], fields["ClientName"] = l.poolID, "chaos"
	err := s.Call("CreateUserPoolClient", fields, &made)
	return made.UserPoolClient.ClientId, err
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
