package routing

import (
	"errors"
	"fmt"
	"time"
)

// Date is a day of the calendar, in the text form "2026-12-25". The zero Date is not a day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Valid reports whether d is a day of the Gregorian calendar in the years 1 to 9999.
func (d Date) Valid() bool {
	if d.Year < 1 || d.Year > 9999 || d.Month < time.January || d.Month > time.December || d.Day < 1 || d.Day > 31 {
		return false
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Day() == d.Day
}

// String returns "2026-12-25".
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText returns the form "2026-12-25". It implements [encoding.TextMarshaler].
func (d Date) MarshalText() ([]byte, error) {
	if !d.Valid() {
		return nil, errDate
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads exactly the form "2026-12-25" of a day that exists. It implements
// [encoding.TextUnmarshaler].
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) != len("2026-12-25") || text[4] != '-' || text[7] != '-' {
		return errDate
	}
	year, ok1 := digits(text[:4])
	month, ok2 := digits(text[5:7])
	day, ok3 := digits(text[8:])
	read := Date{Year: year, Month: time.Month(month), Day: day}
	if !ok1 || !ok2 || !ok3 || !read.Valid() {
		return errDate
	}
	*d = read
	return nil
}

var errDate = errors.New(`a date is a day of the calendar, written like "2026-12-25"`)

// number counts the days since 1970-01-01. Reckoning in UTC is exact: it has no gaps.
func (d Date) number() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
}
