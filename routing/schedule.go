package routing

import (
	"cmp"
	"slices"
)

// schedule is a compiled Time.
type schedule struct {
	rule      Time
	zone      *zone
	week      week
	begun     week    // the same without what began the day before: it holds on the morning after a holiday
	then      []*node // of the conditions
	dates     []dated // in order of their days
	otherwise *node   // nil = closed
}

// dated is a day that has rules of its own.
type dated struct {
	day     int64 // since 1970-01-01
	windows []window
}

type window struct {
	from, to int // minutes; to < from runs into the next day
	index    int // in Time.Dates
	then     *node
}

// newDates sorts the rules of dates by their day; the rules of one day stay in order.
func newDates(rules []DateRule, then []*node) []dated {
	byDay := make(map[int64]int)
	var days []dated
	for i, r := range rules {
		w := window{from: int(r.From), to: int(r.To), index: i, then: then[i]}
		if r.From == 0 && r.To == 0 {
			w.to = minutesPerDay
		}
		at, ok := byDay[r.Date.number()]
		if !ok {
			at = len(days)
			byDay[r.Date.number()] = at
			days = append(days, dated{day: r.Date.number()})
		}
		days[at].windows = append(days[at].windows, w)
	}
	slices.SortFunc(days, func(a, b dated) int { return cmp.Compare(a.day, b.day) })
	return days
}

func (s *schedule) route(n *node, c *call) verdict {
	code, arg, to := s.branch(s.zone.read(c.e.At.Unix()))
	c.trace.note(n, code, uint16(arg)) //nolint:gosec // a plan has fewer conditions and dates
	if to == nil {
		return shut
	}
	return to.route(c)
}

// branch returns what holds at a moment: the code of the step, the index of the condition or date, and the
// rule, nil = closed. On a holiday (a day of dates) the week's conditions do not hold, so that the night before a
// holiday ends at its midnight. On the morning after a holiday no weekly night holds that would have begun on it.
func (s *schedule) branch(r reading) (code stepCode, arg int, to *node) {
	week := s.week
	if today, before := s.on(r); today != nil || before != nil {
		if w := s.window(today, before, r.minute()); w != nil {
			if w.then == nil {
				return stepDateClosed, w.index, nil
			}
			return stepDate, w.index, w.then
		}
		if today != nil {
			return s.outside()
		}
		week = s.begun
	}
	if stretch, _ := week.at(r.weekMinute()); stretch.wins >= 0 {
		return stepCondition, stretch.wins, s.then[stretch.wins]
	}
	return s.outside()
}

func (s *schedule) outside() (code stepCode, arg int, to *node) {
	if s.otherwise == nil {
		return stepClosed, 0, nil
	}
	return stepOtherwise, 0, s.otherwise
}

// on is day of a reading.
func (s *schedule) on(r reading) (today, before *dated) {
	if len(s.dates) == 0 {
		return nil, nil
	}
	return s.day(r.day())
}

// day finds the rules of a day and, if it has none, those of the day before.
func (s *schedule) day(day int64) (today, before *dated) {
	next, end := 0, len(s.dates) // next: the first that is not over on the day before
	for next < end {
		if mid := int(uint(next+end) / 2); s.dates[mid].day < day-1 {
			next = mid + 1
		} else {
			end = mid
		}
	}
	if next < len(s.dates) && s.dates[next].day == day-1 {
		before = &s.dates[next]
		next++
	}
	if next < len(s.dates) && s.dates[next].day == day {
		return &s.dates[next], nil
	}
	return nil, before
}

// window finds the first window that holds at a minute: of the day's own, or of what is left of the night
// windows of the day before.
func (s *schedule) window(today, before *dated, minute int) *window {
	if today != nil {
		for i := range today.windows {
			w := &today.windows[i]
			if w.from <= minute && (minute < w.to || w.to < w.from) {
				return w
			}
		}
		return nil
	}
	for i := range before.windows {
		w := &before.windows[i]
		if w.to < w.from && minute < w.to {
			return w
		}
	}
	return nil
}

// until returns the instant up to which what holds at a reading holds for sure.
func (s *schedule) until(r reading) int64 {
	now, minute := r.weekMinute(), r.minute()
	today, before := s.on(r)
	week := s.week
	if before != nil {
		week = s.begun
	}
	_, end := week.at(now)
	end -= now - minute // a minute of today or of a day after
	if len(s.dates) == 0 {
		return r.until(end)
	}
	end = min(end, minutesPerDay)
	for _, d := range []*dated{today, before} {
		if d == nil {
			continue
		}
		for _, w := range d.windows {
			for _, m := range []int{w.from, w.to} {
				if m > minute {
					end = min(end, m)
				}
			}
		}
	}
	return r.until(end)
}
