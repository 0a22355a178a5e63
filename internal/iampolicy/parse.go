package iampolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// maxCharacters bounds a policy without white space: the IAM quota of a managed
// policy.
const maxCharacters = 6144

// Error is the error for an invalid policy.
type Error struct {
	// Member is the path of the invalid member, such as Statement[0].Effect.
	Member string
	// Problem and Cure are one clause each, the fault and how to correct it.
	Problem, Cure string
}

func (e *Error) Error() string { return e.Member + ": " + e.Problem + "; " + e.Cure }

// Parse parses a policy. Errors are of type *Error. See docs/divergences AR-4.
func Parse(text []byte) (*Policy, error) {
	characters := 0
	for _, r := range string(text) {
		if !unicode.IsSpace(r) {
			characters++
		}
	}
	if characters > maxCharacters {
		return nil, &Error{
			"policy", fmt.Sprintf("has %d characters", characters),
			fmt.Sprintf("write at most %d, white space not counted", maxCharacters),
		}
	}
	members, err := object("policy", text)
	if err != nil {
		return nil, err
	}
	if err := known("", members, "Version", "Id", "Statement"); err != nil {
		return nil, err
	}
	if err := checkVersion(members["Version"]); err != nil {
		return nil, err
	}
	if raw, ok := members["Id"]; ok {
		if _, err := oneText("Id", raw); err != nil {
			return nil, err
		}
	}
	raw, ok := members["Statement"]
	if !ok {
		return nil, &Error{"Statement", "missing", "give a statement or a list of them"}
	}
	return statements(raw)
}

func checkVersion(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	if v, err := oneText("Version", raw); err != nil || v != "2012-10-17" && v != "2008-10-17" {
		return &Error{"Version", "is not a version of the policy language", `write "2012-10-17"`}
	}
	return nil
}

func statements(raw json.RawMessage) (*Policy, error) {
	list := []json.RawMessage{raw}
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, &Error{"Statement", "is not a list", "give a statement or a list of them"}
		}
	}
	if len(list) == 0 {
		return nil, &Error{"Statement", "is empty", "give at least one statement"}
	}
	p := &Policy{}
	for i, raw := range list {
		at := fmt.Sprintf("Statement[%d]", i)
		s, err := readStatement(at, raw)
		if err != nil {
			return nil, err
		}
		if s.sid != "" && slices.ContainsFunc(p.statements, func(o statement) bool { return o.sid == s.sid }) {
			return nil, &Error{
				at + ".Sid", fmt.Sprintf("%q is used twice", s.sid), "give each statement its own Sid, or none",
			}
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func readStatement(at string, raw json.RawMessage) (s statement, err error) {
	members, err := object(at, raw)
	if err != nil {
		return s, err
	}
	for name, why := range map[string]string{
		"Condition": "conditions are not evaluated", "Principal": "the key that has the policy is the principal",
		"NotPrincipal": "the key that has the policy is the principal",
	} {
		if _, ok := members[name]; ok {
			return s, &Error{at + "." + name, why, "remove the member, or name actions and resources instead"}
		}
	}
	if err := known(at+".", members, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"); err != nil {
		return s, err
	}
	if err := s.readSid(at, members["Sid"]); err != nil {
		return s, err
	}
	effect, err := oneText(at+".Effect", members["Effect"])
	if err != nil || effect != "Allow" && effect != "Deny" {
		return s, &Error{at + ".Effect", "is neither Allow nor Deny", `write "Allow" or "Deny"`}
	}
	s.deny = effect == "Deny"
	if s.actions, s.exceptActions, err = either(at, members, "Action"); err != nil {
		return s, err
	}
	if s.resources, s.exceptResources, err = either(at, members, "Resource"); err != nil {
		return s, err
	}
	if err := s.readActions(at); err != nil {
		return s, err
	}
	return s, s.checkResources(at)
}

func (s *statement) readSid(at string, raw json.RawMessage) (err error) {
	if raw == nil {
		return nil
	}
	s.sid, err = oneText(at+".Sid", raw)
	if err == nil && strings.Trim(s.sid, alphanumeric) != "" {
		return &Error{
			at + ".Sid", fmt.Sprintf("%q has characters other than letters and digits", s.sid),
			"write letters and digits",
		}
	}
	return err
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// either reads a member or its negation; a statement has exactly one of them.
func either(at string, members map[string]json.RawMessage, name string) (list []string, opposite bool, err error) {
	is, not := members[name], members["Not"+name]
	switch {
	case is == nil && not == nil:
		return nil, false, &Error{at + "." + name, "missing", fmt.Sprintf("give %s or Not%s", name, name)}
	case is != nil && not != nil:
		return nil, false, &Error{at + ".Not" + name, fmt.Sprintf("conflicts with %s", name), "give one of the two"}
	case is != nil:
		list, err = texts(at+"."+name, is)
		return list, false, err
	}
	list, err = texts(at+".Not"+name, not)
	return list, true, err
}

// readActions validates the actions and converts them to lower case.
func (s *statement) readActions(at string) error {
	at += "." + named("Action", s.exceptActions)
	for i, a := range s.actions {
		service, name, ok := strings.Cut(a, ":")
		plain := strings.Trim(service, alphanumeric+"-") == "" && strings.Trim(name, alphanumeric+"*?") == ""
		if a != "*" && (!ok || service == "" || name == "" || !plain) {
			return &Error{
				at, fmt.Sprintf("%q is not an action", a),
				"write for example cognito-idp:AdminGetUser, cognito-idp:List* or *",
			}
		}
		s.actions[i] = strings.ToLower(a)
	}
	return nil
}

// checkResources refuses resources that can never match, such as a pool id
// without its ARN.
func (s *statement) checkResources(at string) error {
	at += "." + named("Resource", s.exceptResources)
	for _, r := range s.resources {
		switch {
		case strings.Contains(r, "${"):
			return &Error{
				at, fmt.Sprintf("%q contains a policy variable, which is not evaluated", r),
				"write the value, or a wildcard",
			}
		case r == "*":
		case !strings.HasPrefix(r, "arn:") || strings.Count(r, ":") < 5 && !strings.Contains(r, "*"):
			return &Error{
				at, fmt.Sprintf("%q is not an ARN", r),
				"write for example arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_EXAMPLE, " +
					"with wildcards, or *",
			}
		}
	}
	return nil
}

func named(member string, opposite bool) string {
	if opposite {
		return "Not" + member
	}
	return member
}

// object reads a JSON object in which every name is unique: parsers differ in
// which of two equal names they use.
func object(at string, text []byte) (map[string]json.RawMessage, error) {
	bad := &Error{
		at, "is not a JSON object",
		`write for example {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cognito-idp:*", ` +
			`"Resource": "*"}]}`,
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, bad
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, bad
		}
		key := name.(string) // Decoder.Token returns a string for a name
		if _, twice := members[key]; twice {
			return nil, &Error{at, fmt.Sprintf("has %q twice", key), "give each member once"}
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, bad
		}
		members[key] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, bad
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &Error{at, "has data after its end", "give one JSON object"}
	}
	return members, nil
}

// known refuses members that are not in names.
func known(prefix string, members map[string]json.RawMessage, names ...string) error {
	for name := range members {
		if !slices.Contains(names, name) {
			if name == "" {
				name = `""`
			}
			return &Error{
				prefix + name, "is not a member of a policy",
				"use " + strings.Join(names, ", ") + "; names are case-sensitive",
			}
		}
	}
	return nil
}

// oneText reads a string.
func oneText(at string, raw json.RawMessage) (s string, err error) {
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", &Error{at, "is not a string", "write text in double quotes"}
	}
	return s, nil
}

// texts reads a string or a list of strings.
func texts(at string, raw json.RawMessage) (list []string, err error) {
	if raw[0] != '[' {
		s, err := oneText(at, raw)
		return []string{s}, err
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
		return nil, &Error{at, "is an empty list", "name at least one"}
	}
	for i, part := range parts {
		s, err := oneText(fmt.Sprintf("%s[%d]", at, i), part)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}
