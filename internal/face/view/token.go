package view

import "regexp"

// tokens are the custom properties of our own look, by name without dashes.
var tokens = readTokens()

var (
	rootRule   = regexp.MustCompile(`(?s):root\{(.*?)\n\}`)
	tokenRule  = regexp.MustCompile(`--([\w-]+):([^;]*);`)
	lightDark  = regexp.MustCompile(`^light-dark\((#\w+),(#\w+)\)$`)
	tokenValue = regexp.MustCompile(`^var\(--([\w-]+)\)$`)
)

func readTokens() map[string]string {
	found := map[string]string{}
	body := files[addresses["login.css"][len(Prefix):]].body
	for _, rule := range tokenRule.FindAllSubmatch(rootRule.FindSubmatch(body)[1], -1) {
		found[string(rule[1])] = string(rule[2])
	}
	return found
}

// Token returns the value of a custom property of our own look in a color mode, as the
// style sheet has it. It is "" for an unknown name.
func Token(name string, dark bool) string {
	value := tokens[name]
	pair := lightDark.FindStringSubmatch(value)
	switch {
	case pair == nil:
		return value
	case dark:
		return pair[2]
	}
	return pair[1]
}

// Reference returns the name of the custom property that a value is, or "".
func Reference(value string) string {
	if name := tokenValue.FindStringSubmatch(value); name != nil {
		return name[1]
	}
	return ""
}
