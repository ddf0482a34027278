package routing

import (
	"encoding/json"
	"fmt"
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

// Because returns the decision with more reasons, for Routers of the host. The receiver is not changed. Reasons are
// lines of text: what is not seen in them, and what turns them around, is removed.
func (d Decision) Because(r ...Reason) Decision {
	d.trace.foreign = slices.Grow(slices.Clip(d.trace.foreign), len(r))
	for _, r := range r {
		r.Rule, r.Code, r.Text = printable.Clean(r.Rule), printable.Clean(r.Code), printable.Clean(r.Text)
		d.trace.foreign = append(d.trace.foreign, r)
	}
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
	return strings.Join(strings.Fields(text), " ")
}

// separator stands before the i-th reason of a line.
func separator(i int) string {
	if i == 0 {
		return ": "
	}
	return "; "
}

// Outcome is what a [Decision] comes to.
type Outcome uint8

// The outcomes. When several branches of a plan were asked, the first Offer wins; without one it is
// NoneAvailable if an open branch holds a destination that was not tried yet, else Exhausted if an
// open branch was tried, else Closed.
const (
	NoneAvailable Outcome = iota // open, but nobody can be offered to now
	Offer                        // offer to Decision.Destinations
	Closed                       // outside opening hours
	Exhausted                    // all who could be offered to were tried
)

var outcomes = []string{"none_available", "offer", "closed", "exhausted"}

// String returns "none_available", "offer", "closed" or "exhausted".
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// MarshalText returns the form of String. It implements [encoding.TextMarshaler].
func (o Outcome) MarshalText() ([]byte, error) {
	if int(o) >= len(outcomes) {
		return nil, fmt.Errorf("routing: %v is no outcome", o)
	}
	return []byte(outcomes[o]), nil
}

// UnmarshalText reads the form of String. It implements [encoding.TextUnmarshaler].
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomes, string(text))
	if i < 0 {
		return fmt.Errorf("routing: %.40q is no outcome", text)
	}
	*o = Outcome(i) //nolint:gosec // the index of one of four names
	return nil
}

// Reason is one step of how a [Decision] came about.
type Reason struct {
	// Rule is the path of the rule, as in the errors of [New]: "then.conditions[0].then"; "" is the
	// outermost rule.
	Rule string `json:"rule,omitempty"`
	// Code is stable: one of the Code constants, or what a Router of the host chose.
	Code string `json:"code"`
	// Text says it in English, for staff. Its wording may change.
	Text string `json:"text,omitempty"`
}

// The codes of the library's own reasons.
const (
	CodeOffered     = "offered"     // this destination, or these members, are offered the enquiry
	CodeMatched     = "matched"     // this condition, sticky person or alternative holds
	CodeNoMatch     = "no_match"    // nothing in this rule holds or can be offered to
	CodeUnavailable = "unavailable" // offline, busy or not known
	CodeFull        = "full"        // at capacity
	CodeTried       = "tried"       // was offered the enquiry before
	CodeExpired     = "expired"     // sticky: the last time is too long ago
	CodeShare       = "share"       // percentage: the share whose turn it is
	CodeSameShare   = "same_share"  // percentage: a further offer stays in the share of the one before
	CodeNextShare   = "next_share"  // percentage: the share before had nobody, this one is next in order
	CodeDate        = "date"        // time: a rule for this date holds
	CodeOtherwise   = "otherwise"   // time: no condition holds, so Otherwise decides
	CodeClosed      = "closed"      // outside opening hours
	CodeAsked       = "asked"       // a Router of the host has decided
	CodeFailed      = "failed"      // a Router of the host failed or panicked and was passed over
	CodeNotAsked    = "not_asked"   // a Router of the host was only looked at, and cannot be without asking it
	CodeAbbreviated = "abbreviated" // more steps were taken than a decision keeps
)

// decisionJSON is the stored form of a Decision.
type decisionJSON struct {
	Outcome      Outcome       `json:"outcome"`
	Destinations []Destination `json:"destinations,omitempty"`
	Wait         string        `json:"wait,omitempty"`
	NextOpening  time.Time     `json:"next_opening,omitzero"`
	Reasons      []Reason      `json:"reasons,omitempty"`
}

// MarshalJSON writes the decision with its reasons, for records and for people:
// {"outcome":"offer","destinations":[…],"wait":"20s","reasons":[…]}.
func (d Decision) MarshalJSON() ([]byte, error) {
	return json.Marshal(decisionJSON{
		Outcome: d.Outcome, Destinations: d.Destinations, Wait: waitText(d.Wait), NextOpening: d.NextOpening, Reasons: d.Reasons(),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Decision) UnmarshalJSON(data []byte) error {
	var j decisionJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	read := Decision{Outcome: j.Outcome, Destinations: j.Destinations, NextOpening: j.NextOpening}
	if j.Wait != "" {
		wait, err := time.ParseDuration(j.Wait)
		if err != nil {
			return err
		}
		read.Wait = wait
	}
	*d = read.Because(j.Reasons...)
	return nil
}
