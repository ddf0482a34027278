package routing

import (
	"slices"
	"time"
)

// Waits sums up durations. The zero Waits is of none.
type Waits struct {
	Count int           `json:"count"`
	Mean  time.Duration `json:"mean"`
	P50   time.Duration `json:"p50"`
	P90   time.Duration `json:"p90"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

// newWaits sorts all and sums them up. A percentile is the smallest wait that so many per cent do not exceed.
func newWaits(all []time.Duration) Waits {
	if len(all) == 0 {
		return Waits{}
	}
	slices.Sort(all)
	var sum float64
	for _, d := range all {
		sum += float64(d)
	}
	at := func(percent int) time.Duration { return all[(len(all)*percent+99)/100-1] }
	return Waits{
		Count: len(all), Mean: time.Duration(sum / float64(len(all))),
		P50: at(50), P90: at(90), P99: at(99), Max: all[len(all)-1],
	}
}
