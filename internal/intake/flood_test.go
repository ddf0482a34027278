package intake_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a flood of senders without credentials may cost.
const (
	attackers  = 1000
	mostGrowth = 64 << 20
	mostTime   = 15 * time.Second
	dripEvery  = 200 * time.Millisecond
)

// An attack is what one sender does: it sends the head and the burst, then the drip every now and then, for as long as
// somebody listens.
type attack struct {
	name, head, burst, drip string
}

// attacks are those on a subject, slow and large, in turns.
func attacks(s subject) []attack {
	large := strings.Repeat("x", 599_999)
	nearly := strings.Repeat("x", s.limit-1000)
	piece := strings.Repeat("8000\r\n"+strings.Repeat("x", 0x8000)+"\r\n", 18) // some 600 kB
	post := func(lines ...string) string { return head("POST", s.path, append(lines, asJSON)...) }
	return []attack{
		{"signed by its looks, then silence", post(forged(), length(200_000)), "", ""},
		{"signed by its looks, a byte now and then", post(forged(), length(200_000)), "", "x"},
		{"signed by its looks, a small chunk now and then", post(forged(), chunked), "", "1\r\nx\r\n"},
		{"signed by its looks, 600 kB less a byte", post(forged(), length(600_000)), large, ""},
		{"signed by its looks, as large as may be, less the end", post(forged(), length(s.limit)), nearly, "x"},
		{"signed by its looks, 600 kB in chunks without an end", post(forged(), chunked), piece, "1\r\nx\r\n"},
		{"signed by its looks, waits to be asked and then sends nothing", post(forged(), length(200_000), expect), "", ""},
		{"signed an hour ago, 600 kB", post(stale(), length(600_000)), large, ""},
		{"without credentials, a byte now and then", post(length(200_000)), "", "x"},
		{"without credentials, 600 kB", post(length(600_000)), large, ""},
		{"without credentials, a small chunk now and then", post(chunked), "", "1\r\nx\r\n"},
		{"without credentials, waits to be asked", post(length(200_000), expect), "", "x"},
		{"not POST", head("PUT", s.path, length(200_000)), "", "x"},
		{"another path", head("POST", "/nobody/messages", chunked), "", "1\r\nx\r\n"},
		{"not JSON", head("POST", s.path, asText, forged(), chunked), piece, "1\r\nx\r\n"},
	}
}

// TestFlood lets a thousand senders without credentials loose on a plain server without time-outs: its memory grows by
// at most 64 MB, all are hung up on within 15 s, and senders with credentials are answered all the while.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds of real time for each subject")
	}
	t.Parallel()
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flood(t, s)
		})
	}
}

func flood(t *testing.T, s subject) {
	t.Helper()
	server := start(t, s)
	well := newHealthy(s, server.addr)
	for range 50 {
		well.send(t)
	}
	before := server.memory()
	kinds := attacks(s)
	ended := make([]time.Duration, attackers)
	var all sync.WaitGroup
	begun := time.Now()
	for i := range attackers {
		all.Go(func() { ended[i] = kinds[i%len(kinds)].run(t, server.addr) })
	}
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	most := before
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for on := true; on; {
		select {
		case <-over:
			on = false
		case <-tick.C:
			well.send(t)
		}
		most = max(most, server.memory())
	}
	longest := slices.Max(ended)
	t.Logf("%s: %d senders ended within %v, the last %v after the first began; memory grew from %d MB by %d MB; %d healthy requests, slowest %v, %d of the large ones told to come again",
		s.name, attackers, longest.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond), before>>20, (most-before)>>20,
		well.sent, well.slowest.Round(time.Millisecond), well.again)
	if longest > mostTime {
		t.Errorf("a sender was hung up on after %v, want at most %v", longest, mostTime)
	}
	if grown := most - before; grown > mostGrowth && !race() {
		t.Errorf("memory grew by %d MB, want at most %d", grown>>20, mostGrowth>>20)
	}
}

// run attacks and returns after how long the server hung up.
func (a attack) run(t *testing.T, addr string) time.Duration {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = conn.Close() }()
	begun := time.Now()
	_ = conn.SetDeadline(begun.Add(2 * mostTime))
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, err := io.Copy(io.Discard, conn)
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			t.Errorf("%s: still open after %v", a.name, time.Since(begun))
		}
	}()
	tick := time.NewTicker(dripEvery)
	defer tick.Stop()
	_, err = io.WriteString(conn, a.head+a.burst)
	for err == nil {
		select {
		case <-over:
			return time.Since(begun)
		case <-tick.C:
			_, err = io.WriteString(conn, a.drip)
		}
	}
	<-over
	return time.Since(begun)
}

// A healthy sender has credentials and sends at once.
type healthy struct {
	subject subject
	addr    string
	client  http.Client
	sent    int
	again   int
	slowest time.Duration
}

func newHealthy(s subject, addr string) *healthy {
	return &healthy{subject: s, addr: addr, client: http.Client{Timeout: 10 * time.Second}}
}

// send sends a message with a token where there is one, a signed one, and a large signed one. The large one comes again
// when it is told to, as every sender does.
func (h *healthy) send(t *testing.T) {
	t.Helper()
	id := "m" + strconv.Itoa(h.sent)
	h.sent += 3
	for i, sign := range []bool{h.subject.name == "receiver", true} {
		if got := h.post(t, id+"-"+strconv.Itoa(i), 300, sign); got != h.subject.status {
			t.Errorf("a healthy sender, signed: %v: got %d, want %d", sign, got, h.subject.status)
		}
	}
	got := 0
	for range 5 {
		if got = h.post(t, id+"-large", 100_000, true); got != http.StatusServiceUnavailable {
			break
		}
		h.again++
	}
	if got != h.subject.status {
		t.Errorf("a healthy sender of 100 kB: got %d, want %d", got, h.subject.status)
	}
}

func (h *healthy) post(t *testing.T, id string, size int, sign bool) int {
	t.Helper()
	body := h.subject.body(id, size)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+h.subject.path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if sign {
		for line := range strings.SplitSeq(signature(id, time.Now(), body), "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			req.Header.Set(name, value)
		}
	} else {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	begun := time.Now()
	resp, err := h.client.Do(req)
	if err != nil {
		t.Errorf("a healthy sender: %v", err)
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	h.slowest = max(h.slowest, time.Since(begun))
	return resp.StatusCode
}

// race tells whether the race detector, which multiplies memory, is in this program.
func race() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}
