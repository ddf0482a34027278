package webhook

import (
	"errors"
	"slices"
	"time"
)

// Breaker says when an endpoint is left alone for a while. Its zero value is the
// default. It counts events, not tries, so that one message that an endpoint
// cannot digest does not stop all the others: a second failure of the same
// Event.ID is the same failure. Answers that are permanent, 409, 429, refused
// addresses and attempts that the caller ended count neither way.
//
// While it is open, [Client.Post] defers. When its time is over, one event at a
// time is let through as a probe, and where others wait, not one that was a
// probe before: with one event under way per conversation, each probe is the
// head of another conversation. Any 2xx closes the breaker.
type Breaker struct {
	// Failures opens after so many in a row, without a success between, if they
	// are of at least two events. 0 is 5; negative: there is no breaker at all.
	Failures int
	// Sample and Ratio open it when, of at least Sample events tried within
	// Window (the latest 256 of them), this share stands failed. 0 is 20 and 0.5.
	Sample int
	Ratio  float64
	// Window is how far back Ratio looks; 0 is 60 s.
	Window time.Duration
	// Open is for how long it opens first; each probe that fails doubles it up to
	// MaxOpen. 0 is 1 s, so that a restart of the endpoint costs a moment, and 10 min.
	Open, MaxOpen time.Duration
}

// maxProbed bounds how many former probes are remembered.
const maxProbed = 64

// How long a former probe stands back for events that were not probes yet, at
// the least and the most; between them a tenth of the time it was open.
const (
	minYield = time.Second
	maxYield = 30 * time.Second
)

func (b Breaker) withDefaults() Breaker {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if b.Failures == 0 {
		b.Failures = 5
	}
	if b.Sample == 0 {
		b.Sample = 20
	}
	if b.Ratio == 0 {
		b.Ratio = 0.5
	}
	set(&b.Window, time.Minute)
	set(&b.Open, time.Second)
	set(&b.MaxOpen, max(10*time.Minute, b.Open))
	return b
}

func (b Breaker) validate() error {
	if b.Failures < 0 {
		return nil
	}
	var faults []error
	if b.Failures > maxOutcomes {
		faults = append(faults, errors.New("Breaker.Failures: more than 256"))
	}
	if b.Sample < 1 || b.Sample > maxOutcomes {
		faults = append(faults, errors.New("Breaker.Sample: outside 1 to 256"))
	}
	if !(b.Ratio > 0 && b.Ratio <= 1) {
		faults = append(faults, errors.New("Breaker.Ratio: outside 0 to 1"))
	}
	if b.Window < 0 || b.Open < 0 || b.MaxOpen < b.Open {
		faults = append(faults, errors.New("Breaker: Window and Open must be positive and MaxOpen not less than Open"))
	}
	return errors.Join(faults...)
}

// A circuit is one origin's breaker: plain data, no clock and no lock. Its
// owner guards it.
type circuit struct {
	row    []uint64 // the events of the failures since the last success, at most Failures
	window window

	open    time.Duration // 0: closed; else for how long it opened
	until   time.Time
	spell   int // counts the times it opened
	probing bool
	probed  []uint64 // probes of this spell, oldest first
	others  bool     // an event that was no probe yet asked since it opened
}

// idle reports that forgetting the circuit loses nothing but successes.
func (c *circuit) idle() bool { return c.open == 0 && len(c.row) == 0 && c.window.failed == 0 }

// ask returns how long the event has to wait; 0: it may go now.
func (c *circuit) ask(event uint64, now time.Time) time.Duration {
	if c.open == 0 {
		return 0
	}
	known := slices.Contains(c.probed, event)
	c.others = c.others || !known
	until := c.until
	if known && c.others {
		until = until.Add(min(max(c.open/10, minYield), maxYield))
	}
	if wait := until.Sub(now); wait > 0 {
		return wait
	}
	if c.probing {
		return minYield
	}
	return 0
}

// begin notes that an event which ask let through is on its way. It returns the
// spell that the event probes; 0: it is no probe.
func (c *circuit) begin(event uint64) (probe int) {
	if c.open == 0 {
		return 0
	}
	c.probing = true
	if !slices.Contains(c.probed, event) {
		if len(c.probed) == maxProbed {
			c.probed = c.probed[:copy(c.probed, c.probed[1:])]
		}
		c.probed = append(c.probed, event)
	}
	return c.spell
}

// probes reports whether this is the probe under way, and not one of an earlier
// spell that has ended since.
func (c *circuit) probes(probe int) bool { return c.open > 0 && probe == c.spell }

// release ends a probe that says nothing about the endpoint.
func (c *circuit) release(probe int) {
	if c.probes(probe) {
		c.probing = false
	}
}

// succeed notes a success and reports whether it closed the breaker.
func (c *circuit) succeed(cfg *Breaker, event uint64, now time.Time) (healed bool) {
	if c.open > 0 {
		c.open, c.probing, c.others, c.probed = 0, false, false, c.probed[:0]
		healed = true
	}
	c.row = c.row[:0]
	c.window.note(event, false, now, cfg.Window)
	return healed
}

// fail notes a failure and reports whether it opened the breaker.
func (c *circuit) fail(cfg *Breaker, event uint64, now time.Time, probe int) (opened bool) {
	if c.open > 0 {
		if c.probes(probe) {
			c.trip(c.open+min(c.open, cfg.MaxOpen-c.open), now) // doubled
		}
		return false // begun before it opened: known already
	}
	if len(c.row) == cfg.Failures {
		c.row = c.row[:copy(c.row, c.row[1:])]
	}
	c.row = append(c.row, event)
	c.window.note(event, true, now, cfg.Window)
	if !c.rowIsFull(cfg) && !c.ratioIsReached(cfg) {
		return false
	}
	c.row = c.row[:0]
	c.window.clear()
	c.spell++
	c.trip(cfg.Open, now)
	return true
}

func (c *circuit) trip(open time.Duration, now time.Time) {
	c.open, c.until, c.probing, c.others = open, now.Add(open), false, false
}

func (c *circuit) rowIsFull(cfg *Breaker) bool {
	if len(c.row) < cfg.Failures {
		return false
	}
	first := c.row[0]
	return cfg.Failures == 1 || slices.ContainsFunc(c.row, func(e uint64) bool { return e != first })
}

func (c *circuit) ratioIsReached(cfg *Breaker) bool {
	return c.window.tried >= cfg.Sample && float64(c.window.failed) >= cfg.Ratio*float64(c.window.tried)
}
