package webhook

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// reserved are the headers that an endpoint cannot set: they belong to the
// connection (RFC 9110, 7.6.1), to the body or to the signature.
var reserved = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host",
	"Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", HeaderID, HeaderTimestamp, HeaderSignature,
}

// addHeader adds the endpoint's own headers to the route's. Faults name the
// header, never its value.
func (r *route) addHeader(h http.Header) error {
	var faults []error
	size := 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values := h[name]
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !validName(name):
			faults = append(faults, fmt.Errorf("%q is not a header name", line(name)))
			continue
		case slices.Contains(reserved, canonical):
			faults = append(faults, fmt.Errorf("%s is set by the client", canonical))
			continue
		}
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
			if !validValue(v) {
				faults = append(faults, fmt.Errorf("%s: the value holds control characters", canonical))
			}
		}
		if _, twice := r.header[canonical]; twice && canonical != "User-Agent" {
			faults = append(faults, fmt.Errorf("%s is there twice in different spelling", canonical))
		}
		r.header[canonical] = slices.Clone(values)
	}
	if size > maxHeaderLen {
		faults = append(faults, fmt.Errorf("%d bytes, at most %d", size, maxHeaderLen))
	}
	return errors.Join(faults...)
}

// validName tells the tokens of RFC 9110, 5.6.2.
func validName(s string) bool {
	for i := range len(s) {
		c := s[i]
		alphanumeric := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != "" && len(s) <= maxHeaderLen
}

func validValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
