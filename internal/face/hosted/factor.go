package hosted

import (
	"html/template"
	"net/url"
	"strconv"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// codeName is the name of the field of a code.
const codeName = "code"

// codeField is a field for a code of n digits. The fixed code of dev mode has six, also
// where others have eight.
func (s scene) codeField(label string, n int) *view.Cells {
	digits := strconv.Itoa(n)
	if n > 6 {
		digits = "6," + digits
	}
	return &view.Cells{N: n, Input: view.Input{
		Name: codeName, Label: label, Autocomplete: "one-time-code", InputMode: "numeric",
		Pattern: "[0-9]{" + digits + "}", MaxLength: n,
	}}
}

// sentCodePage is the page for a code of n digits that was sent. key is the prefix of its
// texts.
func sentCodePage(key, icon string, n int) func(scene) stepPage {
	return func(s scene) stepPage {
		return s.codePage(key, icon, n, s.HTML(key+"Lead", "to", s.at.Parameters["CODE_DELIVERY_DESTINATION"]))
	}
}

func appCodePage(s scene) stepPage {
	content := s.codePage("factor.app", "shield", 6, s.HTML("factor.appLead", "application", s.q.Pool.Name))
	content.parts[0].(*view.Cells).Hint = s.Text("factor.appHint")
	return content
}

func (s scene) codePage(key, icon string, n int, lead template.HTML) stepPage {
	return stepPage{
		title: s.Text(key + "Title"), icon: icon, lead: lead,
		parts: []view.Part{s.codeField(s.Text("page.code"), n), s.submit("signIn.submit")},
	}
}

// readCode reads the code as a response of the engine.
func readCode(response string) func(scene, url.Values) (map[string]string, *view.Problem) {
	return func(s scene, form url.Values) (map[string]string, *view.Problem) {
		code := typed(form, codeName)
		if code == "" {
			return nil, s.empty(codeName)
		}
		return map[string]string{response: code}, nil
	}
}

func selectPage(s scene) stepPage {
	return stepPage{
		title: s.Text("factor.selectTitle"), icon: "shield", lead: plain(s.Text("factor.selectLead")),
		parts: []view.Part{s.choices(listed(s.at.Parameters["MFAS_CAN_CHOOSE"]))},
	}
}

// choiceName is the name of the buttons of a choice.
const choiceName = "answer"

// choices are buttons, one for each factor.
func (s scene) choices(factors []string) *view.Ways {
	list := &view.Ways{}
	for _, name := range factors {
		way := &view.Way{Name: choiceName, Value: name, Text: name, Icon: "key"}
		switch userpool.Factor(name) {
		case userpool.SMSMFA:
			way.Icon, way.Text, way.Note = "message", s.Text("factor.sms"), s.Text("factor.smsNote")
		case userpool.EmailMFA:
			way.Icon, way.Text, way.Note = "mail", s.Text("factor.email"), s.Text("factor.emailNote")
		case userpool.SoftwareTokenMFA:
			way.Icon, way.Text, way.Note = "shield", s.Text("factor.app"), s.Text("factor.appNote")
		}
		list.Parts = append(list.Parts, way)
	}
	return list
}

func readChoice(s scene, form url.Values) (map[string]string, *view.Problem) {
	choice := typed(form, choiceName)
	if choice == "" {
		return nil, s.empty("")
	}
	return map[string]string{"ANSWER": choice}, nil
}
