package routing

import (
	"errors"
	"fmt"
	"math"
)

// TimeOfDay is a time on the clock as minutes since midnight, 0 to 1440: the text forms "00:00" to "24:00",
// always five ASCII characters.
type TimeOfDay int16

const (
	midnight TimeOfDay = 24 * 60
	noTime   TimeOfDay = -1
)

// At returns the time of day hour:minute. [New] refuses what no clock shows: minutes other than 0 to 59,
// negative hours, and times past 24:00.
func At(hour, minute int) TimeOfDay {
	switch {
	case hour < 0 || minute < 0 || minute > 59:
		return noTime
	case hour > math.MaxInt16/60-1:
		return math.MaxInt16
	}
	return TimeOfDay(hour*60 + minute)
}

// Valid reports whether t is between 00:00 and 24:00.
func (t TimeOfDay) Valid() bool { return 0 <= t && t <= midnight }

// String returns "09:05". Times that are not valid show what is wrong with them.
func (t TimeOfDay) String() string {
	if t < 0 {
		return "no time of day"
	}
	return fmt.Sprintf("%02d:%02d", t/60, t%60)
}

// MarshalText returns the form "09:05". It implements [encoding.TextMarshaler].
func (t TimeOfDay) MarshalText() ([]byte, error) {
	if !t.Valid() {
		return nil, errTimeOfDay
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads exactly the form "09:05", "00:00" to "24:00". It implements
// [encoding.TextUnmarshaler].
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	if len(text) != len("09:05") || text[2] != ':' {
		return errTimeOfDay
	}
	hour, ok1 := digits(text[:2])
	minute, ok2 := digits(text[3:])
	if !ok1 || !ok2 || minute > 59 || hour*60+minute > int(midnight) {
		return errTimeOfDay
	}
	*t = At(hour, minute)
	return nil
}

var errTimeOfDay = errors.New(`a time of day is written like "09:05", from "00:00" to "24:00"`)

// digits reads ASCII digits and nothing else.
func digits(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
