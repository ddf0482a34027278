package channel_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// comingBack is a presence where ann comes back after she was asked for a number of times.
type comingBack struct{ asked, back atomic.Int64 }

func (r *comingBack) State(routing.Destination) routing.State {
	if r.asked.Add(1) <= r.back.Load() {
		return routing.State{Status: routing.Busy}
	}
	return routing.State{Status: routing.Active, Capacity: 1}
}

// Whoever becomes available while the waiting enquiries are looked at is for the oldest of them.
func TestOldestFirstWhileSomebodyReturns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		last func(w *world) channel.EnquiryID // the youngest
		back int64                            // after so many questions of the look she is back
	}{
		{name: "between two that wait", back: 1, last: func(w *world) channel.EnquiryID { return w.hearFrom("second", "me too") }},
		{
			name: "between those that wait and a new one", back: 4,
			last: func(w *world) channel.EnquiryID {
				w.hearFrom("second", "me too")
				return ""
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ann := &comingBack{}
			ann.back.Store(1 << 30)
			w := newWorld(t, func(w *world) {
				w.config.Presence = ann
				w.settings.Routing = routing.Staff("ann")
			})
			first := w.hearFrom("first", "hello")
			youngest := tt.last(w)
			w.clock.Set(w.clock.Now().Add(time.Second))
			ann.asked.Store(0)
			ann.back.Store(tt.back)
			if youngest == "" {
				youngest = w.hearFrom("third", "and me")
			} else {
				w.run()
			}
			w.run()
			for id, want := range map[channel.EnquiryID]int{first: 1, youngest: 0} {
				if got := w.enquiry(id).Offered; len(got) != want {
					t.Errorf("enquiry %d is offered to %v", w.enquiry(id).Number, got)
				}
			}
		})
	}
}
