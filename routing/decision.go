package routing

import (
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/internal/printable"
)

// Decision is what a [Router] decides. The zero Decision is [NoneAvailable] without a reason.
//
// It is a value of some 220 bytes; its methods are safe for concurrent use as long as nobody changes it.
type Decision struct {
	Outcome Outcome
	// Destinations are offered the enquiry together. The slice may be the plan's own: it must not be
	// modified.
	Destinations []Destination
	// Wait is how long to wait for an answer before the next Route; 0 = the channel's OfferWait.
	Wait time.Duration
	// NextOpening is set when the Outcome is [Closed] and it is known when that ends.
	NextOpening time.Time

	trace trace
}

// Reasons tells how the decision came about, the outermost rule first, and within a rule in the order in
// which things were found. A Plan keeps sixteen steps of a decision, in which destinations of
// a list that were passed over for the same reason share one; of more it keeps the first ones and the last. The words are made here, on demand: collecting them costs Route no allocation.
func (d Decision) Reasons() []Reason { return d.trace.reasons() }

// Because returns the decision with more reasons, for Routers of the host. The receiver is not changed.
func (d Decision) Because(r ...Reason) Decision {
	d.trace.foreign = append(slices.Clip(d.trace.foreign), r...)
	return d
}

// String returns the outcome and the reasons as one readable line.
func (d Decision) String() string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(d.Outcome.String(), "_", " "))
	for i, to := range d.Destinations {
		if i > 0 {
			b.WriteByte(',')
		}
		if i == 8 {
			b.WriteString(" …")
			break
		}
		b.WriteByte(' ')
		b.WriteString(to.String())
	}
	if d.Wait > 0 {
		b.WriteString(" for ")
		b.WriteString(durationText(d.Wait))
	}
	if !d.NextOpening.IsZero() {
		b.WriteString(" until ")
		b.WriteString(d.NextOpening.Format("Mon 2006-01-02 15:04 MST"))
	}
	for i, r := range d.Reasons() {
		b.WriteString(separator(i))
		b.WriteString(oneLine(r))
	}
	return b.String()
}

// oneLine returns a reason's text, or its code if it has none, without line breaks.
func oneLine(r Reason) string {
	text := r.Text
	if text == "" {
		text = r.Code
	}
	return strings.Join(strings.Fields(printable.Clean(text)), " ")
}

// separator stands before the i-th reason of a line.
func separator(i int) string {
	if i == 0 {
		return ": "
	}
	return "; "
}
