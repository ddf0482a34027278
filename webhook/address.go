package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// A guard decides which addresses may be dialled. It holds what the host allows
// beside the public internet.
type guard struct {
	allow    []netip.Prefix
	loopback bool // some of allow is loopback: the name localhost may be used
}

// A special is a block that is not the public internet, with the reason to give.
type special struct {
	prefix netip.Prefix
	err    error
}

func block(prefix, what string) special {
	return special{netip.MustParsePrefix(prefix), fmt.Errorf("%w: %s", ErrBlocked, what)}
}

// special4 is the IANA IPv4 Special-Purpose Address Registry (RFC 6890 and what
// followed it) with multicast and class E.
var special4 = [...]special{
	block("0.0.0.0/8", "this host (RFC 791)"),
	block("10.0.0.0/8", "private (RFC 1918)"),
	block("100.64.0.0/10", "carrier-grade NAT (RFC 6598)"),
	block("127.0.0.0/8", "loopback (RFC 1122)"),
	block("169.254.0.0/16", "link-local (RFC 3927)"),
	block("172.16.0.0/12", "private (RFC 1918)"),
	block("192.0.0.0/24", "protocol assignments (RFC 6890)"),
	block("192.0.2.0/24", "documentation (RFC 5737)"),
	block("192.31.196.0/24", "AS112 (RFC 7535)"),
	block("192.52.193.0/24", "AMT (RFC 7450)"),
	block("192.88.99.0/24", "6to4 relay (RFC 7526)"),
	block("192.168.0.0/16", "private (RFC 1918)"),
	block("192.175.48.0/24", "AS112 (RFC 7534)"),
	block("198.18.0.0/15", "benchmarking (RFC 2544)"),
	block("198.51.100.0/24", "documentation (RFC 5737)"),
	block("203.0.113.0/24", "documentation (RFC 5737)"),
	block("224.0.0.0/4", "multicast (RFC 5771)"),
	block("240.0.0.0/4", "reserved (RFC 1112)"),
}

// global6 is all of IPv6 that IANA has given out as global unicast; everything
// outside it is refused, special6 is refused within it.
var global6 = netip.MustParsePrefix("2000::/3")

var special6 = [...]special{
	block("2001::/23", "protocol assignments (RFC 2928)"), // Teredo, benchmarking, ORCHID among them
	block("2001:db8::/32", "documentation (RFC 3849)"),
	block("2002::/16", "6to4 (RFC 3056)"),
	block("2620:4f:8000::/48", "AS112 (RFC 7534)"),
	block("3fff::/20", "documentation (RFC 9637)"),
}

// nat64 is the well-known prefix of RFC 6052, the only one that shows.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

var (
	errZone      = fmt.Errorf("%w: an address with a zone", ErrBlocked)
	errNotGlobal = fmt.Errorf("%w: not global unicast (RFC 4291)", ErrBlocked)
	errUnread    = fmt.Errorf("%w: not an address we can read", ErrBlocked)
	errNetwork   = fmt.Errorf("%w: not TCP", ErrBlocked)
	errNumber    = fmt.Errorf("%w: a number in place of a name", ErrBlocked)
	errLocalhost = fmt.Errorf("%w: localhost", ErrBlocked)
)

func newGuard(allow []netip.Prefix) (*guard, error) {
	g := &guard{}
	var faults []error
	loopback4, loopback6 := netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")
	for i, p := range allow {
		if p.IsValid() && p.Addr().Is4In6() {
			if p.Bits() < 96 {
				p = netip.Prefix{}
			} else {
				p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
			}
		}
		if !p.IsValid() {
			faults = append(faults, fmt.Errorf("AllowNetworks[%d]: not a network", i))
			continue
		}
		g.allow = append(g.allow, p.Masked())
		g.loopback = g.loopback || p.Overlaps(loopback4) || p.Overlaps(loopback6)
	}
	return g, errors.Join(faults...)
}

// control is the net.Dialer.ControlContext of every connection: it sees the
// address that is about to be connected to, after all resolving, rebinding and
// mapping of names. It never panics: that would end the process, because a
// transport dials in a goroutine of its own.
func (g *guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return errNetwork
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return errUnread
	}
	return g.check(ap.Addr())
}

// check returns nil if the address may be dialled, else an error that wraps
// ErrBlocked and says why without naming the address.
func (g *guard) check(a netip.Addr) error {
	if !a.IsValid() {
		return errUnread
	}
	// Before anything else: netip.Prefix.Contains is false for every address
	// with a zone, while the kernel connects to [::1%any].
	if a.Zone() != "" {
		return errZone
	}
	a = a.Unmap()
	if g.allowed(a) {
		return nil
	}
	if a.Is4() {
		return check4(a)
	}
	bytes := a.As16()
	hidden := netip.AddrFrom4([4]byte(bytes[12:]))
	switch {
	case nat64.Contains(a):
		return g.check(hidden)
	case !global6.Contains(a):
		return errNotGlobal
	}
	for i := range special6 {
		if special6[i].prefix.Contains(a) {
			return special6[i].err
		}
	}
	if isISATAP(bytes) {
		return g.check(hidden)
	}
	return nil
}

func (g *guard) allowed(a netip.Addr) bool {
	for _, p := range g.allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func check4(a netip.Addr) error {
	for i := range special4 {
		if special4[i].prefix.Contains(a) {
			return special4[i].err
		}
	}
	return nil
}

// isISATAP finds the interface identifiers of RFC 5214: [02]00:5efe:a.b.c.d.
func isISATAP(b [16]byte) bool {
	return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
