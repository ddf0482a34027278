package routing

import "time"

// Rule is what an administrator sets: plain, immutable data that can be stored as JSON (see
// [ParseRule]) and turned into a [Plan] by [New]. Rules nest, at most eight deep, a destination
// counted. The rules are [Destination], [Alternative], [Percentage], [Time], [Sticky], [Group] and
// [Custom], all as values: a pointer to one is refused by New.
type Rule interface{ rule() }

// Alternative tries its rules in order, always from the top: the first that yields an offer wins.
type Alternative []Rule

// Percentage splits enquiries among its shares. The percentages add up to exactly 100 and have at most
// two decimals; [Percentages] makes such of any weights.
//
// The split is of first offers, and exact: after any number n of them each share was chosen less than one
// time more or less than n·share, from the first one on and however many callers there are at once. So whole
// percentages come out exactly in every 100. An offer is the first one if none of this rule's destinations
// was tried before ([Enquiry.Tried]); those that only a [Custom] below knows do not count. Further offers
// stay in the share of the one tried last until it has nobody left, then go through the other shares in
// order, and move no counter.
//
// A share of 0 is drained: it is never chosen and never a fall-back. Shares that cannot be offered to are
// left out and the rest split in proportion, with a counter of its own for each set of available shares, so
// nothing is caught up when one returns.
//
// Counters live in the [Plan]: each process and each start begins anew, at a random one of those places of the order
// from which all of this holds, so that many short-lived processes come near the split together; [Plan.Fixed] begins
// at the first. Up to six positive shares they are kept
// for every set of shares. With more, counters and orders are made when a set is first met, and take at most
// 2 MiB: sets that were not met for long are forgotten and begin anew.
type Percentage []Share

// Share is one part of a [Percentage].
type Share struct {
	Percent float64 // 0 to 100, at most two decimals
	To      Rule
}

// Sticky offers an enquiry to the person who last handled one of the same visitor
// ([Enquiry.LastStaff]), if that was at most For ago and the person is available and was not tried
// yet; else it does what Then says. When Then is closed, so is Sticky.
type Sticky struct {
	For  time.Duration // how long a visitor is remembered; 0 = 30 days
	Wait time.Duration // how long that offer stands; 0 = the channel's OfferWait
	Then Rule
}

// Method is how a [Group] chooses among its members.
type Method string

// The methods of a [Group]. All but Simultaneous choose among active members before idle ones.
const (
	FixedOrder   Method = "fixed_order"  // the first from the top
	RoundRobin   Method = "round_robin"  // the next after the one last offered to
	MostIdle     Method = "most_idle"    // the lowest load, then the longest free, then list order
	Simultaneous Method = "simultaneous" // all who are available, at once
)

// Valid reports whether m is one of the methods above.
func (m Method) Valid() bool {
	return m == FixedOrder || m == RoundRobin || m == MostIdle || m == Simultaneous
}

// Group distributes enquiries among its members. Groups with the same ID share one turn, wherever they
// stand in a plan, and keep it over [Plan.With].
type Group struct {
	ID      string
	Method  Method
	Members []Destination
	Wait    time.Duration // how long an offer stands; 0 = the channel's OfferWait
}

// Custom puts a [Router] of the host into a rule. Name is what JSON holds instead of the Router (see
// [ParseRuleWith]) and what the reasons call it.
//
// A Router that fails or panics is passed over and named in the reasons; its error is returned only when
// nobody can be offered.
type Custom struct {
	Name   string
	Router Router
}

func (Destination) rule() {}
func (Alternative) rule() {}
func (Percentage) rule()  {}
func (Time) rule()        {}
func (Sticky) rule()      {}
func (Group) rule()       {}
func (Custom) rule()      {}

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
// A window belongs to the day on which it begins. No weekly window begins on the date, so the morning after is
// not open by a weekly night window either; only the date's own night window runs into it.
//
// The zero From and To mean the whole day. Without Then the window is closed, even if there is an
// Otherwise.
type DateRule struct {
	Date     Date
	From, To TimeOfDay
	Then     Rule
}
