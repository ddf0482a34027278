package webhook

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Limits of every connection.
const (
	maxAnswerHeader = 32 << 10 // net/http's own default is 10 MiB
	idleTimeout     = 90 * time.Second
)

// newTransport makes the guarded transport: the address check on every dial, no
// proxy (the check would see the proxy's address, not the endpoint's), no
// decompression, one pool as large as what may be in flight. HTTP/1.1 alone: it
// is the faster one for many small posts to one host.
func newTransport(c *Config, g *guard) *http.Transport {
	dialer := &net.Dialer{
		Timeout:        c.DialTimeout,
		KeepAlive:      30 * time.Second,
		Resolver:       c.Resolver,
		ControlContext: g.control,
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs},
		TLSHandshakeTimeout:    c.TLSTimeout,
		MaxResponseHeaderBytes: maxAnswerHeader,
		MaxIdleConns:           c.MaxInFlightTotal,
		MaxIdleConnsPerHost:    c.MaxInFlight,
		IdleConnTimeout:        idleTimeout,
		DisableCompression:     true,
		Protocols:              protocols,
	}
}
