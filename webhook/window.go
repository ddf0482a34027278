package webhook

import "time"

// maxOutcomes bounds a window's memory: 6 KiB per endpoint.
const maxOutcomes = 256

// An outcome is where an event stood after a try.
type outcome struct {
	event  uint64
	at     int64 // Unix nanoseconds
	failed bool
	void   bool // a later try of the event is further on
}

// A window is a ring of the latest outcomes, each event once. Its zero value is
// ready.
type window struct {
	ring   []outcome // its length is 0 or a power of two
	first  int
	count  int // of ring, void ones included
	tried  int // events
	failed int // of tried
}

func (w *window) at(i int) *outcome { return &w.ring[(w.first+i)&(len(w.ring)-1)] }

// note adds an event's latest outcome and forgets what is older than keep.
func (w *window) note(event uint64, failed bool, now time.Time, keep time.Duration) {
	at := now.UnixNano()
	for w.count > 0 && (w.count == maxOutcomes || at-w.at(0).at > int64(keep)) {
		w.void(w.at(0))
		w.first = (w.first + 1) & (len(w.ring) - 1)
		w.count--
	}
	if failed || w.failed > 0 { // an event that never failed was not here before
		for i := range w.count {
			if o := w.at(i); o.event == event {
				w.void(o)
			}
		}
	}
	if w.count == len(w.ring) {
		larger := make([]outcome, max(2*len(w.ring), 16))
		for i := range w.count {
			larger[i] = *w.at(i)
		}
		w.ring, w.first = larger, 0
	}
	*w.at(w.count) = outcome{event: event, at: at, failed: failed}
	w.count++
	w.tried++
	if failed {
		w.failed++
	}
}

func (w *window) void(o *outcome) {
	if o.void {
		return
	}
	o.void = true
	w.tried--
	if o.failed {
		w.failed--
	}
}

// clear forgets all and keeps the memory.
func (w *window) clear() { *w = window{ring: w.ring} }
