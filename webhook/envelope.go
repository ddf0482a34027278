package webhook

import (
	"bytes"
	"errors"
	"time"

	"github.com/usherchat/usher/internal/exact"
)

// An envelope is an event's body, taken apart.
type envelope struct {
	typed           bool // there is a type
	kind            string
	time            time.Time
	data, challenge []byte // nil: not there
}

// open reads the members of an envelope; what is no object has none.
func (e *envelope) open(r *exact.Reader) {
	for name := range r.Members() {
		switch name {
		case "type":
			if e.typed = true; r.Null() {
				r.Fault("", "must be a string, not null")
			}
			e.kind = r.String()
		case "timestamp":
			e.time = r.Time()
		case "data":
			e.data = r.Raw()
		case "challenge":
			e.challenge = r.Raw()
		}
	}
}

// parseBody reads an event or a challenge. The error names the member of a body
// that is not exact JSON, or has the members of an event but of other types. What
// it returns does not share the body's memory.
func parseBody(body []byte, id string, at time.Time) (ev Event, challenge string, err error) {
	ev = Event{ID: id, Time: at}
	r, err := exact.NewReader(body)
	if err != nil {
		return ev, "", err
	}
	whole := *r
	var e envelope
	if e.open(r); !e.typed {
		ev.Data = bytes.Clone(whole.Raw())
		return ev, "", nil
	}
	if err := r.Err(); err != nil {
		return ev, "", err
	}
	if ev.Type = e.kind; ev.Type == challengeType && e.challenge != nil {
		challenge, err = parseChallenge(e.challenge)
		return ev, challenge, err
	}
	if !e.time.IsZero() {
		ev.Time = e.time
	}
	ev.Data = bytes.Clone(e.data)
	return ev, "", nil
}

func parseChallenge(raw []byte) (string, error) {
	r, err := exact.NewReader(raw)
	if err != nil {
		return "", err
	}
	if s := r.String(); len(s) <= maxChallenge && validChallenge(s) {
		return s, nil
	}
	return "", errors.New("challenge: must be base64url of at most 256 characters")
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
