package routing

import (
	"fmt"
	"strings"
	"time"
)

// minutes is a set of minutes of the week, Sunday 00:00 the first. Dates do not count in it, nor do changes
// of the offset.
type minutes [(minutesPerWeek + 63) / 64]uint64

func (m *minutes) add(i int)      { m[i/64] |= 1 << (i % 64) }
func (m *minutes) has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }

func (m *minutes) union(other *minutes) {
	for i := range m {
		m[i] |= other[i]
	}
}

func everyMinute() (all minutes) {
	for i := range minutesPerWeek {
		all.add(i)
	}
	return all
}

// coverage returns the minutes of a week without dates in which a rule is open, all its Times being in one
// zone.
func (n *node) coverage() minutes {
	var all minutes
	switch n.kind {
	case isTime:
		var covered []*minutes
		for _, then := range n.schedule.then {
			m := then.coverage()
			covered = append(covered, &m)
		}
		var otherwise minutes
		if n.schedule.otherwise != nil {
			otherwise = n.schedule.otherwise.coverage()
		}
		for i := range minutesPerWeek {
			stretch, _ := n.schedule.week.at(i)
			if stretch.wins >= 0 && covered[stretch.wins].has(i) || stretch.wins < 0 && otherwise.has(i) {
				all.add(i)
			}
		}
	case isAlternative, isPercentage, isSticky:
		for child := range n.children() {
			m := child.coverage()
			all.union(&m)
		}
	default:
		return everyMinute()
	}
	return all
}

// zones collects the time zones of a rule.
func (n *node) zones(found map[*zone]bool) {
	if n.kind == isTime {
		found[n.schedule.zone] = true
	}
	for child := range n.children() {
		child.zones(found)
	}
}

// uncovered finds the hours of the week that nobody covers: in the whole plan, or, if its Times are in several
// zones, in each part whose Times are in one.
func (f *finder) uncovered(n *node) {
	zones := make(map[*zone]bool)
	n.zones(zones)
	switch len(zones) {
	case 0:
		return
	case 1:
		for z := range zones {
			f.gaps(n, z)
		}
		return
	}
	for child := range n.children() {
		below := make(map[*zone]bool)
		child.zones(below)
		if n.kind != isTime && len(below) == 0 {
			return // always open
		}
	}
	for child := range n.children() {
		f.uncovered(child)
	}
}

// gaps reports the uncovered hours of a rule.
func (f *finder) gaps(n *node, z *zone) {
	covered := n.coverage()
	var parts []string
	for i := range minutesPerWeek {
		before := (i + minutesPerWeek - 1) % minutesPerWeek
		if covered.has(i) || !covered.has(before) {
			continue
		}
		end := i
		for !covered.has(end % minutesPerWeek) {
			end++
		}
		parts = append(parts, weekText(i, end))
	}
	if covered == (minutes{}) {
		parts = []string{"the whole week"}
	}
	if len(parts) > 0 {
		f.add(n.path, "uncovered", fmt.Sprintf("nobody covers %s (%s)", strings.Join(parts, ", "), z.name))
	}
}

// weekText names a stretch of minutes of the week: "Sat 22:00–24:00", "Fri 18:00–Mon 09:00".
func weekText(from, to int) string {
	last := to - 1
	begin := dayOfMinute(from) + " " + TimeOfDay(from%minutesPerDay).String()
	end := TimeOfDay(last%minutesPerDay + 1).String()
	if to-from <= minutesPerDay && dayOfMinute(from) == dayOfMinute(last) {
		return begin + "–" + end
	}
	return begin + "–" + dayOfMinute(last) + " " + end
}

func dayOfMinute(i int) string { return time.Weekday(i / minutesPerDay % 7).String()[:3] }
