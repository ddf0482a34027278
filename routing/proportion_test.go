package routing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

func TestPercentages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ weights, want []float64 }{
		{[]float64{1}, []float64{100}},
		{[]float64{3, 2}, []float64{60, 40}},
		{[]float64{1, 1, 1}, []float64{33.34, 33.33, 33.33}},
		{[]float64{1, 0, 5}, []float64{16.67, 0, 83.33}},
		{[]float64{1e-9, 1}, []float64{0, 100}},
		{[]float64{1e300, 1e300}, []float64{50, 50}},
		{nil, nil},
		{[]float64{0, 0}, nil},
		{[]float64{1, -1}, nil},
		{[]float64{1, math.NaN()}, nil},
		{[]float64{1, math.Inf(1)}, nil},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, nil},
	} {
		if diff := cmp.Diff(tt.want, routing.Percentages(tt.weights...)); diff != "" {
			t.Errorf("Percentages(%v) (-want +got):\n%s", tt.weights, diff)
		}
	}
}

// TestPercentagesAreValid: whatever the weights, New accepts the percentages, and each is less than a hundredth off.
func TestPercentagesAreValid(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(43, 43))
	for range 2_000 {
		weights, sum := make([]float64, 1+rnd.IntN(30)), 0.0
		for i := range weights {
			weights[i] = rnd.Float64() * math.Pow(10, float64(rnd.IntN(4)))
			sum += weights[i]
		}
		var r routing.Percentage
		for i, p := range routing.Percentages(weights...) {
			r = append(r, routing.Share{Percent: p, To: routing.Staff(string(rune('a' + i)))})
			if off := math.Abs(p - weights[i]/sum*100); off > 0.01+1e-9 {
				t.Fatalf("%v of %v became %v %%", weights[i], sum, p)
			}
		}
		newPlan(t, r)
	}
}
