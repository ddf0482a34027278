package routing

import "time"

// Time chooses by the wall clock of a zone. The first condition whose day and window hold wins,
// judged by the weekday and the minute that the clocks of the zone show, and by nothing else. When none
// holds, Otherwise decides; without Otherwise the rule is closed and the decision tells when it opens
// next.
//
// Because only what the clocks show counts, an hour that daylight saving skips never comes, one that it
// repeats is covered twice, and a day that a zone left out is simply no day.
type Time struct {
	// Zone is the IANA name of the time zone, or a fixed offset like "+08:00"; "" = UTC. "Local" is
	// refused: it would mean another zone on another machine.
	Zone       string
	Conditions []Condition
	// Dates are holidays and days with special hours. They replace the conditions on their date.
	Dates []DateRule
	// Otherwise is what holds outside all windows; nil = closed.
	Otherwise Rule
}

// Condition is a weekly window: from From until just before To on each of Days. To may be 24:00, the end
// of the day. A window whose To is before its From runs overnight: it begins on each of Days and ends at
// To on the day after.
type Condition struct {
	Days     []time.Weekday
	From, To TimeOfDay
	Then     Rule
}

// DateRule is what holds on one date. On a date that has such rules the weekly conditions do not count,
// not even a night window that began the day before: it is cut at midnight. Several rules for one date are
// read in order; outside their windows [Time.Otherwise] decides. A night window of the date runs into the
// next day, unless that has rules of its own.
//
// The zero From and To mean the whole day. Without Then the window is closed, even if there is an
// Otherwise. A weekly night window that begins on the date ends as usual on the morning after, where it is
// judged by that day's clock; give that date a rule too if it should not.
type DateRule struct {
	Date     Date
	From, To TimeOfDay
	Then     Rule
}
