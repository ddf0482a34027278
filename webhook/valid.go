package webhook

import "encoding/binary"

// maxDepth is how deep JSON may be nested, as in encoding/json.
const maxDepth = 10_000

// validJSON reports what json.Valid reports, several times faster: every event's
// data is checked before it is put between the envelope's braces, because data
// such as `1,"type":"other"` would otherwise forge the envelope.
func validJSON(b []byte) bool {
	i, ok := skipValue(b, skipSpace(b, 0), maxDepth)
	return ok && skipSpace(b, i) == len(b)
}

// The skip functions return the index after what begins at i, and whether that
// is well-formed.

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func skipValue(b []byte, i, depth int) (int, bool) {
	if i >= len(b) {
		return i, false
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{':
		return skipMembers(b, i, depth-1, '}')
	case '[':
		return skipMembers(b, i, depth-1, ']')
	case 't':
		return skipWord(b, i, "true")
	case 'f':
		return skipWord(b, i, "false")
	case 'n':
		return skipWord(b, i, "null")
	default:
		return skipNumber(b, i)
	}
}

// skipMembers skips an object or an array, which end differs.
func skipMembers(b []byte, i, depth int, end byte) (int, bool) {
	if depth < 0 {
		return i, false
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == end {
		return i + 1, true
	}
	var ok bool
	for ; ; i = skipSpace(b, i+1) {
		if end == '}' {
			if i >= len(b) || b[i] != '"' {
				return i, false
			}
			if i, ok = skipString(b, i); !ok {
				return i, false
			}
			if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
				return i, false
			}
			i = skipSpace(b, i+1)
		}
		if i, ok = skipValue(b, i, depth); !ok {
			return i, false
		}
		if i = skipSpace(b, i); i >= len(b) || b[i] != ',' {
			return i + 1, i < len(b) && b[i] == end
		}
	}
}

// Masks for eight bytes at a time.
const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = ones * '"'
	slants = ones * '\\'
)

// stops tells whether any of eight bytes is a control character, a quote or a
// backslash; it may err towards yes.
func stops(w uint64) bool {
	zero := func(x uint64) uint64 { return (x - ones) &^ x } // high bit where a byte is zero
	return ((w-ones*' ')&^w|zero(w^quotes)|zero(w^slants))&highs != 0
}

func skipString(b []byte, i int) (int, bool) {
	for i++; i < len(b); i++ {
		for i+8 <= len(b) && !stops(binary.LittleEndian.Uint64(b[i:])) {
			i += 8
		}
		if i == len(b) {
			return i, false
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, true
		case c < ' ':
			return i, false
		case c == '\\':
			var ok bool
			if i, ok = skipEscape(b, i); !ok {
				return i, false
			}
		}
	}
	return i, false
}

// skipEscape returns the index of the last character of an escape.
func skipEscape(b []byte, i int) (int, bool) {
	if i++; i >= len(b) {
		return i, false
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i, true
	case 'u':
		for range 4 {
			if i++; i >= len(b) || !isHex(b[i]) {
				return i, false
			}
		}
		return i, true
	default:
		return i, false
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func skipWord(b []byte, i int, word string) (int, bool) {
	end := i + len(word)
	return end, end <= len(b) && string(b[i:end]) == word
}

func skipNumber(b []byte, i int) (int, bool) {
	if i < len(b) && b[i] == '-' {
		i++
	}
	whole := skipDigits(b, i)
	if whole == i || b[i] == '0' && whole > i+1 {
		return i, false
	}
	if i = whole; i < len(b) && b[i] == '.' {
		end := skipDigits(b, i+1)
		if end == i+1 {
			return i, false
		}
		i = end
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := skipDigits(b, i)
		return end, end > i
	}
	return i, true
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}
