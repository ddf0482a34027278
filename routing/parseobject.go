package routing

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"time"
)

// An object is a JSON object whose values are taken out one by one.
type object struct {
	p      *parser
	path   string
	values map[string]json.RawMessage
	keys   []string // in order, for the faults
}

// object reads the members of a JSON object and complains about keys given twice.
func (p *parser) object(path string, raw json.RawMessage) (*object, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		p.faults.add(path, "this is %s, not an object", jsonKind(raw))
		return nil, false
	}
	o := &object{p: p, path: path, values: make(map[string]json.RawMessage)}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || d.Decode(&value) != nil {
			p.faults.add(path, "this is not JSON")
			return nil, false
		}
		if _, twice := o.values[key]; twice {
			p.faults.add(path, "the key %.40q is given twice", key)
		}
		o.values[key] = value
		o.keys = append(o.keys, key)
	}
	return o, true
}

// done complains about the keys that nobody took.
func (o *object) done() {
	for _, key := range o.keys {
		if _, left := o.values[key]; left {
			o.p.faults.add(o.path, "the key %.40q is not known here", key)
			delete(o.values, key)
		}
	}
}

// take takes a value out; null is as good as absent.
func (o *object) take(key string) (json.RawMessage, bool) {
	raw, ok := o.values[key]
	delete(o.values, key)
	return raw, ok && string(raw) != "null"
}

// optional reads a value if there is one.
func (o *object) optional(key string, into any) bool {
	raw, ok := o.take(key)
	return ok && o.p.value(join(o.path, key), raw, into)
}

// required reads a value that must be there.
func (o *object) required(key string, into any) bool {
	raw, ok := o.take(key)
	if !ok {
		o.p.faults.add(join(o.path, key), "this is missing")
		return false
	}
	return o.p.value(join(o.path, key), raw, into)
}

// value reads a string or number.
func (p *parser) value(path string, raw json.RawMessage, into any) bool {
	if err := json.Unmarshal(raw, into); err != nil || string(raw) == "null" {
		want := "a text"
		if _, ok := into.(*float64); ok {
			want = "a number"
		}
		p.faults.add(path, "this is %s, not %s", jsonKind(raw), want)
		return false
	}
	return true
}

// text reads a value in its text form, and reports whether it was there.
func (o *object) text(key string, into encoding.TextUnmarshaler, required bool) bool {
	var s string
	if _, there := o.values[key]; !there && !required {
		return false
	}
	if !o.required(key, &s) {
		return false
	}
	if err := into.UnmarshalText([]byte(s)); err != nil {
		o.p.faults.add(join(o.path, key), "%.40q: %v", s, err)
	}
	return true
}

func (o *object) duration(key string) time.Duration {
	var s string
	if !o.optional(key, &s) {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		o.p.faults.add(join(o.path, key), `%.40q is no duration; write it like "20s" or "720h"`, s)
	}
	return d
}

func (o *object) rule(key string, depth int, required bool) Rule {
	raw, ok := o.take(key)
	if ok {
		return o.p.rule(join(o.path, key), raw, depth+1)
	}
	if required {
		o.p.faults.add(join(o.path, key), "this is missing")
	}
	return nil
}

// parseList reads a list that must be there.
func parseList[T any](o *object, key string, each func(path string, raw json.RawMessage) T) []T {
	var raws []json.RawMessage
	raw, ok := o.take(key)
	switch {
	case !ok:
		o.p.faults.add(join(o.path, key), "this is missing")
		return nil
	case json.Unmarshal(raw, &raws) != nil:
		o.p.faults.add(join(o.path, key), "this is %s, not a list", jsonKind(raw))
		return nil
	}
	list := make([]T, 0, len(raws))
	for i, raw := range raws {
		list = append(list, each(indexed(o.path, key, i), raw))
	}
	return list
}

// jsonKind names what a JSON value is.
func jsonKind(raw json.RawMessage) string {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
		return "nothing"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '[':
		return "a list"
	case raw[0] == '"':
		return "a text"
	case raw[0] == 'n':
		return "null"
	case raw[0] == 't', raw[0] == 'f':
		return "true or false"
	}
	return fmt.Sprintf("the number %.40s", raw)
}
