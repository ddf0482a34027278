package webhook

import (
	"bytes"
	"encoding/json"
	"time"
)

// An envelope is an event's body, taken apart into the JSON of its members; nil
// is a member that is not there.
type envelope struct {
	kind, timestamp, data, challenge []byte
}

// open takes a JSON object apart. Names are exact; of a name that comes twice
// the last counts. It reports false for what is no JSON object.
func (e *envelope) open(b []byte) bool {
	i := skipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return false
	}
	i = skipSpace(b, i+1)
	for more := i == len(b) || b[i] != '}'; more; {
		name, start, end, ok := nextMember(b, i)
		if !ok {
			return false
		}
		value := b[start:end]
		switch string(name) {
		case `"type"`:
			e.kind = value
		case `"timestamp"`:
			e.timestamp = value
		case `"data"`:
			e.data = value
		case `"challenge"`:
			e.challenge = value
		}
		if i = skipSpace(b, end); i == len(b) {
			return false
		}
		if more = b[i] == ','; more {
			i = skipSpace(b, i+1)
		}
	}
	return i < len(b) && b[i] == '}' && skipSpace(b, i+1) == len(b)
}

// nextMember finds the name, in its quotes, and the place of the value.
func nextMember(b []byte, i int) (name []byte, start, end int, ok bool) {
	if i == len(b) || b[i] != '"' {
		return nil, 0, 0, false
	}
	after, ok := skipString(b, i)
	if !ok {
		return nil, 0, 0, false
	}
	name = b[i:after]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = unescaped(name)
	}
	colon := skipSpace(b, after)
	if colon == len(b) || b[colon] != ':' {
		return nil, 0, 0, false
	}
	start = skipSpace(b, colon+1)
	end, ok = skipValue(b, start, maxDepth-1)
	return name, start, end, ok
}

// unescaped rewrites a JSON string without needless escapes.
func unescaped(quoted []byte) []byte {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return quoted
	}
	return appendString(nil, s)
}

// text reads a JSON string; plain ASCII costs one allocation.
func text(quoted []byte) (string, bool) {
	if len(quoted) >= 2 && quoted[0] == '"' {
		inner := quoted[1 : len(quoted)-1]
		for _, c := range inner {
			if c == '\\' || c > '~' {
				inner = nil
				break
			}
		}
		if inner != nil {
			return string(inner), true
		}
	}
	var s *string
	if json.Unmarshal(quoted, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// parseBody reads an event or a challenge. ok is false for what is not JSON, or
// has the members of an event but of other types. What it returns does not share
// the body's memory.
func parseBody(body []byte, id string, at time.Time) (ev Event, challenge string, ok bool) {
	ev = Event{ID: id, Time: at}
	var e envelope
	if !e.open(body) || e.kind == nil {
		ev.Data = bytes.Clone(bytes.TrimSpace(body))
		return ev, "", validJSON(body)
	}
	if ev.Type, ok = text(e.kind); !ok {
		return ev, "", false
	}
	if ev.Type == challengeType && e.challenge != nil {
		c, ok := text(e.challenge)
		return ev, c, ok && len(c) <= maxChallenge && validChallenge(c)
	}
	if e.timestamp != nil && string(e.timestamp) != "null" {
		if len(e.timestamp) < 2 || ev.Time.UnmarshalJSON(e.timestamp) != nil {
			return ev, "", false
		}
	}
	ev.Data = bytes.Clone(e.data)
	return ev, "", true
}

// validChallenge admits base64url: nothing that a browser or a log could take
// for more than text.
func validChallenge(s string) bool {
	for i := 0; i < len(s); i += maxIDLen {
		if !validID(s[i:min(i+maxIDLen, len(s))]) {
			return false
		}
	}
	return s != ""
}
