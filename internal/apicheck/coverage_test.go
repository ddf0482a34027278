package apicheck_test

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// unseen lists what is described and was never there: statuses of operations, and members of bodies. Of requests
// only those count that were accepted.
func (d *description) unseen(traffic []exchange) []string {
	c := coverage{seen: map[string]bool{}}
	for _, doc := range []*v3.Document{d.incoming, d.outgoing} {
		for path, item := range doc.Paths.PathItems.FromOldest() {
			for method, op := range item.GetOperations().FromOldest() {
				c.expect(strings.ToUpper(method)+" "+path, op)
			}
		}
	}
	for _, x := range traffic {
		doc := d.incoming
		if x.hook != "" {
			doc = d.outgoing
		}
		method, path := described(doc, x)
		template, item := find(doc, path)
		if item == nil {
			continue
		}
		op := item.GetOperations().GetOrZero(strings.ToLower(method))
		if op != nil {
			c.note(method+" "+template, op, x)
		}
	}
	var missing []string
	for _, name := range c.described {
		if !c.seen[name] {
			missing = append(missing, name)
		}
	}
	return missing
}

// coverage compares what is described with what was seen, by name.
type coverage struct {
	described []string
	seen      map[string]bool
}

// expect names all that an operation describes.
func (c *coverage) expect(name string, op *v3.Operation) {
	add := func(s string) { c.described = append(c.described, s) }
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content.FromOldest() {
			members(media.Schema, name+" body "+kind+" ", add)
		}
	}
	for code, response := range responses(op) {
		add(name + " " + code)
		for header := range response.Headers.KeysFromOldest() {
			add(name + " " + code + " header " + strings.ToLower(header))
		}
		for kind, media := range response.Content.FromOldest() {
			members(media.Schema, name+" "+code+" "+kind+" ", add)
		}
	}
}

// responses are those of an operation by code, "default" among them.
func responses(op *v3.Operation) map[string]*v3.Response {
	all := map[string]*v3.Response{}
	for code, response := range op.Responses.Codes.FromOldest() {
		all[strings.ToUpper(code)] = response
	}
	if op.Responses.Default != nil {
		all["default"] = op.Responses.Default
	}
	return all
}

// note marks what an exchange showed.
func (c *coverage) note(name string, op *v3.Operation, x exchange) {
	mark := func(s string) { c.seen[s] = true }
	if op.RequestBody != nil && x.status/100 == 2 {
		for kind, media := range op.RequestBody.Content.FromOldest() {
			c.noteBody(media.Schema, x.body, name+" body "+kind+" ", mark)
		}
	}
	all := responses(op)
	code := strconv.Itoa(x.status)
	if all[code] == nil {
		code = code[:1] + "XX"
	}
	if all[code] == nil {
		code = "default"
	}
	response := all[code]
	if response == nil {
		return
	}
	mark(name + " " + code)
	for header := range x.answerHeader {
		mark(name + " " + code + " header " + strings.ToLower(header))
	}
	for kind, media := range response.Content.FromOldest() {
		if strings.HasPrefix(x.answerHeader.Get("Content-Type"), kind) {
			c.noteBody(media.Schema, x.answer, name+" "+code+" "+kind+" ", mark)
		}
	}
}

func (c *coverage) noteBody(schema *base.SchemaProxy, body []byte, prefix string, mark func(string)) {
	var value any
	if json.Unmarshal(body, &value) == nil {
		present(schema, value, prefix, mark)
	}
}

// members names every member that a schema describes: "message.attachments[].url".
func members(proxy *base.SchemaProxy, prefix string, add func(string)) {
	if proxy == nil {
		return
	}
	s := proxy.Schema()
	for name, member := range s.Properties.FromOldest() {
		add(prefix + name)
		members(member, prefix+name+".", add)
	}
	if s.Items != nil && s.Items.IsA() {
		members(s.Items.A, strings.TrimSuffix(prefix, ".")+"[].", add)
	}
	for _, form := range forms(s) {
		members(form, prefix, add)
	}
	for _, value := range s.Enum {
		add(strings.TrimSuffix(prefix, ".") + "=" + value.Value)
	}
}

// present names those that are in a value.
func present(proxy *base.SchemaProxy, value any, prefix string, mark func(string)) {
	if proxy == nil {
		return
	}
	s := proxy.Schema()
	switch v := value.(type) {
	case map[string]any:
		for name, member := range s.Properties.FromOldest() {
			if inside, ok := v[name]; ok {
				mark(prefix + name)
				present(member, inside, prefix+name+".", mark)
			}
		}
	case []any:
		if s.Items != nil && s.Items.IsA() {
			for _, item := range v {
				present(s.Items.A, item, strings.TrimSuffix(prefix, ".")+"[].", mark)
			}
		}
	case string:
		if len(s.Enum) > 0 {
			mark(strings.TrimSuffix(prefix, ".") + "=" + v)
		}
	}
	for _, form := range forms(s) {
		present(form, value, prefix, mark)
	}
}

// forms are the alternatives of a schema that has no members itself.
func forms(s *base.Schema) []*base.SchemaProxy {
	if s.Properties != nil {
		return nil
	}
	return s.AnyOf
}
