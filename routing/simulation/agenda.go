package simulation

import (
	"fmt"
	"time"

	"github.com/usherchat/usher/routing"
)

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

// arrivals merges the two streams into events. Changes of presence come before enquiries of the same moment.
type arrivals struct {
	enquiry func() (routing.Enquiry, bool)
	change  func() (PresenceChange, bool)

	nextEnquiry routing.Enquiry
	nextChange  PresenceChange
	hasEnquiry  bool
	hasChange   bool
}

func (a *arrivals) pullEnquiry() error {
	last := a.nextEnquiry.At
	had := a.hasEnquiry
	if a.nextEnquiry, a.hasEnquiry = a.enquiry(); had && a.hasEnquiry && a.nextEnquiry.At.Before(last) {
		return fmt.Errorf("enquiry %q at %v comes after one at %v", a.nextEnquiry.ID, a.nextEnquiry.At, last)
	}
	return nil
}

func (a *arrivals) pullChange() error {
	last := a.nextChange.At
	had := a.hasChange
	if a.nextChange, a.hasChange = a.change(); had && a.hasChange && a.nextChange.At.Before(last) {
		return fmt.Errorf("the change of %v at %v comes after one at %v", a.nextChange.Destination, a.nextChange.At, last)
	}
	return nil
}
