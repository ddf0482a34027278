package routing

import (
	"fmt"
	"strings"
	"time"
)

// reasons puts a trace into words.
func (t *trace) reasons() []Reason {
	var all []Reason
	placed := 0
	for i := range t.steps[:t.count] {
		s := t.steps[i]
		if t.omitted > 0 && i == len(t.steps)-1 {
			all = append(all, Reason{Code: CodeAbbreviated, Text: fmt.Sprintf("%d more steps are not shown", t.omitted)})
		}
		if s.code == stepForeign {
			from, to := int(s.arg), int(s.arg)+int(s.run)
			all = append(all, t.foreign[from:to]...)
			placed = to
			continue
		}
		for k := range int(s.run) + 1 {
			all = append(all, t.words(t.plan.nodes[int(s.node)+k], s))
		}
	}
	return append(all, t.foreign[placed:]...)
}

// words puts one step into words.
func (t *trace) words(n *node, s step) Reason {
	r := Reason{Rule: n.path}
	switch n.kind {
	case isDestination:
		r.Code, r.Text = destinationWords(n.one[0], s)
	case isAlternative:
		r.Code, r.Text = alternativeWords(n, s)
	case isPercentage:
		r.Code, r.Text = shareWords(n, s)
	case isTime:
		r.Code, r.Text = t.timeWords(n.schedule, s)
	case isSticky:
		r.Code, r.Text = t.stickyWords(n.sticky, s)
	case isGroup:
		r.Code, r.Text = groupWords(n.group, n.rule, s)
	case isCustom:
		r.Code, r.Text = customWords(n.custom, s)
	}
	return r
}

func destinationWords(d Destination, s step) (code, text string) {
	switch s.code {
	case stepOffered:
		return CodeOffered, d.String() + " is available"
	case stepFull:
		return CodeFull, d.String() + " is at capacity"
	case stepTried:
		return CodeTried, d.String() + " was tried before"
	default:
		return CodeUnavailable, d.String() + " is " + whyWords[s.arg]
	}
}

func alternativeWords(n *node, s step) (code, text string) {
	if s.code == stepAlternative {
		return CodeMatched, fmt.Sprintf("rule %d of %d can be offered", s.arg+1, len(n.rules))
	}
	return CodeNoMatch, fmt.Sprintf("none of %d rules can be offered", len(n.rules))
}

func shareWords(n *node, s step) (code, text string) {
	rule, _ := n.rule.(Percentage)
	if s.code == stepNoShare {
		return CodeNoMatch, "no share can be offered"
	}
	which := fmt.Sprintf("share %d of %d (%s %%)", s.arg+1, len(rule), percentText(rule[s.arg].Percent))
	switch s.code {
	case stepSameShare:
		return CodeSameShare, which + " goes on"
	case stepNextShare:
		return CodeNextShare, which + " is next in order"
	case stepShareEmpty:
		return CodeNoMatch, which + " has nobody to offer"
	default:
		return CodeShare, which + " has its turn"
	}
}

func (t *trace) timeWords(sch *schedule, s step) (code, text string) {
	now := time.Unix(t.at, 0).In(sch.zone.location).Format("Mon 2006-01-02 15:04") + " " + sch.zone.name
	switch s.code {
	case stepCondition:
		return CodeMatched, fmt.Sprintf("%s is within %s", now, sch.rule.Conditions[s.arg].hours())
	case stepDate:
		return CodeDate, fmt.Sprintf("%s is within %s", now, sch.rule.Dates[s.arg].hours())
	case stepDateClosed:
		return CodeClosed, fmt.Sprintf("%s is within %s, which is closed", now, sch.rule.Dates[s.arg].hours())
	case stepOtherwise:
		return CodeOtherwise, now + " is within no window"
	default:
		return CodeClosed, now + " is outside opening hours"
	}
}

func (t *trace) stickyWords(st *sticky, s step) (code, text string) {
	who := Staff(t.last).String()
	switch s.code {
	case stepStickyHit:
		return CodeMatched, who + " served this visitor last"
	case stepStickyNobody:
		return CodeNoMatch, "nobody served this visitor before"
	case stepStickyExpired:
		return CodeExpired, who + " served this visitor last, but more than " + durationText(st.within) + " ago"
	case stepStickyTried:
		return CodeTried, who + ", who served this visitor last, was tried before"
	case stepStickyFull:
		return CodeFull, who + ", who served this visitor last, is at capacity"
	case stepStickyClosed:
		return CodeClosed, who + " served this visitor last, but it is closed"
	default:
		return CodeUnavailable, who + ", who served this visitor last, is " + whyWords[s.arg]
	}
}

func groupWords(g *group, r Rule, s step) (code, text string) {
	rule, _ := r.(Group)
	of := fmt.Sprintf("%d of %d members of %s ", s.arg, len(g.members), readable(rule.ID))
	switch s.code {
	case stepMember:
		return CodeOffered, fmt.Sprintf("%v is next in %s (%s)", g.members[s.arg], readable(rule.ID), strings.ReplaceAll(string(g.method), "_", " "))
	case stepMembers:
		return CodeOffered, of + "are available"
	case stepMembersFull:
		return CodeFull, of + "are at capacity"
	case stepMembersTried:
		return CodeTried, of + "were tried before"
	default:
		return CodeUnavailable, of + "are not available"
	}
}

func customWords(cu *custom, s step) (code, text string) {
	if s.code == stepNotAsked {
		return CodeNotAsked, cu.label() + " decides when it is asked"
	}
	return CodeAsked, cu.label() + " says " + strings.ReplaceAll(Outcome(s.arg).String(), "_", " ") //nolint:gosec // noted from an Outcome
}

// hours returns "Mon–Fri 09:00–18:00".
func (c Condition) hours() string {
	return daysText(c.Days) + " " + c.From.String() + "–" + c.To.String()
}

// hours returns "2026-12-24 09:00–12:00".
func (d DateRule) hours() string {
	if d.From == d.To {
		return d.Date.String()
	}
	return d.Date.String() + " " + d.From.String() + "–" + d.To.String()
}

// daysText returns days from Monday on, those in a row joined: "Mon–Fri, Sun".
func daysText(days []time.Weekday) string {
	var on [7]bool
	for _, d := range days {
		on[(int(d)+6)%7] = true
	}
	var parts []string
	for i := 0; i < 7; i++ {
		if !on[i] {
			continue
		}
		j := i
		for j < 6 && on[j+1] {
			j++
		}
		switch j {
		case i:
			parts = append(parts, dayText(i))
		case i + 1:
			parts = append(parts, dayText(i), dayText(j))
		default:
			parts = append(parts, dayText(i)+"–"+dayText(j))
		}
		i = j
	}
	return strings.Join(parts, ", ")
}

// dayText names the i-th day from Monday.
func dayText(i int) string { return time.Weekday((i + 1) % 7).String()[:3] }

// durationText is Duration.String without parts that are zero: "720h", "1m30s".
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
