package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/usherchat/usher/webhook"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	client := newClient(t, webhook.Config{AllowHTTP: true, Transport: always(200)})
	tests := []struct {
		want string
		urls []string
	}{
		{"https://a.example", []string{
			"https://a.example", "https://a.example/", "https://A.Example/x?y", "https://a.example.:443/", "HTTPS://a.example:0443",
			"https://ａ.example/", "https://a。example/",
		}},
		{"https://a.example:8443", []string{"https://a.example:8443/", "https://A.example:08443/x"}},
		{"http://a.example", []string{"http://a.example/", "http://a.example:80/"}},
		{"http://a.example:443", []string{"http://a.example:443/"}},
		{"https://xn--bcher-kva.example", []string{
			"https://bücher.example/", "https://BÜCHER.example/", "https://bu\u0308cher.example/", "https://xn--bcher-kva.example",
			"https://b%C3%BCcher.example/",
		}},
		{"https://[2606:4700::1111]", []string{"https://[2606:4700::1111]/", "https://[2606:4700:0:0:0:0:0:1111]:443", "https://[2606:4700::0:1111]"}},
		{"https://9.9.9.9", []string{"https://9.9.9.9/", "https://[::ffff:9.9.9.9]/", "https://[::ffff:0909:909]"}},
	}
	for _, tt := range tests {
		for _, url := range tt.urls {
			endpoint := webhook.Endpoint{URL: url}
			for _, when := range []string{"before", "after"} {
				if got := client.State(endpoint).URL; got != tt.want {
					t.Errorf("%s, %s a post: got %s, want %s", url, when, got, tt.want)
				}
				if _, err := client.Post(t.Context(), endpoint, event("a")); err != nil {
					t.Errorf("%s: %v", url, err)
				}
			}
		}
	}
	if got := client.Endpoints(); got != len(tests) {
		t.Errorf("%d origins are remembered, want %d", got, len(tests))
	}
}

// TestOneOriginManyURLs is a tenant with many URLs on one host: all of them share
// its places, its rate and its breaker, and each keeps its own settings.
func TestOneOriginManyURLs(t *testing.T) {
	t.Parallel()
	url := func(i int) webhook.Endpoint {
		return webhook.Endpoint{
			URL: fmt.Sprintf("https://Host.example/%d", i), Header: http.Header{"X-Room": {strconv.Itoa(i)}},
		}
	}
	var mu sync.Mutex
	rooms := make(map[string]string)
	status := 200
	block, arrived := make(chan struct{}), make(chan struct{}, 100)
	client := newClient(t, webhook.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		rooms[r.URL.Path] = r.Header.Get("X-Room")
		code := status
		mu.Unlock()
		if r.URL.Host == "Host.example" {
			arrived <- struct{}{}
			<-block
		}
		return answer(code), nil
	})})
	var wg sync.WaitGroup
	for i := range webhook.DefaultMaxInFlight {
		wg.Go(func() {
			if _, err := client.Post(t.Context(), url(i), event(strconv.Itoa(i))); err != nil {
				t.Error(err)
			}
		})
		<-arrived
	}
	if _, err := client.Post(t.Context(), url(99), event("x")); !errors.Is(err, webhook.ErrOpen) {
		t.Errorf("a further URL of the host: got %v, want ErrOpen", err)
	}
	if _, err := client.Post(t.Context(), example, event("x")); err != nil {
		t.Errorf("another host: %v", err)
	}
	close(block)
	wg.Wait()
	for i := range webhook.DefaultMaxInFlight {
		if got := rooms[fmt.Sprint("/", i)]; got != strconv.Itoa(i) {
			t.Errorf("URL %d was sent the header of %q", i, got)
		}
	}
	status = 500
	for i := range 5 {
		_, _ = client.Post(t.Context(), url(i), event(fmt.Sprint("down", i))) // fails
	}
	if got := client.State(url(1000)).State; got != webhook.Open {
		t.Errorf("State: got %v, want open for every URL of the host", got)
	}
	if got := client.State(example).State; got != webhook.Healthy {
		t.Errorf("State of another host: got %v, want healthy", got)
	}
}

// TestPlacesBeyondTheTotal finds that an origin with nothing in flight is given a
// place when all are taken, and that MaxEndpoints bounds that.
func TestPlacesBeyondTheTotal(t *testing.T) {
	t.Parallel()
	block, arrived := make(chan struct{}), make(chan struct{}, 100)
	client := newClient(t, webhook.Config{
		MaxInFlight: 4, MaxInFlightTotal: 8, MaxEndpoints: 10,
		Transport: transport(func(*http.Request) (*http.Response, error) {
			arrived <- struct{}{}
			<-block
			return answer(200), nil
		}),
	})
	post := func(host string) error {
		_, err := client.Post(t.Context(), webhook.Endpoint{URL: "https://" + host + ".example/"}, event("a"))
		return err
	}
	var wg sync.WaitGroup
	held := func(host string) {
		wg.Go(func() {
			if err := post(host); err != nil {
				t.Error(err)
			}
		})
		<-arrived
	}
	for range 4 {
		held("greedy1")
		held("greedy2")
	}
	for i := range 8 {
		held(fmt.Sprint("small", i))
		if err := post(fmt.Sprint("small", i)); !errors.Is(err, webhook.ErrOpen) {
			t.Errorf("a second place beyond the total: got %v, want ErrOpen", err)
		}
	}
	if err := post("one-too-many"); !errors.Is(err, webhook.ErrOpen) {
		t.Errorf("an eleventh origin: got %v, want ErrOpen", err)
	}
	if got := client.Endpoints(); got != 10 {
		t.Errorf("%d origins are remembered, want 10", got)
	}
	close(block)
	wg.Wait()
	if err := post("one-too-many"); err != nil {
		t.Error(err)
	}
}
