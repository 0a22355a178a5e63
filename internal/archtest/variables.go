package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
)

// checkVariables: functions outside of tests do not assign to package variables.
// Variables are compared by name: a local variable hides a package variable of
// the same name in its whole function.
func checkVariables(files []file) (broken []string) {
	ofPackage := map[string]map[string]bool{}
	for _, f := range files {
		if ofPackage[f.dir] == nil {
			ofPackage[f.dir] = map[string]bool{}
		}
		for _, d := range f.syntax.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR && !f.test {
				addNames(ofPackage[f.dir], g)
			}
		}
	}
	for _, f := range files {
		if f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				broken = append(broken, f.changedVariables(fn, ofPackage[f.dir])...)
			}
		}
	}
	return broken
}

// changedVariables reports the package variables that a function assigns to.
func (f file) changedVariables(fn *ast.FuncDecl, ofPackage map[string]bool) (broken []string) {
	local := map[string]bool{"_": true}
	addNames(local, fn)
	for _, id := range assigned(fn) {
		if ofPackage[id.Name] && !local[id.Name] {
			broken = append(broken, fmt.Sprintf("%s assigns to %s, a package variable",
				f.set.Position(id.Pos()), id.Name))
		}
	}
	return broken
}

// addNames adds the names that a node declares.
func addNames(names map[string]bool, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, id := range n.Names {
				names[id.Name] = true
			}
		case *ast.Field:
			for _, id := range n.Names {
				names[id.Name] = true
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					names[id.Name] = true
				}
			}
		case *ast.RangeStmt:
			for _, left := range []ast.Expr{n.Key, n.Value} {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					names[id.Name] = true
				}
			}
		}
		return true
	})
}

// assigned returns the variables that a function assigns to, whole or in part.
func assigned(fn *ast.FuncDecl) (ids []*ast.Ident) {
	add := func(x ast.Expr) {
		if id := variableOf(x); id != nil {
			ids = append(ids, id)
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				add(left)
			}
		case *ast.IncDecStmt:
			add(n.X)
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") {
				add(n.Args[0])
			}
		}
		return true
	})
	return ids
}

// variableOf returns the variable of which an expression is a part.
func variableOf(x ast.Expr) *ast.Ident {
	for {
		switch part := x.(type) {
		case *ast.Ident:
			return part
		case *ast.SelectorExpr:
			x = part.X
		case *ast.IndexExpr:
			x = part.X
		case *ast.StarExpr:
			x = part.X
		default:
			return nil
		}
	}
}
