package promise_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/usherchat/usher"

// listed is a package as go list tells of it.
type listed struct {
	ImportPath    string
	Imports, Deps []string
}

// words lies below all others: it says what may stand in a line of text, and is built on the standard library alone.
const words = "internal/printable"

// below is what each package of the library is built on, directly or not, and what else it promises not to need.
var below = map[string]struct {
	ours   string   // packages of this module, apart from its own internal ones and words
	absent []string // with everything that it is built on
	direct []string // packages that it does not import itself
}{
	"messages":             {ours: "internal/printable", absent: []string{"net", "net/http"}},
	"routing":              {ours: "internal/printable", absent: []string{"net/http"}},
	"routing/simulation":   {ours: "routing internal/printable"},
	"webhook":              {ours: "internal/exact internal/intake internal/printable"},
	"webhook/webhooktest":  {ours: "webhook internal/exact internal/intake internal/printable"},
	"channel/conversation": {ours: "internal/printable messages routing", absent: []string{"net/http", "database/sql"}},
	"channel/internal/rules": {
		ours:   "internal/printable messages routing channel/conversation",
		absent: []string{"net/http", "database/sql"},
		direct: []string{"context", "net", "sync", "sync/atomic", "os", "github.com/benbjohnson/clock"},
	},
	"channel/memstore":  {ours: "internal/printable messages routing channel/conversation", absent: []string{"net/http", "database/sql"}},
	"channel/storetest": {ours: "internal/printable messages routing channel/conversation", absent: []string{"net/http", "database/sql"}},
	"channel/sqlstore":  {ours: "internal/printable messages routing channel/conversation", absent: []string{"net/http"}},
	"channel/source":    {ours: "internal/printable messages routing webhook channel/conversation"},
	"channel": {
		ours:   "internal/printable messages routing webhook channel/conversation channel/internal/rules channel/memstore internal/exact internal/intake internal/printable",
		absent: []string{"database/sql"},
	},
}

// Data lies below and machinery above: no package of the library imports one that stands above it.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range library(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		promised, ok := below[name]
		if !ok {
			t.Errorf("nothing is promised of what %s is built on", name)
			continue
		}
		ours := strings.Fields(promised.ours)
		for _, dep := range p.Deps {
			short, own := strings.CutPrefix(dep, module+"/")
			if own && short != words && !slices.Contains(ours, short) && !strings.HasPrefix(short, name+"/internal/") {
				t.Errorf("%s is built on %s", name, short)
			}
			if slices.Contains(promised.absent, dep) {
				t.Errorf("%s is built on %s", name, dep)
			}
		}
		for _, dep := range promised.direct {
			if slices.Contains(p.Imports, dep) {
				t.Errorf("%s imports %s", name, dep)
			}
		}
	}
}

// library lists the packages that hosts import, and the rules.
func library(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = "../.."
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		internal := strings.HasPrefix(name, "internal/") || strings.Contains(name, "/internal/") && name != "channel/internal/rules"
		if !internal && !strings.HasPrefix(name, "examples/") {
			all = append(all, p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("the library has %d packages; is it where it was?", len(all))
	}
	return all
}
