package routing

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ParseRule reads a rule from JSON, in the form that [MarshalRule] writes. It is strict: keys that are not
// known, given twice or missing, values of the wrong form, rules nested deeper than eight and anything after the rule are errors,
// all of them joined, each as a *[RuleError] with its path. What the values mean together (percentages that add
// up, zones that exist) is checked by [New].
//
// A custom rule is refused, since its Router is code: see [ParseRuleWith].
func ParseRule(data []byte) (Rule, error) { return ParseRuleWith(data, nil) }

// ParseRuleWith is [ParseRule] for rules with custom parts: their Routers are found by name.
func ParseRuleWith(data []byte, custom map[string]Router) (Rule, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, &RuleError{Text: "this is not JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &RuleError{Text: "something follows the rule"}
	}
	p := parser{custom: custom}
	r := p.rule("", raw, 1)
	if err := p.faults.join(); err != nil {
		return nil, err
	}
	return r, nil
}

type parser struct {
	faults faults
	custom map[string]Router
}

// An object is a JSON object whose values are taken out one by one.
type object struct {
	p      *parser
	path   string
	values map[string]json.RawMessage
	keys   []string // in order, for the faults
}

// rule reads one rule; nil if it has a fault.
func (p *parser) rule(path string, raw json.RawMessage, depth int) Rule {
	if depth > maxDepth {
		p.faults.add(path, "rules nest deeper than %d", maxDepth)
		return nil
	}
	o, ok := p.object(path, raw)
	if !ok {
		return nil
	}
	var kind string
	if !o.required("type", &kind) {
		return nil
	}
	defer o.done()
	switch kind {
	case "staff", "team", "bot":
		return o.destination(Kind(kind))
	case "alternative":
		return Alternative(parseList(o, "rules", func(path string, raw json.RawMessage) Rule { return p.rule(path, raw, depth+1) }))
	case "percentage":
		return Percentage(parseList(o, "shares", func(path string, raw json.RawMessage) Share { return p.share(path, raw, depth) }))
	case "time":
		return o.time(depth)
	case "sticky":
		r := Sticky{For: o.duration("for"), Wait: o.duration("wait")}
		r.Then = o.rule("then", depth, true)
		return r
	case "group":
		return o.group()
	case "custom":
		return o.customRule()
	}
	p.faults.add(join(path, "type"), "%.40q is no type of rule", kind)
	o.keys = nil // which keys belong to it is not known either
	return nil
}

func (o *object) destination(kind Kind) Destination {
	d := Destination{Kind: kind}
	o.required("id", &d.ID)
	return d
}

func (o *object) customRule() Rule {
	r := Custom{}
	if !o.required("name", &r.Name) {
		return nil
	}
	if r.Router = o.p.custom[r.Name]; r.Router == nil {
		o.p.faults.add(join(o.path, "name"), "there is no Router named %.40q here", r.Name)
	}
	return r
}

func (o *object) group() Group {
	g := Group{Wait: o.duration("wait")}
	o.required("id", &g.ID)
	if o.required("method", &g.Method) && !g.Method.Valid() {
		o.p.faults.add(join(o.path, "method"), "%.40q is not fixed_order, round_robin, most_idle or simultaneous", g.Method)
	}
	g.Members = parseList(o, "members", o.p.member)
	return g
}

func (p *parser) member(path string, raw json.RawMessage) (d Destination) {
	o, ok := p.object(path, raw)
	if !ok || !o.required("type", &d.Kind) {
		return d
	}
	if !d.Kind.Valid() {
		p.faults.add(join(path, "type"), "a member is staff, a team or a bot, not %.40q", d.Kind)
		return d
	}
	defer o.done()
	return o.destination(d.Kind)
}

func (p *parser) share(path string, raw json.RawMessage, depth int) (s Share) {
	o, ok := p.object(path, raw)
	if !ok {
		return s
	}
	defer o.done()
	o.required("percent", &s.Percent)
	s.To = o.rule("to", depth, true)
	return s
}

func (o *object) time(depth int) Time {
	var r Time
	o.optional("zone", &r.Zone)
	if _, ok := o.values["conditions"]; ok {
		r.Conditions = parseList(o, "conditions", func(path string, raw json.RawMessage) Condition { return o.p.condition(path, raw, depth) })
	}
	if _, ok := o.values["dates"]; ok {
		r.Dates = parseList(o, "dates", func(path string, raw json.RawMessage) DateRule { return o.p.dateRule(path, raw, depth) })
	}
	r.Otherwise = o.rule("otherwise", depth, false)
	return r
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (p *parser) condition(path string, raw json.RawMessage, depth int) (c Condition) {
	o, ok := p.object(path, raw)
	if !ok {
		return c
	}
	defer o.done()
	c.Days = parseList(o, "days", func(path string, raw json.RawMessage) time.Weekday {
		var name string
		if !p.value(path, raw, &name) {
			return 0
		}
		day := slices.Index(weekdays, name)
		if day < 0 {
			p.faults.add(path, `%.40q is no day; write "mon", "tue", "wed", "thu", "fri", "sat" or "sun"`, name)
		}
		return time.Weekday(day)
	})
	o.text("from", &c.From, true)
	o.text("to", &c.To, true)
	c.Then = o.rule("then", depth, true)
	return c
}

func (p *parser) dateRule(path string, raw json.RawMessage, depth int) (d DateRule) {
	o, ok := p.object(path, raw)
	if !ok {
		return d
	}
	defer o.done()
	o.text("date", &d.Date, true)
	from := o.text("from", &d.From, false)
	to := o.text("to", &d.To, false)
	if from != to {
		p.faults.add(path, "from and to go together")
	}
	if from && to && d.From == d.To {
		p.faults.add(join(path, "to"), "the window is empty; the whole day is 00:00–24:00, or no from and to")
	}
	d.Then = o.rule("then", depth, false)
	return d
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
