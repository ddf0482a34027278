package intake_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A trickle is a body that goes on for as long as somebody takes it, a byte in a while.
const trickle = 20 * time.Millisecond

// exchange sends a request's head over a connection of its own, then bytes of a body as slowly as it may, and returns
// all that came back until the server hung up, and after how long it did.
func exchange(t *testing.T, addr, send, drip string) (answer string, took time.Duration) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Error(err)
		return "", 0
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(8 * time.Second))
	begun := time.Now()
	if _, err := io.WriteString(conn, send); err != nil {
		t.Error(err)
		return "", 0
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(trickle)
		defer tick.Stop()
		for drip != "" {
			select {
			case <-done:
				return
			case <-tick.C:
				if _, err := io.WriteString(conn, drip); err != nil {
					return
				}
			}
		}
	}()
	got, err := io.ReadAll(conn)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		t.Errorf("the connection was still open after %v; it had answered %.40q", time.Since(begun), got)
	}
	return string(got), time.Since(begun)
}

// plain serves a handler as hosts do that think of no time-outs, and returns its address.
func plain(t *testing.T, h http.Handler, changes ...func(*http.Server)) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	for _, change := range changes {
		change(s.Config)
	}
	s.Start()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.Listener.Addr().String()
}

// TestRefusedEarly finds that what the headers show is refused before the body is read, that none is asked to go on,
// and that the connection is closed at once, however slowly the sender goes on sending.
func TestRefusedEarly(t *testing.T) {
	t.Parallel()
	type refusal struct {
		name, method, path string
		status             int
		lines              []string
		only               string // the subject that refuses this
	}
	const right = "" // the subject's own path
	refusals := []refusal{
		{"nothing known", "POST", "/", 404, []string{asJSON}, "incoming API"},
		{"no such channel", "POST", "/nobody/messages", 404, []string{asJSON}, "incoming API"},
		{"no such resource", "POST", "/shop/secrets", 404, []string{asJSON}, "incoming API"},
		{"not POST", "PUT", right, 405, []string{asJSON}, ""},
		{"GET with a body", "GET", right, 405, []string{asJSON}, ""},
		{"below messages", "DELETE", "/shop/messages/1", 405, []string{asJSON}, "incoming API"},
		{"no credentials", "POST", right, 401, []string{asJSON}, ""},
		{"a wrong token", "POST", right, 401, []string{asJSON, "Authorization: Bearer " + token + "x"}, "incoming API"},
		{"a signature without an id", "POST", right, 401, []string{asJSON, "Webhook-Timestamp: 1", "Webhook-Signature: v1,x"}, ""},
		{"a signature of no form", "POST", right, 401, []string{asJSON, strings.SplitAfter(forged(), "Webhook-Signature: ")[0] + "v1,x"}, ""},
		{"signed an hour ago", "POST", right, 401, []string{asJSON, stale()}, ""},
		{"text under a token", "POST", right, 415, []string{asText, "Authorization: Bearer " + token}, ""},
		{"signed text", "POST", right, 415, []string{asText, forged()}, ""},
	}
	bodies := []struct{ name, line, drip string }{
		{"none", "Accept: */*", ""},
		{"small", length(1000), "x"},
		{"large", length(1 << 20), "x"},
		{"in chunks", chunked, "1\r\nx\r\n"},
		{"that waits to be asked", length(1000) + "\r\n" + expect, ""},
		{"in chunks that wait to be asked", chunked + "\r\n" + expect, "1\r\nx\r\n"},
	}
	var all sync.WaitGroup
	defer all.Wait() // together: each takes half a second
	for _, s := range subjects {
		addr := plain(t, s.make(t, 0, 0))
		for _, r := range refusals {
			if r.only != "" && r.only != s.name {
				continue
			}
			for _, b := range bodies {
				all.Go(func() {
					path := r.path
					if path == right {
						path = s.path
					}
					answer, took := exchange(t, addr, head(r.method, path, append([]string{b.line}, r.lines...)...), b.drip)
					if !strings.HasPrefix(answer, "HTTP/1.1 "+strconv.Itoa(r.status)) || !strings.Contains(answer, "Connection: close") {
						t.Errorf("%s, %s, %s: got %.300q, want %d and to be closed", s.name, r.name, b.name, answer, r.status)
					}
					if took > 4*time.Second {
						t.Errorf("%s, %s, %s: closed after %v", s.name, r.name, b.name, took)
					}
				})
			}
		}
		all.Go(func() {
			answer, took := exchange(t, addr, head("POST", s.path, asJSON, forged(), length(s.limit+1), expect), "")
			if !strings.HasPrefix(answer, "HTTP/1.1 413") || took > 4*time.Second {
				t.Errorf("%s: got %.300q after %v, want 413 soon", s.name, answer, took)
			}
		})
	}
}

// TestRefusedAnswerArrives finds that a sender that sends its whole body before it reads gets the answer, not a reset,
// though it was refused while the body was on its way.
func TestRefusedAnswerArrives(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	defer all.Wait()
	for _, s := range subjects {
		addr := plain(t, s.make(t, 0, 0))
		for _, size := range []int{1000, 100_000, 250_000} {
			all.Go(func() {
				conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(8 * time.Second))
				_, _ = io.WriteString(conn, head("POST", s.path, asJSON, length(size))+strings.Repeat("x", size/2))
				<-time.After(100 * time.Millisecond)
				if _, err := io.WriteString(conn, strings.Repeat("x", size-size/2)); err != nil {
					t.Errorf("%s, %d bytes: reset while it sent: %v", s.name, size, err)
				}
				<-time.After(100 * time.Millisecond)
				answer, err := io.ReadAll(conn)
				if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401") {
					t.Errorf("%s, %d bytes: got %.100q, %v, want 401", s.name, size, answer, err)
				}
			})
		}
	}
}

// TestSlowBody finds that a body that does not come in time is answered 408 and its connection closed, by the
// subject's own time or by the server's, whichever is shorter.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	short := func(s *http.Server) { s.ReadTimeout = 300 * time.Millisecond }
	long := func(s *http.Server) { s.ReadTimeout = time.Hour }
	none := func(*http.Server) {}
	var all sync.WaitGroup
	defer all.Wait()
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		server  func(*http.Server)
	}{
		{"its own", 300 * time.Millisecond, none},
		{"its own, the server's is longer", 300 * time.Millisecond, long},
		{"the server's, which is shorter", 0, short},
		{"the server's, its own is off", -1, short},
	} {
		for _, s := range subjects {
			for _, line := range []string{length(1000), length(200_000), chunked} {
				addr := plain(t, s.make(t, tt.timeout, 0), tt.server)
				all.Go(func() {
					drip := "x"
					if line == chunked {
						drip = "1\r\nx\r\n"
					}
					answer, took := exchange(t, addr, head("POST", s.path, asJSON, forged(), line), drip)
					if !strings.HasPrefix(answer, "HTTP/1.1 408") || took > 4*time.Second {
						t.Errorf("%s, %s, %s: got %.300q after %v, want 408 soon", s.name, tt.name, line, answer, took)
					}
				})
			}
		}
	}
}
