package interop_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// away is how far the endpoint is, one way.
const away = 60 * time.Millisecond

// TestNodeClosesWhatIsKept posts just when a Node.js server closes the kept
// connections: the request is under way when the server's end of them is. All are
// delivered by their one attempt.
func TestNodeClosesWhatIsKept(t *testing.T) {
	t.Parallel()
	address := startNode(t)
	var sent atomic.Int64
	client, err := webhook.NewClient(webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Wrap: func(next http.RoundTripper) http.RoundTripper { return counter{next, &sent} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	endpoint := webhook.Endpoint{URL: "http://" + distant(t, address)}
	wave := func(name string) {
		var wg sync.WaitGroup
		for i := range webhook.DefaultMaxInFlight {
			wg.Go(func() {
				resp, err := client.Post(t.Context(), endpoint, webhook.Event{ID: fmt.Sprint(name, i), Type: "message"})
				if err != nil || resp.Attempts != 1 {
					t.Errorf("%s %d: got %+v, %v, want delivered by one attempt", name, i, resp, err)
				}
			})
		}
		wg.Wait()
	}
	closed := make(chan error, 1)
	go func() { closed <- untilClosed(address) }()
	wave("first")
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	wave("second")
	posts := int64(2 * webhook.DefaultMaxInFlight)
	t.Logf("%d posts, %d requests", posts, sent.Load())
	if sent.Load() == posts {
		t.Error("no post met a closed connection: this test is about nothing")
	}
}

// A counter counts what goes to the transport.
type counter struct {
	next http.RoundTripper
	sent *atomic.Int64
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.next.RoundTrip(r)
}

// untilClosed makes a request of its own when those under way have come to the
// server, without their way, and waits until the server closes that connection:
// it closes theirs at this moment, and the client cannot know yet.
func untilClosed(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	<-time.After(away)
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n\r\n"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// startNode runs the endpoint, or skips the test loudly, and returns its address.
func startNode(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		give := t.Skipf
		if os.Getenv("CI") == "true" {
			give = t.Fatalf
		}
		give("NOT TESTED against Node.js: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "keepalive.mjs")
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	var port int
	if _, err := fmt.Fscan(stdout, &port); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// distant returns an address at which the given one is found, as far away as said.
func distant(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", address)
			if err != nil {
				_ = near.Close()
				continue
			}
			wg.Go(func() { carry(near, far) })
			wg.Go(func() { carry(far, near) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait() // the client and the server close their ends
	})
	return listener.Addr().String()
}

// carry copies what comes, and the end, each so much later.
func carry(to, from net.Conn) {
	type piece struct {
		at   time.Time
		data []byte
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			pieces <- piece{time.Now().Add(away), b[:n]}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		<-time.After(time.Until(p.at))
		if len(p.data) > 0 {
			_, _ = to.Write(p.data) // to whom has gone it is not sent
		}
	}
	_ = to.Close()
}
