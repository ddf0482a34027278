package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/webhook"
)

// A transport answers in memory.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer makes a response; headers are "Name: value".
func answer(status int, headers ...string) *http.Response {
	h := make(http.Header)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: http.NoBody}
}

// always answers everything alike.
func always(status int, headers ...string) transport {
	return func(*http.Request) (*http.Response, error) { return answer(status, headers...), nil }
}

var example = webhook.Endpoint{URL: "https://user.example/hook?token=t0k3n"}

func event(id string) webhook.Event { return webhook.Event{ID: id, Type: "message"} }

func TestStatus(t *testing.T) {
	t.Parallel()
	delivered := []int{200, 201, 202, 204, 206, 299}
	retried := []int{
		300, 301, 302, 303, 304, 307, 308, 401, 403, 404, 408, 409, 421, 423, 425, 429,
		500, 501, 502, 503, 504, 511, 520, 599, 600, 999,
	}
	permanent := []int{400, 402, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 418, 422, 424, 426, 428, 431, 451, 499}
	post := func(status int, headers ...string) (webhook.Response, error) {
		client := newClient(t, webhook.Config{Transport: always(status, headers...)})
		return client.Post(t.Context(), example, event("a"))
	}
	for _, status := range delivered {
		if resp, err := post(status); err != nil || resp.Status != status || resp.Attempts != 1 {
			t.Errorf("%d: got %+v, %v, want delivered", status, resp, err)
		}
	}
	check := func(status int, err error, permanent bool) {
		t.Helper()
		e, ok := errors.AsType[*webhook.Error](err)
		if !ok {
			t.Fatalf("%d: got %v, want *Error", status, err)
		}
		if e.Op != "post" || e.Status != status || e.Permanent != permanent || e.URL != "https://user.example/hook" || e.Deferred() {
			t.Errorf("%d: got %+v, want permanent %v", status, e, permanent)
		}
		if !strings.Contains(err.Error(), strconv.Itoa(status)) || strings.Contains(err.Error(), "t0k3n") {
			t.Errorf("%d: got %q", status, err)
		}
		if _, again := (webhook.Retry{}).Next(1, err); again == permanent {
			t.Errorf("%d: Next: got %v, want %v", status, again, !permanent)
		}
	}
	for _, status := range retried {
		_, err := post(status)
		check(status, err, false)
	}
	for _, status := range permanent {
		_, err := post(status, "Retry-After: 7")
		check(status, err, true)
		if e, _ := errors.AsType[*webhook.Error](err); e.RetryAfter != 0 {
			t.Errorf("%d: permanent, and RetryAfter is %v", status, e.RetryAfter)
		}
	}
	_, err := post(503, "Webhook-Delivery: abort-message")
	check(503, err, true)
	_, err = post(503, "Webhook-Delivery: go on")
	check(503, err, false)
	if _, err := post(200, "Webhook-Delivery: abort-message"); err != nil {
		t.Errorf("200 with abort-message: got %v, want delivered", err)
	}
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"", 0},
		{"0", 0},
		{"1", time.Second},
		{"0001", time.Second},
		{" 30 ", 30 * time.Second},
		{"3600", time.Hour},
		{"3601", time.Hour},
		{"9999", time.Hour},
		{"99999999999999999999999999999", time.Hour},
		{"9223372036854775807", time.Hour},
		{"18446744074", time.Hour}, // seconds that overflow to little
		{"-1", 0},
		{"+1", 0},
		{"1.5", 0},
		{"1e3", 0},
		{"0x10", 0},
		{"soon", 0},
		{"Sun, 22 Nov 2026 10:00:30 GMT", 30 * time.Second},  // IMF-fixdate
		{"Sunday, 22-Nov-26 10:00:30 GMT", 30 * time.Second}, // RFC 850
		{"Sun Nov 22 10:00:30 2026", 30 * time.Second},       // asctime
		{"Sun, 22 Nov 2026 09:59:30 GMT", 0},
		{"Mon, 01 Jan 0001 00:00:00 GMT", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", time.Hour},
		{"2026-11-22T10:00:30Z", 0}, // not a date of HTTP
	}
	for _, tt := range tests {
		if got := webhook.RetryAfter(tt.value, now); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.value, got, tt.want)
		}
	}
}

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom\x1b[31m\u202e" + strings.Repeat("x", 10_000))
	tests := []struct {
		name string
		rt   transport
		is   error
	}{
		{"an error", func(*http.Request) (*http.Response, error) { return nil, boom }, boom},
		{"neither", func(*http.Request) (*http.Response, error) { return nil, nil }, nil},
		{"no body", func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: http.StatusOK}, nil }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, webhook.Config{Transport: tt.rt})
			_, err := client.Post(t.Context(), example, event("a"))
			e, ok := errors.AsType[*webhook.Error](err)
			if !ok || e.Permanent || e.Status != 0 || tt.is != nil && !errors.Is(err, tt.is) {
				t.Fatalf("got %#v, want a fault to try again", err)
			}
			if len(err.Error()) > 1000 || strings.ContainsAny(err.Error(), "\x1b\u202e") {
				t.Errorf("the text is not clean: %q", err)
			}
		})
	}
}

// TestUnsendable finds each fault before anything is sent.
func TestUnsendable(t *testing.T) {
	t.Parallel()
	sent := false
	client := newClient(t, webhook.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
		sent = true
		return answer(200), nil
	})})
	now := time.Now()
	tests := []struct {
		name  string
		event webhook.Event
		want  string
		is    error
	}{
		{"no id", webhook.Event{Type: "x"}, "id: ", nil},
		{"a dot in the id", webhook.Event{ID: "a.b", Type: "x"}, "id: ", nil},
		{"a line break in the id", webhook.Event{ID: "a\r\nX: y", Type: "x"}, "id: ", nil},
		{"long id", webhook.Event{ID: strings.Repeat("a", 129), Type: "x"}, "id: ", nil},
		{"no type", webhook.Event{ID: "a"}, "type: ", nil},
		{"type that is no text", webhook.Event{ID: "a", Type: "\xff"}, "type: ", nil},
		{"long type", webhook.Event{ID: "a", Type: strings.Repeat("a", 129)}, "type: ", nil},
		{"year 10000", webhook.Event{ID: "a", Type: "x", Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "time: ", nil},
		{"broken data", webhook.Event{ID: "a", Type: "x", Data: []byte(`{"a":`)}, "is not JSON", nil},
		{"data with a name twice", webhook.Event{ID: "a", Type: "x", Data: []byte(`{"b":[{"a":1,"a":1}]}`)}, "data.b[0].a: is there twice", nil},
		{"data with a byte-order mark", webhook.Event{ID: "a", Type: "x", Data: []byte("\ufeff1")}, "data: is not JSON", nil},
		{"data that is not UTF-8", webhook.Event{ID: "a", Type: "x", Data: []byte("\"\xff\"")}, "data: is not UTF-8", nil},
		{"data that forges the envelope", webhook.Event{ID: "a", Type: "x", Data: []byte(`1,"type":"y"`)}, "is not JSON", nil},
		{"large data", webhook.Event{ID: "a", Type: "x", Data: []byte(`"` + strings.Repeat("a", webhook.MaxBody) + `"`)}, "data: body too large", webhook.ErrTooLarge},
		{"too old", webhook.Event{ID: "a", Type: "x", Time: now.Add(-73 * time.Hour)}, "attempts exhausted: the event is 73h", webhook.ErrExhausted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp, err := client.Post(t.Context(), example, tt.event)
			e, ok := errors.AsType[*webhook.Error](err)
			if !ok || !e.Permanent || e.Status != 0 || resp.Attempts != 0 {
				t.Fatalf("got %+v, %#v, want a permanent fault without an attempt", resp, err)
			}
			if !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %q and %v", err, tt.want, tt.is)
			}
		})
	}
	t.Cleanup(func() {
		if sent {
			t.Error("something was sent")
		}
	})
}

// TestLargestBody finds that the limit is exact, in both directions.
func TestLargestBody(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	envelope := len(`{"type":"x","timestamp":"2026-11-22T10:00:00Z","data":}`)
	for _, over := range []int{0, 1} {
		data := `"` + strings.Repeat("a", webhook.MaxBody-envelope-2+over) + `"`
		ev := webhook.Event{ID: "a", Type: "x", Time: at, Data: []byte(data)}
		if got := ev.Validate(); errors.Is(got, webhook.ErrTooLarge) != (over > 0) {
			t.Errorf("%d over: Validate: got %v", over, got)
		}
	}
	mock := clock.NewMock()
	mock.Set(at)
	var size int
	client := newClient(t, webhook.Config{Clock: mock, Transport: transport(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		size = len(body)
		return answer(200), err
	})})
	_, err := client.Post(t.Context(), example, webhook.Event{
		ID: "a", Type: "x", Time: at, Data: []byte(`"` + strings.Repeat("a", webhook.MaxBody-envelope-2) + `"`),
	})
	if err != nil || size != webhook.MaxBody {
		t.Errorf("the largest event: got %d bytes, %v, want %d", size, err, webhook.MaxBody)
	}
}

// TestCallersContext finds that what the caller ends costs no attempt and does
// not count against the endpoint.
func TestCallersContext(t *testing.T) {
	t.Parallel()
	client := newClient(t, webhook.Config{
		Breaker: webhook.Breaker{Failures: 1},
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}),
	})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	for _, id := range []string{"during", "before"} {
		_, err := client.Post(ctx, example, event(id))
		e, ok := errors.AsType[*webhook.Error](err)
		if !ok || e.Permanent || !e.Deferred() || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %#v, want a deferral by context.Canceled", id, err)
		}
		if d, again := client.Retry().Next(1, err); d != 0 || !again {
			t.Errorf("%s: Next: got %v, %v, want at once", id, d, again)
		}
	}
	why := errors.New("why")
	causing, cause := context.WithCancelCause(t.Context())
	cause(why)
	if _, err := client.Post(causing, example, event("cause")); !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
		t.Errorf("with a cause: got %v, want both the cause and Canceled", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := client.Post(ctx, example, event("deadline")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's deadline: got %v, want DeadlineExceeded", err)
	}
	if got := client.State(example).State; got != webhook.Healthy {
		t.Errorf("State: got %v, want healthy", got)
	}
}

// TestPanic finds that a round tripper's panic reaches the caller and keeps no
// place in flight.
func TestPanic(t *testing.T) {
	t.Parallel()
	client := newClient(t, webhook.Config{Transport: transport(func(*http.Request) (*http.Response, error) { panic("boom") })})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = client.Post(t.Context(), example, event("a"))
	}()
	if got := client.State(example).InFlight; got != 0 {
		t.Errorf("InFlight: got %d, want 0", got)
	}
}
