package e2e

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const kmsKey = "arn:aws:kms:us-east-1:111122223333:key/a6c4f8e2-0c45-47db-925f-87854bc9e357"

// recordedMessage is a message that the custom sender of js/custom-sender.mjs recorded.
type recordedMessage struct {
	Source, Type, User, Client, Pool, Code string
	Attributes, Metadata, Context          map[string]string
	Response                               any
}

// TestCustomSender sends the messages of a pool by a handler written for AWS, with
// AWS's own encryption SDK.
func TestCustomSender(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		handler, err := filepath.Abs(filepath.Join("js", "custom-sender.mjs"))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "sent")
		t.Setenv("SENT_FILE", file)
		t.Setenv("KEY_ID", kmsKey)
		t.Setenv("KEY_ARN", kmsKey)
		srv := startDev(t, st, "--no-seed", "--trigger", "CustomEmailSender=node:"+handler)
		target := aws.String("arn:aws:lambda:us-east-1:111122223333:function:sender")
		p := newPool(t, srv, func(in *cip.CreateUserPoolInput) {
			in.LambdaConfig = &types.LambdaConfigType{
				CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: target, LambdaVersion: "V1_0"},
				KMSKeyID:          aws.String(kmsKey),
			}
		})
		a := p.newApp(t)
		seen := 0
		next := func() recordedMessage {
			t.Helper()
			var sent recordedMessage
			srv.until(t, "the handler to send", func() bool {
				text, _ := os.ReadFile(file)
				lines := strings.SplitAfter(string(text), "\n")
				if len(lines) < seen+2 {
					return false
				}
				if err := json.Unmarshal([]byte(lines[seen]), &sent); err != nil {
					t.Fatal(err)
				}
				return true
			})
			seen++
			return sent
		}

		ok(a.signUp(t, "ann", password, attr("email", "ann@example.com")))(t)
		sent := next()
		if sent.Source != "CustomEmailSender_SignUp" || sent.Type != "customEmailSenderRequestV1" ||
			sent.User != "ann" || sent.Pool != p.id || sent.Client != a.id ||
			sent.Attributes["email"] != "ann@example.com" || sent.Attributes["sub"] == "" ||
			sent.Context["userpool-id"] != p.id || sent.Response != nil {
			t.Errorf("%+v", sent)
		}
		if err := a.confirm(t, "ann", sent.Code); err != nil {
			t.Errorf("the code that was sent, %q: %v", sent.Code, err)
		}

		const temporary = `Tmp<&>"Passw0rd`
		ok(p.c.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &p.id, Username: aws.String("bob"), TemporaryPassword: aws.String(temporary),
			DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
			UserAttributes:         []types.AttributeType{attr("email", "bob@example.com")},
		}))(t)
		sent = next()
		if sent.Source != "CustomEmailSender_AdminCreateUser" || sent.Client != "CLIENT_ID_NOT_APPLICABLE" ||
			!strings.Contains(sent.Code, "&lt;") || html.UnescapeString(sent.Code) != temporary {
			t.Errorf("%+v", sent)
		}

		ok(p.c.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{
			ClientId: &a.id, Username: aws.String("ann"), ClientMetadata: map[string]string{"k": "v"},
		}))(t)
		if sent = next(); sent.Source != "CustomEmailSender_ForgotPassword" || sent.Metadata["k"] != "v" {
			t.Errorf("%+v", sent)
		}
		if err := a.resetTo(t, "ann", sent.Code, changedPassword); err != nil {
			t.Errorf("the reset code that was sent, %q: %v", sent.Code, err)
		}
		if kept := srv.messages(t, ""); len(kept) != 0 {
			t.Errorf("the built-in sender sent %+v", kept)
		}
	})
}
