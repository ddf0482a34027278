package desk

import (
	"strconv"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// wait is how long an offer stands: as long as the rule says that made it, else as long as the channel says. The
// reasons name that rule by its path.
func wait(ch *channel.Channel, e *channel.Enquiry) time.Duration {
	s := ch.Settings()
	if e.Status != channel.Handling { // a transfer is made by a rule of its own, without a wait
		for _, r := range e.Reasons {
			if r.Code != routing.CodeOffered && r.Code != routing.CodeMatched {
				continue
			}
			switch rule := at(s.Routing, r.Rule).(type) {
			case routing.Group:
				if rule.Wait > 0 {
					return rule.Wait
				}
			case routing.Sticky:
				if rule.Wait > 0 {
					return rule.Wait
				}
			}
		}
	}
	if s.OfferWait > 0 {
		return s.OfferWait
	}
	return channel.DefaultOfferWait
}

// at returns the rule at a path such as "then.conditions[0].then", nil if there is none.
func at(r routing.Rule, path string) routing.Rule {
	if path == "" {
		return r
	}
	step, rest, _ := strings.Cut(path, ".")
	name, index, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	i, err := strconv.Atoi(index)
	if err != nil {
		i = -1
	}
	switch r := r.(type) {
	case routing.Sticky:
		return at(r.Then, rest)
	case routing.Alternative:
		if i >= 0 && i < len(r) {
			return at(r[i], rest)
		}
	case routing.Percentage:
		if i >= 0 && i < len(r) {
			return at(r[i].To, strings.TrimPrefix(strings.TrimPrefix(rest, "to"), "."))
		}
	case routing.Time:
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "then"), ".")
		switch {
		case name == "otherwise":
			return at(r.Otherwise, rest)
		case name == "conditions" && i >= 0 && i < len(r.Conditions):
			return at(r.Conditions[i].Then, rest)
		case name == "dates" && i >= 0 && i < len(r.Dates):
			return at(r.Dates[i].Then, rest)
		}
	}
	return nil
}
