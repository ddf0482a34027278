package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// read reads the whole body into buf, within the receiver's bounds of size and
// time. It returns 0 or the status to refuse with.
func (rc *receiver) read(w http.ResponseWriter, r *http.Request, buf *[]byte) int {
	if r.ContentLength > rc.config.MaxBody {
		return http.StatusRequestEntityTooLarge
	}
	if rc.config.ReadTimeout > 0 {
		control := http.NewResponseController(w)
		deadline := time.Now().Add(rc.config.ReadTimeout) //nolint:forbidigo // I/O runs on real time
		if control.SetReadDeadline(deadline) == nil {
			// The deadline must not end a slow Handle: the server reads on, to hear
			// of a sender that hangs up.
			defer control.SetReadDeadline(time.Time{}) //nolint:errcheck // it could be set before
		}
	}
	if n := int(r.ContentLength); n >= cap(*buf) {
		*buf = make([]byte, 0, n+1) // one more, to see the end without growing
	}
	for {
		if len(*buf) == cap(*buf) {
			*buf = append(*buf, 0)[:len(*buf)]
		}
		n, err := r.Body.Read((*buf)[len(*buf):cap(*buf)])
		*buf = (*buf)[:len(*buf)+n]
		switch {
		case int64(len(*buf)) > rc.config.MaxBody:
			return http.StatusRequestEntityTooLarge
		case err == io.EOF: //nolint:errorlint // the body's own end, never wrapped
			return 0
		case errors.Is(err, os.ErrDeadlineExceeded):
			return http.StatusRequestTimeout
		case err != nil:
			return http.StatusBadRequest
		}
	}
}

// parseBody reads an event or a challenge. ok is false for what is not JSON, or
// has the members of an event but of other types.
func parseBody(body []byte, id string, at time.Time) (ev Event, challenge string, ok bool) {
	ev = Event{ID: id, Time: at}
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' {
		ev.Data = bytes.Clone(body)
		return ev, "", json.Valid(body)
	}
	var envelope struct {
		Type      *string         `json:"type"`
		Timestamp *string         `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
		Challenge *string         `json:"challenge"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return ev, "", false
	}
	if envelope.Type == nil {
		ev.Data = bytes.Clone(body)
		return ev, "", true
	}
	ev.Type = *envelope.Type
	if ev.Type == challengeType && envelope.Challenge != nil {
		c := *envelope.Challenge
		return ev, c, len(c) <= maxChallenge && validChallenge(c)
	}
	if envelope.Timestamp != nil {
		t, err := time.Parse(time.RFC3339Nano, *envelope.Timestamp)
		if err != nil {
			return ev, "", false
		}
		ev.Time = t
	}
	ev.Data = envelope.Data
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
