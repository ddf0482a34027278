package exact

import (
	"bytes"
	"encoding/json"
)

// few is how many names are compared one by one; more are looked up.
const few = 16

// names are those of one object.
type names struct {
	s    *scanner
	from int // where they begin in the scanner's
	many map[string]struct{}
}

// add reports whether the name is new.
func (n *names) add(name []byte) bool {
	if n.many != nil {
		before := len(n.many)
		n.many[string(name)] = struct{}{}
		return len(n.many) > before
	}
	own := n.s.names[n.from:]
	for _, known := range own {
		if bytes.Equal(known, name) {
			return false
		}
	}
	n.s.names = append(n.s.names, name)
	if len(own) == few {
		n.many = make(map[string]struct{}, 2*few)
		for _, known := range n.s.names[n.from:] {
			n.many[string(known)] = struct{}{}
		}
	}
	return true
}

// unquote returns what a string of exact JSON says.
func unquote(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // was found exact
	return []byte(s)
}
