package lifeguard

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

var update = flag.Bool("update", false, "write zz_generated_config.go")

// generatedConfig returns the types of package config with their comments, as a
// source file of this package.
func generatedConfig(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("// Code generated from internal/config by go generate; DO NOT EDIT.\n\n")
	out.WriteString("package lifeguard\n\nimport \"time\"\n")
	for _, name := range []string{"config.go", "delivery.go", "tls.go"} {
		text, err := os.ReadFile("internal/config/" + name)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && copied(g) {
				out.WriteString("\n")
				out.Write(text[set.Position(g.Doc.Pos()).Offset:set.Position(g.End()).Offset])
				out.WriteString("\n")
			}
		}
	}
	source, err := format.Source(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// copied reports whether a declaration is copied: the modes, and the types except
// errors and descriptions of senders.
func copied(g *ast.GenDecl) bool {
	switch spec := g.Specs[0].(type) {
	case *ast.TypeSpec:
		return !slices.Contains([]string{"FieldError", "Sender", "SenderSetting"}, spec.Name.Name)
	case *ast.ValueSpec:
		mode, ok := spec.Type.(*ast.Ident)
		return ok && mode.Name == "Mode"
	}
	return false
}

func TestGeneratedConfig(t *testing.T) {
	const name = "zz_generated_config.go"
	want := generatedConfig(t)
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v); run go generate in this directory", name, err)
	}
}

// fill sets every field of a struct to a different value.
func fill(t *testing.T, v reflect.Value, n int64) int64 {
	t.Helper()
	for i := range v.NumField() {
		n++
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			n = fill(t, f, n)
		case reflect.String:
			f.SetString(string(rune('A' + n)))
		case reflect.Int64:
			f.SetInt(n)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{string(rune('A' + n))}))
		case reflect.Pointer:
			f.Set(reflect.ValueOf(new(true)))
		default:
			t.Fatalf("no value for field %s", v.Type().Field(i).Name)
		}
	}
	return n
}

// Every setting is passed to the server, and returned by Complete.
func TestConvert(t *testing.T) {
	var want Config
	var inner config.Config
	fill(t, reflect.ValueOf(&want).Elem(), 0)
	fill(t, reflect.ValueOf(&inner).Elem(), 0)
	if got := convert[config.Config](want); !reflect.DeepEqual(got, inner) {
		t.Errorf("%+v\nis not %+v", got, inner)
	}
	if got := convert[Config](inner); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nis not %+v", got, want)
	}
}

func TestOpenNeedsAPublicURL(t *testing.T) {
	_, err := Open(context.Background(), Config{Mode: Dev, Data: ":memory:"})
	var refused *FieldError
	if !errors.As(err, &refused) || refused.Field != "public-url" {
		t.Errorf("%v", err)
	}
}

// The configuration in the package comment is valid.
func TestDocumentedConfig(t *testing.T) {
	c, err := Config{
		Mode: Serve, Listen: ":8080", Data: "/var/lib/lifeguard",
		PublicURL: "https://id.example.com", BehindProxy: true,
		SMTP: SMTP{Addr: "smtp.example.com:587", From: "no-reply@example.com"},
	}.Complete()
	if err != nil || c.Delivery.Email != "smtp" {
		t.Errorf("%+v, %v", c, err)
	}
}
