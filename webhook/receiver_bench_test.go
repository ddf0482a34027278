package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// each is how many requests a connection sends in a turn.
const each = 40

// BenchmarkReceiver serves signed events of 500 bytes, each with an id of its
// own, and compares with a bare handler that decodes the same JSON. The two take
// turns; x-bare is the median of the turns' ratios.
func BenchmarkReceiver(b *testing.B) {
	secret := webhook.NewSecret()
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle:  func(context.Context, webhook.Event) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ev webhook.Event
		if err := json.NewDecoder(r.Body).Decode(&ev); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	for _, concurrent := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("concurrent=%d", concurrent), func(b *testing.B) {
			ours := newLoad(b, receiver, concurrent, secret)
			floor := newLoad(b, bare, concurrent, secret)
			_, _ = ours.turn(b), floor.turn(b)
			var ratios []float64
			var inOurs, inBare time.Duration
			var allocs, bareAllocs, requests uint64
			for b.Loop() {
				ours.sign()
				floor.sign()
				before := mallocs()
				bareTook := floor.turn(b)
				between := mallocs()
				oursTook := ours.turn(b)
				allocs += mallocs() - between
				bareAllocs += between - before
				requests += uint64(concurrent * each)
				inOurs += oursTook
				inBare += bareTook
				ratios = append(ratios, float64(bareTook)/float64(oursTook))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "x-bare")
			b.ReportMetric(float64(inOurs.Nanoseconds())/float64(requests), "ns/request")
			b.ReportMetric(float64(inBare.Nanoseconds())/float64(requests), "ns/bare")
			b.ReportMetric(float64(allocs)/float64(requests), "allocs/request")
			b.ReportMetric(float64(bareAllocs)/float64(requests), "allocs/bare")
		})
	}
}

// A load sends ready-made requests over plain connections and allocates nothing,
// so that what is measured is the server's.
type load struct {
	secret  webhook.Secret
	conns   []net.Conn
	readers []*bufio.Reader
	ready   [][][]byte // requests, by connection
	serial  int
}

func newLoad(b *testing.B, h http.Handler, concurrent int, secret webhook.Secret) *load {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	l := &load{secret: secret, ready: make([][][]byte, concurrent)}
	for range concurrent {
		conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		l.conns = append(l.conns, conn)
		l.readers = append(l.readers, bufio.NewReader(conn))
	}
	l.sign()
	return l
}

// sign prepares new requests for each connection.
func (l *load) sign() {
	now := time.Now()
	for i := range l.ready {
		l.ready[i] = l.ready[i][:0]
		for range each {
			l.serial++
			id := "msg_2KWPBgLlAfxdpx2AI54p" + strconv.Itoa(1_000_000+l.serial)
			body, err := json.Marshal(webhook.Event{
				ID: id, Type: "message", Time: now, Data: json.RawMessage(`{"text":"` + strings.Repeat("x", 420) + `"}`),
			})
			if err != nil {
				panic(err)
			}
			var request bytes.Buffer
			fmt.Fprintf(&request, "POST /hook HTTP/1.1\r\nHost: source.example\r\nUser-Agent: %s\r\nContent-Length: %d\r\n"+
				"Content-Type: application/json\r\nWebhook-Id: %s\r\nWebhook-Timestamp: %d\r\nWebhook-Signature: %s\r\n\r\n%s",
				webhook.DefaultUserAgent, len(body), id, now.Unix(), webhook.Sign(l.secret, id, now, body), body)
			l.ready[i] = append(l.ready[i], request.Bytes())
		}
	}
}

// turn has each connection send its requests and returns how long that took.
func (l *load) turn(b *testing.B) time.Duration {
	b.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for i, conn := range l.conns {
		wg.Go(func() {
			for _, request := range l.ready[i] {
				if _, err := conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				if err := readNoContent(l.readers[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// readNoContent reads an answer without a body.
func readNoContent(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 204")) {
		return fmt.Errorf("answered %s%w", line, io.ErrUnexpectedEOF)
	}
	for len(line) > 2 {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
	}
	return nil
}
