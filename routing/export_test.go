package routing

import (
	"encoding/binary"
	"time"
)

// The two innermost steps of Route, for benchmarks of their own: tests see nothing else from inside.

// Picker draws among shares that are all there.
type Picker struct {
	orders *orders
	set    [8]byte
}

// NewPicker makes a Picker of shares in hundredths of a percent, at most 64.
func NewPicker(hundredths ...int64) *Picker {
	p := &Picker{orders: newOrders(hundredths, true)}
	binary.LittleEndian.PutUint64(p.set[:], 1<<len(hundredths)-1)
	return p
}

// Order returns one period of an order of weights, and the places at which it can begin.
func Order(weights ...int64) (slots []uint16, starts []int) {
	o := newOrder(weights)
	return o.slots, o.starts()
}

// Next is one pick.
func (p *Picker) Next() int { return p.orders.of(p.set[:]).next() }

// NextOf is one pick among some of the shares, as bits.
func (p *Picker) NextOf(some uint64) int {
	var set [8]byte
	binary.LittleEndian.PutUint64(set[:], some)
	return p.orders.of(set[:]).next()
}

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
