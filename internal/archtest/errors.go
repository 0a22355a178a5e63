package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
)

// checkErrors: where an error of the store or of other I/O is compared with nil,
// the branch that is taken for any error mentions it. A branch that does not
// turns an internal error into the client's fault, or hides it. fault.ReplacingKind
// and errors.Is select the kinds that become another refusal.
func checkErrors(files []file) (broken []string) {
	for _, f := range files {
		if f.test || !within(f.dir, errorPackages) {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				c := errorCheck{file: f, unclassified: map[string]bool{}}
				broken = append(broken, c.function(fn.Type, fn.Body)...)
			}
		}
	}
	return broken
}

// errorCheck visits a function in source order.
type errorCheck struct {
	file
	// ioParams are the parameters of the function that have one of ioTypes.
	ioParams []string
	// unclassified reports for each variable whether it holds an error that may
	// be internal.
	unclassified map[string]bool
	// bare is whether a return without results may return an error.
	bare   bool
	broken []string
}

// function checks a function, or a function literal in one. The literal starts
// with the variables of its function; its own assignments have no effect outside.
func (c errorCheck) function(t *ast.FuncType, body *ast.BlockStmt) []string {
	c.broken, c.ioParams, c.unclassified = nil, slices.Clone(c.ioParams), maps.Clone(c.unclassified)
	for _, p := range t.Params.List {
		from, to := c.set.Position(p.Type.Pos()).Offset, c.set.Position(p.Type.End()).Offset
		for _, name := range p.Names {
			if slices.Contains(ioTypes, string(c.text[from:to])) {
				c.ioParams = append(c.ioParams, name.Name)
			}
		}
	}
	c.bare = t.Results.NumFields() > 0
	ast.Inspect(body, c.visit)
	return c.broken
}

func (c *errorCheck) visit(n ast.Node) bool {
	switch s := n.(type) {
	case *ast.FuncLit:
		c.broken = append(c.broken, c.function(s.Type, s.Body)...)
		return false
	case *ast.AssignStmt:
		for _, value := range s.Rhs {
			ast.Inspect(value, c.visit)
		}
		// By convention the error is the last result.
		if last, ok := s.Lhs[len(s.Lhs)-1].(*ast.Ident); ok {
			c.unclassified[last.Name] = c.doesIO(s.Rhs[len(s.Rhs)-1])
		}
		return false
	case *ast.IfStmt:
		if s.Init != nil {
			ast.Inspect(s.Init, c.visit)
		}
		c.compare(s.Cond, token.NEQ, s.Body)
		if s.Else != nil {
			c.compare(s.Cond, token.EQL, s.Else)
			ast.Inspect(s.Body, c.visit)
			ast.Inspect(s.Else, c.visit)
			return false
		}
		ast.Inspect(s.Body, c.visit)
		return false
	case *ast.BlockStmt:
		c.visitList(s.List)
		return false
	case *ast.CaseClause:
		for _, cond := range s.List {
			c.compare(cond, token.NEQ, &ast.BlockStmt{List: s.Body})
		}
		c.visitList(s.Body)
		return false
	case *ast.ReturnStmt:
		c.compare(s, token.NEQ, nil)
		c.compare(s, token.EQL, nil)
	}
	return true
}

// visitList visits statements. What follows a branch for no error, up to a
// return, is taken for any error.
func (c *errorCheck) visitList(list []ast.Stmt) {
	for i, s := range list {
		ast.Inspect(s, c.visit)
		branch, ok := s.(*ast.IfStmt)
		if rest := list[i+1:]; ok && branch.Else == nil && len(rest) > 0 {
			if _, ends := rest[len(rest)-1].(*ast.ReturnStmt); ends {
				c.compare(branch.Cond, token.EQL, &ast.BlockStmt{List: rest})
			}
		}
	}
}

// compare checks a condition, which may compare errors with nil by op, and the
// branch taken when one is not nil. One of the two must mention the error.
func (c *errorCheck) compare(cond ast.Node, op token.Token, taken ast.Node) {
	ast.Inspect(cond, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		compared, ok := n.(*ast.BinaryExpr)
		if !ok || compared.Op != op || !named(compared.Y, "nil") {
			return true
		}
		id, ok := compared.X.(*ast.Ident)
		if ok && c.unclassified[id.Name] && c.mentions(cond, id.Name) == 1 &&
			(taken == nil || c.mentions(taken, id.Name) == 0) {
			c.broken = append(c.broken, fmt.Sprintf("%s: this branch is taken for any error and does not mention %s",
				c.set.Position(compared.Pos()), id.Name))
		}
		return true
	})
}

// doesIO reports whether an expression is a call of a transaction's method, or
// one that gets an argument for I/O.
func (c *errorCheck) doesIO(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		if name = f.Sel.Name; named(f.X, "tx") || name == "Context" {
			return true
		}
	}
	return !slices.Contains(readers, name) && slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		return c.doesIO(arg) || slices.ContainsFunc(c.ioParams, func(p string) bool { return named(arg, p) })
	})
}

func named(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// mentions counts where a variable is used. A return without results is one
// use, where the function has results; the argument of fault.WithCause is none,
// since it is only logged.
func (c *errorCheck) mentions(n ast.Node, name string) (count int) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.CallExpr:
			f, ok := s.Fun.(*ast.SelectorExpr)
			return !ok || f.Sel.Name != "WithCause"
		case *ast.Ident:
			if s.Name == name {
				count++
			}
		case *ast.ReturnStmt:
			if c.bare && len(s.Results) == 0 {
				count++
			}
		}
		return true
	})
	return count
}
