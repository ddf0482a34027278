package webhook_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

// A curve is edwards25519 in the plain formulas of RFC 8032, 5.1, to judge the
// library's by: it finds the points of small order by adding.
type curve struct{ p, d *big.Int }

type point struct{ x, y *big.Int }

func newCurve() curve {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	return curve{p, d.Mod(d.Mul(d, big.NewInt(-121665)), p)}
}

func (c curve) mul(a, b *big.Int) *big.Int { m := new(big.Int).Mul(a, b); return m.Mod(m, c.p) }

func (c curve) div(a, b *big.Int) *big.Int { return c.mul(a, new(big.Int).ModInverse(b, c.p)) }

func (c curve) add(a, b point) point {
	xy, yx := c.mul(a.x, b.y), c.mul(a.y, b.x)
	yy, xx := c.mul(a.y, b.y), c.mul(a.x, b.x)
	k := c.mul(c.d, c.mul(xx, yy))
	one := big.NewInt(1)
	plus := new(big.Int).Mod(new(big.Int).Add(one, k), c.p)
	minus := new(big.Int).Mod(new(big.Int).Sub(one, k), c.p)
	return point{c.div(new(big.Int).Add(xy, yx), plus), c.div(new(big.Int).Add(yy, xx), minus)}
}

// x returns the even x that belongs to y, or nil if there is none.
func (c curve) x(y *big.Int) *big.Int {
	yy := c.mul(y, y)
	u := new(big.Int).Sub(yy, big.NewInt(1))
	v := new(big.Int).Add(c.mul(c.d, yy), big.NewInt(1))
	x := new(big.Int).ModSqrt(c.div(u, v), c.p)
	if x != nil && x.Bit(0) == 1 {
		x.Sub(c.p, x)
	}
	return x
}

// written returns the secret of a y with the sign of x, as it stands.
func written(y *big.Int, sign byte) string {
	b := y.FillBytes(make([]byte, ed25519.PublicKeySize))
	slices.Reverse(b)
	b[31] |= sign << 7
	return "whpk_" + base64.StdEncoding.EncodeToString(b)
}

// smallOrder returns the eight points whose eightfold is the neutral one: the
// multiples of one of them, which eight times any point of the whole group's
// odd part leaves.
func (c curve) smallOrder(t *testing.T) []point {
	t.Helper()
	order := new(big.Int).Lsh(big.NewInt(1), 252) // the odd part, RFC 8032, 5.1
	low, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	order.Add(order, low)
	neutral := point{big.NewInt(0), big.NewInt(1)}
	for i := range int64(100) {
		y := big.NewInt(i + 2)
		x := c.x(y)
		if x == nil {
			continue
		}
		generator, double := neutral, point{x, y}
		for bit := range order.BitLen() {
			if order.Bit(bit) == 1 {
				generator = c.add(generator, double)
			}
			double = c.add(double, double)
		}
		all := []point{generator}
		for len(all) < 8 {
			all = append(all, c.add(all[len(all)-1], generator))
		}
		if all[3].y.Cmp(neutral.y) != 0 && all[7].y.Cmp(neutral.y) == 0 && all[7].x.Sign() == 0 {
			return all
		}
	}
	t.Fatal("no generator of the points of small order was found")
	return nil
}

func TestPointsOfSmallOrder(t *testing.T) {
	t.Parallel()
	c := newCurve()
	written8 := make(map[string]bool)
	for _, p := range c.smallOrder(t) {
		written8[written(p.y, byte(p.x.Bit(0)))] = true
		for _, y := range []*big.Int{p.y, new(big.Int).Add(p.y, c.p)} {
			if y.BitLen() > 255 {
				continue
			}
			for sign := range byte(2) {
				if _, err := webhook.ParseSecret(written(y, sign)); err == nil {
					t.Errorf("y %x with sign %d was taken", y, sign)
				}
			}
		}
	}
	if len(written8) != 8 {
		t.Errorf("%d points of small order, want 8", len(written8))
	}
	// The very keys that crypto/ed25519 takes a forgery under: R neutral, S zero.
	forged := make([]byte, ed25519.SignatureSize)
	forged[0] = 1
	neutral := append([]byte{1}, make([]byte, 31)...)
	if !ed25519.Verify(neutral, []byte("anything"), forged) {
		t.Error("the neutral point verifies no forgery: this test is about nothing")
	}
}

// TestKeysArePoints compares what is taken with the plain formulas: half of all y
// belong to a point, and above p none is canonical.
func TestKeysArePoints(t *testing.T) {
	t.Parallel()
	c := newCurve()
	taken := 0
	for i := range int64(200) {
		for _, y := range []*big.Int{big.NewInt(i + 2), new(big.Int).Sub(c.p, big.NewInt(i+2)), new(big.Int).Rsh(c.p, uint(i)+1)} {
			x := c.x(y)
			want := x != nil && y.BitLen() > 1
			secret := written(y, 1)
			_, err := webhook.ParseSecret(secret)
			if (err == nil) != want {
				t.Errorf("y %x: got %v, want taken %v", y, err, want)
			}
			if err == nil {
				taken++
			} else if strings.Contains(err.Error(), secret[5:]) {
				t.Errorf("the error repeats the key: %v", err)
			}
		}
	}
	if taken < 200 {
		t.Errorf("%d of 600 keys were taken, want about half", taken)
	}
	for i := range int64(19) {
		if _, err := webhook.ParseSecret(written(new(big.Int).Add(c.p, big.NewInt(i)), 0)); err == nil {
			t.Errorf("p+%d was taken", i)
		}
	}
	for i := range 50 {
		seed := make([]byte, ed25519.SeedSize)
		copy(seed, strconv.Itoa(i))
		public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		if _, err := webhook.ParseSecret("whpk_" + base64.StdEncoding.EncodeToString(public)); err != nil {
			t.Errorf("a real key: %v", err)
		}
	}
}
