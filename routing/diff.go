package routing

import (
	"fmt"
	"strings"
	"time"
)

// Change is a stretch of time in which two plans differ.
type Change struct {
	From, To      time.Time // [From, To)
	Before, After Rule      // in force; nil = closed
}

// Diff tells what changes when the plan before is replaced by the plan after, over the seven days from a
// moment: "this closes Sunday 22:00–24:00". It compares the rules in force (see [Plan.InForce]) and moves no
// counter. Times are in the Location of from; a nil plan is one that is always closed.
func Diff(before, after *Plan, from time.Time) []Change {
	const week = 7 * secondsPerDay
	begin := from.Unix()
	var all []Change
	var last string
	for at := begin; at < begin+week; {
		until := min(before.steady(at), after.steady(at), begin+week)
		c := Change{
			From: time.Unix(at, 0).In(from.Location()), To: time.Unix(until, 0).In(from.Location()),
			Before: before.InForce(time.Unix(at, 0)), After: after.InForce(time.Unix(at, 0)),
		}
		old, _ := ruleKey(c.Before)
		now, _ := ruleKey(c.After)
		key := old + " " + now
		switch {
		case old == now:
			key = ""
		case key == last:
			all[len(all)-1].To = c.To
		default:
			all = append(all, c)
		}
		last = key
		at = until
	}
	return all
}

func (p *Plan) steady(unix int64) int64 {
	if p == nil || p.root == nil {
		return 1<<63 - 1
	}
	return p.root.steady(unix)
}

// String says the change in one line: "Sun 2026-03-01 22:00–24:00 was open, is closed".
func (c Change) String() string {
	what := "was " + ruleText(c.Before) + ", is " + ruleText(c.After)
	switch {
	case c.After == nil:
		what = "was open, is closed"
	case c.Before == nil:
		what = "was closed, is open"
	}
	return stretchText(c.From, c.To) + " " + what
}

// stretchText names a stretch of time. Midnight at its end is 24:00.
func stretchText(from, to time.Time) string {
	const day, clock = "Mon 2006-01-02", "15:04"
	end := to.Format(clock)
	last := to
	if end == "00:00" {
		end, last = "24:00", to.Add(-time.Second)
	}
	if from.Format(day) == last.Format(day) {
		return from.Format(day+" "+clock) + "–" + end
	}
	return from.Format(day+" "+clock) + " – " + last.Format(day) + " " + end
}

// ruleText says a rule in force in a few words.
func ruleText(r Rule) string {
	switch r := r.(type) {
	case nil:
		return "closed"
	case Destination:
		return r.String()
	case Alternative:
		return "(" + joinRules(r, " else ", ruleText) + ")"
	case Percentage:
		return "(" + joinRules(r, ", ", func(s Share) string { return percentText(s.Percent) + " % " + ruleText(s.To) }) + ")"
	case Sticky:
		return "sticky " + ruleText(r.Then)
	case Group:
		return fmt.Sprintf("group %s (%s of %d)", readable(r.ID), strings.ReplaceAll(string(r.Method), "_", " "), len(r.Members))
	case Custom:
		return "custom " + readable(r.Name)
	default:
		return "time"
	}
}

func joinRules[T any](list []T, between string, text func(T) string) string {
	parts := make([]string, len(list))
	for i, part := range list {
		parts[i] = text(part)
	}
	return strings.Join(parts, between)
}
