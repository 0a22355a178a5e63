package engine

import "strings"

// Statements splits DDL at semicolons and removes comment lines. The DDL must
// contain no semicolons inside literals.
func Statements(ddl string) []string {
	var text strings.Builder
	for _, line := range strings.Split(ddl, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			text.WriteString(line + "\n")
		}
	}
	var out []string
	for _, s := range strings.Split(text.String(), ";") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
