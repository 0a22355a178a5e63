package lifeguardtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/lifeguardtest"
)

const demoClient = "demopublicclient0000000000"

func signUp(t *testing.T, srv *lifeguardtest.Server, name string) {
	t.Helper()
	out := call(t, srv, "SignUp", map[string]any{
		"ClientId": demoClient, "Username": name, "Password": "Test-Passw0rd",
		"UserAttributes": []map[string]string{{"Name": "email", "Value": name + "@example.com"}},
	})
	if out["UserSub"] == nil {
		t.Fatalf("sign-up: %v", out)
	}
}

func confirm(t *testing.T, srv *lifeguardtest.Server, name, code string) any {
	t.Helper()
	return call(t, srv, "ConfirmSignUp",
		map[string]any{"ClientId": demoClient, "Username": name, "ConfirmationCode": code})["__type"]
}

func TestMailboxAndClock(t *testing.T) {
	srv := lifeguardtest.Start(t, lifeguardtest.WithDemonstration())
	signUp(t, srv, "ann")
	signUp(t, srv, "bob")
	messages := srv.Messages("ann@example.com")
	if len(messages) != 1 || len(messages[0].Code) != 6 || messages[0].TriggerSource != "CustomMessage_SignUp" {
		t.Fatalf("messages %+v", messages)
	}
	if all := srv.Messages(""); len(all) != 2 {
		t.Errorf("%d messages in all", len(all))
	}
	if refused := confirm(t, srv, "ann", messages[0].Code); refused != nil {
		t.Errorf("the delivered code: %v", refused)
	}
	before := srv.Now()
	srv.Advance(24 * time.Hour)
	if moved := srv.Now().Sub(before); moved < 24*time.Hour {
		t.Errorf("the clock moved by %v", moved)
	}
	if refused := confirm(t, srv, "bob", srv.Messages("bob@example.com")[0].Code); refused != "ExpiredCodeException" {
		t.Errorf("an expired code: %v", refused)
	}
}

func TestTrigger(t *testing.T) {
	srv := lifeguardtest.Start(t, lifeguardtest.WithDemonstration(),
		lifeguardtest.WithTrigger("PreSignUp", func(_ context.Context, event []byte) ([]byte, error) {
			if bytes.Contains(event, []byte(`"userName":"bob"`)) {
				return nil, errors.New("not bob")
			}
			return []byte(`{"response":{"autoConfirmUser":true}}`), nil
		}))
	for name, want := range map[string]any{"ann": nil, "bob": "PreSignUp failed with error not bob."} {
		out := call(t, srv, "SignUp", map[string]any{
			"ClientId": demoClient, "Username": name, "Password": "Test-Passw0rd",
		})
		if out["message"] != want || want == nil && out["UserConfirmed"] != true {
			t.Errorf("%s: %v", name, out)
		}
	}
}

func TestFixedCode(t *testing.T) {
	srv := lifeguardtest.Start(t, lifeguardtest.WithDemonstration(), lifeguardtest.WithFixedCode("123456"))
	signUp(t, srv, "ann")
	if refused := confirm(t, srv, "ann", "123456"); refused != nil {
		t.Errorf("the fixed code: %v", refused)
	}
}

// Servers of one process do not share data.
func TestServersShareNoData(t *testing.T) {
	one := lifeguardtest.Start(t, lifeguardtest.WithDemonstration())
	two := lifeguardtest.Start(t, lifeguardtest.WithDemonstration())
	signUp(t, one, "ann")
	signUp(t, two, "ann")
	if len(one.Messages("")) != 1 || len(two.Messages("")) != 1 {
		t.Error("a server has messages of another one")
	}
}

// A server on PostgreSQL leaves no files, and a later run can open the database.
func TestDatabase(t *testing.T) {
	database, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"ann", "bob"} {
		srv := lifeguardtest.Start(t, lifeguardtest.WithDatabase(database), lifeguardtest.WithDemonstration())
		signUp(t, srv, name)
	}
	left, err := os.ReadDir(".")
	if err != nil || len(left) != 0 {
		t.Errorf("left in the working directory: %v, %v", left, err)
	}
}

func TestIssuerModes(t *testing.T) {
	const pool = "us-east-1_Lifeguard"
	self := lifeguardtest.Start(t, lifeguardtest.WithDemonstration())
	aws := lifeguardtest.Start(t, lifeguardtest.WithDemonstration(), lifeguardtest.WithAWSIssuer())
	for srv, want := range map[*lifeguardtest.Server]string{
		self: self.URL + "/" + pool,
		aws:  "https://cognito-idp.us-east-1.amazonaws.com/" + pool,
	} {
		answer, err := http.Get(srv.URL + "/" + pool + "/.well-known/openid-configuration")
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Issuer  string `json:"issuer"`
			JWKSURI string `json:"jwks_uri"`
		}
		err = json.NewDecoder(answer.Body).Decode(&doc)
		answer.Body.Close()
		if err != nil || doc.Issuer != want || doc.JWKSURI != srv.URL+"/"+pool+"/.well-known/jwks.json" {
			t.Errorf("%+v, %v; want issuer %s", doc, err, want)
		}
	}
}
