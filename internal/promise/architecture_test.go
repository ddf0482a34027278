package promise_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named finds what docs/architecture.md names: `folder/`, `folder/file.go`, `folder/file.go:Function`.
var named = regexp.MustCompile("`([a-z][a-z0-9/]*/(?:[a-z0-9_]+\\.go)?)(?::([A-Za-z.]+))?`")

// Every folder, file and function that docs/architecture.md names exists.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	const root = "../.."
	page, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]map[string]bool{} // by file
	functions := 0
	for _, m := range named.FindAllStringSubmatch(string(page), -1) {
		path, name := m[1], m[2]
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			t.Errorf("%s does not exist", path)
			continue
		}
		if name == "" {
			continue
		}
		functions++
		if declared[path] == nil {
			declared[path] = functionsOf(t, filepath.Join(root, path))
		}
		if !declared[path][name] {
			t.Errorf("%s has no function %s", path, name)
		}
	}
	if functions < 80 {
		t.Errorf("the page names %d functions; is it written as this test reads it?", functions)
	}
}

// functionsOf lists the functions of a file, methods as Type.Method.
func functionsOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		var parts []string
		if fn.Recv != nil {
			of := fn.Recv.List[0].Type
			if pointer, ok := of.(*ast.StarExpr); ok {
				of = pointer.X
			}
			if generic, ok := of.(*ast.IndexExpr); ok {
				of = generic.X
			}
			if id, ok := of.(*ast.Ident); ok {
				parts = append(parts, id.Name)
			}
		}
		all[strings.Join(append(parts, fn.Name.Name), ".")] = true
	}
	return all
}
