package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// BenchmarkPost posts signed events of 500 bytes and compares with a bare net/http
// client, its pool as large as ours, that posts the same bytes to the same server. The two take
// turns within one run, so that whatever else the machine does meets both;
// x-bare is the median of the turns' ratios (1 is as fast, more is faster).
func BenchmarkPost(b *testing.B) {
	for _, concurrent := range []int{16, 64} {
		b.Run(fmt.Sprintf("concurrent=%d", concurrent), func(b *testing.B) {
			url := startBare(b)
			config := loopback()
			config.Rate, config.MaxInFlight = -1, concurrent
			client := newClient(b, config)
			endpoint := webhook.Endpoint{URL: url, Secrets: []webhook.Secret{webhook.NewSecret()}}
			event := webhook.Event{
				ID: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", Type: "message", Time: time.Now(),
				Data: json.RawMessage(`{"text":"` + strings.Repeat("x", 420) + `"}`),
			}
			ours := func(ctx context.Context) error {
				_, err := client.Post(ctx, endpoint, event)
				return err
			}
			bare := newBarePoster(url, endpoint.Secrets[0], event, concurrent)
			_, _ = turn(b, concurrent, 20, ours), turn(b, concurrent, 20, bare) // connect

			var ratios []float64
			var inOurs, inBare time.Duration
			var allocs, bareAllocs, posts uint64
			b.ReportAllocs()
			for b.Loop() {
				before := mallocs()
				bareTook := turn(b, concurrent, each, bare)
				between := mallocs()
				oursTook := turn(b, concurrent, each, ours)
				allocs += mallocs() - between
				bareAllocs += between - before
				posts += uint64(concurrent * each)
				inOurs += oursTook
				inBare += bareTook
				ratios = append(ratios, float64(bareTook)/float64(oursTook))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "x-bare")
			b.ReportMetric(float64(inOurs.Nanoseconds())/float64(posts), "ns/post")
			b.ReportMetric(float64(inBare.Nanoseconds())/float64(posts), "ns/bare")
			b.ReportMetric(float64(allocs)/float64(posts), "allocs/post")
			b.ReportMetric(float64(bareAllocs)/float64(posts), "allocs/bare")
		})
	}
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// turn has each of the workers post n times and returns how long that took.
func turn(b *testing.B, workers, n int, post func(context.Context) error) time.Duration {
	b.Helper()
	ctx := b.Context()
	start := time.Now()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range n {
				if err := post(ctx); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// newBarePoster posts the bytes and headers of one signed event over and over.
func newBarePoster(url string, secret webhook.Secret, ev webhook.Event, concurrent int) func(context.Context) error {
	body, err := json.Marshal(ev)
	if err != nil {
		panic(err)
	}
	now := time.Now()
	header := http.Header{
		"Content-Type":      {"application/json"},
		"User-Agent":        {webhook.DefaultUserAgent},
		"Webhook-Id":        {ev.ID},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		"Webhook-Signature": {webhook.Sign(secret, ev.ID, now, body)},
	}
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConns: concurrent, MaxIdleConnsPerHost: concurrent, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
	}}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header = header
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}
