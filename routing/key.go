package routing

import (
	"fmt"
	"strconv"
)

// ruleKey returns a text that is the same for equal rules and only for them. Customs are told apart by
// their names; named reports whether all have one.
func ruleKey(r Rule) (key string, named bool) {
	k := keyer{named: true}
	k.rule(r)
	return string(k.text), k.named
}

type keyer struct {
	text  []byte
	named bool
}

func (k *keyer) add(parts ...any) {
	for _, p := range parts {
		k.text = strconv.AppendQuote(k.text, fmt.Sprint(p))
	}
}

func (k *keyer) rule(r Rule) {
	switch r := r.(type) {
	case Destination:
		k.add(r.Kind, r.ID)
	case Alternative:
		k.add("alternative", len(r))
		for _, to := range r {
			k.rule(to)
		}
	case Percentage:
		k.add("percentage", len(r))
		for _, s := range r {
			k.add(percentText(s.Percent))
			k.rule(s.To)
		}
	case Time:
		k.time(r)
	case Sticky:
		k.add("sticky", int64(r.For), int64(r.Wait))
		k.rule(r.Then)
	case Group:
		k.add("group", r.ID, r.Method, int64(r.Wait), len(r.Members))
		for _, d := range r.Members {
			k.rule(d)
		}
	case Custom:
		k.add("custom", r.Name)
		k.named = k.named && r.Name != ""
	default:
		k.add("nobody")
	}
}

func (k *keyer) time(r Time) {
	k.add("time", r.Zone, len(r.Conditions), len(r.Dates))
	for _, c := range r.Conditions {
		k.add(c.Days, int(c.From), int(c.To))
		k.rule(c.Then)
	}
	for _, d := range r.Dates {
		k.add(d.Date, int(d.From), int(d.To))
		k.rule(d.Then)
	}
	k.rule(r.Otherwise)
}
