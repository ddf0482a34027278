package intake

import (
	"net/http"
	"time"
)

// Times of a connection, real time.
const (
	// DefaultTimeout is how long a sender may take for its body.
	DefaultTimeout = 10 * time.Second
	// answerTimeout is how long a sender may take to accept its answer.
	answerTimeout = 10 * time.Second
	// linger is how long net/http goes on reading what a refused sender still sends, up to 256 KiB. A connection that
	// is closed with bytes unread is reset, and the sender may lose the answer: RFC 9112, 9.6. It is what net/http
	// itself waits after larger bodies.
	linger = 500 * time.Millisecond
)

// Begin gives the sender so long for the body of the request; not positive = as long as the host's server says. The
// server's own ReadTimeout stays where it is shorter. What begins after the body, as a slow handler, is not cut: net/http
// lifts the deadline when the body has been read.
//
// The answer is to be written to what Begin returns, which gives the sender ten seconds to accept it, so that none that
// reads nothing keeps a goroutine. The server's own WriteTimeout stays.
func Begin(w http.ResponseWriter, r *http.Request, timeout time.Duration) http.ResponseWriter {
	if timeout > 0 && hasBody(r) {
		readWithin(w, r, timeout)
		if r.ProtoMajor == 1 && r.Header.Get("Expect") != "" {
			writeWithin(w, r, timeout) // the first read writes 100 Continue
		}
	}
	return &writer{ResponseWriter: w, request: r}
}

// Refuse prepares a fault: no more is read of the request, but for a moment in which the sender can take its answer,
// and the connection is closed.
func Refuse(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor >= 2 {
		return
	}
	w.Header().Set("Connection", "close")
	if hasBody(r) {
		readWithin(w, r, linger)
	}
}

// A writer bounds the time in which the answer is accepted.
type writer struct {
	http.ResponseWriter
	request *http.Request
	begun   bool
}

func (w *writer) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) begin() {
	if !w.begun {
		w.begun = true
		writeWithin(w.ResponseWriter, w.request, answerTimeout)
	}
}

// hasBody tells whether there is something to read. Where there is not, net/http reads ahead already: a deadline would
// look like a sender that hung up.
func hasBody(r *http.Request) bool { return r.Body != nil && r.Body != http.NoBody }

func readWithin(w http.ResponseWriter, r *http.Request, d time.Duration) {
	if s := server(r); s != nil && s.ReadTimeout > 0 && s.ReadTimeout <= d {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d)) //nolint:forbidigo // I/O runs on real time
}

func writeWithin(w http.ResponseWriter, r *http.Request, d time.Duration) {
	if s := server(r); s != nil && s.WriteTimeout > 0 {
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d)) //nolint:forbidigo // I/O runs on real time
}

// server is the host's server, nil where there is none, as in tests.
func server(r *http.Request) *http.Server {
	s, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	return s
}
