package messages

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// maxOpening is the most bytes that a form writes; a test holds every form to it.
const maxOpening = 128

// appendOpening appends what {next_opening} says to dst; see [Vars].
func appendOpening(dst []byte, locale string, now, opening time.Time) []byte {
	if opening.IsZero() {
		return dst
	}
	form, ok := forms.find(locale)
	if !ok {
		form = neutral
		var t tag
		if t.read(locale); t.n == 0 {
			form = english
		}
	}
	pattern := form.dateYear
	if !now.IsZero() {
		now = now.In(opening.Location())
		switch days := daysBetween(now, opening); {
		case days == 0:
			pattern = form.time
		case days > 0 && days <= 6:
			pattern = form.weekday
		case now.Year() == opening.Year():
			pattern = form.date
		}
	}
	return form.append(dst, pattern, opening)
}

// daysBetween counts the midnights from one date to another, both taken as they are on their own walls.
func daysBetween(from, to time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}

// append appends t as a pattern says. After a %:
//
//	A  the weekday's name   B  the month's name   m  the month 01–12   d  the day 1–31   e  the day 01–31
//	o  the day, 1er for 1   Y  the year           E  the year of the Buddhist era
//	T  the form's time      H  the hour 00–23     k  the hour 0–23     l  the hour 1–12
//	M  the minute 00–59     p  the half of the day
func (f *form) append(dst []byte, pattern string, t time.Time) []byte {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			dst = append(dst, pattern[i])
			continue
		}
		i++
		switch pattern[i] {
		case 'T':
			dst = f.append(dst, f.time, t)
		case 'A':
			dst = append(dst, f.weekdays[t.Weekday()]...)
		case 'B':
			dst = append(dst, f.months[t.Month()-1]...)
		case 'p':
			dst = append(dst, f.halves[t.Hour()/12]...)
		default:
			dst = appendNumber(dst, pattern[i], t)
		}
	}
	return dst
}

func appendNumber(dst []byte, verb byte, t time.Time) []byte {
	switch verb {
	case 'm':
		return appendInt(dst, int(t.Month()), 2)
	case 'd':
		return appendInt(dst, t.Day(), 1)
	case 'e':
		return appendInt(dst, t.Day(), 2)
	case 'o':
		dst = appendInt(dst, t.Day(), 1)
		if t.Day() == 1 {
			dst = append(dst, "er"...)
		}
		return dst
	case 'Y':
		return appendInt(dst, t.Year(), 1)
	case 'E':
		return appendInt(dst, t.Year()+543, 1)
	case 'H':
		return appendInt(dst, t.Hour(), 2)
	case 'k':
		return appendInt(dst, t.Hour(), 1)
	case 'l':
		return appendInt(dst, (t.Hour()+11)%12+1, 1)
	case 'M':
		return appendInt(dst, t.Minute(), 2)
	default:
		return utf8.AppendRune(dst, utf8.RuneError)
	}
}

func appendInt(dst []byte, n, digits int) []byte {
	if digits == 2 && n < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}
