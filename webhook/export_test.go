package webhook

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// What the tests look at from outside.

// CheckAddress is the judgement of every dial.
func CheckAddress(allow []netip.Prefix, a netip.Addr) error {
	g, err := newGuard(allow)
	if err != nil {
		return err
	}
	return g.check(a)
}

// Control is the dialer's own check, with the text that the dialer gives it.
func Control(allow []netip.Prefix, network, address string) error {
	g, err := newGuard(allow)
	if err != nil {
		return err
	}
	return g.control(context.Background(), network, address, nil)
}

// CheckEcho is the judgement of a challenge's answer; "" is a good one.
func CheckEcho(body []byte, want string) string {
	return checkEcho(&route{url: new(url.URL)}, nil, body, want)
}

// RetryAfter reads the header.
func RetryAfter(value string, now time.Time) time.Duration {
	return retryAfter(http.Header{"Retry-After": {value}}, now)
}

// Endpoints returns how many endpoints are remembered.
func (c *Client) Endpoints() int {
	c.gates.mu.Lock()
	defer c.gates.mu.Unlock()
	return len(c.gates.byOrigin)
}

// SeenSize returns how many ids are remembered and how many places there are.
func SeenSize(s Seen) (ids, places int) {
	m := s.(*memorySeen)
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.ids), len(m.done)
}
