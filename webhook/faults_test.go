package webhook_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// The bounds of these tests, short because they run in real time on real sockets.
const (
	faultTimeout = 2 * time.Second
	headTimeout  = time.Second
	tick         = 5 * time.Millisecond
	endless      = 1 << 40
)

// A fault is what an endpoint does, and what that has to come to. In each of
// them the endpoint behaves well afterwards and the next post has to work.
type faultTest struct {
	step      webhooktest.Step
	tls       webhooktest.TLS
	status    int
	permanent bool
	text      string // in the error; "" with a 2xx: delivered
	asked     time.Duration
	least     time.Duration // that it takes
}

var faultTests = []faultTest{
	{step: webhooktest.Status(500), status: 500, text: "answered 500"},
	{step: webhooktest.Status(400), status: 400, permanent: true, text: "answered 400"},
	{step: webhooktest.Status(204), status: 204},
	{step: webhooktest.Answer(200, "Content-Type: text/html", "<html>welcome</html>"), status: 200},
	{step: webhooktest.ResetBeforeHeader(), text: "connection reset"},
	{step: webhooktest.ResetAfterHeader(200), status: 200},
	{step: webhooktest.ResetAfterHeader(500), status: 500, text: "answered 500"},
	{step: webhooktest.CloseBeforeHeader(), text: "closed without an answer"},
	{step: webhooktest.CutHeader(), text: "malformed MIME header"},
	{step: webhooktest.CutBody(200), status: 200},
	{step: webhooktest.CutBody(503), status: 503, text: "answered 503"},
	{step: webhooktest.HalfClose(), text: "closed without an answer"},
	{step: webhooktest.Garbage(), text: "malformed HTTP"},
	{step: webhooktest.Silence(), text: "timed out", least: headTimeout},
	{step: webhooktest.DripHeader(tick), text: "timed out", least: headTimeout},
	{step: webhooktest.Drip(200, tick), status: 200, least: faultTimeout},
	{step: webhooktest.Drip(500, tick), status: 500, text: "answered 500", least: faultTimeout},
	{step: webhooktest.Slow(headTimeout/2, webhooktest.OK()), status: 204, least: headTimeout / 2},
	{step: webhooktest.HugeBody(200, endless), status: 200},
	{step: webhooktest.HugeBody(400, endless), status: 400, permanent: true, text: "answered 400"},
	{step: webhooktest.HugeHeader(64 << 10), text: "server response headers exceeded"},
	{step: webhooktest.HugeHeader(16 << 10), status: 200},
	{step: webhooktest.GzipBomb(64 << 20), status: 200},
	{step: webhooktest.Hints(3), status: 204},
	{step: webhooktest.Hints(10_000), text: "response headers exceeded"},
	{step: webhooktest.Redirect(301, "http://169.254.169.254/latest"), status: 301, text: "answered 301"},
	{step: webhooktest.Redirect(307, "http://169.254.169.254/latest"), status: 307, text: "answered 307"},
	{step: webhooktest.Redirect(308, "/elsewhere"), status: 308, text: "answered 308"},
	{step: webhooktest.Redirect(400, "::nonsense"), status: 400, permanent: true, text: "answered 400"},
	{step: webhooktest.RetryAfter(500, "7"), status: 500, text: "answered 500", asked: 7 * time.Second},
	{step: webhooktest.RetryAfter(500, "99999999999999999999"), status: 500, text: "answered 500", asked: time.Hour},
	{step: webhooktest.RetryAfter(500, "Fri, 31 Dec 9999 23:59:59 GMT"), status: 500, text: "answered 500", asked: time.Hour},
	{step: webhooktest.RetryAfter(500, "-1"), status: 500, text: "answered 500"},
	{step: webhooktest.OK(), tls: webhooktest.Trusted, status: 204},
	{step: webhooktest.ResetBeforeHeader(), tls: webhooktest.Trusted, text: "connection reset"},
	{step: webhooktest.HalfClose(), tls: webhooktest.Trusted, text: "closed without an answer"},
	{step: webhooktest.OK(), tls: webhooktest.Expired, text: "TLS: x509: certificate has expired"},
	{step: webhooktest.OK(), tls: webhooktest.WrongName, text: "TLS: x509: "},
	{step: webhooktest.OK(), tls: webhooktest.Unknown, text: "TLS: x509: certificate signed by unknown authority"},
	{step: webhooktest.OK(), tls: webhooktest.NoTLS, text: "tls: first record does not look like a TLS handshake"},
	{step: webhooktest.OK(), tls: webhooktest.Mute, text: "timed out", least: headTimeout},
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range faultTests {
		t.Run(strings.TrimSuffix(tt.step.String()+"/"+string(tt.tls), "/"), func(t *testing.T) {
			t.Parallel()
			e := webhooktest.Start(t, webhooktest.Config{TLS: tt.tls})
			read := new(atomic.Int64)
			config := e.Client()
			config.Timeout, config.HeaderTimeout = faultTimeout, headTimeout
			config.Wrap = func(next http.RoundTripper) http.RoundTripper { return counting{next, read} }
			client := newClient(t, config)
			if tt.tls == webhooktest.Plain { // on a connection that was used before, too
				if _, err := client.Post(t.Context(), e.Webhook(), event("before")); err != nil {
					t.Fatal(err)
				}
				client.CloseIdleConnections()
			}
			e.On("a", tt.step)
			start := time.Now()
			resp, err := client.Post(t.Context(), e.Webhook(), event("a"))
			took := time.Since(start)
			tt.check(t, resp, err)
			if took < tt.least-50*time.Millisecond || took > faultTimeout+3*time.Second {
				t.Errorf("took %v, want at least %v and not much more than %v", took, tt.least, faultTimeout)
			}
			if got := read.Load(); got > webhook.DefaultMaxResponse+1 || len(resp.Body) > 4<<10 {
				t.Errorf("read %d bytes and kept %d, want at most 64 KiB and 4 KiB", got, len(resp.Body))
			}
			if got := client.State(e.Webhook()).InFlight; got != 0 {
				t.Errorf("InFlight: got %d, want 0", got)
			}
			if tt.tls == webhooktest.Plain || tt.tls == webhooktest.Trusted {
				if _, err := client.Post(t.Context(), e.Webhook(), event("after")); err != nil {
					t.Errorf("the next post: %v", err)
				}
			}
		})
	}
}

func (tt faultTest) check(t *testing.T, resp webhook.Response, err error) {
	t.Helper()
	if resp.Status != tt.status || resp.Attempts != 1 {
		t.Errorf("got %+v, want one attempt with status %d", resp, tt.status)
	}
	if tt.text == "" {
		if err != nil {
			t.Errorf("got %v, want delivered", err)
		}
		return
	}
	e, ok := errors.AsType[*webhook.Error](err)
	if !ok || e.Permanent != tt.permanent || e.Status != tt.status || e.RetryAfter != tt.asked {
		t.Fatalf("got %#v, want status %d, permanent %v and RetryAfter %v", err, tt.status, tt.permanent, tt.asked)
	}
	if !strings.Contains(err.Error(), tt.text) || len(err.Error()) > 500 {
		t.Errorf("got %q, want %q in it", err, tt.text)
	}
	if strings.Contains(strings.TrimPrefix(err.Error(), "webhook: post "+e.URL), "127.0.0.1:") {
		t.Errorf("the cause names an address: %v", err)
	}
}

// counting counts the bytes of answers' bodies.
type counting struct {
	next http.RoundTripper
	read *atomic.Int64
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err == nil && resp.Body != http.NoBody {
		resp.Body = countingBody{resp.Body, c.read}
	}
	return resp, err
}

type countingBody struct {
	io.ReadCloser
	read *atomic.Int64
}

func (b countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	return n, err
}

// TestConnectionsAreKept finds that well-behaved answers leave the connection to
// the next post, and huge ones do not.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		step  webhooktest.Step
		conns int
	}{
		{"empty", webhooktest.Status(204), 1},
		{"short", webhooktest.Answer(200, "", "ok"), 1},
		{"60 KiB", webhooktest.HugeBody(200, 60<<10), 1},
		{"endless", webhooktest.HugeBody(200, endless), 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := webhooktest.Start(t, webhooktest.Config{})
			client := newClient(t, e.Client())
			e.Script(tt.step, tt.step, tt.step)
			for range 3 {
				if _, err := client.Post(t.Context(), e.Webhook(), event("a")); err != nil {
					t.Fatal(err)
				}
			}
			remotes := make(map[string]bool)
			for _, r := range e.Requests() {
				remotes[r.RemoteAddr] = true
			}
			if len(remotes) != tt.conns {
				t.Errorf("connections: got %d, want %d", len(remotes), tt.conns)
			}
		})
	}
}

// TestTimeoutsAreReal finds that exchanges end in real time, whatever the clock
// of the signatures says.
func TestTimeoutsAreReal(t *testing.T) {
	t.Parallel()
	const header = 400 * time.Millisecond
	for _, year := range []int{1970, 2300} {
		c := clock.NewMock()
		c.Set(time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC))
		e := webhooktest.Start(t, webhooktest.Config{Clock: c, Secrets: []webhook.Secret{webhook.NewSecret()}})
		e.Script(webhooktest.OK(), webhooktest.Slow(header/4, webhooktest.OK()), webhooktest.Silence())
		config := e.Client()
		config.Clock, config.HeaderTimeout = c, header
		client := newClient(t, config)
		for i, delivered := range []bool{true, true, false} {
			start := time.Now()
			resp, err := client.Post(t.Context(), e.Webhook(), event(strconv.Itoa(i)))
			if (err == nil) != delivered || time.Since(start) > 5*time.Second {
				t.Errorf("%d, request %d: got %v after %v, want delivered %v", year, i, err, time.Since(start), delivered)
			}
			if resp.Took != 0 {
				t.Errorf("%d: Took is %v by a clock that stands", year, resp.Took)
			}
			time.Sleep(header * 9 / 20) // so that the timer of one fires during another
		}
		e.AssertSigned(t)
	}
}
