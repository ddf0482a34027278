package webhook_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

var refused = []string{
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.100.100.200",
	"100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "169.254.170.2", "192.0.0.192", "192.0.2.1",
	"192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
	"203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
	"::", "::1", "::7f00:1", "::a9fe:a9fe", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
	"::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::a9fe:a9fe", "64:ff9b:1::808:808",
	"100::1", "100:0:0:1::1", "2001::1", "2001:0:808:808::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1::1", "2001:1ff::1",
	"2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "3fff:fff::1", "5f00::1",
	"fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1", "4000::1", "e000::1", "1fff:ffff::1",
	"2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a9fe:a9fe", "2606:4700::200:5efe:10.0.0.1",
	// zones, on whatever address
	"::1%eth0", "fe80::1%lo", "2606:4700:4700::1111%eth0", "::ffff:8.8.8.8%x", "::ffff:169.254.169.254%25x",
}

var public = []string{
	"8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
	"169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
	"223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700:4700::1111", "2001:200::1", "2001:4860:4860::8888",
	"2003::1", "2620:4f:7fff::1", "3ffe:ffff::1", "3fff:1000::1", "2606:4700::5efe:808:808", "2606:4700::200:5efe:808:808",
	"2606:4700::100:5efe:7f00:1",
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, text := range refused {
		if err := webhook.CheckAddress(nil, netip.MustParseAddr(text)); !errors.Is(err, webhook.ErrBlocked) {
			t.Errorf("%s: got %v, want ErrBlocked", text, err)
		} else if strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error names the address: %v", text, err)
		}
	}
	for _, text := range public {
		if err := webhook.CheckAddress(nil, netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: got %v, want nil", text, err)
		}
	}
	if err := webhook.CheckAddress(nil, netip.Addr{}); !errors.Is(err, webhook.ErrBlocked) {
		t.Errorf("no address: got %v, want ErrBlocked", err)
	}
}

// TestControl gives the dialer's check what a dialer gives it, and worse.
func TestControl(t *testing.T) {
	t.Parallel()
	tests := []struct {
		network, address string
		ok               bool
	}{
		{"tcp4", "8.8.8.8:443", true},
		{"tcp6", "[2606:4700:4700::1111]:443", true},
		{"tcp4", "127.0.0.1:443", false},
		{"tcp4", "169.254.169.254%x:80", false}, // what Go makes of [::ffff:169.254.169.254%25x]
		{"tcp6", "[::1%eth0]:443", false},
		{"tcp6", "[2606:4700:4700::1111%eth0]:443", false},
		{"tcp", "8.8.8.8:443", false},
		{"udp4", "8.8.8.8:443", false},
		{"unix", "/var/run/docker.sock", false},
		{"tcp4", "example.com:443", false},
		{"tcp4", "8.8.8.8", false},
		{"tcp4", "8.8.8.8:https", false},
		{"tcp4", "8.8.8.8:99999", false},
		{"tcp4", "010.8.8.8:443", false},
		{"tcp4", "", false},
	}
	for _, tt := range tests {
		err := webhook.Control(nil, tt.network, tt.address)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, webhook.ErrBlocked) {
			t.Errorf("%s %s: got %v, want ok %v", tt.network, tt.address, err, tt.ok)
		}
	}
}

func TestAllowNetworks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		allow, address string
		ok             bool
	}{
		{"10.0.0.0/8", "10.1.2.3", true},
		{"10.0.0.0/8", "192.168.0.1", false},
		{"10.0.0.0/8", "::ffff:10.1.2.3", true},
		{"10.0.0.0/8", "64:ff9b::10.1.2.3", true},
		{"10.0.0.0/8", "2606:4700::5efe:10.1.2.3", true},
		{"10.0.0.0/8", "::10.1.2.3", false},
		{"::ffff:10.0.0.0/104", "10.1.2.3", true},
		{"10.9.9.9/8", "10.1.2.3", true},
		{"fd00::/8", "fd00::1", true},
		{"fd00::/8", "fd00::1%eth0", false},
		{"::1/128", "::1", true},
		{"::1/128", "127.0.0.1", false},
		{"64:ff9b:1::/48", "64:ff9b:1::7f00:1", true},
		{"0.0.0.0/0", "127.0.0.1", true},
		{"0.0.0.0/0", "::1", false},
	}
	for _, tt := range tests {
		err := webhook.CheckAddress([]netip.Prefix{netip.MustParsePrefix(tt.allow)}, netip.MustParseAddr(tt.address))
		if (err == nil) != tt.ok {
			t.Errorf("%s with %s: got %v, want ok %v", tt.address, tt.allow, err, tt.ok)
		}
	}
	for _, bad := range []netip.Prefix{{}, netip.PrefixFrom(netip.MustParseAddr("::ffff:10.0.0.0"), 8)} {
		if err := webhook.CheckAddress([]netip.Prefix{bad}, netip.MustParseAddr("8.8.8.8")); err == nil {
			t.Errorf("AllowNetworks %v was taken", bad)
		}
	}
}

// isPublic is the oracle: written from the registries on its own, by ranges of
// numbers, and not by prefixes.
func isPublic(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	b := a.As16()
	if a.Is4() || a.Is4In6() {
		return isPublic4(b[12], b[13], b[14])
	}
	word := func(i int) int { return int(b[2*i])<<8 | int(b[2*i+1]) }
	hidden := func() bool { return isPublic4(b[12], b[13], b[14]) }
	w0, w1, w2 := word(0), word(1), word(2)
	if w0 == 0x64 && w1 == 0xff9b && w2|word(3)|word(4)|word(5) == 0 {
		return hidden()
	}
	switch {
	case w0 < 0x2000 || w0 > 0x3fff:
		return false
	case w0 == 0x2001 && (w1 <= 0x01ff || w1 == 0x0db8):
		return false
	case w0 == 0x2002:
		return false
	case w0 == 0x2620 && w1 == 0x004f && w2 == 0x8000:
		return false
	case w0 == 0x3fff && w1 <= 0x0fff:
		return false
	case (word(4) == 0 || word(4) == 0x0200) && word(5) == 0x5efe:
		return hidden()
	}
	return true
}

func isPublic4(a, b, c byte) bool {
	switch {
	case a == 0, a == 10, a == 127, a >= 224:
		return false
	case a == 100 && b >= 64 && b <= 127, a == 169 && b == 254, a == 172 && b >= 16 && b <= 31:
		return false
	case a == 192 && (b == 0 && (c == 0 || c == 2) || b == 31 && c == 196 || b == 52 && c == 193 || b == 88 && c == 99 || b == 168 || b == 175 && c == 48):
		return false
	case a == 198 && (b == 18 || b == 19 || b == 51 && c == 100), a == 203 && b == 0 && c == 113:
		return false
	}
	return true
}

// TestAddressesAgainstOracle judges every /24 of IPv4 and many IPv6 addresses
// near the borders, and compares with the oracle.
func TestAddressesAgainstOracle(t *testing.T) {
	t.Parallel()
	compare := func(a netip.Addr) {
		if got, want := webhook.CheckAddress(nil, a) == nil, isPublic(a); got != want {
			t.Errorf("%s: allowed %v, want %v", a, got, want)
		}
	}
	if !testing.Short() {
		for i := range 1 << 24 {
			if i%7 == 0 || i>>8 == 192<<8 || i>>8 == 198<<8|18 {
				compare(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), byte(i * 31)}))
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	var bases []netip.Addr
	for _, text := range append(append([]string{}, refused...), public...) {
		bases = append(bases, netip.MustParseAddr(text).WithZone(""))
	}
	for range 200_000 {
		b := bases[random.IntN(len(bases))].As16()
		for range random.IntN(3) {
			b[random.IntN(16)] ^= 1 << random.IntN(8)
		}
		compare(netip.AddrFrom16(b))
	}
}

func FuzzAddress(f *testing.F) {
	for _, text := range append(append([]string{}, refused...), public...) {
		f.Add("tcp6", "["+text+"]:443")
		f.Add("tcp4", text+":443")
	}
	f.Fuzz(func(t *testing.T, network, address string) {
		if webhook.Control(nil, network, address) != nil {
			return
		}
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !isPublic(ap.Addr()) {
			t.Errorf("%s %q was allowed", network, address)
		}
	})
}
