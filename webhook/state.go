package webhook

import (
	"iter"
	"net/url"
	"time"
)

// A State says how an endpoint stands.
type State string

// The states of an endpoint.
const (
	Healthy State = "healthy" // requests go out
	Paused  State = "paused"  // the endpoint asked to wait, with Retry-After
	Open    State = "open"    // the breaker is open; after Until the next event is the probe
	Probing State = "probing" // the breaker is open and a probe is under way
)

// An EndpointState is how an endpoint stands at one moment, for a dashboard. All
// endpoints with one origin stand alike.
type EndpointState struct {
	URL      string // the origin, such as "https://example.com"; "" for no URL
	State    State
	Until    time.Time // of Paused and Open
	InFlight int
	Failures int // in a row; while the breaker is open, 0
}

// State returns how the endpoint's origin stands now. One that was never used or
// was forgotten is Healthy.
func (c *Client) State(e Endpoint) EndpointState {
	origin := c.origin(e)
	now := c.clock.Now()
	c.gates.mu.Lock()
	defer c.gates.mu.Unlock()
	if g := c.gates.byOrigin[origin]; g != nil {
		return g.state(now)
	}
	return EndpointState{URL: origin, State: Healthy}
}

// origin returns an endpoint's origin, "" if it has none.
func (c *Client) origin(e Endpoint) string {
	if r := c.routes.get(e); r != nil {
		return r.origin
	}
	u, err := url.Parse(e.URL)
	if err != nil || len(e.URL) > maxURLLen || u.Host == "" {
		return ""
	}
	return originOf(u)
}

// States returns how every origin that is remembered stands now, the latest used
// first. It is a snapshot: the loop may take its time.
func (c *Client) States() iter.Seq[EndpointState] {
	return func(yield func(EndpointState) bool) {
		for _, s := range c.snapshot() {
			if !yield(s) {
				return
			}
		}
	}
}

func (c *Client) snapshot() []EndpointState {
	now := c.clock.Now()
	c.gates.mu.Lock()
	defer c.gates.mu.Unlock()
	all := make([]EndpointState, 0, len(c.gates.byOrigin))
	for e := c.gates.recent.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*gate).state(now))
	}
	return all
}

func (g *gate) state(now time.Time) EndpointState {
	s := EndpointState{URL: g.origin, State: Healthy, InFlight: g.inFlight, Failures: len(g.circuit.row)}
	switch {
	case g.circuit.probing:
		s.State = Probing
	case g.circuit.open > 0:
		s.State, s.Until = Open, g.circuit.until
		if g.held.After(s.Until) {
			s.Until = g.held
		}
	case g.held.After(now):
		s.State, s.Until = Paused, g.held
	}
	return s
}
