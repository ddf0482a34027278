package routing

import "slices"

// A week is the weekly conditions of a Time, as stretches of minutes since Sunday 00:00 in each of which one
// condition wins, or none. Neighbours differ.
type week []span

type span struct {
	from int // minute of the week; it lasts until the next one's
	wins int // index of the condition, -1 = none
}

// newWeek lays the conditions out, the last first, so that an earlier one covers a later. If cut, a window that runs
// overnight ends at its midnight: such a week holds on the morning after a holiday.
func newWeek(conditions []Condition, cut bool) week {
	var wins [minutesPerWeek]int
	for m := range wins {
		wins[m] = -1
	}
	for i, c := range slices.Backward(conditions) {
		for _, day := range c.Days {
			begin := int(day)*minutesPerDay + int(c.From)
			length := int(c.To) - int(c.From)
			switch {
			case length < 0 && cut:
				length = minutesPerDay - int(c.From)
			case length < 0:
				length += minutesPerDay
			}
			for m := range length {
				wins[(begin+m)%minutesPerWeek] = i
			}
		}
	}
	w := week{{from: 0, wins: wins[0]}}
	for m, i := range wins {
		if i != w[len(w)-1].wins {
			w = append(w, span{from: m, wins: i})
		}
	}
	return w
}

// at returns the stretch of a minute of the week, and the minute at which it ends.
func (w week) at(minute int) (s span, end int) {
	lo, hi := 0, len(w)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) / 2); w[mid].from <= minute {
			lo = mid
		} else {
			hi = mid
		}
	}
	if hi == len(w) {
		return w[lo], minutesPerWeek
	}
	return w[lo], w[hi].from
}

// winners returns the conditions that win at least one minute.
func (w week) winners() map[int]bool {
	found := make(map[int]bool)
	for _, s := range w {
		found[s.wins] = true
	}
	return found
}
