package hosted

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// codeName is the name of the field of a code, mfaCodeName that of a second factor.
// Clients that are not browsers may still send codeName for a second factor.
const (
	codeName    = "code"
	mfaCodeName = "mfa_code"
)

// codeField is a field for a code of n digits. The fixed code of dev mode has six, also
// where others have eight.
func (s scene) codeField(name, label string, n int) *view.Cells {
	digits := strconv.Itoa(n)
	if n > 6 {
		digits = "6," + digits
	}
	return &view.Cells{N: n, Input: view.Input{
		Name: name, Label: label, Autocomplete: "one-time-code", InputMode: "numeric",
		Pattern: "[0-9]{" + digits + "}", MaxLength: n,
	}}
}

// sentCodePage is the page for a code of n digits that was sent. key is the prefix of its
// texts.
func sentCodePage(key, icon string, n int) func(scene) stepPage {
	return func(s scene) stepPage {
		to := s.at.Parameters["CODE_DELIVERY_DESTINATION"]
		content := s.codePage(key, icon, n, s.HTML(key+"Lead", "to", to))
		if s.at.resent {
			content.notice = s.Text("factor.resent", "to", to)
		}
		content.after = slices.Insert(content.after, 0, view.Part(s.resend()))
		return content
	}
}

func appCodePage(s scene) stepPage {
	content := s.codePage("factor.app", "shield", 6, s.HTML("factor.appLead", "application", s.q.Pool.Name))
	content.parts[0].(*view.Cells).Hint = s.Text("factor.appHint")
	return content
}

func (s scene) codePage(key, icon string, n int, lead template.HTML) stepPage {
	parts := []view.Part{s.codeField(mfaCodeName, s.Text("page.code"), n)}
	if !s.first && s.q.Pool.DeviceReplacesFactor() {
		parts = append(parts, &view.Check{Name: rememberName, Label: s.Text("factor.remember")})
	}
	return stepPage{
		title: s.Text(key + "Title"), icon: icon, lead: lead,
		parts: append(parts, s.submit("signIn.submit")), after: s.another("page.another"),
	}
}

// readCode reads the code as a response of the engine.
func readCode(response string) func(scene, url.Values) (map[string]string, *view.Problem) {
	return func(s scene, form url.Values) (map[string]string, *view.Problem) {
		code := cmp.Or(typed(form, mfaCodeName), typed(form, codeName))
		if code == "" {
			return nil, s.empty(mfaCodeName)
		}
		return map[string]string{response: code}, nil
	}
}

func selectPage(s scene) stepPage {
	return stepPage{
		title: s.Text("factor.selectTitle"), icon: "shield", lead: plain(s.Text("factor.selectLead")),
		parts: []view.Part{s.choices(choiceName, listed(s.at.Parameters["MFAS_CAN_CHOOSE"]))},
	}
}

// choiceName is the name of the buttons of a choice, methodName that of the choice of
// what to set up.
const (
	choiceName = "answer"
	methodName = "method"
)

// choices are buttons with the name of a field, one for each factor. Their notes say
// where a code goes.
func (s scene) choices(field string, factors []string) *view.Ways {
	list := &view.Ways{}
	for _, name := range factors {
		way := &view.Way{Name: field, Value: name, Text: name, Icon: "key"}
		to := s.at.Parameters[paramTo+name]
		switch userpool.Factor(name) {
		case userpool.SMSMFA:
			way.Icon, way.Text, way.Note = "message", s.Text("factor.sms"), s.Text("factor.smsNote")
		case userpool.EmailMFA:
			way.Icon, way.Text, way.Note = "mail", s.Text("factor.email"), s.Text("factor.emailNote")
		case userpool.SoftwareTokenMFA:
			way.Icon, way.Text, way.Note = "shield", s.Text("factor.app"), s.Text("factor.appNote")
		}
		if to != "" {
			way.Note = s.Text("factor.to", "to", to)
		}
		list.Parts = append(list.Parts, way)
	}
	return list
}

func readChoice(s scene, form url.Values) (map[string]string, *view.Problem) {
	choice := cmp.Or(typed(form, choiceName), typed(form, methodName))
	if choice == "" {
		return nil, s.empty("")
	}
	return map[string]string{"ANSWER": choice}, nil
}
