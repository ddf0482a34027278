package storetest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/storetest"
)

// TestContract sees that the rules quote the comments on the contract, and that every sentence of it is quoted.
func TestContract(t *testing.T) {
	t.Parallel()
	text, sentences := contract(t)
	names, says := storetest.Rules()
	quoted := map[string]bool{}
	for _, name := range names {
		if !strings.Contains(text, says[name]) {
			t.Errorf("%q quotes %q, which is not in the comments of package conversation", name, says[name])
		}
		for _, s := range sentences {
			if strings.Contains(s, says[name]) || strings.Contains(says[name], s) {
				quoted[s] = true
			}
		}
	}
	for _, s := range sentences {
		if !quoted[s] && !explained(s) {
			t.Errorf("no rule checks the sentence %q of the contract", s)
		}
	}
}

// explained reports whether a sentence of the contract is not for a Store to keep, or cannot be seen from outside.
func explained(sentence string) bool {
	for _, s := range []string{
		"Store keeps conversations.",
		"[storetest.Run] checks each sentence here.",
		"[storetest.Run]: https",
		"Its methods may be called concurrently, by several processes over one database.", // everywhere
		"A Store never retries an error of its own for the caller",                        // it would have to have one
		"Slices and pointers in it are shared: fn replaces them, it does not write through them.",
		"A Store may forget records without Message and Once", // or not
		"Runs of one call do not overlap.",                    // everywhere
		"Conversations that another Due or Update holds at the moment may be passed over.",
	} {
		if strings.HasPrefix(sentence, s) {
			return true
		}
	}
	return false
}

// contract returns the comments that a Store has to obey as one text, and the sentences of those on Store.
func contract(t *testing.T) (text string, sentences []string) {
	t.Helper()
	for _, name := range []string{"store.go", "conversation.go", "head.go", "enquiry.go", "record.go", "query.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../conversation/"+name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && len(field.Names) == 1 && field.Comment != nil { // with its declaration
				text += " " + field.Names[0].Name + " " + typeName(field.Type) + " //"
			}
			if group, ok := n.(*ast.CommentGroup); ok {
				text += " " + plain(group)
			}
			return true
		})
		if name == "store.go" {
			sentences = storeSentences(file)
		}
	}
	if len(sentences) < 10 {
		t.Fatalf("the contract has %d sentences; is it where it was?", len(sentences))
	}
	return strings.Join(strings.Fields(text), " "), sentences
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.ArrayType:
		return "[]" + typeName(e.Elt)
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	default:
		return ""
	}
}

func plain(group *ast.CommentGroup) string { return strings.Join(strings.Fields(group.Text()), " ") }

func storeSentences(file *ast.File) (sentences []string) {
	ends := regexp.MustCompile(`([.]) ([A-Z\[])`)
	split := func(group *ast.CommentGroup) {
		for s := range strings.SplitSeq(ends.ReplaceAllString(plain(group), "$1\n$2"), "\n") {
			sentences = append(sentences, s)
		}
	}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		if spec := gen.Specs[0].(*ast.TypeSpec); spec.Name.Name == "Store" {
			split(gen.Doc)
			for _, method := range spec.Type.(*ast.InterfaceType).Methods.List {
				split(method.Doc)
			}
		}
	}
	return sentences
}

// TestSamples sees that the samples have a value in every field, so that a new one cannot be left out of the suite.
func TestSamples(t *testing.T) {
	t.Parallel()
	e := storetest.FullEnquiry()
	complete(t, storetest.FullHead(&e), "ID", "Version")
	complete(t, storetest.FullRecord("enquiry"), "Seq")
	complete(t, e)
	complete(t, storetest.Kinds()[0])
	if !reflect.DeepEqual(storetest.FullRecord("").State, &e) {
		t.Error("the record's State is not that of a complete enquiry")
	}
}

// complete checks that v has a value in every field but the exceptions, wherever it holds one of its type.
func complete[T any](t *testing.T, v T, except ...string) {
	t.Helper()
	seen := map[string]bool{}
	_ = copied(v, func(path string, v reflect.Value) { seen[path] = seen[path] || !v.IsZero() })
	for _, name := range except {
		seen[name] = true
	}
	for _, path := range fields(reflect.TypeFor[T]()) {
		if !seen[path] && !within(path, except) {
			t.Errorf("%T.%s has no value", v, path)
		}
	}
	var _ conversation.Store // the types are those of its package
}

func within(path string, except []string) bool {
	for _, name := range except {
		if strings.HasPrefix(path, name+".") {
			return true
		}
	}
	return false
}
