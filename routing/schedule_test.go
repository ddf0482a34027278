package routing_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

var allTransitions = flag.Bool("alltransitions", false, "check every change of offset of every zone (minutes)")

// zones have every kind of gap, overlap and skipped day between the years given.
var zones = []struct {
	name     string
	from, to int
}{
	{"America/New_York", 2004, 2027}, // the rule changed in 2007
	{"Europe/London", 2005, 2027},
	{"Europe/Dublin", 2005, 2027},       // winter time is the exception
	{"Australia/Lord_Howe", 2005, 2027}, // half an hour
	{"Africa/Cairo", 2005, 2027},        // a gap at midnight
	{"America/Havana", 2005, 2027},      // 00:00 becomes 01:00
	{"Asia/Beirut", 2005, 2027},
	{"America/Sao_Paulo", 2005, 2020},
	{"Asia/Tehran", 2005, 2024},
	{"Pacific/Apia", 2009, 2022},      // 2011-12-30 never was
	{"Pacific/Kwajalein", 1992, 1994}, // 1993-08-21 never was
	{"America/Caracas", 2006, 2017},   // half an hour back, and forth
	{"Asia/Pyongyang", 2014, 2019},
	{"America/St_Johns", 2005, 2012},  // at 00:01
	{"Antarctica/Troll", 2005, 2027},  // two hours
	{"Africa/Casablanca", 2012, 2027}, // off in Ramadan
	{"Asia/Kathmandu", 1985, 1987},    // a quarter of an hour
	{"Africa/Monrovia", 1971, 1973},   // 44 minutes and 30 seconds
	{"America/Nuuk", 2005, 2027},      // on Saturday evening
	{"Asia/Gaza", 2010, 2020},
}

// transitions finds the instants at which the offset of a zone changes, by looking at every hour.
func transitions(loc *time.Location, from, to int) []time.Time {
	var found []time.Time
	t := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	_, last := t.In(loc).Zone()
	for ; t.Year() < to; t = t.Add(time.Hour) {
		if _, now := t.In(loc).Zone(); now != last {
			found = append(found, t)
			last = now
		}
	}
	return found
}

// modelBranch says what a Time chooses at an instant: the index of the condition, 1000 and the index of the
// date rule, or -1 for Otherwise. It reads the design and nothing else: wall clock, weekday, date.
func modelBranch(r routing.Time, loc *time.Location, at time.Time) int {
	local := at.In(loc)
	minute := routing.TimeOfDay(local.Hour()*60 + local.Minute())
	today := routing.Date{Year: local.Year(), Month: local.Month(), Day: local.Day()}
	noon := time.Date(today.Year, today.Month, today.Day, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -1)
	yesterday := routing.Date{Year: noon.Year(), Month: noon.Month(), Day: noon.Day()}
	dated := false
	datedBefore := slices.ContainsFunc(r.Dates, func(d routing.DateRule) bool { return d.Date == yesterday })
	for i, d := range r.Dates {
		if d.Date != today {
			continue
		}
		dated = true
		switch {
		case d.From == 0 && d.To == 0, d.From < d.To && d.From <= minute && minute < d.To, d.To < d.From && d.From <= minute:
			return 1000 + i
		}
	}
	if dated {
		return -1
	}
	for i, d := range r.Dates {
		if d.Date == yesterday && d.To < d.From && minute < d.To {
			return 1000 + i
		}
	}
	for i, c := range r.Conditions {
		for _, day := range c.Days {
			next := (day + 1) % 7
			switch {
			case c.From < c.To && local.Weekday() == day && c.From <= minute && minute < c.To,
				c.To < c.From && local.Weekday() == day && c.From <= minute,
				c.To < c.From && local.Weekday() == next && minute < c.To && !datedBefore:
				return i
			}
		}
	}
	return -1
}

// modelTo returns whom the model offers to, "" = closed.
func modelTo(r routing.Time, loc *time.Location, at time.Time) string {
	var to routing.Rule
	switch i := modelBranch(r, loc, at); {
	case i >= 1000:
		to = r.Dates[i-1000].Then
	case i >= 0:
		to = r.Conditions[i].Then
	default:
		to = r.Otherwise
	}
	if to == nil {
		return ""
	}
	return to.(routing.Destination).ID
}

// randomTime makes a rule of random windows, with dates around a moment.
func randomTime(rnd *rand.Rand, zone string, around time.Time) routing.Time {
	clock := func() routing.TimeOfDay {
		if rnd.IntN(3) == 0 {
			return routing.TimeOfDay(rnd.IntN(24 * 60))
		}
		return routing.TimeOfDay(rnd.IntN(10) * 30) // where the gaps are
	}
	window := func() (from, to routing.TimeOfDay) {
		for from == to {
			from, to = clock(), clock()
			if rnd.IntN(5) == 0 {
				to = 24 * 60
			}
		}
		return from, to
	}
	r := routing.Time{Zone: zone}
	for i := range 1 + rnd.IntN(4) {
		c := routing.Condition{Then: routing.Staff(fmt.Sprint("c", i))}
		for d := range time.Weekday(7) {
			if rnd.IntN(3) > 0 {
				c.Days = append(c.Days, d)
			}
		}
		if c.Days == nil {
			c.Days = []time.Weekday{around.Weekday()}
		}
		c.From, c.To = window()
		r.Conditions = append(r.Conditions, c)
	}
	for i := range rnd.IntN(4) {
		day := around.AddDate(0, 0, rnd.IntN(5)-2)
		d := routing.DateRule{Date: routing.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}}
		if rnd.IntN(3) > 0 {
			d.From, d.To = window()
		}
		if rnd.IntN(3) > 0 {
			d.Then = routing.Staff(fmt.Sprint("d", i))
		}
		r.Dates = append(r.Dates, d)
	}
	if rnd.IntN(4) == 0 {
		r.Otherwise = routing.Staff("o")
	}
	return r
}

// TestScheduleEveryMinute compares Route, NextOpening and NextChange with a scan of the wall clock, minute by
// minute over the days around changes of the offset.
func TestScheduleEveryMinute(t *testing.T) {
	t.Parallel()
	for _, z := range zones {
		t.Run(z.name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(z.name)
			if err != nil {
				t.Fatal(err)
			}
			rnd := rand.New(rand.NewPCG(11, uint64(z.from)))
			all := transitions(loc, z.from, z.to)
			if len(all) == 0 {
				t.Fatal("no change of offset to look at")
			}
			rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			if !*allTransitions {
				all = all[:min(len(all), 10)]
			}
			for _, at := range all {
				scanMinutes(t, randomTime(rnd, z.name, at), loc, at.Add(-72*time.Hour), 7*24*60)
			}
		})
	}
}

// scanMinutes checks a rule from a moment on for so many minutes.
func scanMinutes(t *testing.T, r routing.Time, loc *time.Location, from time.Time, minutes int) {
	t.Helper()
	p := newPlan(t, r)
	to := make([]string, minutes)
	for m := range to {
		to[m] = modelTo(r, loc, from.Add(time.Duration(m)*time.Minute))
	}
	next, change := -1, -1 // the minute of the next opening and of the next change, -1 = not in sight
	for m := minutes - 1; m >= 0; m-- {
		at := from.Add(time.Duration(m) * time.Minute)
		if to[m] != "" {
			next = m
		}
		if m+1 < minutes && to[m] != to[m+1] {
			change = m + 1
		}
		exact := at
		if offset(at, loc)%60 == 0 {
			exact = at.Add(time.Duration(m%60) * time.Second)
		}
		d, err := p.Route(t.Context(), routing.Enquiry{At: exact}, nil)
		got := ""
		if len(d.Destinations) == 1 {
			got = d.Destinations[0].ID
		}
		if err != nil || got != to[m] {
			t.Fatalf("at %v Route = %v, %v; want %q\n%+v", at.In(loc), d, err, to[m], r)
		}
		checkOpening(t, p, r, loc, at, d, gridTime(from, next))
		if change >= 0 && to[m] != to[change] && offset(at, loc)%60 == 0 && offset(gridTime(from, change), loc)%60 == 0 {
			if got, ok := p.NextChange(at); !ok || !got.Equal(gridTime(from, change)) {
				t.Fatalf("at %v NextChange = %v, %v; want %v\n%+v", at.In(loc), got.In(loc), ok, gridTime(from, change).In(loc), r)
			}
		}
	}
}

func offset(t time.Time, loc *time.Location) int {
	_, seconds := t.In(loc).Zone()
	return seconds
}

func gridTime(from time.Time, minute int) time.Time {
	if minute < 0 {
		return time.Time{}
	}
	return from.Add(time.Duration(minute) * time.Minute)
}

// checkOpening checks NextOpening at a moment, when the next open minute of the grid is known. Every instant is
// on the grid, save where the offset has seconds: there the opening lies up to a minute before.
func checkOpening(t *testing.T, p *routing.Plan, r routing.Time, loc *time.Location, at time.Time, d routing.Decision, want time.Time) {
	t.Helper()
	if want.IsZero() {
		return
	}
	got, ok := p.NextOpening(at)
	early := want.Sub(got)
	if !ok || early < 0 || early >= time.Minute || early > 0 && offset(got, loc)%60 == 0 || modelTo(r, loc, got) == "" {
		t.Fatalf("at %v NextOpening = %v, %v; want %v\n%+v", at.In(loc), got, ok, want.In(loc), r)
	}
	if got.After(at) {
		if modelTo(r, loc, got.Add(-time.Second)) != "" {
			t.Fatalf("at %v NextOpening = %v, but it is open before", at.In(loc), got)
		}
		if got.Location().String() != r.Zone {
			t.Fatalf("NextOpening is in %v, want %s", got.Location(), r.Zone)
		}
	}
	if d.Outcome == routing.Closed && !d.NextOpening.Equal(got) {
		t.Fatalf("at %v the decision says %v, NextOpening %v", at.In(loc), d.NextOpening, got)
	}
}

// TestScheduleRandomYears checks single moments far apart, so that remembered segments of the zone give way
// to each other.
func TestScheduleRandomYears(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(13, 13))
	for _, z := range zones {
		loc, err := time.LoadLocation(z.name)
		if err != nil {
			t.Fatal(err)
		}
		r := randomTime(rnd, z.name, time.Date(z.from, 6, 1, 0, 0, 0, 0, time.UTC))
		p := newPlan(t, r)
		for range 2_000 {
			at := time.Unix(rnd.Int64N(6e9)-2e9, rnd.Int64N(1e9)) // 1906 to 2096
			d, err := p.Route(t.Context(), routing.Enquiry{At: at}, nil)
			got := ""
			if len(d.Destinations) == 1 {
				got = d.Destinations[0].ID
			}
			if want := modelTo(r, loc, at); err != nil || got != want {
				t.Fatalf("at %v Route = %v, %v; want %q\n%+v", at.In(loc), d, err, want, r)
			}
		}
	}
}

func TestScheduleTable(t *testing.T) {
	t.Parallel()
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	office := routing.Condition{Days: weekdays, From: routing.At(9, 0), To: routing.At(18, 0), Then: routing.Staff("office")}
	night := routing.Condition{Days: []time.Weekday{time.Friday, time.Saturday}, From: routing.At(22, 0), To: routing.At(6, 0), Then: routing.Staff("night")}
	friday := routing.Date{Year: 2026, Month: time.March, Day: 6}
	saturday := routing.Date{Year: 2026, Month: time.March, Day: 7}
	holiday := func(d routing.Date) routing.DateRule { return routing.DateRule{Date: d} }
	with := func(dates ...routing.DateRule) routing.Time {
		return routing.Time{Conditions: []routing.Condition{office, night}, Dates: dates}
	}
	withOther := func(dates ...routing.DateRule) routing.Time {
		r := with(dates...)
		r.Otherwise = routing.Staff("other")
		return r
	}
	party := routing.DateRule{Date: friday, From: routing.At(20, 0), To: routing.At(3, 0), Then: routing.Staff("party")}
	tests := []struct {
		name string
		rule routing.Time
		at   string // in UTC
		want string
	}{
		{name: "the first instant", rule: with(), at: "2026-03-02T09:00:00Z", want: "office"},
		{name: "just before it", rule: with(), at: "2026-03-02T08:59:59.999999999Z"},
		{name: "the last instant", rule: with(), at: "2026-03-02T17:59:59.999999999Z", want: "office"},
		{name: "the end is open", rule: with(), at: "2026-03-02T18:00:00Z"},
		{name: "otherwise", rule: withOther(), at: "2026-03-02T18:00:00Z", want: "other"},
		{name: "overnight, before midnight", rule: with(), at: "2026-03-06T23:59:59Z", want: "night"},
		{name: "overnight, after midnight", rule: with(), at: "2026-03-07T05:59:59Z", want: "night"},
		{name: "overnight, its end", rule: with(), at: "2026-03-07T06:00:00Z"},
		{name: "overnight over the end of the week", rule: with(), at: "2026-03-08T05:59:59Z", want: "night"},
		{name: "overnight belongs to its first day", rule: with(), at: "2026-03-06T05:00:00Z"},
		{name: "a holiday", rule: with(holiday(friday)), at: "2026-03-06T10:00:00Z"},
		{name: "a holiday is closed despite otherwise", rule: withOther(holiday(friday)), at: "2026-03-06T10:00:00Z"},
		{name: "a holiday is its own day only", rule: with(holiday(friday)), at: "2026-03-05T10:00:00Z", want: "office"},
		{name: "a night window is cut at the holiday", rule: with(holiday(saturday)), at: "2026-03-07T00:00:00Z"},
		{name: "and was not before", rule: with(holiday(saturday)), at: "2026-03-06T23:59:59Z", want: "night"},
		{name: "no window begins on a holiday, nor ends on the morning after", rule: with(holiday(friday)), at: "2026-03-07T01:00:00Z"},
		{name: "the evening after a holiday", rule: with(holiday(friday)), at: "2026-03-07T22:00:00Z", want: "night"},
		{name: "special hours", rule: withOther(party), at: "2026-03-06T20:00:00Z", want: "party"},
		{name: "special hours run into the next day, before its week", rule: withOther(party), at: "2026-03-07T02:59:00Z", want: "party"},
		{name: "then otherwise: no weekly window began on that date", rule: withOther(party), at: "2026-03-07T03:00:00Z", want: "other"},
		{name: "then the week goes on", rule: withOther(party), at: "2026-03-07T22:00:00Z", want: "night"},
		{name: "outside special hours: otherwise, not the week", rule: withOther(party), at: "2026-03-06T10:00:00Z", want: "other"},
		{name: "special hours are cut by a date with rules", rule: withOther(party, holiday(saturday)), at: "2026-03-07T01:00:00Z"},
		{
			name: "the first rule of a date wins",
			rule: with(routing.DateRule{Date: friday, From: routing.At(12, 0), To: routing.At(13, 0)}, routing.DateRule{Date: friday, Then: routing.Staff("day")}),
			at:   "2026-03-06T12:30:00Z",
		},
		{
			name: "the second rule of a date is next",
			rule: with(routing.DateRule{Date: friday, From: routing.At(12, 0), To: routing.At(13, 0)}, routing.DateRule{Date: friday, Then: routing.Staff("day")}),
			at:   "2026-03-06T13:00:00Z", want: "day",
		},
		{
			name: "to midnight as 00:00",
			rule: routing.Time{Conditions: []routing.Condition{{Days: weekdays, From: routing.At(22, 0), To: routing.At(0, 0), Then: routing.Staff("late")}}},
			at:   "2026-03-02T23:59:59Z", want: "late",
		},
		{
			name: "and no longer",
			rule: routing.Time{Conditions: []routing.Condition{{Days: weekdays, From: routing.At(22, 0), To: routing.At(0, 0), Then: routing.Staff("late")}}},
			at:   "2026-03-03T00:00:00Z",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339Nano, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			d, err := newPlan(t, tt.rule).Route(t.Context(), routing.Enquiry{At: at}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var want []routing.Destination
			outcome := routing.Closed
			if tt.want != "" {
				want, outcome = []routing.Destination{routing.Staff(tt.want)}, routing.Offer
			}
			if d.Outcome != outcome || !slices.Equal(d.Destinations, want) {
				t.Errorf("Route = %v, want %v %v", d, outcome, want)
			}
		})
	}
}
