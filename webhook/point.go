package webhook

import (
	"errors"
	"math/big"
	"slices"
)

// Numbers of edwards25519 (RFC 8032, 5.1): the field's prime and the curve's d.
var (
	curveP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curveD = new(big.Int).Mod(new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), curveP)), curveP)
)

// smallOrder are the y of the eight points of order 1, 2, 4 and 8. Under such a
// key, signatures can be made by anyone (Chalkias et al., Taming the Many EdDSAs,
// 2020, table 1).
var smallOrder = [...]*big.Int{
	big.NewInt(0), big.NewInt(1), new(big.Int).Sub(curveP, big.NewInt(1)),
	order8, new(big.Int).Sub(curveP, order8),
}

// order8 is the lesser y of the points of order 8.
var order8, _ = new(big.Int).SetString("5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)

// checkPoint refuses 32 bytes that are no point of the curve in its one spelling,
// and points of small order. It takes a few microseconds.
func checkPoint(b []byte) error {
	reversed := slices.Clone(b)
	slices.Reverse(reversed) // the encoding is little-endian
	reversed[0] &= 0x7f      // the highest bit is the sign of x
	y := new(big.Int).SetBytes(reversed)
	if y.Cmp(curveP) >= 0 {
		return errors.New("not the canonical spelling of a point")
	}
	if slices.ContainsFunc(smallOrder[:], func(s *big.Int) bool { return s.Cmp(y) == 0 }) {
		return errors.New("a point of small order, under which anyone can sign")
	}
	// x² = (y²−1)/(dy²+1) has a root if and only if (y²−1)(dy²+1) has one.
	y2 := y.Mul(y, y)
	u := new(big.Int).Sub(y2, big.NewInt(1))
	v := new(big.Int).Add(new(big.Int).Mul(curveD, y2), big.NewInt(1))
	if big.Jacobi(u.Mul(u, v).Mod(u, curveP), curveP) < 0 {
		return errors.New("not a point of the curve")
	}
	return nil
}
