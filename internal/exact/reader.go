package exact

import (
	"bytes"
	"errors"
	"iter"
	"strconv"
	"strings"
	"time"
)

// MaxItems is how many items of an array are read.
const MaxItems = 1000

// Reader takes values out of an exact body, one after the other. It stands before a value, and every method that reads
// moves it behind. null reads as the zero value of whatever is asked for: it was not given.
//
//	for name := range r.Members() {
//		switch name {
//		case "visitor":
//			visitor = r.String()
//		}
//	}
//	err := r.Err()
//
// A value of another type than is asked for is a fault, which Err tells, and reads as the zero value. What no method
// read is skipped.
type Reader struct {
	b      []byte
	i      int
	path   []byte
	faults []error
}

// NewReader returns a Reader before the body's value, or the [*Error] for which the body is not exact.
func NewReader(body []byte) (*Reader, error) {
	from := mark(body)
	if fault := check(body, from); fault != nil {
		return nil, fault
	}
	return &Reader{b: body, i: skipSpace(body, from)}, nil
}

// Err returns the faults so far, joined.
func (r *Reader) Err() error { return errors.Join(r.faults...) }

// Fault notes what is wrong with a member of the object that was read last, or with that value itself if name is "".
func (r *Reader) Fault(name, text string) {
	f := &Error{Path: string(r.path), Text: text}
	switch {
	case name == "":
	case f.Path == "":
		f.Path = name
	default:
		f.Path += "." + name
	}
	r.faults = append(r.faults, f)
}

// Members yields the names of an object, while the Reader stands before the member's value.
func (r *Reader) Members() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !r.expect('{', "an object") {
			return
		}
		begin, above := r.i, len(r.path)
		r.i = skipSpace(r.b, r.i+1)
		for r.b[r.i] != '}' {
			end := skip(r.b, r.i)
			name := string(unquote(r.b[r.i:end]))
			r.i = skipSpace(r.b, skipSpace(r.b, end)+1) // behind the colon
			if above > 0 {
				r.path = append(r.path, '.')
			}
			r.path = append(r.path, label(name)...)
			more := r.item(func() bool { return yield(name) })
			r.path = r.path[:above]
			if !more {
				r.i = skip(r.b, begin)
				return
			}
		}
		r.i++
	}
}

// Items yields the indexes of an array, at most [MaxItems], while the Reader stands before the item.
func (r *Reader) Items() iter.Seq[int] {
	return func(yield func(int) bool) {
		if !r.expect('[', "an array") {
			return
		}
		begin, above := r.i, len(r.path)
		r.i = skipSpace(r.b, r.i+1)
		for n := 0; r.b[r.i] != ']'; n++ {
			if n == MaxItems {
				r.Fault("", "has more than "+strconv.Itoa(MaxItems)+" items")
				r.i = skip(r.b, begin)
				return
			}
			r.path = append(strconv.AppendInt(append(r.path, '['), int64(n), 10), ']')
			more := r.item(func() bool { return yield(n) })
			r.path = r.path[:above]
			if !more {
				r.i = skip(r.b, begin)
				return
			}
		}
		r.i++
	}
}

// item has one value read, and moves behind it and its comma.
func (r *Reader) item(yield func() bool) bool {
	begin := r.i
	more := yield()
	if r.i == begin {
		r.i = skip(r.b, begin)
	}
	if r.i = skipSpace(r.b, r.i); r.b[r.i] == ',' {
		r.i = skipSpace(r.b, r.i+1)
	}
	return more
}

// Null reports whether the value is null. It does not move.
func (r *Reader) Null() bool { return r.b[r.i] == 'n' }

// Raw returns the value as it is written. It shares the body's memory.
func (r *Reader) Raw() []byte {
	begin := r.i
	r.i = skip(r.b, r.i)
	return r.b[begin:r.i]
}

// String reads a string.
func (r *Reader) String() string {
	if !r.expect('"', "a string") {
		return ""
	}
	return string(unquote(r.Raw()))
}

// Strings reads an object of strings.
func (r *Reader) Strings() map[string]string {
	var all map[string]string
	for name := range r.Members() {
		if all == nil {
			all = map[string]string{}
		}
		all[name] = r.String()
	}
	return all
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	if r.b[r.i] == 'f' {
		r.Raw()
		return false
	}
	if !r.expect('t', "true or false") {
		return false
	}
	r.Raw()
	return true
}

// Int reads a whole number that is written without a point and an exponent.
func (r *Reader) Int() int64 {
	if !r.expect('0', "a number") {
		return 0
	}
	n, err := strconv.ParseInt(string(r.Raw()), 10, 64)
	if err != nil {
		r.Fault("", "must be a whole number of 64 bits")
		return 0
	}
	return n
}

// Float reads a number.
func (r *Reader) Float() float64 {
	if !r.expect('0', "a number") {
		return 0
	}
	f, err := strconv.ParseFloat(string(r.Raw()), 64)
	if err != nil {
		r.Fault("", "is too large a number")
		return 0
	}
	return f
}

// Time reads a time as RFC 3339 has it. An empty string is no time.
func (r *Reader) Time() time.Time {
	var t time.Time
	s := r.String()
	if s == "" {
		return t
	}
	if err := t.UnmarshalText([]byte(s)); err != nil || !strictTime(s) {
		r.Fault("", "must be a time as in RFC 3339")
	}
	return t
}

// strictTime reports whether a text that package time reads as RFC 3339 is of that form: package time also takes hours
// of one digit, a decimal comma, and offsets beyond 23:59 (go.dev/issue/54580).
func strictTime(s string) bool {
	const minute, fraction, offset = len("2006-01-02T15"), len("2006-01-02T15:04:05"), len("15:04")
	if len(s) <= fraction || s[minute] != ':' || s[fraction] == ',' {
		return false
	}
	return strings.HasSuffix(s, "Z") || s[len(s)-offset:] < "24:00" && s[len(s)-len("04"):] < "60"
}

// expect reports whether the value begins with c, '0' for any number. One of another type is a fault, and skipped.
func (r *Reader) expect(c byte, want string) bool {
	got := r.b[r.i]
	if got == '-' || '0' <= got && got <= '9' {
		got = '0'
	}
	if got == c {
		return true
	}
	if got != 'n' {
		r.Fault("", "must be "+want+", not "+kind(got))
	}
	r.Raw()
	return false
}

func kind(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't':
		return "true"
	case 'f':
		return "false"
	default:
		return "a number"
	}
}

// skip returns the index behind a value that was found exact.
func skip(b []byte, i int) int {
	depth := 0
	for {
		switch b[i] {
		case '"':
			i = skipText(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ' ', '\n', '\t', '\r', ',', ':':
			i++
			continue // is no end
		default:
			i = skipScalar(b, i)
		}
		if depth == 0 {
			return i
		}
	}
}

// skipScalar returns the index behind a number, true, false or null.
func skipScalar(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case ',', ']', '}', ' ', '\n', '\t', '\r':
			return i
		}
	}
	return i
}

// skipText returns the index behind a string.
func skipText(b []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(b[i:], '"')
		slants := 0
		for b[i-1-slants] == '\\' {
			slants++
		}
		if slants%2 == 0 {
			return i + 1
		}
	}
}
