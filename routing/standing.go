package routing

import (
	"slices"
	"time"
)

// A standing is how a destination stands to the enquiry at hand.
type standing uint8

const (
	ready standing = iota // Active or Idle, with room, and not tried
	wasTried
	full
	unavailable // call.why tells why
)

// why tells why a destination is not available, as the arg of a step.
type why uint8

const (
	isOffline why = iota
	isBusy
	isUnknown
	isPanicked // the presence is
)

var whyWords = [...]string{
	isOffline:  "offline",
	isBusy:     "busy",
	isUnknown:  "not known",
	isPanicked: "not to be seen, since the presence panicked",
}

// stands judges a destination. Who is not known is Active, unless it is staff. What it saw of those who are ready
// stands in c.seen, with the time only if c.timed is set: copying it takes longer than the rest.
func (c *call) stands(d *Destination) standing {
	if len(c.e.Tried) > 0 && c.tried(d) {
		return wasTried
	}
	if c.everyone {
		c.seen = seen{}
		return ready
	}
	s := c.host.presence.State(*d)
	switch {
	case s.Status == Active, s.Status == Idle, s.Status == "" && d.Kind != KindStaff:
	default:
		c.why = whyNot(s.Status)
		return unavailable
	}
	if s.Capacity != 0 && s.Load >= s.Capacity {
		return full
	}
	c.seen.idle, c.seen.load = s.Status == Idle, s.Load
	if c.timed {
		c.seen.since = s.Since
	}
	return ready
}

// seen is what decides among those who are ready.
type seen struct {
	idle  bool
	load  int
	since time.Time
}

func whyNot(s Status) why {
	switch s {
	case "":
		return isUnknown
	case Busy:
		return isBusy
	case panicked:
		return isPanicked
	default:
		return isOffline
	}
}

// guard is a presence that answers panicked where the one within panics. A decision is made with it only after
// that happened: a guard at every question would cost more than all the rest.
type guard struct{ within Presence }

const panicked Status = "panicked"

// State implements [Presence].
func (g guard) State(d Destination) (s State) {
	defer func() {
		if recover() != nil {
			s = State{Status: panicked}
		}
	}()
	return g.within.State(d)
}

// tried reports whether the enquiry was offered to d before. It is not inlined, for it is seldom asked.
//
//go:noinline
func (c *call) tried(d *Destination) bool {
	return slices.Contains(c.e.Tried, *d)
}
