package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/usherchat/usher/internal/exact"
)

// MaxBody is the largest request body that is sent: 256 KiB, the limit of the
// message queues that commonly carry webhooks. [Event.Validate] tells before it
// is recorded whether an event fits.
const MaxBody = 256 << 10

const maxTypeLen = 128

// An Event is what a webhook tells. Its body is
//
//	{"type":…,"timestamp":…,"data":…}
//
// as Standard Webhooks recommends; the ID travels in the webhook-id header.
type Event struct {
	// ID is the idempotency key: the same in every attempt. 1 to 128 characters
	// of A–Z a–z 0–9 _ -. Required.
	ID string `json:"-"`
	// Type says what happened, such as "message" or "contact.created"; at most
	// 128 bytes. Required when sending.
	Type string `json:"type"`
	// Time is when it happened. Retry.MaxAge counts from it. The zero Time is
	// the moment of sending.
	Time time.Time `json:"timestamp"`
	// Data is the event's own JSON; none is null. It is exact: UTF-8, no name twice
	// in an object, no half of a surrogate pair, nested at most 512 deep.
	Data json.RawMessage `json:"data"`
}

// Validate reports everything that keeps the event from being sent, joined:
// each fault names its field, a body over [MaxBody] is [ErrTooLarge].
func (e Event) Validate() error {
	var faults []error
	if !validID(e.ID) {
		faults = append(faults, errors.New("id: 1 to 128 characters of A–Z a–z 0–9 _ - are needed"))
	}
	if e.Type == "" || len(e.Type) > maxTypeLen || !utf8.ValidString(e.Type) {
		faults = append(faults, errors.New("type: 1 to 128 bytes of UTF-8 are needed"))
	}
	if y := e.Time.UTC().Year(); y < 0 || y > 9999 {
		faults = append(faults, errors.New("time: the year is outside 0 to 9999"))
	}
	if size := e.size(); size > MaxBody {
		faults = append(faults, fmt.Errorf("data: %w: %d bytes, at most %d", ErrTooLarge, size, MaxBody))
	} else if err := checkData(e.Data); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// checkData refuses what could forge the envelope, such as `1,"type":"other"`, and what a careful reader, like our
// receiver, would refuse.
func checkData(data json.RawMessage) error {
	if len(data) == 0 {
		return nil
	}
	if fault := exact.Check(data); fault != nil {
		return fault.In("data")
	}
	return nil
}

// size returns the length of the body or, where that cannot matter, more.
func (e Event) size() int {
	const envelope = `{"type":"","timestamp":"2006-01-02T15:04:05.999999999Z","data":null}`
	if most := len(envelope) + 6*len(e.Type) + len(e.Data); most <= MaxBody || len(e.Data) > MaxBody {
		return most
	}
	data := e.Data
	e.Data = json.RawMessage("0")
	return len(e.appendBody(nil)) - 1 + len(data)
}

// appendBody appends the JSON of a valid event.
func (e Event) appendBody(dst []byte) []byte {
	dst = append(dst, `{"type":`...)
	dst = appendString(dst, e.Type)
	dst = append(dst, `,"timestamp":"`...)
	dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","data":`...)
	if len(e.Data) == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, e.Data...)
	}
	return append(dst, '}')
}

// appendString appends s as a JSON string; what needs no escape costs nothing.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			b, err := json.Marshal(s)
			if err != nil {
				return append(dst, `""`...) // cannot be: a string always marshals
			}
			return append(dst, b...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
