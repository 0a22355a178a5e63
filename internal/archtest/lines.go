package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"
)

// checkGoroutines: only listed files start goroutines, and a comment at each
// statement says what ends it. A method Go, as of sync.WaitGroup, starts one, too.
func checkGoroutines(files []file) (broken []string) {
	starting := map[string]bool{}
	for _, f := range files {
		if f.test {
			continue
		}
		for _, at := range f.goroutines() {
			starting[f.path] = true
			where := f.set.Position(at)
			switch {
			case goroutines[f.path] == "":
				broken = append(broken,
					fmt.Sprintf("%s starts a goroutine, but the file is not in the list goroutines", where))
			case !f.commented(where.Line):
				broken = append(broken, fmt.Sprintf("%s: no comment says what ends this goroutine", where))
			}
		}
	}
	return append(broken, unneeded("goroutines", goroutines, starting, files)...)
}

// goroutines returns where a file starts goroutines.
func (f file) goroutines() (at []token.Pos) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			at = append(at, n.Pos())
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Go" {
				at = append(at, n.Pos())
			}
		}
		return true
	})
	return at
}

// commented reports whether a comment is on a line or ends just above it.
func (f file) commented(line int) bool {
	return slices.ContainsFunc(f.syntax.Comments, func(c *ast.CommentGroup) bool {
		end := f.set.Position(c.End()).Line
		return end == line || end == line-1
	})
}

// checkTestTime: tests neither sleep nor read the system clock.
func checkTestTime(files []file) (broken []string) {
	reading := map[string]bool{}
	for _, f := range files {
		imports := f.imports()
		local, imported := imports["time"]
		_, synctest := imports["testing/synctest"]
		if !f.test || !imported || synctest || within(f.dir, wallTimePackages) {
			continue
		}
		for _, used := range f.selected(local, []string{"Now", "Since", "Until", "Sleep"}) {
			reading[f.path] = true
			if wallTime[f.path] == "" {
				broken = append(broken, fmt.Sprintf("%s uses %s.%s: tests use a driven clock or testing/synctest",
					f.set.Position(used.Pos()), local, used.Sel.Name))
			}
		}
	}
	return append(broken, unneeded("wallTime", wallTime, reading, files)...)
}

// unneeded reports the entries of a list of files that are no longer needed.
func unneeded(list string, entries map[string]string, needed map[string]bool, files []file) (broken []string) {
	for _, f := range files {
		if entries[f.path] != "" && !needed[f.path] {
			broken = append(broken, fmt.Sprintf("%s: its entry in %s is not needed", f.path, list))
		}
	}
	return broken
}

// checkWidths: lines have at most maxWidth characters. Exempt are struct tags,
// and strings over several lines, whose text is in another language.
func checkWidths(files []file) (broken []string) {
	for _, f := range files {
		if f.generated {
			continue
		}
		exempt := f.exemptLines()
		for i, line := range strings.Split(string(f.text), "\n") {
			n := utf8.RuneCountInString(line) + (tabWidth-1)*strings.Count(line, "\t")
			if n > maxWidth && !exempt[i+1] {
				broken = append(broken, fmt.Sprintf("%s:%d has %d columns, more than %d", f.path, i+1, n, maxWidth))
			}
		}
	}
	return broken
}

// exemptLines returns the lines that hold struct tags or parts of strings over
// several lines.
func (f file) exemptLines() map[int]bool {
	lines := map[int]bool{}
	add := func(lit *ast.BasicLit, always bool) {
		first, last := f.set.Position(lit.Pos()).Line, f.set.Position(lit.End()).Line
		for line := first; line <= last && (always || last > first); line++ {
			lines[line] = true
		}
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			if n.Tag != nil {
				add(n.Tag, true)
			}
		case *ast.BasicLit:
			add(n, false)
		}
		return true
	})
	return lines
}

// wideProse returns the numbers of the lines of a document that are too wide.
// Exempt is what cannot be broken: tables, code, headings, and links that have a
// line to themselves.
func wideProse(text string) (lines []int) {
	code := false
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") {
			code = !code
		}
		fixed := code || strings.HasPrefix(trimmed, "|") || strings.HasPrefix(trimmed, "#") ||
			len(strings.Fields(trimmed)) < 3
		if !fixed && utf8.RuneCountInString(line) > maxWidth {
			lines = append(lines, i+1)
		}
	}
	return lines
}
