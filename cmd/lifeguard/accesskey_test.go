package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPoliciesOfAccessKeys(t *testing.T) {
	dir := newStore(t)
	good := writeFile(t, "good.json", `{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "cognito-idp:List*", "Resource": "*"}
	}`)
	const line = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"}}`
	status, out, errs := command("access-key", "create", "--data", dir, "--policy", good)
	id := regexp.MustCompile(`AKIA[A-Z2-7]{16}`).FindString(out)
	if status != 0 || id == "" {
		t.Fatal(out, errs)
	}
	listed := func(want string) {
		t.Helper()
		if _, out, _ := command("access-key", "list", "--data", dir); !strings.Contains(out, want) {
			t.Errorf("listed %q, want %s", out, want)
		}
	}
	listed(line)
	if status, _, errs := command("access-key", "policy", id, "--everything", "--data", dir); status != 0 {
		t.Error(errs)
	}
	listed("everything")
	if status, _, errs := command("access-key", "policy", id, "--policy", good, "--data", dir); status != 0 {
		t.Error(errs)
	}
	listed(line)
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"condition": {
			[]string{
				"create", "--policy",
				writeFile(t, "p", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*",`+
					`"Condition":{"Bool":{}}}]}`),
			},
			[]string{"--policy", "Statement[0].Condition", "conditions are not evaluated", "remove"},
		},
		"effect": {
			[]string{"create", "--policy", writeFile(t, "p", `{"Statement":{"Effect":"Maybe"}}`)},
			[]string{"Statement[0].Effect", `"Allow" or "Deny"`},
		},
		"no file": {[]string{"create", "--policy", dir + "/none.json"}, []string{"--policy", "none.json"}},
		"bad change": {
			[]string{"policy", id, "--policy", writeFile(t, "p", `{}`)}, []string{"--policy", "Statement", "missing"},
		},
		"no policy flag": {[]string{"policy", id}, []string{"--policy", "--everything"}},
		"both policy flags": {
			[]string{"policy", id, "--everything", "--policy", good},
			[]string{"--policy", "--everything"},
		},
		"empty name":    {[]string{"policy", id, "--policy="}, []string{"--policy"}},
		"unknown key":   {[]string{"policy", "AKIANONE", "--everything"}, []string{"AKIANONE"}},
		"letter digits": {[]string{"create", "--account", "abcdefghijkl"}, []string{"--account", "twelve digits"}},
	} {
		status, out, errs := command(append(append([]string{"access-key"}, c.args...), "--data", dir)...)
		if status == 0 || out != "" {
			t.Errorf("%s: accepted: %s", name, out)
		}
		for _, want := range c.want {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: %q does not contain %s", name, errs, want)
			}
		}
	}
	listed(line)
}
