package routing

import (
	"cmp"
	"math"
	"slices"
)

// Percentages turns weights into percentages for the shares of a [Percentage]: in proportion, with two decimals at
// most, adding up to exactly 100. What rounding leaves goes to those it took most from, the first ones among equals
// (the largest remainder method of Hamilton). A weight of 0 stays 0.
//
// It returns nil if a weight is negative or not a number, or if they add up to nothing or to infinity.
func Percentages(weights ...float64) []float64 {
	sum := 0.0
	for _, w := range weights {
		if !(w >= 0) { // also when it is not a number
			return nil
		}
		sum += w
	}
	if sum == 0 || math.IsInf(sum, 0) {
		return nil
	}
	const all = 100 * 100
	left := all
	parts, rest, order := make([]int, len(weights)), make([]float64, len(weights)), make([]int, 0, len(weights))
	for i, w := range weights {
		exact := w / sum * all
		parts[i] = int(exact)
		rest[i] = exact - math.Trunc(exact)
		left -= parts[i]
		if w > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for k := 0; left > 0; k++ {
		parts[order[k%len(order)]]++
		left--
	}
	percentages := make([]float64, len(weights))
	for i, p := range parts {
		percentages[i] = float64(p) / 100
	}
	return percentages
}
