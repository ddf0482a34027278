package webhook

import (
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
		// net/http lifts the deadline when the body has been read. A writer that
		// has none, as in tests, reads without.
		deadline := time.Now().Add(rc.config.ReadTimeout) //nolint:forbidigo // I/O runs on real time
		_ = http.NewResponseController(w).SetReadDeadline(deadline)
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
		case err == io.EOF:
			return 0
		case errors.Is(err, os.ErrDeadlineExceeded):
			return http.StatusRequestTimeout
		case err != nil:
			return http.StatusBadRequest
		}
	}
}
