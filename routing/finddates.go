package routing

import "fmt"

// dates looks at the rules of dates.
func (f *finder) dates(n *node) {
	s := n.schedule
	for i := range s.dates {
		f.shadowedDates(n, &s.dates[i])
		f.nightAfter(n, &s.dates[i])
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

// nightAfter finds weekly night windows that begin on a date with rules, where they do not count, and still
// end on the morning after, where they do.
func (f *finder) nightAfter(n *node, d *dated) {
	s := n.schedule
	if next, _ := s.day(d.day + 1); next != nil {
		return
	}
	weekday := floorMod(d.day+4, 7)
	for i, c := range s.rule.Conditions {
		if c.To == 0 || c.To > c.From {
			continue
		}
		for _, day := range c.Days {
			if int64(day) == weekday {
				date := s.rule.Dates[d.windows[0].index].Date
				f.add(indexed(n.path, "conditions", i), FindingNightAfter,
					fmt.Sprintf("the night window of %v is cut off by the rules for %v, but opens again at midnight until %v; give the date after it rules too if it should not", day, date, c.To))
			}
		}
	}
}
