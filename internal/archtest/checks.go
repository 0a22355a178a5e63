package archtest

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// A check returns the violations of its rule, a line each.
type check func([]file) []string

// module is the path that go.mod declares. It is not a literal, since
// scripts/module-path changes it.
var module = strings.TrimSuffix(reflect.TypeFor[file]().PkgPath(), "/internal/archtest")

// checkStair: packages import only what the import order allows.
func checkStair(files []file) (broken []string) {
	for _, f := range files {
		if f.test {
			continue
		}
		allowed, known := stair[f.dir]
		if !known {
			allowed, known = stair[path.Dir(f.dir)+"/*"]
		}
		if !known {
			broken = append(broken, f.path+": package "+f.dir+" has no entry in stair")
			continue
		}
		for imported := range f.imports() {
			ours, ok := strings.CutPrefix(imported, module+"/")
			if ok && !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, ours) }) {
				broken = append(broken,
					fmt.Sprintf("%s imports %s, which package %s may not import", f.path, ours, f.dir))
			}
		}
	}
	return broken
}

func matches(allowed, imported string) bool {
	if below, ok := strings.CutSuffix(allowed, "/…"); ok {
		return strings.HasPrefix(imported, below+"/")
	}
	return allowed == imported
}

// checkRestricted: some imports and names are for certain packages only.
func checkRestricted(files []file) (broken []string) {
	for _, f := range files {
		if f.test {
			continue
		}
		imports := f.imports()
		for imported := range imports {
			broken = append(broken, forbiddenImport(f, imported)...)
		}
		broken = append(broken, forbiddenCalls(f, imports)...)
	}
	return broken
}

func forbiddenImport(f file, imported string) (broken []string) {
	for _, rule := range restrictedImports {
		name := strings.TrimPrefix(imported, module+"/")
		same := name == rule.imports || strings.HasPrefix(name, rule.imports+"/")
		allowed := append(slices.Clone(rule.packages), rule.imports)
		if same && !within(f.dir, allowed) {
			broken = append(broken, fmt.Sprintf("%s imports %s: %s", f.path, name, rule.why))
		}
	}
	return broken
}

func forbiddenCalls(f file, imports map[string]string) (broken []string) {
	for _, rule := range restrictedNames {
		local, imported := imports[rule.pkg]
		if !imported || within(f.dir, rule.allowed) || slices.Contains(rule.allowed, f.path) {
			continue
		}
		for _, used := range f.selected(local, rule.names) {
			broken = append(broken,
				fmt.Sprintf("%s uses %s.%s: %s", f.set.Position(used.Pos()), local, used.Sel.Name, rule.why))
		}
	}
	return broken
}

// checkShapes: domain types have neither json tags nor methods that marshal.
func checkShapes(files []file) (broken []string) {
	marshalers := []string{"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText"}
	for _, f := range files {
		if f.test || !within(f.dir, withoutJSON) {
			continue
		}
		found := func(n ast.Node, what string) {
			broken = append(broken,
				fmt.Sprintf("%s has %s: stored shapes are in internal/store/record", f.set.Position(n.Pos()), what))
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch d := n.(type) {
			case *ast.Field:
				if d.Tag != nil && strings.Contains(d.Tag.Value, `json:"`) {
					found(d.Tag, "a json tag")
				}
			case *ast.FuncDecl:
				if slices.Contains(marshalers, d.Name.Name) {
					found(d, d.Name.Name)
				}
			}
			return true
		})
	}
	return broken
}

// checkModules: every third-party module is in the table and is imported only
// where the table says.
func checkModules(files []file) (broken []string) {
	used := map[string]bool{}
	for _, f := range files {
		for imported := range f.imports() {
			host, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(host, ".") || strings.HasPrefix(imported+"/", module+"/") {
				continue
			}
			name := moduleOf(imported)
			used[name] = true
			switch owner := modules[name]; {
			case f.test:
			case name == "":
				broken = append(broken,
					fmt.Sprintf("%s imports %s, which is not in the table of modules", f.path, imported))
			case !within(f.dir, []string{owner}):
				broken = append(broken, fmt.Sprintf("%s imports %s, which belongs to %s", f.path, imported, owner))
			}
		}
	}
	for name := range maps.Keys(modules) {
		if !used[name] {
			broken = append(broken, "the table of modules names "+name+", which nothing imports")
		}
	}
	return broken
}

func moduleOf(imported string) string {
	for name := range modules {
		if imported == name || strings.HasPrefix(imported, name+"/") {
			return name
		}
	}
	return ""
}

// checkSizes: the limits on size, with their exceptions. Nesting counts if, for,
// switch and select inside each other, from zero in a function literal.
func checkSizes(files []file) (broken []string) {
	needed := map[string]bool{}
	over := func(name, what string) {
		if _, excused := exceptions[name]; excused {
			needed[name] = true
			return
		}
		broken = append(broken, name+" "+what)
	}
	for _, f := range files {
		if f.generated {
			continue
		}
		if n := strings.Count(string(f.text), "\n"); n > maxFileLines {
			over(f.path, fmt.Sprintf("has %d lines, more than %d", n, maxFileLines))
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			name := f.path + ":" + fn.Name.Name
			if n := f.lines(fn); n > maxFunctionLines {
				over(name, fmt.Sprintf("has %d lines, more than %d", n, maxFunctionLines))
			}
			if n := fn.Type.Params.NumFields(); n > maxParameters {
				over(name, fmt.Sprintf("has %d parameters, more than %d", n, maxParameters))
			}
			if n := nesting(fn.Body); n > maxNesting {
				over(name, fmt.Sprintf("is nested %d deep, more than %d", n, maxNesting))
			}
		}
	}
	for name := range exceptions {
		in, _, _ := strings.Cut(name, ":")
		exists := slices.ContainsFunc(files, func(f file) bool { return f.path == in })
		if exists && !needed[name] {
			broken = append(broken, "the exception for "+name+" is no longer needed")
		}
	}
	return broken
}

// nesting returns how deep statements that branch or loop are nested.
func nesting(n ast.Node) int {
	deepest := 0
	ast.Inspect(n, func(c ast.Node) bool {
		inner := 0
		switch s := c.(type) {
		case *ast.IfStmt:
			inner = 1 + nesting(s.Body)
			if s.Else != nil {
				// An else-if does not nest.
				inner = max(inner, nesting(&ast.BlockStmt{List: []ast.Stmt{s.Else}}))
			}
		case *ast.ForStmt:
			inner = 1 + nesting(s.Body)
		case *ast.RangeStmt:
			inner = 1 + nesting(s.Body)
		case *ast.SwitchStmt:
			inner = 1 + nesting(s.Body)
		case *ast.TypeSwitchStmt:
			inner = 1 + nesting(s.Body)
		case *ast.SelectStmt:
			inner = 1 + nesting(s.Body)
		case *ast.FuncLit:
			deepest = max(deepest, nesting(s.Body))
			return false
		default:
			return true
		}
		deepest = max(deepest, inner)
		return false
	})
	return deepest
}

// checkPackages: names, package comments, no init.
func checkPackages(files []file) (broken []string) {
	commented, dirs := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		if f.test {
			continue
		}
		dirs[f.dir] = true
		commented[f.dir] = commented[f.dir] || f.syntax.Doc != nil
		if slices.Contains(forbiddenNames, f.syntax.Name.Name) {
			broken = append(broken, f.path+": the package name "+f.syntax.Name.Name+" does not say what it owns")
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil && !f.generated {
				broken = append(broken, f.path+": init has hidden effects")
			}
		}
	}
	for dir := range dirs {
		if !commented[dir] {
			broken = append(broken, dir+": no package comment says what it owns")
		}
	}
	return broken
}
