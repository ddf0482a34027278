package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// time compiles a Time.
func (c *compiler) time(n *node, r Time, depth int) {
	n.kind = isTime
	if len(r.Conditions) > 0 {
		if c.inside(n.path, &r.Conditions[0]) {
			return
		}
		defer c.leave()
	}
	if len(r.Dates) > 0 {
		if c.inside(n.path, &r.Dates[0]) {
			return
		}
		defer c.leave()
	}
	if len(r.Conditions) == 0 && len(r.Dates) == 0 && r.Otherwise == nil {
		c.faults.add(join(n.path, "conditions"), "there is no condition, date or otherwise")
	}
	before := c.faults.count
	s := &schedule{zone: c.zone(join(n.path, "zone"), r.Zone)}
	r.Conditions = slices.Clone(r.Conditions)
	for i := range r.Conditions {
		s.then = append(s.then, c.condition(indexed(n.path, "conditions", i), &r.Conditions[i], depth))
	}
	r.Dates = slices.Clone(r.Dates)
	if !c.count(join(n.path, "dates"), len(r.Dates)) {
		return
	}
	then := make([]*node, len(r.Dates))
	for i := range r.Dates {
		then[i] = c.dateRule(indexed(n.path, "dates", i), &r.Dates[i], depth)
	}
	if r.Otherwise != nil {
		if s.otherwise = c.rule(join(n.path, "otherwise"), r.Otherwise, depth+1); s.otherwise != nil {
			r.Otherwise = s.otherwise.rule
		}
	}
	if c.faults.count > before || c.entries > maxEntries {
		return
	}
	s.rule, s.dates = r, newDates(r.Dates, then)
	s.week, s.begun = newWeek(r.Conditions, false), newWeek(r.Conditions, true)
	n.rule, n.schedule = r, s
}

func (c *compiler) condition(path string, r *Condition, depth int) *node {
	if len(r.Days) == 0 {
		c.faults.add(join(path, "days"), "there is no day; list all seven for every day")
	}
	for i, d := range r.Days {
		if d < time.Sunday || d > time.Saturday {
			c.faults.add(indexed(path, "days", i), "%d is no day of the week", int(d))
		}
	}
	c.window(path, r.From, r.To)
	r.Days = slices.Clone(r.Days)
	then := c.rule(join(path, "then"), r.Then, depth+1)
	if then != nil {
		r.Then = then.rule
	}
	return then
}

func (c *compiler) dateRule(path string, r *DateRule, depth int) *node {
	if !r.Date.Valid() {
		c.faults.add(join(path, "date"), "%v is no day of the calendar", r.Date)
	}
	if r.From != 0 || r.To != 0 {
		c.window(path, r.From, r.To)
	}
	if r.Then == nil {
		return nil
	}
	then := c.rule(join(path, "then"), r.Then, depth+1)
	if then != nil {
		r.Then = then.rule
	}
	return then
}

// window checks the two ends of a window.
func (c *compiler) window(path string, from, to TimeOfDay) {
	fromOK := c.timeOfDay(join(path, "from"), from)
	toOK := c.timeOfDay(join(path, "to"), to)
	switch {
	case !fromOK || !toOK:
	case from == to:
		c.faults.add(join(path, "to"), "the window %v–%v is empty; the whole day is 00:00–24:00", from, to)
	case from == midnight:
		c.faults.add(join(path, "from"), "24:00 is the end of a day; the beginning of the next is 00:00")
	}
}

func (c *compiler) timeOfDay(path string, t TimeOfDay) bool {
	switch {
	case t < 0:
		c.faults.add(path, "this is no time of day")
	case t > midnight:
		c.faults.add(path, "%v is past 24:00", t)
	}
	return t.Valid()
}

// zone finds a time zone. The Times of a plan that name the same one share it.
func (c *compiler) zone(path, name string) *zone {
	if z := c.zones[name]; z != nil {
		return z
	}
	location, err := loadZone(name)
	if err != nil {
		c.faults.add(path, "%v", err)
		return nil
	}
	z := &zone{name: location.String(), location: location}
	c.zones[name] = z
	return z
}

// loadZone is time.LoadLocation for IANA names and fixed offsets alone.
func loadZone(name string) (*time.Location, error) {
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return fixedZone(name)
	}
	base := strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
	if base == "local" || base == "localtime" {
		return nil, fmt.Errorf("%q is another zone on each machine; give the name of one", name)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known here (a program without zone data of its system can import time/tzdata)", name)
	}
	return location, nil
}

// fixedZone reads "+08:00".
func fixedZone(name string) (*time.Location, error) {
	var t TimeOfDay
	if err := t.UnmarshalText([]byte(name[1:])); err != nil || t > At(18, 0) {
		return nil, fmt.Errorf(`%q is no offset from UTC; write it like "+08:00", at most 18:00`, name)
	}
	seconds := int(t) * 60
	if name[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone(name, seconds), nil
}
