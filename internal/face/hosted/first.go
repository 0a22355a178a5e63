package hosted

import (
	"net/http"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

// showLogin shows the form for name and password, or for the name alone where the
// sign-in is by choice. The names of the form, the hidden
// fields, the fields and the button are those of Amazon Cognito: clients that are not
// browsers fill in the form.
func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request, q *oauth.Request, problems ...view.Problem) {
	l := p.language(r)
	s := scene{Language: l, q: q}
	fields := []view.Part{userField(l, q), passwordField(l), signInButton(s, "signIn.submit")}
	if signin.PageByChoice(q.Client) {
		fields = []view.Part{userField(l, q), signInButton(s, "page.continue")}
		if q.Pool.AllowsPasskeys() {
			fields = append(fields, &view.Or{Text: l.Text("page.or")}, &view.Provider{
				Name: wayName, Value: passkeyStep, Icon: "passkey", Text: l.Text("signIn.usePasskey"),
			})
		}
	}
	f := p.own(w, r, &view.Form{Name: "cognitoSignInForm", Action: q.Address("/login"), Parts: fields}, "")
	f.Hidden = append(f.Hidden, view.Hidden{Name: "cognitoAsfData"})
	view.Refill(f.Parts, r.PostForm)
	data := view.Page{Title: l.Text("signIn.title"), Problems: problems, Parts: append(registered(l, q), f)}
	if q.Client.Name != "" {
		data.Lead = plain(l.Text("page.for", "application", q.Client.Name))
	}
	p.show(w, r, q, http.StatusOK, data)
}

func passwordField(l *locale.Language) *view.Input {
	return &view.Input{
		Name: "password", ID: "signInFormPassword", Label: l.Text("signIn.password"), Type: "password",
		Autocomplete: "current-password",
	}
}

func signInButton(s scene, key string) *view.Button {
	b := s.submit(key)
	b.Name, b.Value = "signInSubmitButton", "Sign in"
	return b
}

// userField is the field for the name of a user, called by what the pool accepts.
func userField(l *locale.Language, q *oauth.Request) *view.Input {
	f := &view.Input{
		Name: "username", ID: "signInFormUsername", Autocomplete: "username", Value: q.LoginHint,
	}
	email := func(list []string) bool { return slices.Contains(list, "email") }
	phone := slices.Contains(q.Pool.UsernameAttributes, "phone_number")
	switch {
	case email(q.Pool.UsernameAttributes) && phone:
		f.Label, f.InputMode = l.Text("signIn.emailOrPhone"), "email"
	case email(q.Pool.UsernameAttributes):
		f.Label, f.InputMode = l.Text("signIn.email"), "email"
	case phone:
		f.Label, f.InputMode = l.Text("signIn.phone"), "tel"
	case email(q.Pool.AliasAttributes):
		f.Label, f.InputMode = l.Text("signIn.emailOrUsername"), "email"
	default:
		f.Label = l.Text("signIn.username")
	}
	return f
}
