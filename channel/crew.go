package channel

import "sync"

// crew are goroutines that wait for something to do. They are kept for a while, because stacks that have grown are
// worth keeping. Whoever came last is the first to get some: its stack is still in the processor's cache.
type crew[T any] struct {
	mu      sync.Mutex
	idle    []chan T // with room for one
	leaving bool     // Run ends
}

// idleMost is how many goroutines of a crew wait at most.
const idleMost = 64

// last returns who gets something to do next, nil if nobody waits.
func (c *crew[T]) last() chan T {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.idle)
	if n == 0 {
		return nil
	}
	to := c.idle[n-1]
	c.idle = c.idle[:n-1]
	return to
}

// wait returns what is to be done next, the zero value when there is enough of a crew or Run ends.
func (c *crew[T]) wait(mine chan T) (next T) {
	c.mu.Lock()
	if c.leaving || len(c.idle) >= idleMost {
		c.mu.Unlock()
		return next
	}
	c.idle = append(c.idle, mine)
	c.mu.Unlock()
	return <-mine
}

// dismiss lets those go who wait, and whoever would wait, until the crew is asked for again.
func (c *crew[T]) dismiss(leaving bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = leaving
	for _, to := range c.idle {
		var none T
		to <- none
	}
	c.idle = nil
}
