package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// file is one parsed source file.
type file struct {
	path, dir string
	test      bool
	generated bool
	text      []byte
	syntax    *ast.File
	set       *token.FileSet
}

// load parses every Go file below root, those of e2e included.
func load(root fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (slices.Contains([]string{"node_modules", "testdata", "lifeguard-data", "bin"}, d.Name()) ||
			strings.HasPrefix(d.Name(), ".") && p != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, p, text, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := path.Dir(p)
		if dir == "." {
			dir = ""
		}
		files = append(files, file{
			path: p, dir: dir, test: strings.HasSuffix(p, "_test.go"),
			generated: strings.HasPrefix(path.Base(p), "zz_generated"), text: text, syntax: syntax, set: set,
		})
		return nil
	})
	return files, err
}

// imports returns the import paths of a file, with the local name of each.
func (f file) imports() map[string]string {
	out := map[string]string{}
	for _, spec := range f.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		out[p] = name
	}
	return out
}

// selected returns the uses of names of a package that is imported as local.
func (f file) selected(local string, names []string) (uses []*ast.SelectorExpr) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, s.Sel.Name) {
				uses = append(uses, s)
			}
		}
		return true
	})
	return uses
}

func (f file) lines(n ast.Node) int {
	return f.set.Position(n.End()).Line - f.set.Position(n.Pos()).Line + 1
}

// within reports whether a folder is one of folders or below one.
func within(dir string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") })
}
