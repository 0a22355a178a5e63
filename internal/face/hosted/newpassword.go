package hosted

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
)

const (
	newPasswordName   = "new_password"
	passwordAgainName = "confirm_password"
	// attributePrefix is the prefix of attributes in NEW_PASSWORD_REQUIRED.
	attributePrefix = "userAttributes."
)

func requiredAttributes(at *progress) []string {
	names := listed(at.Parameters["requiredAttributes"])
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, attributePrefix)
	}
	return names
}

func attributeField(name string) string { return "requiredAttributes[" + name + "]" }

func newPasswordPage(s scene) stepPage {
	parts := []view.Part{
		&view.UserName{Name: s.at.Typed},
		&view.Input{
			Name: newPasswordName, Label: s.Text("newPassword.password"), Type: "password",
			Autocomplete: "new-password",
		},
		&view.Input{
			Name: passwordAgainName, Label: s.Text("newPassword.again"), Type: "password",
			Autocomplete: "new-password",
		},
	}
	for _, name := range requiredAttributes(s.at) {
		label := strings.TrimPrefix(name, "custom:")
		first, size := utf8.DecodeRuneInString(label)
		label = string(unicode.ToUpper(first)) + strings.ReplaceAll(label[size:], "_", " ")
		parts = append(parts, &view.Input{Name: attributeField(name), Label: label})
	}
	return stepPage{
		title: s.Text("newPassword.title"), icon: "lock", lead: plain(s.Text("newPassword.lead")),
		parts: append(parts, s.submit("newPassword.submit")),
	}
}

func readNewPassword(s scene, form url.Values) (map[string]string, *view.Problem) {
	password := form.Get(newPasswordName)
	if password == "" {
		return nil, s.empty(newPasswordName)
	}
	if password != form.Get(passwordAgainName) {
		return nil, &view.Problem{Text: s.Text("newPassword.differ"), Fields: []string{passwordAgainName}}
	}
	responses := map[string]string{"NEW_PASSWORD": password}
	for _, name := range requiredAttributes(s.at) {
		if v := typed(form, attributeField(name)); v != "" {
			responses[attributePrefix+name] = v
		}
	}
	return responses, nil
}
