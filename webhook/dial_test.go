package webhook_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/usherchat/usher/webhook"
)

// trap listens on the loopback and counts who comes. These tests refuse no other
// addresses than the loopback's, so that a fault can send nothing anywhere.
func trap(t *testing.T) (port string, visits *atomic.Int32) {
	t.Helper()
	visits = new(atomic.Int32)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", ":0") // all of 127.0.0.0/8 and ::1
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler: http.NotFoundHandler(),
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				visits.Add(1)
			}
		},
	}}
	server.Start()
	t.Cleanup(server.Close)
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, visits
}

// TestNothingRefusedIsDialled posts and challenges to this machine by every
// disguise and finds that not one connection was made.
func TestNothingRefusedIsDialled(t *testing.T) {
	t.Parallel()
	port, visits := trap(t)
	var lookups atomic.Int32
	client := newClient(t, webhook.Config{
		AllowHTTP: true, Rate: -1,
		Resolver: fakeResolver(&lookups, func(name string) []string {
			switch {
			case strings.HasPrefix(name, "six"):
				return []string{"::1"}
			case strings.HasPrefix(name, "both"):
				return []string{"127.0.0.1", "::1", "127.9.9.9"}
			case strings.HasPrefix(name, "mapped"):
				return []string{"::ffff:127.0.0.1"}
			default:
				return []string{"127.0.0.1"}
			}
		}),
	})
	tests := []struct {
		host      string
		permanent bool // known before anything is looked up
	}{
		{"127.0.0.1", true},
		{"127.8.8.8", true},
		{"0.0.0.0", true},
		{"[::]", true},
		{"[::1]", true},
		{"[::1%25lo]", true},
		{"[::ffff:127.0.0.1]", true},
		{"[::ffff:127.0.0.1%25lo]", true},
		{"[64:ff9b::7f00:1]", true},
		{"localhost", true},
		{"LocalHost", true},
		{"localhost.", true},
		{"a.localhost", true},
		{"127.0.0.1.", true},
		{"four.example", false},
		{"six.example", false},
		{"both.example", false},
		{"mapped.example", false},
		{"①②⑦.⓪.⓪.①", false},
		{"127。0。0。1", false},
		{"１２７.0.0.1", true},
		{"ｌｏｃａｌｈｏｓｔ", false},
		{"2130706433", true},
		{"0x7f.1", true},
		{"0177.0.0.1", true},
		{"127.1", true},
	}
	for i, tt := range tests {
		endpoint := webhook.Endpoint{URL: "http://" + tt.host + ":" + port + "/"}
		_, err := client.Post(t.Context(), endpoint, webhook.Event{ID: strings.Repeat("a", i+1), Type: "x"})
		if !errors.Is(err, webhook.ErrBlocked) {
			t.Errorf("%s: got %v, want ErrBlocked", tt.host, err)
		}
		if e, ok := errors.AsType[*webhook.Error](err); !ok || e.Permanent != tt.permanent {
			t.Errorf("%s: got %+v, want permanent %v", tt.host, e, tt.permanent)
		}
		err = client.Challenge(t.Context(), endpoint)
		if !errors.Is(err, webhook.ErrBlocked) || errors.Is(err, webhook.ErrChallenge) == tt.permanent {
			t.Errorf("%s: challenge: got %v, want ErrBlocked, with ErrChallenge: %v", tt.host, err, !tt.permanent)
		}
	}
	if got := visits.Load(); got != 0 {
		t.Errorf("%d connections were made", got)
	}
	if lookups.Load() == 0 {
		t.Error("the fake resolver was never asked")
	}
}

// TestRebinding has a name move to a refused address after it was good once.
func TestRebinding(t *testing.T) {
	t.Parallel()
	port, visits := trap(t)
	var moved atomic.Bool
	var lookups atomic.Int32
	client := newClient(t, webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Resolver: fakeResolver(&lookups, func(string) []string {
			if moved.Load() {
				return []string{"127.0.0.2"}
			}
			return []string{"127.0.0.2", "127.0.0.1"} // the refused one is passed over
		}),
	})
	endpoint := webhook.Endpoint{URL: "http://moving.example:" + port + "/"}
	resp, err := client.Post(t.Context(), endpoint, webhook.Event{ID: "a", Type: "x"})
	if resp.Status != http.StatusNotFound {
		t.Fatalf("before: got %v, %v, want 404", resp.Status, err)
	}
	moved.Store(true)
	client.CloseIdleConnections()
	_, err = client.Post(t.Context(), endpoint, webhook.Event{ID: "a", Type: "x"})
	if !errors.Is(err, webhook.ErrBlocked) {
		t.Errorf("after: got %v, want ErrBlocked", err)
	}
	if strings.Contains(err.Error(), "127.0.0.2") {
		t.Errorf("the error names the address behind the name: %v", err)
	}
	if got := visits.Load(); got != 1 {
		t.Errorf("connections: got %d, want 1", got)
	}
}

// TestNoProxy shows that the environment's proxy is not used: the check would see
// its address and not the endpoint's.
func TestNoProxy(t *testing.T) {
	port, visits := trap(t)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("http_proxy", "http://127.0.0.1:"+port)
	var lookups atomic.Int32
	client := newClient(t, webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Resolver: fakeResolver(&lookups, func(string) []string { return []string{"127.0.0.2"} }),
	})
	_, err := client.Post(t.Context(), webhook.Endpoint{URL: "http://proxied.example/"}, webhook.Event{ID: "a", Type: "x"})
	if !errors.Is(err, webhook.ErrBlocked) || visits.Load() != 0 {
		t.Errorf("got %v with %d connections to the proxy, want ErrBlocked and none", err, visits.Load())
	}
}
