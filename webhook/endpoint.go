package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of an endpoint's settings.
const (
	maxURLLen    = 4 << 10
	maxSecrets   = maxSignatures
	maxHeaderLen = 8 << 10
)

// An Endpoint is where events go. Its zero value is not usable: URL is required.
//
// Rate, in-flight limit, breaker and pauses belong to the origin, that is to
// scheme, host and port: endpoints with the same origin share them.
type Endpoint struct {
	// URL is https, or http with Config.AllowHTTP, without user info and
	// fragment, at most 4 KiB.
	URL string `json:"url"`
	// Secrets all sign, at most 16, newest first by custom: during a rotation
	// [new, old] leaves no gap. None: requests are not signed. "whpk_" cannot sign.
	Secrets []Secret `json:"-"`
	// Header is sent with every request, at most 8 KiB. Headers that belong to the
	// connection, the body or the signature are refused.
	Header http.Header `json:"-"`
}

// String returns the origin, such as "https://example.com": paths and queries of
// webhooks often hold a token.
func (e Endpoint) String() string {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return "[no origin]"
	}
	return u.Scheme + "://" + u.Host
}

// Format implements [fmt.Formatter] with the origin, whatever the verb.
func (e Endpoint) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.String())) }

// LogValue implements [slog.LogValuer] with the origin.
func (e Endpoint) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Check reports everything that is wrong with an endpoint's settings, without
// resolving or dialling: an [*Error] with Op "check" whose faults are joined and
// name their field. Literal addresses that are not public are [ErrBlocked].
func (c *Client) Check(e Endpoint) error {
	if _, err := c.compile(e); err != nil {
		return c.fail("check", safeURL(e.URL), err)
	}
	return nil
}

// A route is an endpoint that was checked, ready for requests. It is immutable.
type route struct {
	endpoint Endpoint // what it was made of, cloned
	url      *url.URL
	origin   string // what its limits belong to
	safe     string // the URL for errors and observers
	keys     []*key
	header   http.Header // with a place for every header that send sets
}

// made reports whether the route was made of e. The URL is its key already.
func (r *route) made(e Endpoint) bool {
	return slices.Equal(r.endpoint.Secrets, e.Secrets) &&
		len(r.endpoint.Header) == len(e.Header) && maps.EqualFunc(r.endpoint.Header, e.Header, slices.Equal)
}

// compile checks an endpoint; its error joins all faults and is permanent.
func (c *Client) compile(e Endpoint) (*route, error) {
	r := &route{
		endpoint: Endpoint{URL: e.URL, Secrets: slices.Clone(e.Secrets), Header: e.Header.Clone()},
		safe:     safeURL(e.URL),
		header: http.Header{
			"Accept-Encoding": {"identity"}, "Content-Type": {"application/json"}, "User-Agent": {c.userAgent},
			HeaderID: nil, HeaderTimestamp: nil,
		},
	}
	var faults []error
	fault := func(field string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	var err error
	r.url, err = c.parseURL(e.URL)
	fault("url", err)
	if len(e.Secrets) > maxSecrets {
		fault("secrets", fmt.Errorf("%d of them, at most %d", len(e.Secrets), maxSecrets))
	}
	for i, s := range e.Secrets[:min(len(e.Secrets), maxSecrets)] {
		k, err := parseKey(s)
		if err == nil && !k.canSign() {
			err = errors.New("a public key cannot sign")
		}
		fault("secrets["+strconv.Itoa(i)+"]", err)
		r.keys = append(r.keys, k)
	}
	if len(r.keys) > 0 {
		r.header[HeaderSignature] = nil
	}
	fault("header", r.addHeader(e.Header))
	if len(faults) > 0 {
		return nil, invalid{errors.Join(faults...)}
	}
	r.origin = originOf(r.url)
	return r, nil
}

func (c *Client) parseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURLLen {
		return nil, fmt.Errorf("longer than %d bytes", maxURLLen)
	}
	u, err := url.Parse(raw)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL and the user info in it
		}
		return nil, errors.New(line(unquoted(err.Error()))) // a password without its @ is read as a port
	}
	var faults []error
	switch {
	case u.Scheme == "https", u.Scheme == "http" && c.allowHTTP:
	case u.Scheme == "http":
		faults = append(faults, errors.New("https is required"))
	default:
		faults = append(faults, errors.New("an absolute https URL is required"))
	}
	if u.User != nil {
		faults = append(faults, errors.New("user info is not allowed"))
	}
	if strings.Contains(raw, "#") {
		faults = append(faults, errors.New("a fragment is not allowed"))
	}
	if u.Hostname() == "" {
		faults = append(faults, errors.New("a host is required"))
	} else if err := c.checkHost(u.Hostname()); err != nil {
		faults = append(faults, err)
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			faults = append(faults, errors.New("the port is outside 1 to 65535"))
		}
	}
	return u, errors.Join(faults...)
}

// checkHost refuses early, and for good, what the dialer would refuse: addresses
// written out, and localhost by name. All other names are judged by the dialer.
func (c *Client) checkHost(host string) error {
	if c.guard == nil { // Config.Transport replaces the check
		return nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if strings.Contains(host, "%") {
		return errZone
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return c.guard.check(a)
	}
	if endsInNumber(host) {
		return errNumber
	}
	if (host == "localhost" || strings.HasSuffix(host, ".localhost")) && !c.guard.loopback {
		return errLocalhost
	}
	return nil
}

// endsInNumber finds what some resolvers take for an IPv4 address written in the
// way of inet_aton, such as 127.1 or 0x7f000001, and what is no name anywhere.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// safeURL returns the URL without user info, query and fragment, or "".
func safeURL(raw string) string {
	if len(raw) > maxURLLen {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return line(u.Scheme + "://" + u.Host + u.EscapedPath())
}
