package routing

import "time"

// The two innermost steps of Route, for benchmarks of their own: tests see nothing else from inside.

// Picker draws among shares that are all there.
type Picker struct {
	orders *orders
	set    []uint64
}

// NewPicker makes a Picker of shares in hundredths of a percent, at most 64.
func NewPicker(hundredths ...int64) *Picker {
	return &Picker{orders: newOrders(hundredths), set: []uint64{1<<len(hundredths) - 1}}
}

// Next is one pick.
func (p *Picker) Next() int { return p.orders.of(p.set).next() }

// Clock is a compiled Time.
type Clock struct{ schedule *schedule }

// NewClock makes a Clock of a Time.
func NewClock(r Time) (*Clock, error) {
	p, err := New(r)
	if err != nil {
		return nil, err
	}
	return &Clock{schedule: p.root.schedule}, nil
}

// Open is one check of the windows.
func (c *Clock) Open(at time.Time) bool {
	_, _, to := c.schedule.branch(c.schedule.zone.read(at.Unix()))
	return to != nil
}
