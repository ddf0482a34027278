package routing

import "time"

// An agenda is a heap of events, the earliest first; of one moment, in the order they were booked.
type agenda []event

type event struct {
	at     time.Time
	serial int
	do     func(now time.Time)
}

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].serial < a[j].serial
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
