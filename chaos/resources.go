package main

import "github.com/lifeguard-auth/lifeguard/internal/harness"

// readText reads one text that get finds, or absent.
func (s *subject) readText(property, operation string, fields in, answer func() (out any, text func() string)) {
	s.read[property] = func(server *harness.Server) (string, error) {
		out, text := answer()
		if err := server.Call(operation, s.inPool(fields, nil), out); err != nil {
			return absentAs(absent, err, "ResourceNotFoundException")
		}
		if text() == "" {
			return absent, nil
		}
		return text(), nil
	}
}

func client(s *subject, server *harness.Server) {
	var made struct{ UserPoolClient struct{ ClientId string } }
	if !s.write(server, "CreateUserPoolClient", s.inPool(in{"ClientName": "first"}, nil), &made, nil) {
		return
	}
	id := in{"ClientId": made.UserPoolClient.ClientId}
	s.known["client"] = "first"
	s.readText("client", "DescribeUserPoolClient", id, func() (any, func() string) {
		var d struct{ UserPoolClient struct{ ClientName string } }
		return &d, func() string { return d.UserPoolClient.ClientName }
	})
	_ = s.write(server, "UpdateUserPoolClient", s.inPool(id, in{"ClientName": "second"}), nil,
		facts{"client": "second"}) &&
		s.write(server, "DeleteUserPoolClient", s.inPool(id, nil), nil, facts{"client": absent})
}

func resourceServer(s *subject, server *harness.Server) {
	id := in{"Identifier": "https://" + s.name + ".example.com"}
	s.readText("resource server", "DescribeResourceServer", id, func() (any, func() string) {
		var d struct{ ResourceServer struct{ Name string } }
		return &d, func() string { return d.ResourceServer.Name }
	})
	_ = s.write(server, "CreateResourceServer", s.inPool(id, in{"Name": "first"}), nil,
		facts{"resource server": "first"}) &&
		s.write(server, "UpdateResourceServer", s.inPool(id, in{"Name": "second"}), nil,
			facts{"resource server": "second"}) &&
		s.write(server, "DeleteResourceServer", s.inPool(id, nil), nil, facts{"resource server": absent})
}

// pool has configuration and tags of its own.
func pool(s *subject, server *harness.Server) {
	var made struct{ UserPool struct{ Id, Arn string } }
	if !s.write(server, "CreateUserPool", in{"PoolName": s.name}, &made, nil) {
		return
	}
	id, arn := in{"UserPoolId": made.UserPool.Id}, made.UserPool.Arn
	s.known["pool"] = "INACTIVE"
	s.readText("pool", "DescribeUserPool", id, func() (any, func() string) {
		var d struct {
			UserPool struct{ DeletionProtection string }
		}
		return &d, func() string { return d.UserPool.DeletionProtection }
	})
	s.read["tag"] = func(server *harness.Server) (string, error) {
		var list struct{ Tags map[string]string }
		if err := server.Call("ListTagsForResource", in{"ResourceArn": arn}, &list); err != nil {
			return absentAs(absent, err, "ResourceNotFoundException")
		}
		if value := list.Tags["stage"]; value != "" {
			return value, nil
		}
		return absent, nil
	}
	tags := map[string]string{"stage": "one"}
	protect := func(state string) bool {
		return s.write(server, "UpdateUserPool", s.inPool(id, in{"DeletionProtection": state, "UserPoolTags": tags}), nil,
			facts{"pool": state})
	}
	_ = s.write(server, "TagResource", in{"ResourceArn": arn, "Tags": tags}, nil, facts{"tag": "one"}) &&
		protect("ACTIVE") && protect("INACTIVE") &&
		s.write(server, "UntagResource", in{"ResourceArn": arn, "TagKeys": []string{"stage"}}, nil, facts{"tag": absent}) &&
		s.write(server, "DeleteUserPool", id, nil, facts{"pool": absent})
}
