package routing

import (
	"bytes"
	"encoding/json"
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
