package webhook

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// originOf returns the scheme, host and port of a checked URL in one spelling, so
// that nobody gets more places by writing the same endpoint in several ways: the
// host in lower case, without the root's dot, as IDNA has it, addresses in the
// form of RFC 5952; the port only if it is not the scheme's own (RFC 6454, 6.2).
func originOf(u *url.URL) string {
	host := strings.ToLower(strings.TrimSuffix(asciiHost(u.Hostname()), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		if host = a.Unmap().String(); a.Unmap().Is6() {
			host = "[" + host + "]"
		}
	}
	switch port := strings.TrimLeft(u.Port(), "0"); {
	case port == "", u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		return u.Scheme + "://" + host
	default:
		return u.Scheme + "://" + host + ":" + port
	}
}

// asciiHost returns a name as net/http dials it. IDNA folds many spellings into
// one name; net/http has the tables for that and shows its result to a dialer,
// here to one that dials nothing.
func asciiHost(host string) string {
	if strings.IndexFunc(host, func(r rune) bool { return r > '~' }) < 0 {
		return host
	}
	dialled := host
	t := &http.Transport{DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
		if name, _, err := net.SplitHostPort(address); err == nil {
			dialled = name
		}
		return nil, errors.ErrUnsupported
	}}
	request := (&http.Request{URL: &url.URL{Scheme: "http", Host: host}, Header: http.Header{}}).WithContext(context.Background())
	if resp, err := t.RoundTrip(request); err == nil {
		_ = resp.Body.Close() // cannot be: there is no connection
	}
	return dialled
}
