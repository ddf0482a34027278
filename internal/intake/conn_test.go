package intake_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/internal/intake"
)

// witness notes in which order a handler does what.
type witness struct {
	http.ResponseWriter
	body io.Reader
	did  []string
}

func (w *witness) note(what string) {
	if !slices.Contains(w.did, what) {
		w.did = append(w.did, what)
	}
}

func (w *witness) Header() http.Header {
	w.note("header")
	return w.ResponseWriter.Header()
}

func (w *witness) Write(b []byte) (int, error) {
	w.note("write")
	return w.ResponseWriter.Write(b)
}

func (w *witness) WriteHeader(status int) {
	w.note("status")
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) SetReadDeadline(at time.Time) error {
	if d := time.Until(at); d > 9*time.Second && d <= 10*time.Second {
		w.note("read deadline")
	}
	return nil
}

func (w *witness) SetWriteDeadline(at time.Time) error {
	if d := time.Until(at); d > 9*time.Second && d <= 10*time.Second {
		w.note("write deadline")
	}
	return nil
}

func (w *witness) Read(p []byte) (int, error) {
	w.note("body")
	return w.body.Read(p)
}

// TestDeadlinesFirst finds that the read deadline comes before all else, and the write deadline before the answer.
func TestDeadlinesFirst(t *testing.T) {
	t.Parallel()
	right := map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + token}
	for _, s := range subjects {
		for _, tt := range []struct {
			name, method, path string
			header             map[string]string
			want               []string
		}{
			{"not found", "POST", "/nobody/x", nil, []string{"read deadline", "header", "write deadline", "status", "write"}},
			{"not POST", "PUT", s.path, nil, []string{"read deadline", "header", "write deadline", "status", "write"}},
			{"without credentials", "POST", s.path, map[string]string{"Content-Type": "application/json"}, []string{"read deadline", "header", "write deadline", "status", "write"}},
			{"text", "POST", s.path, map[string]string{"Content-Type": "text/plain"}, []string{"read deadline", "header", "write deadline", "status", "write"}},
			{"accepted", "POST", "/shop/messages", right, []string{"read deadline", "body", "header", "write deadline", "status", "write"}},
		} {
			if tt.name == "accepted" && s.name == "receiver" {
				continue // it knows no tokens
			}
			w := &witness{ResponseWriter: httptest.NewRecorder(), body: strings.NewReader(s.body("a", 200))}
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, w)
			for name, value := range tt.header {
				r.Header.Set(name, value)
			}
			s.make(t, 0, 0).ServeHTTP(w, r)
			if diff := cmp.Diff(tt.want, w.did); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", s.name, tt.name, diff)
			}
		}
	}
}

// TestServersOwnDeadlines finds that a server's own time-outs stay where they are shorter.
func TestServersOwnDeadlines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		server *http.Server
		want   []string
	}{
		{"none", &http.Server{}, []string{"read deadline", "write deadline", "status"}},
		{"shorter", &http.Server{ReadTimeout: time.Second, WriteTimeout: time.Second}, []string{"status"}},
		{"longer to read", &http.Server{ReadTimeout: time.Hour}, []string{"read deadline", "write deadline", "status"}},
	} {
		w := &witness{ResponseWriter: httptest.NewRecorder()}
		ctx := context.WithValue(t.Context(), http.ServerContextKey, tt.server)
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", w)
		intake.Begin(w, r, intake.DefaultTimeout).WriteHeader(http.StatusOK)
		if diff := cmp.Diff(tt.want, w.did); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestSlowHandler finds that the deadline of reading cuts no handler that takes longer, with a body or without.
func TestSlowHandler(t *testing.T) {
	t.Parallel()
	var budget *intake.Budget
	addr := plain(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = intake.Begin(w, r, 100*time.Millisecond)
		if _, err := budget.Read(w, r, 100); err != nil {
			t.Error(err)
		}
		select {
		case <-r.Context().Done():
			t.Error("the deadline looked like a sender that hung up")
		case <-time.After(300 * time.Millisecond):
		}
	}))
	for _, body := range []string{"", "hello"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
}

// TestHTTP2 finds that on HTTP/2 a slow body and a refusal end their stream alone: what else the connection carries
// goes on.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	for _, s := range subjects {
		var connections atomic.Int32
		server := httptest.NewUnstartedServer(s.make(t, 300*time.Millisecond, 0))
		server.EnableHTTP2 = true
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		server.StartTLS()
		t.Cleanup(server.Close)
		ask := func(sign string, body io.Reader) int {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+s.path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			for line := range strings.SplitSeq(sign, "\r\n") {
				name, value, _ := strings.Cut(line, ": ")
				req.Header.Set(name, value)
			}
			resp, err := server.Client().Do(req)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			defer resp.Body.Close()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			if resp.ProtoMajor != 2 {
				t.Fatalf("%s: HTTP/%d", s.name, resp.ProtoMajor)
			}
			return resp.StatusCode
		}
		for _, tt := range []struct {
			name, sign string
			body       string
			endless    bool
			want       int
		}{
			{"refused, with a body without an end", stale(), "x", true, http.StatusUnauthorized},
			{"signed by its looks, with a body without an end", forged(), "x", true, http.StatusRequestTimeout},
			{"healthy", signature("m1", time.Now(), s.body("m1", 200)), s.body("m1", 200), false, s.status},
		} {
			var body io.Reader = strings.NewReader(tt.body)
			if tt.endless {
				silence, _ := io.Pipe()
				body = struct {
					io.Reader
					io.Closer
				}{io.MultiReader(body, silence), silence}
			}
			if got := ask(tt.sign, body); got != tt.want {
				t.Errorf("%s, %s: got %d, want %d", s.name, tt.name, got, tt.want)
			}
		}
		if got := connections.Load(); got != 1 {
			t.Errorf("%s: %d connections, want 1", s.name, got)
		}
	}
}

// pipes is a listener on which connections are pipes without any buffer.
type pipes struct {
	conns chan net.Conn
}

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// TestNobodyReads finds that a sender that does not read its answer is hung up on after ten seconds.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	for _, s := range subjects {
		body := s.body("m1", 200)
		for name, request := range map[string]func() string{ // made in the bubble, at its time
			"accepted": func() string {
				return head("POST", s.path, asJSON, length(len(body)), signature("m1", time.Now(), body)) + body
			},
			"refused":   func() string { return head("POST", s.path, asJSON, length(len(body))) + body },
			"to go on":  func() string { return head("POST", s.path, asJSON, length(len(body)), forged(), expect) },
			"not there": func() string { return head("GET", "/nobody") },
			"not POST":  func() string { return head("PUT", s.path, chunked) },
		} {
			synctest.Test(t, func(t *testing.T) {
				l := pipes{conns: make(chan net.Conn)}
				server := &http.Server{Handler: s.make(t, 0, 0)}
				go func() { _ = server.Serve(l) }()
				ours, theirs := net.Pipe()
				l.conns <- theirs
				if _, err := io.WriteString(ours, request()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(21 * time.Second) // ten for 100 Continue, and ten for what is answered then
				if n, err := ours.Read(make([]byte, 1)); n != 0 || err == nil {
					t.Errorf("%s, %s: still there after 21 s", s.name, name)
				}
				close(l.conns)
				_ = server.Close()
			})
		}
	}
}
