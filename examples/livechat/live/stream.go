package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Times of a stream.
const (
	pingEvery    = 15 * time.Second // through proxies that close what is silent
	writeTimeout = 10 * time.Second // a page that takes no data any more is let go
)

// Stream is an answer of type text/event-stream. Only one goroutine may use it.
type Stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// Open begins a stream.
func Open(w http.ResponseWriter) (*Stream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // reverse proxies should not hold it back
	s := &Stream{w: w, rc: http.NewResponseController(w)}
	return s, s.write("retry: 1000\n\n")
}

// Send writes an event. The id, if not empty, is what the browser names when it connects again.
func (s *Stream) Send(event, id string, data any) error {
	body, err := json.Marshal(data) // one line: JSON escapes line ends
	if err != nil {
		return err
	}
	var b strings.Builder
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", event, body)
	return s.write(b.String())
}

func (s *Stream) write(text string) error {
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every ResponseWriter has one
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}

// Follow calls show with what changed until the page or the server goes away, and keeps the connection awake.
// Changes that come within pause of one another are shown together.
func (s *Stream) Follow(r *http.Request, sub *Sub, pause time.Duration, show func([]Key) error) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-ping.C:
			if s.write(": ping\n\n") != nil {
				return
			}
		case <-sub.Woken():
			if keys := sub.Take(); len(keys) > 0 && show(keys) != nil {
				return
			}
			if !sleep(r, pause) {
				return
			}
		}
	}
}

func sleep(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-t.C:
		return true
	}
}
