package routing

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Finding is something in a rule that is allowed but probably not meant.
type Finding struct {
	Path string `json:"path,omitempty"` // as in the errors of New
	Code string `json:"code"`           // one of the Finding constants
	Text string `json:"text"`           // in English, for administrators; its wording may change
}

// The codes of findings.
const (
	FindingShadowed    = "shadowed"     // a condition or date that never wins, because those before it cover it
	FindingLastMinute  = "last_minute"  // a window to 23:59, which leaves out the last minute of the day
	FindingUncovered   = "uncovered"    // hours of the week that nobody covers
	FindingUnreachable = "unreachable"  // a rule that is asked only after one that always answers
	FindingDrained     = "drained"      // a share of 0 %
	FindingFixedOffset = "fixed_offset" // a zone that does not follow daylight saving
	FindingLateSticky  = "late_sticky"  // a sticky rule below a percentage, which draws before it
)

// Findings tells what in the plan is allowed but probably wrong, in the order of their paths. It takes some
// milliseconds for a large plan and is meant for the moment at which a rule is saved.
func (p *Plan) Findings() []Finding {
	if p == nil || p.root == nil {
		return nil
	}
	var f finder
	f.uncovered(p.root)
	f.walk(p.root)
	slices.SortStableFunc(f.found, func(a, b Finding) int { return cmp.Compare(a.Path, b.Path) })
	return f.found
}

type finder struct{ found []Finding }

func (f *finder) add(path, code, text string) {
	f.found = append(f.found, Finding{Path: path, Code: code, Text: text})
}

func (f *finder) walk(n *node) {
	switch n.kind {
	case isAlternative:
		f.alternative(n)
	case isPercentage:
		f.percentage(n)
	case isTime:
		f.time(n)
	default:
	}
	for child := range n.children() {
		f.walk(child)
	}
}

func (f *finder) alternative(n *node) {
	seen := make(map[string]int)
	sure := -1
	for i, r := range n.rules {
		key, named := ruleKey(r.rule)
		same, again := seen[key]
		switch {
		case sure >= 0:
			f.add(r.path, FindingUnreachable, fmt.Sprintf("rule %d always has a bot to offer to, so this one is asked only after that was tried", sure+1))
		case again && named:
			f.add(r.path, FindingUnreachable, fmt.Sprintf("it is the same as rule %d, which was asked before", same+1))
		case r.sure():
			sure = i
		}
		if !again {
			seen[key] = i
		}
	}
}

// sure reports whether a rule always has a bot to offer to, unless that was tried.
func (n *node) sure() bool {
	switch n.kind {
	case isDestination:
		return n.one[0].Kind == KindBot
	case isGroup:
		return slices.ContainsFunc(n.group.members, func(d Destination) bool { return d.Kind == KindBot })
	case isAlternative, isPercentage, isSticky:
		for child := range n.children() {
			if child.sure() {
				return true
			}
		}
		return false
	case isTime:
		return n.schedule.sure()
	default:
		return false
	}
}

func (s *schedule) sure() bool {
	if s.otherwise == nil || !s.otherwise.sure() {
		return false
	}
	for _, then := range s.then {
		if !then.sure() {
			return false
		}
	}
	for _, d := range s.dates {
		for _, w := range d.windows {
			if w.then == nil || !w.then.sure() {
				return false
			}
		}
	}
	return true
}

func (f *finder) percentage(n *node) {
	rule, _ := n.rule.(Percentage)
	for i, s := range rule {
		if s.Percent == 0 {
			f.add(indexed(n.path, "shares", i), FindingDrained, "a share of 0 % is never chosen, not even when all others have nobody")
		}
	}
	for _, s := range n.split.shares {
		if s.to.kind == isSticky {
			f.add(s.to.path, FindingLateSticky, "the share is drawn before this asks who served the visitor; put the percentage below the sticky rule")
		}
	}
}

func (f *finder) time(n *node) {
	s := n.schedule
	if zone := s.rule.Zone; strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") || strings.HasPrefix(zone, "Etc/GMT") {
		f.add(join(n.path, "zone"), FindingFixedOffset, zone+" does not follow daylight saving; name a place, like Europe/London")
	}
	f.conditions(n)
	f.dates(n)
	if s.otherwise != nil && s.neverOutside() {
		f.add(s.otherwise.path, FindingUnreachable, "the conditions cover the whole week")
	}
}

func (f *finder) conditions(n *node) {
	s := n.schedule
	winners := s.week.winners()
	for wins := range s.mornings() {
		winners[wins] = true
	}
	for i, c := range s.rule.Conditions {
		path := indexed(n.path, "conditions", i)
		if !winners[i] {
			f.add(path, FindingShadowed, c.hours()+" is covered by the conditions before it, so this one never wins")
		}
		f.lastMinute(path, c.To)
	}
}

func (f *finder) lastMinute(path string, to TimeOfDay) {
	if to == midnight-1 {
		f.add(join(path, "to"), FindingLastMinute, "the minute from 23:59 to 24:00 is left out; the end of the day is 24:00")
	}
}

// neverOutside reports whether there is no moment at which Otherwise decides.
func (s *schedule) neverOutside() bool {
	if slices.ContainsFunc(s.week, func(stretch span) bool { return stretch.wins < 0 }) {
		return false
	}
	for _, d := range s.dates {
		if !d.full() {
			return false
		}
	}
	for wins := range s.mornings() {
		if wins < 0 {
			return false
		}
	}
	return true
}

// mornings yields which conditions win, -1 = none, on the days after those of dates, where windows that would have begun
// the day before do not count.
func (s *schedule) mornings() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range s.dates {
			next := s.dates[i].day + 1
			if today, _ := s.day(next); today != nil {
				continue
			}
			weekday := int(floorMod(next+int64(time.Thursday), 7)) // of 1970-01-01
			for m := range minutesPerDay {
				if s.window(nil, &s.dates[i], m) != nil {
					continue
				}
				if stretch, _ := s.begun.at(weekday*minutesPerDay + m); !yield(stretch.wins) {
					return
				}
			}
		}
	}
}

// full reports whether the windows of a day leave no minute of it out.
func (d *dated) full() bool {
	for m := range minutesPerDay {
		if (&schedule{}).window(d, nil, m) == nil {
			return false
		}
	}
	return true
}

// dates looks at the rules of dates.
func (f *finder) dates(n *node) {
	s := n.schedule
	for i := range s.dates {
		f.shadowedDates(n, &s.dates[i])
	}
	for i, d := range s.rule.Dates {
		f.lastMinute(indexed(n.path, "dates", i), d.To)
	}
}

// shadowedDates finds rules of one day that never win.
func (f *finder) shadowedDates(n *node, d *dated) {
	wins := make(map[int]bool)
	for m := range minutesPerDay {
		if w := n.schedule.window(d, nil, m); w != nil {
			wins[w.index] = true
		}
	}
	if today, _ := n.schedule.day(d.day + 1); today == nil {
		for m := range minutesPerDay {
			if w := n.schedule.window(nil, d, m); w != nil {
				wins[w.index] = true
			}
		}
	}
	for _, w := range d.windows {
		if !wins[w.index] {
			rule := n.schedule.rule.Dates[w.index]
			f.add(indexed(n.path, "dates", w.index), FindingShadowed, rule.hours()+" is covered by the rules for that date before it, so this one never wins")
		}
	}
}
