package routing

import (
	"encoding/json"
	"math"
	"time"
)

// MarshalRule writes a rule as JSON, in the form that [ParseRule] reads. Rules that New would refuse can be
// written too, as far as the form can hold them; what it cannot hold (a missing rule, a pointer, a time that
// no clock shows, a Custom without a name) is an error with its path.
func MarshalRule(r Rule) ([]byte, error) {
	var m marshaller
	v := m.rule("", r, 1)
	if err := m.faults.join(); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

type marshaller struct{ faults faults }

type (
	jsonAlternative struct {
		Type  string `json:"type"`
		Rules []any  `json:"rules"`
	}
	jsonPercentage struct {
		Type   string      `json:"type"`
		Shares []jsonShare `json:"shares"`
	}
	jsonShare struct {
		Percent float64 `json:"percent"`
		To      any     `json:"to"`
	}
	jsonTime struct {
		Type       string          `json:"type"`
		Zone       string          `json:"zone,omitempty"`
		Conditions []jsonCondition `json:"conditions,omitempty"`
		Dates      []jsonDate      `json:"dates,omitempty"`
		Otherwise  any             `json:"otherwise,omitempty"`
	}
	jsonCondition struct {
		Days []string  `json:"days"`
		From TimeOfDay `json:"from"`
		To   TimeOfDay `json:"to"`
		Then any       `json:"then"`
	}
	jsonDate struct {
		Date Date       `json:"date"`
		From *TimeOfDay `json:"from,omitempty"`
		To   *TimeOfDay `json:"to,omitempty"`
		Then any        `json:"then,omitempty"`
	}
	jsonSticky struct {
		Type string `json:"type"`
		For  string `json:"for,omitempty"`
		Wait string `json:"wait,omitempty"`
		Then any    `json:"then"`
	}
	jsonGroup struct {
		Type    string        `json:"type"`
		ID      string        `json:"id"`
		Method  Method        `json:"method"`
		Members []Destination `json:"members"`
		Wait    string        `json:"wait,omitempty"`
	}
	jsonCustom struct {
		Type string `json:"type"`
		Name string `json:"name"`
	}
)

func (m *marshaller) rule(path string, r Rule, depth int) any {
	if depth > maxDepth {
		m.faults.add(path, "rules nest deeper than %d", maxDepth)
		return nil
	}
	switch r := r.(type) {
	case nil:
		m.faults.add(path, "a rule is missing")
	case Destination:
		m.destination(path, r)
		return r
	case Alternative:
		rules := make([]any, len(r))
		for i, to := range r {
			rules[i] = m.rule(indexed(path, "rules", i), to, depth+1)
		}
		return jsonAlternative{Type: "alternative", Rules: rules}
	case Percentage:
		return m.percentage(path, r, depth)
	case Time:
		return m.time(path, r, depth)
	case Sticky:
		then := m.rule(join(path, "then"), r.Then, depth+1)
		return jsonSticky{Type: "sticky", For: waitText(r.For), Wait: waitText(r.Wait), Then: then}
	case Group:
		return m.group(path, r)
	case Custom:
		if r.Name == "" {
			m.faults.add(join(path, "name"), "a custom rule without a name cannot be written")
		}
		return jsonCustom{Type: "custom", Name: r.Name}
	default:
		m.faults.add(path, "%T is not a rule: rules are values, not pointers", r)
	}
	return nil
}

func (m *marshaller) destination(path string, d Destination) {
	if !d.Kind.Valid() {
		m.faults.add(join(path, "type"), "%q is not staff, team or bot", d.Kind)
	}
}

func (m *marshaller) percentage(path string, r Percentage, depth int) any {
	shares := make([]jsonShare, len(r))
	for i, s := range r {
		at := indexed(path, "shares", i)
		if math.IsNaN(s.Percent) || math.IsInf(s.Percent, 0) {
			m.faults.add(at+".percent", "%v is not between 0 and 100", s.Percent)
		}
		shares[i] = jsonShare{Percent: s.Percent, To: m.rule(at+".to", s.To, depth+1)}
	}
	return jsonPercentage{Type: "percentage", Shares: shares}
}

func (m *marshaller) time(path string, r Time, depth int) any {
	t := jsonTime{Type: "time", Zone: r.Zone}
	for i, c := range r.Conditions {
		at := indexed(path, "conditions", i)
		m.valid(at, c.From, c.To)
		days := make([]string, len(c.Days))
		for k, d := range c.Days {
			if d < time.Sunday || d > time.Saturday {
				m.faults.add(indexed(at, "days", k), "%d is no day of the week", int(d))
				continue
			}
			days[k] = weekdays[d]
		}
		t.Conditions = append(t.Conditions, jsonCondition{Days: days, From: c.From, To: c.To, Then: m.rule(at+".then", c.Then, depth+1)})
	}
	for i, d := range r.Dates {
		t.Dates = append(t.Dates, m.date(indexed(path, "dates", i), d, depth))
	}
	if r.Otherwise != nil {
		t.Otherwise = m.rule(join(path, "otherwise"), r.Otherwise, depth+1)
	}
	return t
}

func (m *marshaller) date(path string, d DateRule, depth int) jsonDate {
	j := jsonDate{Date: d.Date}
	if !d.Date.Valid() {
		m.faults.add(join(path, "date"), "%v is no day of the calendar", d.Date)
	}
	if d.From != 0 || d.To != 0 {
		m.valid(path, d.From, d.To)
		j.From, j.To = &d.From, &d.To
	}
	if d.Then != nil {
		j.Then = m.rule(join(path, "then"), d.Then, depth+1)
	}
	return j
}

func (m *marshaller) valid(path string, from, to TimeOfDay) {
	if !from.Valid() {
		m.faults.add(join(path, "from"), "%v is no time of day", from)
	}
	if !to.Valid() {
		m.faults.add(join(path, "to"), "%v is no time of day", to)
	}
}

func (m *marshaller) group(path string, r Group) any {
	members := make([]Destination, len(r.Members))
	for i, d := range r.Members {
		m.destination(indexed(path, "members", i), d)
		members[i] = d
	}
	return jsonGroup{Type: "group", ID: r.ID, Method: r.Method, Members: members, Wait: waitText(r.Wait)}
}

// waitText writes a duration; "" is none.
func waitText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return durationText(d)
}
