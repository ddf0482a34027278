package interop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/usherchat/usher/messages"
)

// rendered is one text as the renderers show it.
type rendered struct {
	CommonMark string `json:"commonmark"`
	MarkdownIt string `json:"markdownit"`
}

// render renders Markdown with commonmark.js, the reference implementation, and markdown-it.
func render(t *testing.T, texts []string) []rendered {
	t.Helper()
	var in bytes.Buffer
	for _, text := range texts {
		line, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := node(t, "render.mjs")
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]rendered, 0, len(texts))
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var r rendered
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if len(all) != len(texts) {
		t.Fatalf("%d texts were rendered, want %d", len(all), len(texts))
	}
	return all
}

// blocks are texts of each kind of block, which a name before them must not change.
var blocks = []string{
	"hello *there*",
	"```go\nfmt.Println(1)\n```",
	"~~~\ncode\n~~~\nafter",
	"```\nnever closed",
	"- one\n- two\n\n  more",
	"3. three\n4. four",
	"2) two",
	"| a | b |\n|---|---|\n| 1 | 2 |",
	"a | b\n--|--\n1 | 2",
	"<div>\n*raw*\n</div>\n\nafter",
	"<!-- a comment -->\n\nafter",
	"Heading\n=======\n\ntext",
	"Heading\n---\ntext",
	"===",
	"---",
	"# one\n## two",
	"> quoted\nlazily",
	"    indented code\n\n    more",
	"\tindented code",
	"[x]: /url 'title'\n\n[x] and [y]",
	"[Ann]: /url\n[Ann:]: /url\n\n[Ann]",
	"\n\n  hello",
	"***\nafter",
	"a line  \nand a break\\\nand another",
	"![i](/i.png) <https://a.example> &amp; &lt;",
	"* * *",
	"\r\n- one\r\n- two\r\n",
	"**Ann** _lee_ `code` <b>bold</b>",
	"[ ] not a task\n- [ ] a task",
	": a definition",
}

// markup are names that would mark up.
var markup = []string{
	"Ann", "Ann Lee", "*Ann*", "**Ann**", "_Ann_", "__Ann__", "`Ann`", "``Ann", "~~Ann~~", "# Ann", "###### Ann #",
	"> Ann", "- Ann", "+ Ann", "* Ann", "1. Ann", "1) Ann", "---", "***", "===", "=", "```", "~~~", "[Ann](/url)", "[Ann]",
	"[Ann]: /url", "![Ann](/x.png)", "<b>Ann</b>", "<script>", "<!-- Ann", "<https://a.example>", "https://a.example",
	"www.a.example", "ann@a.example", "&amp;", "&#65;", "&nbsp;", `\Ann\`, `\*Ann\*`, "Ann | Lee", "|---|---|", "|-|",
	`"Ann"`, "Ann:", ":Ann", "Ann!", "Ann?", "{Ann}", "$x$", "@Ann", "^Ann", "(c) Ann", "...", "*A _n* n_", "[^1]", "[^1]: n",
	"안녕", "山田 太郎", "דנה", "José*", "👩‍💻 *Ann*", "§*", "Ann\\", "0", "~", "'Ann'", "[x]", "a<b>c", "%Ann%",
}

// TestNameBeforeMarkdown: a name before Markdown is seen as its letters, and what follows as without it.
func TestNameBeforeMarkdown(t *testing.T) {
	t.Parallel()
	settings := messages.Settings{NameInText: true, DisplayName: messages.FirstName}
	names := append(randomNames(150), markup...)
	texts := append([]string(nil), blocks...)
	shown := make([]string, len(names))
	for i, first := range names {
		by := messages.Person{FirstName: first}
		shown[i] = settings.DisplayName.Format(by)
		for _, block := range blocks {
			m := messages.Message{Text: block, Format: messages.Markdown}
			texts = append(texts, settings.Signature(m, by)+block)
		}
	}
	all := render(t, texts)
	alone, named := all[:len(blocks)], all[len(blocks):]
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
	faults := 0
	for i, name := range shown {
		before := "<p>" + escape.Replace(name) + ":</p>\n"
		if name == "" { // nothing of it is seen
			before = ""
		}
		for j, block := range blocks {
			got := named[i*len(blocks)+j]
			want := rendered{before + alone[j].CommonMark, before + alone[j].MarkdownIt}
			if got != want && faults < 10 {
				faults++
				t.Errorf("%q before %q:\ngot  %q\nwant %q", name, block, got, want)
			}
		}
	}
}

// randomNames are made of what marks up, the same each time.
func randomNames(n int) []string {
	const letters = "*_`~#>-+=[]()!<>&;\\|\"':.1a b{}$^@/%é字"
	runes := []rune(letters)
	random := rand.New(rand.NewPCG(1, 2))
	names := make([]string, n)
	for i := range names {
		var name strings.Builder
		for range 1 + random.IntN(12) {
			name.WriteRune(runes[random.IntN(len(runes))])
		}
		names[i] = name.String()
	}
	return names
}
