package awsapi_test

import (
	"fmt"
	"testing"
)

// terms returns the document in the response of an operation.
func (w *world) terms(operation string, in object) object {
	w.t.Helper()
	return w.must(operation, in)["Terms"].(object)
}

func TestTermsLifeCycle(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	client := w.client(pool, nil)
	of := object{"UserPoolId": pool, "ClientId": client}
	links := object{"cognito:default": "https://example.com/terms", "cognito:french": "https://example.com/fr"}
	whole := with(of, object{"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE", "Links": links})
	created := w.terms("CreateTerms", whole)
	id := created["TermsId"]
	ref := object{"UserPoolId": pool, "TermsId": id}
	want := with(whole,
		object{"TermsId": id, "CreationDate": created["CreationDate"], "LastModifiedDate": created["CreationDate"]})
	sameJSON(t, "created", created, want)
	if created["CreationDate"] == nil {
		t.Error("no date")
	}
	shows := func(when string) {
		t.Helper()
		got := w.terms("DescribeTerms", ref)
		want["LastModifiedDate"] = got["LastModifiedDate"]
		sameJSON(t, when, got, want)
		byName := with(of, object{"TermsName": want["TermsName"]})
		sameJSON(t, when+", by client", w.terms("DescribeTermsByClient", byName), want)
		sameJSON(t, when+", listed", w.must("ListTerms", object{"UserPoolId": pool}), object{"Terms": []any{object{
			"TermsId": id, "TermsName": want["TermsName"], "Enforcement": "NONE", "CreationDate": want["CreationDate"],
			"LastModifiedDate": want["LastModifiedDate"],
		}}})
	}
	shows("created")
	w.clk.Advance(1e9)
	sameJSON(t, "updated with nothing", with(w.terms("UpdateTerms", ref), object{"LastModifiedDate": 0}),
		with(want, object{"LastModifiedDate": 0}))
	// Links are replaced as a whole.
	for _, change := range []object{
		{"Links": object{"cognito:default": "https://example.com/new"}}, {"TermsName": "privacy-policy"},
		{"TermsSource": "LINK", "Enforcement": "NONE"},
	} {
		w.must("UpdateTerms", with(ref, change))
		want = with(want, change)
		shows("after " + asJSON(t, change))
	}
	if want["LastModifiedDate"] == want["CreationDate"] {
		t.Error("LastModifiedDate does not change")
	}
	w.refusal("DescribeTermsByClient", with(of, object{"TermsName": "terms-of-use"}),
		"ResourceNotFoundException: Terms document terms-of-use does not exist for app client "+client+".")
	w.must("DeleteTerms", ref)
	for _, operation := range []string{"DescribeTerms", "UpdateTerms", "DeleteTerms"} {
		w.refusal(operation, ref, fmt.Sprintf("ResourceNotFoundException: Terms document %v does not exist.", id))
	}
	sameJSON(t, "deleted", w.must("ListTerms", object{"UserPoolId": pool}), object{"Terms": []any{}})
	w.must("CreateTerms", whole)
}

func TestTermsRefusals(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	client := w.client(pool, nil)
	in := with(termsOfUse, object{"UserPoolId": pool, "ClientId": client})
	const noDefault = "InvalidParameterException: Links must contain a link for cognito:default."
	w.refusal("CreateTerms", with(in, object{"Links": nil}), noDefault)
	w.refusal("CreateTerms", with(in, object{"Links": object{"cognito:german": "https://example.com"}}), noDefault)
	script := object{"cognito:default": "https://example.com", "cognito:german": "javascript:alert(1)"}
	w.refusal("CreateTerms", with(in, object{"Links": script}),
		"InvalidParameterException: The link for cognito:german is not a valid http or https URL.")
	w.refusal("CreateTerms", with(in, object{"ClientId": "unknown"}),
		"ResourceNotFoundException: User pool client unknown does not exist.")
	id := w.terms("CreateTerms", in)["TermsId"]
	exists := func(name string) string {
		return "TermsExistsException: Terms document " + name + " already exists for app client " + client + "."
	}
	w.refusal("CreateTerms", in, exists("terms-of-use"))
	w.must("CreateTerms", with(in, object{"TermsName": "privacy-policy"}))
	ref := object{"UserPoolId": pool, "TermsId": id}
	w.refusal("UpdateTerms", with(ref, object{"TermsName": "privacy-policy"}), exists("privacy-policy"))
	w.refusal("UpdateTerms", with(ref, object{"Links": object{"cognito:german": "https://example.com"}}), noDefault)
	w.refusal("UpdateTerms", with(ref, object{"Links": script}),
		"InvalidParameterException: The link for cognito:german is not a valid http or https URL.")
	sameJSON(t, "after refusals", w.terms("DescribeTerms", ref)["Links"], termsOfUse["Links"])
	byClient := object{"UserPoolId": pool, "ClientId": "unknown", "TermsName": "terms-of-use"}
	w.refusal("DescribeTermsByClient", byClient, "ResourceNotFoundException: User pool client unknown does not exist.")
	inOther := with(ref, object{"UserPoolId": w.pool(nil)})
	for _, operation := range []string{"DescribeTerms", "UpdateTerms", "DeleteTerms"} {
		w.refusal(operation, inOther, fmt.Sprintf("ResourceNotFoundException: Terms document %v does not exist.", id))
	}
	for operation, in := range map[string]object{
		"CreateTerms": in, "DescribeTerms": ref, "DescribeTermsByClient": with(byClient, object{"ClientId": client}),
		"UpdateTerms": ref, "DeleteTerms": ref, "ListTerms": {"UserPoolId": pool},
	} {
		w.refusal(operation, with(in, object{"UserPoolId": "us-east-1_AAAAAAAAA"}),
			"ResourceNotFoundException: User pool us-east-1_AAAAAAAAA does not exist.")
		w.account = "222222222222"
		w.refusal(operation, in, "ResourceNotFoundException: User pool "+pool+" does not exist.")
		w.account = "111111111111"
	}
}

// Documents are deleted with their client, and a pool can have forty.
func TestTermsOfAPool(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	var clients []string
	for range 20 {
		client := w.client(pool, nil)
		clients = append(clients, client)
		for _, name := range []string{"terms-of-use", "privacy-policy"} {
			w.must("CreateTerms", with(termsOfUse, object{"UserPoolId": pool, "ClientId": client, "TermsName": name}))
		}
	}
	more := with(termsOfUse, object{"UserPoolId": pool, "ClientId": w.client(pool, nil)})
	w.refusal("CreateTerms", more,
		"LimitExceededException: Exceeded the limit of 40 terms documents in user pool "+pool+".")
	listed := map[any]bool{}
	for in, pages := (object{"UserPoolId": pool, "MaxResults": 17}), 0; pages < 3; pages++ {
		out := w.must("ListTerms", in)
		for _, row := range out["Terms"].([]any) {
			listed[row.(object)["TermsId"]] = true
		}
		if (out["NextToken"] == nil) != (pages == 2) {
			t.Errorf("page %d has token %v", pages, out["NextToken"])
		}
		in = with(in, object{"NextToken": out["NextToken"]})
	}
	if len(listed) != 40 {
		t.Errorf("%d documents are listed", len(listed))
	}
	w.must("DeleteUserPoolClient", object{"UserPoolId": pool, "ClientId": clients[0]})
	if left := w.must("ListTerms", object{"UserPoolId": pool})["Terms"].([]any); len(left) != 38 {
		t.Errorf("%d documents are left", len(left))
	}
	w.must("CreateTerms", more)
}
