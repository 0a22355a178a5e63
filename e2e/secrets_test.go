package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The known passwords; no other text contains them.
const (
	plantedPassword  = "Pl4nted-Sign-Up-Password!"
	plantedNew       = "Pl4nted-New-Password!"
	plantedTemporary = "Pl4nted-Temporary-Password!"
	plantedWrong     = "Pl4nted-Wrong-Password!"
	plantedName      = "planted-username"
	plantedEmail     = "planted.address@example.com"
)

// TestNoSecretsInClear runs a production server with the most detailed log, uses
// every kind of secret, and searches for them in the database and in the log.
func TestNoSecretsInClear(t *testing.T) {
	eachStorage(t, func(t *testing.T, st *storage) {
		key := newAccessKey(t, st)
		mail := newMailServer(t)
		srv := startServe(t, st, "--log-level", "debug",
			"--smtp-addr", mail.address, "--smtp-tls", "none", "--smtp-from", "no-reply@example.com")
		p := &pool{srv: srv, c: srv.sdk(t, key.signed)}
		p.id = *ok(p.c.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{
			PoolName: aws.String("planted"), AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		}))(t).UserPool.Id
		a := p.newApp(t, confidential)
		secrets := map[string]string{
			"access key secret": key.secret, "client secret": a.secret,
			"password": plantedPassword, "new password": plantedNew,
			"temporary password": plantedTemporary, "wrong password": plantedWrong,
		}
		codes := useSecrets(t, a, mail, secrets)

		t.Run("log", func(t *testing.T) { search(t, map[string]string{"the log": srv.log.String()}, secrets, codes) })
		t.Run("running", func(t *testing.T) { search(t, stored(t, st), secrets, codes) })
		srv.stop(t)
		t.Run("stopped", func(t *testing.T) { search(t, stored(t, st), secrets, codes) })
		// Control: the searched text contains the user's name.
		found := false
		for _, text := range stored(t, st) {
			found = found || strings.Contains(text, plantedName)
		}
		if !found {
			t.Errorf("the control failed: %s is not found in the database", plantedName)
		}
		if !strings.Contains(srv.log.String(), "SignUp") {
			t.Error("the control failed: the log does not contain SignUp")
		}
	})
}

// useSecrets uses every flow of a user that has secrets. It adds the tokens to
// secrets and returns the codes.
func useSecrets(t *testing.T, a *app, mail *mailServer, secrets map[string]string) []string {
	t.Helper()
	ok(a.signUp(t, plantedName, plantedPassword, attr("email", plantedEmail)))(t)
	signUpCode := mail.code(t, a.srv, plantedEmail, 1)
	refused(t, a.confirm(t, plantedName, wrong(signUpCode)), "CodeMismatchException", "")
	if err := a.confirm(t, plantedName, signUpCode); err != nil {
		t.Fatal(err)
	}
	refused(t, errOf(a.passwordSignIn(t, plantedName, plantedWrong)), notAuthorized, "")
	tokens := ok(a.srpSignIn(t, plantedName, plantedPassword))(t).AuthenticationResult
	fresh := ok(a.exchange(t, *tokens.RefreshToken))(t).AuthenticationResult
	ok(a.getUser(t, *fresh.AccessToken))(t)
	ok(a.forgot(t, plantedName))(t)
	resetCode := mail.code(t, a.srv, plantedEmail, 2)
	if err := a.resetTo(t, plantedName, resetCode, plantedNew); err != nil {
		t.Fatal(err)
	}
	last := a.tokens(t, plantedName, plantedNew)
	if err := a.revoke(t, *last.RefreshToken); err != nil {
		t.Fatal(err)
	}
	a.invite(t, plantedName+"-2", plantedTemporary)
	invited := ok(a.passwordSignIn(t, plantedName+"-2", plantedTemporary))(t)
	secrets["session"] = *invited.Session
	for kind, token := range map[string]*string{
		"ID token": tokens.IdToken, "access token": fresh.AccessToken, "refresh token": tokens.RefreshToken,
		"revoked token": last.RefreshToken,
	} {
		secrets[kind] = *token
	}
	// One code that is not redeemed.
	ok(a.signUp(t, plantedName+"-3", plantedPassword, attr("email", "third."+plantedEmail)))(t)
	return []string{signUpCode, resetCode, mail.code(t, a.srv, "third."+plantedEmail, 1)}
}

// stored is everything the engine has written, by file or table.
func stored(t *testing.T, st *storage) map[string]string {
	t.Helper()
	found := map[string]string{}
	if st.engine == "postgres" {
		tables := psql(t, st.database, `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)
			FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`)
		for table := range strings.FieldsSeq(tables) {
			found[table] = psql(t, st.database, "COPY "+table+" TO STDOUT")
		}
		return found
	}
	err := filepath.WalkDir(st.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// search asserts that none of the secrets occurs in the texts.
func search(t *testing.T, texts, secrets map[string]string, codes []string) {
	t.Helper()
	if len(texts) == 0 {
		t.Fatal("no text to search")
	}
	for _, leak := range leaks(texts, secrets, codes) {
		t.Error(leak)
	}
}

// leaks finds secrets as plain text, in hexadecimal and in base64, and pieces of
// long ones.
func leaks(texts, secrets map[string]string, codes []string) []string {
	var found []string
	for where, text := range texts {
		for kind, secret := range secrets {
			if slices.ContainsFunc(pieces(secret), func(piece string) bool { return contains(text, piece) }) {
				found = append(found, where+" contains the "+kind)
			}
		}
		for _, code := range codes {
			// A code is short: only a separate number counts.
			if regexp.MustCompile(`(^|[^0-9A-Za-z.])` + code + `([^0-9A-Za-z]|$)`).MatchString(text) {
				found = append(found, where+" contains the code "+code)
			}
		}
	}
	return found
}

// contains reports whether a text has a piece of a secret, as it is or encoded.
func contains(text, piece string) bool {
	return strings.Contains(text, piece) || strings.Contains(text, inBase64(piece)) ||
		strings.Contains(strings.ToLower(text), hex.EncodeToString([]byte(piece)))
}

// TestLeaks: the search finds secrets in every form.
func TestLeaks(t *testing.T) {
	long := randomHex(100)
	secrets := map[string]string{"password": plantedPassword, "token": long}
	for name, text := range map[string]string{
		"plain":       "…" + plantedPassword + "…",
		"hexadecimal": "\\x00" + hex.EncodeToString([]byte(plantedPassword)),
		"base64":      base64.StdEncoding.EncodeToString([]byte(plantedPassword)),
		"token":       "head." + long[100:],
		"code":        `{"code":"123456"}`,
		"sentence":    "Your verification code is 123456.",
	} {
		if len(leaks(map[string]string{name: text}, secrets, []string{"123456"})) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	clean := map[string]string{"text": plantedName + " 1123456 0.123456 a123456 " + long[:99]}
	if found := leaks(clean, secrets, []string{"123456"}); found != nil {
		t.Errorf("found in a text without secrets: %v", found)
	}
}

// pieces cuts a token into parts that might be stored separately. Parts that are
// the same in all tokens, such as the header of a JWT, are left out.
func pieces(secret string) []string {
	const size = 40
	if len(secret) <= 2*size {
		return []string{secret}
	}
	var cut []string
	for i := len(secret) / 2; i+size <= len(secret); i += size {
		cut = append(cut, secret[i:i+size])
	}
	return cut
}

// inBase64 returns the prefix that the base64 forms of all texts that begin with
// s share.
func inBase64(s string) string {
	whole := []byte(s)[:len(s)/3*3]
	return string(bytes.TrimRight([]byte(base64.StdEncoding.EncodeToString(whole)), "="))
}
