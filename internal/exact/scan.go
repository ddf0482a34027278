package exact

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

// MaxDepth is how deep JSON may be nested: what PHP reads by default, the least of the common readers that take more
// than a hundred.
const MaxDepth = 512

// Check returns what is wrong with a value that is to stand within others, nil if it is exact. A byte-order mark is
// wrong there.
func Check(value []byte) *Error { return check(value, 0) }

// mark is where the body begins behind a byte-order mark.
func mark(body []byte) int {
	if bytes.HasPrefix(body, []byte("\ufeff")) {
		return len("\ufeff")
	}
	return 0
}

func check(body []byte, from int) *Error {
	s := scanner{b: body}
	i, fault := s.value(skipSpace(body, from), MaxDepth)
	if fault != nil {
		return fault
	}
	if i = skipSpace(body, i); i < len(body) {
		return syntax(i)
	}
	return nil
}

// scanner finds out whether a text is exact JSON. Its methods return the index behind what begins at i.
type scanner struct {
	b     []byte
	names [][]byte // of the objects that are open, the outermost first
}

func (s *scanner) value(i, depth int) (int, *Error) {
	if i >= len(s.b) {
		return i, syntax(i)
	}
	switch s.b[i] {
	case '"':
		return s.text(i)
	case '{':
		if depth == 0 {
			return i, tooDeep()
		}
		return s.object(i, depth-1)
	case '[':
		if depth == 0 {
			return i, tooDeep()
		}
		return s.array(i, depth-1)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	default:
		return s.number(i)
	}
}

func (s *scanner) object(i, depth int) (int, *Error) {
	known := names{s: s, from: len(s.names)}
	i = skipSpace(s.b, i+1)
	for more := !s.is(i, '}'); more; {
		if !s.is(i, '"') {
			return i, syntax(i)
		}
		end, fault := s.text(i)
		if fault != nil {
			return i, fault
		}
		name := unquote(s.b[i:end])
		if i = skipSpace(s.b, end); !s.is(i, ':') {
			return i, syntax(i)
		}
		if !known.add(name) {
			return i, twice().In(string(name))
		}
		if i, fault = s.value(skipSpace(s.b, i+1), depth); fault != nil {
			return i, fault.In(string(name))
		}
		i = skipSpace(s.b, i)
		if more = s.is(i, ','); more {
			i = skipSpace(s.b, i+1)
		}
	}
	if !s.is(i, '}') {
		return i, syntax(i)
	}
	s.names = s.names[:known.from]
	return i + 1, nil
}

func (s *scanner) array(i, depth int) (int, *Error) {
	i = skipSpace(s.b, i+1)
	more := !s.is(i, ']')
	for n := 0; more; n++ {
		var fault *Error
		if i, fault = s.value(i, depth); fault != nil {
			return i, fault.at(n)
		}
		i = skipSpace(s.b, i)
		if more = s.is(i, ','); more {
			i = skipSpace(s.b, i+1)
		}
	}
	if !s.is(i, ']') {
		return i, syntax(i)
	}
	return i + 1, nil
}

func (s *scanner) is(i int, c byte) bool { return i < len(s.b) && s.b[i] == c }

// Masks for eight bytes at a time.
const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = ones * '"'
	slants = ones * '\\'
)

// plain tells that none of eight bytes is a control character, a quote, a backslash or beyond ASCII; it may err
// towards no.
func plain(w uint64) bool {
	zero := func(x uint64) uint64 { return (x - ones) &^ x } // high bit where a byte is zero
	return (w|(w-ones*' ')|zero(w^quotes)|zero(w^slants))&highs == 0
}

func (s *scanner) text(i int) (int, *Error) {
	b := s.b
	i++
	for i < len(b) {
		if i+8 <= len(b) && plain(binary.LittleEndian.Uint64(b[i:])) {
			i += 8
			continue
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, nil
		case c < ' ':
			return i, syntax(i)
		case c == '\\':
			var fault *Error
			if i, fault = s.escape(i); fault != nil {
				return i, fault
			}
		case c < utf8.RuneSelf:
			i++
		default:
			_, n := utf8.DecodeRune(b[i:])
			if n == 1 {
				return i, notUTF8(i)
			}
			i += n
		}
	}
	return i, syntax(i)
}

func (s *scanner) escape(i int) (int, *Error) {
	if i+1 >= len(s.b) {
		return i, syntax(i)
	}
	switch s.b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		unit, ok := s.unit(i)
		switch {
		case !ok:
			return i, syntax(i)
		case unit < 0xd800 || unit > 0xdfff:
			return i + 6, nil
		}
		if low, ok := s.unit(i + 6); !ok || unit > 0xdbff || low < 0xdc00 || low > 0xdfff {
			return i, halfPair(i)
		}
		return i + 12, nil
	default:
		return i, syntax(i)
	}
}

// unit reads \uXXXX.
func (s *scanner) unit(i int) (uint64, bool) {
	if i+6 > len(s.b) || s.b[i] != '\\' || s.b[i+1] != 'u' {
		return 0, false
	}
	for _, c := range s.b[i+2 : i+6] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(string(s.b[i+2:i+6]), 16, 16)
	return n, err == nil
}

func (s *scanner) word(i int, word string) (int, *Error) {
	if !bytes.HasPrefix(s.b[i:], []byte(word)) {
		return i, syntax(i)
	}
	return i + len(word), nil
}

func (s *scanner) number(i int) (int, *Error) {
	if s.is(i, '-') {
		i++
	}
	whole := skipDigits(s.b, i)
	if whole == i || s.b[i] == '0' && whole > i+1 {
		return i, syntax(i)
	}
	if i = whole; s.is(i, '.') {
		end := skipDigits(s.b, i+1)
		if end == i+1 {
			return i, syntax(i)
		}
		i = end
	}
	if s.is(i, 'e') || s.is(i, 'E') {
		if i++; s.is(i, '+') || s.is(i, '-') {
			i++
		}
		end := skipDigits(s.b, i)
		if end == i {
			return i, syntax(i)
		}
		i = end
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}
