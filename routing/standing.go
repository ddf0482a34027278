package routing

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

// stands judges a destination.
func (c *call) stands(d Destination) standing {
	if len(c.e.Tried) > 0 && c.tried(d) {
		return wasTried
	}
	if c.everyone {
		return ready
	}
	var s State
	return c.judge(d, &s)
}

// stateOf is stands, with the state of those who are ready.
func (c *call) stateOf(d Destination, s *State) standing {
	if len(c.e.Tried) > 0 && c.tried(d) {
		return wasTried
	}
	if c.everyone {
		s.Status = Active
		return ready
	}
	return c.judge(d, s)
}

// judge asks the presence. Who is not known is Active, unless it is staff; a presence that panics has nobody.
func (c *call) judge(d Destination, s *State) standing {
	if !ask(c.presence, d, s) {
		c.why = isPanicked
		return unavailable
	}
	switch s.Status {
	case "":
		if d.Kind == KindStaff {
			c.why = isUnknown
			return unavailable
		}
		s.Status = Active
	case Active, Idle:
	case Busy:
		c.why = isBusy
		return unavailable
	default:
		c.why = isOffline
		return unavailable
	}
	if !s.below() {
		return full
	}
	return ready
}

func ask(p Presence, d Destination, s *State) (ok bool) {
	defer func() {
		if !ok {
			_ = recover() // what it panicked with is not ours to tell
		}
	}()
	*s = p.State(d)
	return true
}

// tried reports whether the enquiry was offered to d before.
func (c *call) tried(d Destination) bool {
	for i := range c.e.Tried {
		if c.e.Tried[i] == d {
			return true
		}
	}
	return false
}
