package routing

import (
	"fmt"
	"slices"
)

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
