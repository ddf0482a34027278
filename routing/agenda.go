package routing

import "time"

// An agenda is a heap of events, the earliest first; of one moment, in the order they were booked.
type agenda []event

type event struct {
	at     time.Time
	serial int
	do     func(now time.Time)
}

// Len implements [heap.Interface].
func (a *agenda) Len() int { return len(*a) }

// Swap implements [heap.Interface].
func (a *agenda) Swap(i, j int) { (*a)[i], (*a)[j] = (*a)[j], (*a)[i] }

// Less implements [heap.Interface].
func (a *agenda) Less(i, j int) bool {
	x, y := (*a)[i], (*a)[j]
	if !x.at.Equal(y.at) {
		return x.at.Before(y.at)
	}
	return x.serial < y.serial
}

// Push implements [heap.Interface].
func (a *agenda) Push(x any) { *a = append(*a, x.(event)) } //nolint:forcetypeassert // only events are pushed

// Pop implements [heap.Interface].
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}
