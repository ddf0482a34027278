package apicheck_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/pb33f/libopenapi/datamodel/high/base"
)

// limits tries every limit that the description sets to a request, on both sides: what is just allowed and what is
// just not. That the hub agrees is what description.check says; here it is only made sure that both sides are met.
func limits(w *world, d *description) {
	w.connect("limits", w.source(), nil)
	for path, start := range map[string]string{
		"/limits/messages": `{"visitor":{"id":"zoe"},"message":{"id":"1","text":"hello"}}`,
		"/limits/receipts": `{"message":"none","status":"failed"}`,
		"/limits/typing":   `{"visitor":"zoe"}`,
	} {
		_, item := find(d.incoming, path)
		l := &limit{world: w, path: path, start: start}
		l.object(nil, item.Post.RequestBody.Content.GetOrZero("application/json").Schema.Schema())
		if l.tried == 0 {
			w.Errorf("%s: no limit was tried", path)
		}
	}
	examples(w, d)
}

// examples sends every example of a request.
func examples(w *world, d *description) {
	for path, item := range d.incoming.Paths.PathItems.FromOldest() {
		if item.Post == nil {
			continue
		}
		for name, example := range item.Post.RequestBody.Content.GetOrZero("application/json").Examples.FromOldest() {
			var value any
			if err := example.Value.Decode(&value); err != nil {
				w.Fatal(err)
			}
			body, err := json.Marshal(value)
			if err != nil {
				w.Fatal(err)
			}
			c := call{name: "example " + name, path: strings.Replace(path, "{channel}", "limits", 1), body: string(body)}
			if x := w.do(c); x.status/100 != 2 && !strings.Contains(path, "receipts") {
				w.Errorf("example %s: answered %d: %s", name, x.status, x.answer)
			}
		}
	}
}

// limit walks through the schema of a request.
type limit struct {
	*world
	path, start string
	tried       int
}

// where is a place in a body: names of members and indexes.
type where []any

func (at where) to(step any) where { return append(slices.Clone(at), step) }

func (at where) String() string {
	steps := make([]string, len(at))
	for i, step := range at {
		steps[i] = fmt.Sprint(step)
	}
	return strings.Join(steps, ".")
}

// try sends the request with value at a place, and checks on which side of the limit the hub sees it.
func (l *limit) try(name string, at where, value any, good bool) {
	l.Helper()
	l.tried++
	var body any
	if err := json.Unmarshal([]byte(l.start), &body); err != nil {
		l.Fatal(err)
	}
	body = put(body, where{"message", "id"}, l.id(), l.path != "/limits/messages")
	b, err := json.Marshal(put(body, at, value, false))
	if err != nil {
		l.Fatal(err)
	}
	c := call{name: name + " at " + at.String(), path: l.path, body: string(b)}
	if !good && slices.Contains(takenAllTheSame, c.name) {
		c.exempt = lenient
	}
	x := l.do(c)
	switch {
	case good && x.status == http.StatusBadRequest, !good && x.status/100 == 2 && c.exempt == none, x.status/100 == 5:
		l.Errorf("%s: answered %d: %s", c.name, x.status, x.answer)
	}
}

// takenAllTheSame is what sources should not send, but the hub takes: it only concerns showing.
var takenAllTheSame = []string{
	"no option at message.attachments.0.kind",
	"too long at message.attachments.0.mime", "with a NUL at message.attachments.0.mime",
}

// absent removes what put puts.
type absent struct{}

// put returns the value with another one at a place; skip leaves it as it is.
func put(in any, at where, value any, skip bool) any {
	switch {
	case skip:
		return in
	case len(at) == 0:
		return value
	}
	if i, ok := at[0].(int); ok {
		list, _ := in.([]any)
		for len(list) <= i {
			list = append(list, nil)
		}
		list[i] = put(list[i], at[1:], value, false)
		return list
	}
	object, _ := in.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	name := at[0].(string)
	if _, gone := value.(absent); gone && len(at) == 1 {
		delete(object, name)
		return object
	}
	object[name] = put(object[name], at[1:], value, false)
	return object
}

// object tries the members of an object, and those it must have.
func (l *limit) object(at where, s *base.Schema) {
	for name, member := range s.Properties.FromOldest() {
		l.value(at.to(name), member.Schema())
	}
	for _, name := range s.Required {
		l.try("without", at.to(name), absent{}, false)
	}
	if s.MaxProperties == nil {
		return
	}
	most := int(*s.MaxProperties)
	l.try("most entries", at, entries(most), true)
	l.try("one entry too many", at, entries(most+1), false)
	l.try("no name", at.to(""), "a", false)
	if length := s.PropertyNames.Schema().MaxLength; length != nil {
		l.try("longest name", at.to(strings.Repeat("n", int(*length))), "a", true)
		l.try("name too long", at.to(strings.Repeat("n", int(*length)+1)), "a", false)
	}
	l.value(at.to("n"), s.AdditionalProperties.A.Schema())
}

func entries(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint("n", i)] = "a"
	}
	return m
}

// value tries the limits of one value.
func (l *limit) value(at where, s *base.Schema) {
	for _, option := range s.Enum {
		l.try("option "+option.Value, at, option.Value, true)
	}
	if len(s.Enum) > 0 {
		l.try("no option", at, "none of these", false)
		l.try("another type", at, 5, false)
		return
	}
	switch s.Type[0] {
	case "string":
		l.text(at, s)
	case "integer", "number":
		l.number(at, s)
	case "boolean":
		l.try("yes", at, true, true)
		l.try("another type", at, "yes", false)
	case "array":
		item := s.Items.A.Schema()
		l.list(at, item, int(*s.MaxItems))
		l.example(at.to(0), item)
		l.object(at.to(0), item)
		l.try("another type", at, map[string]any{}, false)
	case "object":
		l.example(at, s)
		l.object(at, s)
		l.try("another type", at, "none", false)
	}
}

// example makes the start hold what an object must have, so that its members can be tried one by one.
func (l *limit) example(at where, s *base.Schema) {
	var start any
	if err := json.Unmarshal([]byte(l.start), &start); err != nil {
		l.Fatal(err)
	}
	for _, name := range s.Required {
		member := s.Properties.GetOrZero(name).Schema()
		var value any = 0
		switch {
		case len(member.Enum) > 0:
			value = member.Enum[0].Value
		case slices.Contains(member.Type, "string"):
			value = fill(at.to(name), 20)
		}
		if len(at) > 0 && at[0] != "visitor" {
			start = put(start, at.to(name), value, false)
		}
	}
	b, err := json.Marshal(start)
	if err != nil {
		l.Fatal(err)
	}
	if at[len(at)-1] != "message" && at[len(at)-1] != "visitor" {
		l.start = string(b)
	}
}

// list tries how many items there may be.
func (l *limit) list(at where, item *base.Schema, most int) {
	items := func(n int) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = map[string]any{"text": fmt.Sprint("choice ", i), "kind": "file", "url": "https://example.com/"}
			for name := range list[i].(map[string]any) {
				if item.Properties.GetOrZero(name) == nil {
					delete(list[i].(map[string]any), name)
				}
			}
		}
		return list
	}
	l.try("most items", at, items(most), true)
	l.try("one item too many", at, items(most+1), false)
}

// text tries how long a text may be, and what may be in it.
func (l *limit) text(at where, s *base.Schema) {
	l.try("another type", at, 5, false)
	if s.MaxLength != nil {
		l.try("longest", at, fill(at, int(*s.MaxLength)), true)
		l.try("too long", at, fill(at, int(*s.MaxLength)+1), false)
		l.try("with a NUL", at, "a\x00b", false)
	}
	if s.MinLength != nil {
		l.try("empty", at, "", false)
	}
	if strings.Contains(s.Pattern, `[^\x00-\x20`) {
		l.try("blank", at, "  ", false)
	}
	if s.Format == "date-time" {
		l.try("with a zone", at, "2026-03-02T09:00:00.123456789+08:00", true)
		l.try("no time", at, "yesterday", false)
	}
	if s.Pattern != "" && strings.Contains(s.Pattern, `\x1f`) {
		l.try("with a control character", at, "a\u0085b", false)
		l.try("with a line break", at, "a\nb", false)
	}
}

// fill is a text of n bytes that is valid at its place.
func fill(at where, n int) string {
	start := ""
	switch at[len(at)-1] {
	case "url", "avatar_url":
		start = "https://example.com/"
	case "mime":
		start = "image/"
	}
	return start + strings.Repeat("a", n-len(start))
}

func (l *limit) number(at where, s *base.Schema) {
	l.try("another type", at, "5", false)
	for _, edge := range []*float64{s.Minimum, s.Maximum} {
		if edge == nil {
			continue
		}
		beyond := 1.0
		if edge == s.Minimum {
			beyond = -1
		}
		l.try("edge", at, *edge, true)
		l.try("beyond the edge", at, *edge+beyond, false)
	}
}
