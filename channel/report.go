package channel

import (
	"context"
	"slices"
	"time"
)

// Report counts the enquiries that were opened in [From, To).
type Report struct {
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Opened     int       `json:"opened"`
	Handling   int       `json:"handling"`
	Missed     int       `json:"missed"`
	FollowedUp int       `json:"followed_up"`
	Closed     int       `json:"closed"`
	Handled    int       `json:"handled"`

	FirstReply    Durations        `json:"first_reply"`    // from opening to the first reply of staff
	Handle        Durations        `json:"handle"`         // from first acceptance to closing
	ByStaff       map[string]Group `json:"by_staff"`       // by the id of the present or last handler
	ByDestination map[string]Group `json:"by_destination"` // "team:sales": last offered to, or accepted through
	ByHour        []HourCounts     `json:"by_hour"`        // by the hour of opening, UTC; hours without any are left out
	Messages      Messages         `json:"messages"`
}

// Counts of enquiries. Opened counts all of them, Missed those that were ever missed, FollowedUp those that were accepted
// after that. Handling and Closed count by the present status.
type Counts struct {
	Opened     int `json:"opened"`
	Handling   int `json:"handling"`
	Missed     int `json:"missed"`
	FollowedUp int `json:"followed_up"`
	Closed     int `json:"closed"`
	Handled    int `json:"handled"` // accepted at least once
}

// MissedRate is Missed / Opened, 0 when nothing was opened.
func (c Counts) MissedRate() float64 {
	if c.Opened == 0 {
		return 0
	}
	return float64(c.Missed) / float64(c.Opened)
}

// Counts returns the report's counts together.
func (r Report) Counts() Counts {
	return Counts{
		Opened: r.Opened, Handling: r.Handling, Missed: r.Missed,
		FollowedUp: r.FollowedUp, Closed: r.Closed, Handled: r.Handled,
	}
}

// MissedRate is Missed / Opened, 0 when nothing was opened.
func (r Report) MissedRate() float64 { return r.Counts().MissedRate() }

// Group is the part of a Report for one staff member or one destination.
type Group struct {
	Counts
	FirstReply Durations `json:"first_reply"`
	Handle     Durations `json:"handle"`
}

// HourCounts is what a Report says of the enquiries opened in one hour.
type HourCounts struct {
	Hour time.Time `json:"hour"`
	Counts
}

// Durations summarises how long something took. Percentiles are by nearest rank: P50 is a duration that occurred.
type Durations struct {
	Count int           `json:"count"`
	Mean  time.Duration `json:"mean"` // nanoseconds in JSON, like the others
	P50   time.Duration `json:"p50"`
	P90   time.Duration `json:"p90"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

// Report counts the enquiries of the channel that were opened in [from, to); zero bounds are open. It reads every
// one of them.
func (c *Channel) Report(ctx context.Context, from, to time.Time) (Report, error) {
	b := newReport()
	for e, err := range c.hub.store.Enquiries(ctx, Query{Channels: []string{c.id}, From: from, To: to}) {
		if err != nil {
			return Report{}, wrap("report", c.id, err)
		}
		b.add(&e)
	}
	return b.report(from, to), nil
}

// reportBuilder gathers what a report needs.
type reportBuilder struct {
	all           tally
	messages      Messages
	byStaff       map[string]*tally
	byDestination map[string]*tally
	byHour        map[time.Time]*Counts
}

// tally gathers a group.
type tally struct {
	Counts
	firstReply, handle []time.Duration
}

func newReport() *reportBuilder {
	return &reportBuilder{
		byStaff: map[string]*tally{}, byDestination: map[string]*tally{}, byHour: map[time.Time]*Counts{},
	}
}

func (b *reportBuilder) add(e *Enquiry) {
	b.all.add(e)
	b.messages.Add(e.Messages)
	if e.Staff.ID != "" {
		entry(b.byStaff, e.Staff.ID).add(e)
	}
	if e.Destination.ID != "" {
		entry(b.byDestination, string(e.Destination.Kind)+":"+e.Destination.ID).add(e)
	}
	count(entry(b.byHour, e.OpenedAt.UTC().Truncate(time.Hour)), e)
}

func entry[K comparable, T any](m map[K]*T, key K) *T {
	if m[key] == nil {
		m[key] = new(T)
	}
	return m[key]
}

// count adds an enquiry.
func count(c *Counts, e *Enquiry) {
	c.Opened++
	if !e.MissedAt.IsZero() {
		c.Missed++
	}
	if e.FollowUp {
		c.FollowedUp++
	}
	if !e.FirstAcceptedAt.IsZero() {
		c.Handled++
	}
	switch e.Status {
	case Handling:
		c.Handling++
	case Closed:
		c.Closed++
	case Opened, Missed:
	}
}

func (t *tally) add(e *Enquiry) {
	count(&t.Counts, e)
	if !e.FirstReplyAt.IsZero() {
		t.firstReply = append(t.firstReply, max(0, e.FirstReplyAt.Sub(e.OpenedAt)))
	}
	if e.Status == Closed && !e.FirstAcceptedAt.IsZero() {
		t.handle = append(t.handle, max(0, e.ClosedAt.Sub(e.FirstAcceptedAt)))
	}
}

func (t *tally) group() Group {
	return Group{Counts: t.Counts, FirstReply: summarise(t.firstReply), Handle: summarise(t.handle)}
}

func (b *reportBuilder) report(from, to time.Time) Report {
	all := b.all.group()
	r := Report{
		From: from, To: to, Opened: all.Opened, Handling: all.Handling, Missed: all.Missed,
		FollowedUp: all.FollowedUp, Closed: all.Closed, Handled: all.Handled,
		FirstReply: all.FirstReply, Handle: all.Handle,
		ByStaff: groups(b.byStaff), ByDestination: groups(b.byDestination), Messages: b.messages,
	}
	for hour, counts := range b.byHour {
		r.ByHour = append(r.ByHour, HourCounts{Hour: hour, Counts: *counts})
	}
	slices.SortFunc(r.ByHour, func(a, b HourCounts) int { return a.Hour.Compare(b.Hour) })
	return r
}

func groups(m map[string]*tally) map[string]Group {
	out := make(map[string]Group, len(m))
	for key, t := range m {
		out[key] = t.group()
	}
	return out
}

// summarise sorts d.
func summarise(d []time.Duration) Durations {
	if len(d) == 0 {
		return Durations{}
	}
	slices.Sort(d)
	var sum float64
	for _, v := range d {
		sum += float64(v)
	}
	rank := func(p int) time.Duration { return d[(len(d)*p+99)/100-1] }
	return Durations{
		Count: len(d), Mean: time.Duration(sum / float64(len(d))),
		P50: rank(50), P90: rank(90), P99: rank(99), Max: d[len(d)-1],
	}
}
