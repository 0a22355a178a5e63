package main

import (
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// resource describes one member that Create…, Update… and Delete… write.
type resource struct {
	noun string // in the names of the operations
	// id is the member that names the resource. named returns it, unless the server
	// creates it.
	id    string
	named func(*subject) in
	// set returns the members of a request that set the value.
	set           func(value any) in
	first, second any
	// read finds the value at path.
	read string
	path []string
}

// member is a set for a member that is the value itself.
func member(name string) func(any) in { return func(value any) in { return in{name: value} } }

var group = resource{
	noun: "Group", id: "GroupName", named: func(s *subject) in { return in{"GroupName": s.name} },
	set: member("Description"), first: "first", second: "second",
	read: "GetGroup", path: []string{"Group", "Description"},
}

var resourceServer = resource{
	noun: "ResourceServer", id: "Identifier",
	named: func(s *subject) in { return in{"Identifier": "https://" + s.name + ".example.com"} },
	set:   member("Name"), first: "first", second: "second",
	read: "DescribeResourceServer", path: []string{"ResourceServer", "Name"},
}

var identityProvider = resource{
	noun: "IdentityProvider", id: "ProviderName",
	named: func(s *subject) in { return in{"ProviderName": s.name, "ProviderType": "OIDC"} },
	set: func(value any) in {
		const issuer = "https://issuer.example.com"
		return in{"ProviderDetails": in{
			"client_id": value, "client_secret": "secret",
			"authorize_scopes": "openid", "attributes_request_method": "GET",
			"oidc_issuer": issuer, "authorize_url": issuer + "/authorize", "token_url": issuer + "/token",
			"attributes_url": issuer + "/userinfo", "jwks_uri": issuer + "/jwks",
		}}
	},
	first: "first", second: "second",
	read: "DescribeIdentityProvider", path: []string{"IdentityProvider", "ProviderDetails", "client_id"},
}

var client = resource{
	noun: "UserPoolClient", id: "ClientId", named: func(*subject) in { return nil },
	set: member("ClientName"), first: "first", second: "second",
	read: "DescribeUserPoolClient", path: []string{"UserPoolClient", "ClientName"},
}

var domain = resource{
	noun: "UserPoolDomain", id: "Domain", named: func(s *subject) in { return in{"Domain": s.name} },
	set: member("ManagedLoginVersion"), first: 1, second: 2,
	read: "DescribeUserPoolDomain", path: []string{"DomainDescription", "ManagedLoginVersion"},
}

// The resources of the subject's client.
var (
	branding = resource{
		noun: "ManagedLoginBranding", id: "ManagedLoginBrandingId",
		named: func(s *subject) in { return in{"ClientId": s.clientID} },
		set: func(value any) in {
			return in{"Settings": in{"categories": in{"global": in{"colorSchemeMode": value}}}}
		},
		first: "LIGHT", second: "DARK",
		read: "DescribeManagedLoginBranding",
		path: []string{"ManagedLoginBranding", "Settings", "categories", "global", "colorSchemeMode"},
	}
	terms = resource{
		noun: "Terms", id: "TermsId",
		named: func(s *subject) in { return in{"ClientId": s.clientID} },
		set: func(value any) in {
			return in{
				"TermsName": value, "TermsSource": "LINK", "Enforcement": "NONE",
				"Links": in{"cognito:default": "https://example.com"},
			}
		},
		first: "terms-of-use", second: "privacy-policy",
		read: "DescribeTerms", path: []string{"Terms", "TermsName"},
	}
)

// scenario returns the scenario of a resource.
func (r resource) scenario() scenario {
	return scenario{
		func(s *subject, server *harness.Server) { s.exercise(server, r) },
		[]string{"Create" + r.noun, "Update" + r.noun, "Delete" + r.noun},
	}
}

// keep creates, changes and, for most subjects, deletes a resource.
func (s *subject) exercise(server *harness.Server, r resource) {
	fields := r.named(s)
	first, second := facts{r.noun: fmt.Sprint(r.first)}, facts{r.noun: fmt.Sprint(r.second)}
	id, given := fields[r.id]
	created := facts{}
	if given {
		s.readAt(r.noun, r.read, in{r.id: id}, r.path...)
		created = first
	}
	var made any
	if !s.write(server, "Create"+r.noun, s.inPool(fields, r.set(r.first)), &made, created) {
		return
	}
	if !given {
		id = at(made, r.path[0], r.id)
		s.readAt(r.noun, r.read, in{r.id: id}, r.path...)
		s.known[r.noun] = first[r.noun]
	}
	name := in{r.id: id}
	_ = s.write(server, "Update"+r.noun, s.inPool(name, r.set(r.second)), nil, second) &&
		s.continues() &&
		s.write(server, "Delete"+r.noun, s.inPool(name), nil, facts{r.noun: absent})
}

// brandClient creates a client and the resources that belong to clients.
func brandClient(s *subject, server *harness.Server) {
	var made any
	confidential := s.inPool(in{"ClientName": s.name, "GenerateSecret": true})
	if !s.write(server, "CreateUserPoolClient", confidential, &made, nil) {
		return
	}
	s.clientID = at(made, "UserPoolClient", "ClientId")
	s.exercise(server, branding)
	s.exercise(server, terms)
	ofClient := in{"ClientId": s.clientID}
	const blocked = "192.0.2.0/24"
	s.readAt("blocked addresses", "DescribeRiskConfiguration", ofClient,
		"RiskConfiguration", "RiskExceptionConfiguration", "BlockedIPRangeList")
	s.write(server, "SetRiskConfiguration", s.inPool(ofClient, in{
		"RiskExceptionConfiguration": in{"BlockedIPRangeList": []string{blocked}},
	}), nil, facts{"blocked addresses": "[" + blocked + "]"})
	var added any
	if !s.write(server, "AddUserPoolClientSecret", s.inPool(ofClient), &added, nil) {
		return
	}
	secret := at(added, "ClientSecretDescriptor", "ClientSecretId")
	s.known["secret"] = valid
	s.read["secret"] = func(server *harness.Server) (string, error) {
		var list struct {
			ClientSecrets []struct{ ClientSecretId string }
		}
		err := server.Call("ListUserPoolClientSecrets", s.inPool(ofClient), &list)
		for _, found := range list.ClientSecrets {
			if found.ClientSecretId == secret {
				return valid, err
			}
		}
		return absent, err
	}
	if s.continues() {
		s.write(server, "DeleteUserPoolClientSecret", s.inPool(ofClient, in{"ClientSecretId": secret}), nil,
			facts{"secret": absent})
	}
}

// ownPool creates a pool, which then is the subject's pool.
func (s *subject) ownPool(server *harness.Server) (arn in, ok bool) {
	var made any
	ok = s.write(server, "CreateUserPool", in{"PoolName": s.name}, &made, nil)
	s.poolID = at(made, "UserPool", "Id")
	return in{"ResourceArn": at(made, "UserPool", "Arn")}, ok
}

// pool creates, changes and deletes a pool.
func pool(s *subject, server *harness.Server) {
	arn, ok := s.ownPool(server)
	if !ok {
		return
	}
	s.known["pool"] = "INACTIVE"
	s.readAt("pool", "DescribeUserPool", nil, "UserPool", "DeletionProtection")
	s.readAt("tag", "ListTagsForResource", arn, "Tags", "stage")
	tags := map[string]string{"stage": "one"}
	protect := func(state string) bool {
		return s.write(server, "UpdateUserPool", s.inPool(in{"DeletionProtection": state, "UserPoolTags": tags}), nil,
			facts{"pool": state})
	}
	_ = s.write(server, "TagResource", with(arn, in{"Tags": tags}), nil, facts{"tag": "one"}) &&
		protect("ACTIVE") && protect("INACTIVE") &&
		s.write(server, "UntagResource", with(arn, in{"TagKeys": []string{"stage"}}), nil, facts{"tag": absent}) &&
		s.write(server, "DeleteUserPool", s.inPool(), nil, facts{"pool": absent})
}

// settings changes the settings of a pool that operations other than UpdateUserPool write.
func settings(s *subject, server *harness.Server) {
	if _, ok := s.ownPool(server); !ok {
		return
	}
	s.known["MFA"] = "OFF"
	s.readAt("MFA", "GetUserPoolMfaConfig", nil, "MfaConfiguration")
	s.read["custom attribute"] = func(server *harness.Server) (string, error) {
		var response struct {
			UserPool struct{ SchemaAttributes []struct{ Name string } }
		}
		err := server.Call("DescribeUserPool", s.inPool(), &response)
		for _, a := range response.UserPool.SchemaAttributes {
			if a.Name == "custom:floor" {
				return valid, err
			}
		}
		return absent, err
	}
	if s.write(server, "SetUserPoolMfaConfig", s.inPool(in{
		"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": in{"Enabled": true},
	}), nil, facts{"MFA": "OPTIONAL"}) &&
		s.write(server, "AddCustomAttributes", s.inPool(in{
			"CustomAttributes": []in{{"Name": "floor", "AttributeDataType": "String"}},
		}), nil, facts{"custom attribute": valid}) {
		s.exercise(server, domain)
	}
}
