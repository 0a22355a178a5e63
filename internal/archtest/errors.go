package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
)

// checkErrors: where an error of the store or of the world outside is compared
// with nil, the branch taken for any error mentions it. A branch that does not
// turns the server's fault into the client's, or hides it. fault.InPlaceOf and
// errors.Is single out the refusals that are meant.
func checkErrors(files []file) (broken []string) {
	for _, f := range files {
		if f.test || !inRoom(f.dir, errorRooms) {
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

// errorCheck goes through a function in the order of its text.
type errorCheck struct {
	file
	// ways are the parameters through which the function reaches the world.
	ways []string
	// unclassified tells of each variable whether it holds an error for which
	// the server may be to blame.
	unclassified map[string]bool
	// bare is whether a return without results hands on an error.
	bare   bool
	broken []string
}

// function checks a function, or a function literal in one, which knows what
// stands before it; what it assigns stays in it.
func (c errorCheck) function(t *ast.FuncType, body *ast.BlockStmt) []string {
	c.broken, c.ways, c.unclassified = nil, slices.Clone(c.ways), maps.Clone(c.unclassified)
	for _, p := range t.Params.List {
		from, to := c.set.Position(p.Type.Pos()).Offset, c.set.Position(p.Type.End()).Offset
		for _, name := range p.Names {
			if slices.Contains(worldly, string(c.text[from:to])) {
				c.ways = append(c.ways, name.Name)
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
			c.unclassified[last.Name] = c.reaches(s.Rhs[len(s.Rhs)-1])
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

// compare checks a condition, which may compare errors with nil by op, and what
// is done when one is not nil. One of the two mentions the error.
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
			c.broken = append(c.broken, fmt.Sprintf("%s: any error ends here, and what is done does not mention %s",
				c.set.Position(compared.Pos()), id.Name))
		}
		return true
	})
}

// reaches reports whether an expression is a call of a transaction's method, or
// one that gets a way into the world.
func (c *errorCheck) reaches(value ast.Expr) bool {
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
		return c.reaches(arg) || slices.ContainsFunc(c.ways, func(way string) bool { return named(arg, way) })
	})
}

func named(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// mentions counts where a variable is used. A return without results is one
// use, where the function has results; the argument of fault.Because is none,
// as it only tells the log.
func (c *errorCheck) mentions(n ast.Node, name string) (count int) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.CallExpr:
			f, ok := s.Fun.(*ast.SelectorExpr)
			return !ok || f.Sel.Name != "Because"
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
