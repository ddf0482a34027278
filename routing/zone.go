package routing

import (
	"math"
	"sync/atomic"
	"time"
)

const (
	secondsPerDay  = 24 * 60 * 60
	minutesPerDay  = 24 * 60
	minutesPerWeek = 7 * minutesPerDay
)

// A zone answers what the clocks of a time zone show, by instant. It remembers some stretches of time in
// which the offset does not change, so that most answers take no look-up.
type zone struct {
	name     string
	location *time.Location
	segments [8]atomic.Pointer[segment]
}

// A segment is a stretch [start, end) of time in which the offset from UTC stays the same. All in seconds.
type segment struct{ start, end, offset int64 }

// segmentShift makes instants within 194 days of each other share a place to remember their segment: most
// zones change their offset twice a year.
const segmentShift = 24

// at returns the segment of an instant.
func (z *zone) at(unix int64) segment {
	place := &z.segments[unix>>segmentShift&int64(len(z.segments)-1)]
	if s := place.Load(); s != nil && s.start <= unix && unix < s.end {
		return *s
	}
	s := z.find(unix)
	place.Store(&s)
	return s
}

func (z *zone) find(unix int64) segment {
	t := time.Unix(unix, 0).In(z.location)
	_, offset := t.Zone()
	s := segment{start: math.MinInt64, end: math.MaxInt64, offset: int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		s.start = start.Unix()
	}
	if !end.IsZero() {
		s.end = end.Unix()
	}
	return s
}

// A reading is what the clocks of a zone show at an instant.
type reading struct {
	local  int64 // seconds since 1970-01-01 00:00 on the clocks
	offset int64 // of the clocks from UTC
	end    int64 // the instant up to which the offset stays
}

func (z *zone) read(unix int64) reading {
	s := z.at(unix)
	return reading{local: unix + s.offset, offset: s.offset, end: s.end}
}

// day counts from 1970-01-01.
func (r reading) day() int64 { return floorDiv(r.local, secondsPerDay) }

// minute counts from midnight.
func (r reading) minute() int { return int(floorMod(r.local, secondsPerDay) / 60) }

// weekMinute counts from Sunday's midnight. 1970-01-01 was a Thursday.
func (r reading) weekMinute() int {
	return int(floorMod(r.local+int64(time.Thursday)*secondsPerDay, 7*secondsPerDay) / 60)
}

// until is the instant at which, should the offset not change before, the clocks show a minute of this day,
// counted from its midnight; the end of the segment if that comes first.
func (r reading) until(minute int) int64 {
	return min(r.day()*secondsPerDay+int64(minute)*60-r.offset, r.end)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}
