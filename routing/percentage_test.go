package routing_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

var allSplits = flag.Bool("allsplits", false, "check all 3 764 376 ways to split 100 % among five shares (two minutes)")

// mask is the presence in which the staff "0", "1", … are there whose bit is set.
type mask []bool

func (m mask) State(d routing.Destination) routing.State {
	if i, err := strconv.Atoi(d.ID); err != nil || i >= len(m) || !m[i] {
		return routing.State{Status: routing.Offline}
	}
	return routing.State{Status: routing.Active}
}

// splitOf makes a plan of hundredths of a percent among the staff "0", "1", ….
func splitOf(tb testing.TB, hundredths ...int) *routing.Plan {
	tb.Helper()
	return newPlan(tb, splitRule(hundredths...))
}

func splitRule(hundredths ...int) (r routing.Percentage) {
	for i, h := range hundredths {
		r = append(r, routing.Share{Percent: float64(h) / 100, To: routing.Staff(strconv.Itoa(i))})
	}
	return r
}

// newPlan makes a plan whose percentages begin at the first place of their order.
func newPlan(tb testing.TB, r routing.Rule) *routing.Plan {
	tb.Helper()
	p, err := routing.New(r)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return p.Fixed()
}

// draw routes an enquiry that nobody was offered before, and returns the number of the one chosen.
func draw(tb testing.TB, p *routing.Plan, ps routing.Presence) int {
	tb.Helper()
	d, err := p.Route(tb.Context(), routing.Enquiry{}, ps)
	if err != nil || len(d.Destinations) != 1 {
		tb.Fatalf("Route = %v, %v; want one destination", d, err)
	}
	n := 0
	for _, c := range d.Destinations[0].ID {
		n = n*10 + int(c-'0')
	}
	return n
}

// closeToShares checks that after n draws each count is less than 1 from its share, and as close as Tijdeman's theorem
// says: |count·total - n·weight| ≤ total·(1-1/(2k-2)).
func closeToShares(weights, counts []int, n int) error {
	total, k := 0, 0
	for _, w := range weights {
		total += w
		if w > 0 {
			k++
		}
	}
	for i, w := range weights {
		off := counts[i]*total - n*w
		if off < 0 {
			off = -off
		}
		if off >= total || off*(2*k-2) > total*(2*k-3) && k > 1 {
			return fmt.Errorf("after %d draws share %d of %v was chosen %d times", n, i, weights, counts[i])
		}
	}
	return nil
}

// TestPercentageStarts compares the places at which an order can begin with what drawing from each of them comes to.
func TestPercentageStarts(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		split := randomSplit(rnd, 1+rnd.IntN(7), 100, 100)
		weights := make([]int64, len(split))
		for i, w := range split {
			weights[i] = int64(w)
		}
		slots, starts := routing.Order(weights...)
		var want []int
		for start := range slots {
			if holdsFrom(split, slots, start) {
				want = append(want, start)
			}
		}
		if !slices.Equal(starts, want) {
			t.Fatalf("%v: an order can begin at %v, want %v", split, starts, want)
		}
		p, err := routing.New(splitRule(split...))
		if err != nil {
			t.Fatal(err)
		}
		drawn := make([]uint16, len(slots))
		for n := range drawn {
			drawn[n] = uint16(draw(t, p, nil))
		}
		if !holdsFrom(split, drawn, 0) {
			t.Fatalf("a plan of %v draws %v", split, drawn)
		}
	}
}

// holdsFrom reports whether every share is less than 1 from its part after any number of draws from a place on.
func holdsFrom(split []int, slots []uint16, start int) bool {
	counts := make([]int, len(split))
	for n := range slots {
		counts[slots[(start+n)%len(slots)]]++
		for i, w := range split {
			if off := counts[i]*10_000 - (n+1)*w; off <= -10_000 || off >= 10_000 {
				return false
			}
		}
	}
	return true
}

// TestPercentageManyStarts: processes that make one decision each come near the split together.
func TestPercentageManyStarts(t *testing.T) {
	t.Parallel()
	const starts = 10_000
	counts := make([]int, 2)
	for range starts {
		p, err := routing.New(routing.Percentage{{Percent: 60, To: routing.Staff("0")}, {Percent: 40, To: routing.Staff("1")}})
		if err != nil {
			t.Fatal(err)
		}
		counts[draw(t, p, nil)]++
	}
	if off := counts[0] - starts*60/100; off < -300 || off > 300 { // six standard deviations
		t.Errorf("%d first decisions came to %v, want some 60 and 40 %%", starts, counts)
	}
}

// checkSplit draws n times and checks every step.
func checkSplit(tb testing.TB, hundredths []int, n int) {
	tb.Helper()
	p := splitOf(tb, hundredths...)
	counts := make([]int, len(hundredths))
	for i := range n {
		counts[draw(tb, p, nil)]++
		if err := closeToShares(hundredths, counts, i+1); err != nil {
			tb.Fatal(err)
		}
	}
}

func TestPercentageEverySplit(t *testing.T) {
	t.Parallel()
	if !*allSplits {
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 10_000 {
			checkSplit(t, randomSplit(rnd, 5, 100, 100), 100)
		}
		return
	}
	var wg sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for a := 1 + worker; a <= 96; a += runtime.GOMAXPROCS(0) {
				for b := 1; a+b <= 97; b++ {
					for c := 1; a+b+c <= 98; c++ {
						for d := 1; a+b+c+d <= 99; d++ {
							checkSplit(t, []int{a * 100, b * 100, c * 100, d * 100, (100 - a - b - c - d) * 100}, 100)
						}
					}
				}
			}
		})
	}
	wg.Wait()
}

// randomSplit cuts parts·unit into k positive parts.
func randomSplit(rnd *rand.Rand, k, parts, unit int) []int {
	cuts := rnd.Perm(parts - 1)[:k-1]
	slices.Sort(cuts)
	split := make([]int, k)
	last := 0
	for i, c := range cuts {
		split[i] = (c + 1 - last) * unit
		last = c + 1
	}
	split[k-1] = (parts - last) * unit
	return split
}

func TestPercentageTwoDecimals(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	checkSplit(t, []int{3333, 3333, 3334}, 20_000)
	checkSplit(t, []int{1, 9999}, 20_000)
	for k := 2; k <= 12; k++ {
		checkSplit(t, randomSplit(rnd, k, 10_000, 1), 10_000)
	}
}

func TestPercentageManyShares(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, k := range []int{63, 64, 65, 200, 500} {
		checkSplit(t, randomSplit(rnd, k, 10_000, 1), 1_000)
	}
	even := make([]int, 2_000)
	for i := range even {
		even[i] = 5
	}
	p := splitOf(t, even...)
	seen := make([]int, len(even))
	for range even {
		seen[draw(t, p, nil)]++
	}
	for i, n := range seen {
		if n != 1 {
			t.Fatalf("share %d of %d equal ones was chosen %d times in as many draws", i, len(even), n)
		}
	}
}

// TestPercentageFlapping changes who is there before every draw. The model is one exact count for each set
// of available shares.
func TestPercentageFlapping(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		split []int
		draws int
		total float64 // bound for all sets together, 0 = none known
	}{
		{name: "three", split: []int{5000, 3000, 2000}, draws: 50_000, total: 2*0.5 + 0.75},
		{name: "five", split: []int{4000, 2500, 2000, 1000, 500}, draws: 50_000, total: 4*0.5 + 6*0.75 + 4*(1-1.0/6) + 0.875},
		{name: "two decimals", split: []int{3333, 3333, 3334}, draws: 50_000, total: 2*0.5 + 0.75},
		{name: "seven, orders made when met", split: []int{2000, 2000, 1500, 1500, 1000, 1000, 1000}, draws: 50_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(7, uint64(len(tt.split))))
			p := splitOf(t, tt.split...)
			counts := make(map[int][]int)
			off := make([]float64, len(tt.split))
			for range tt.draws {
				up, set, sum := make(mask, len(tt.split)), 0, 0
				for i := range up {
					if up[i] = rnd.IntN(2) == 0; up[i] {
						set |= 1 << i
						sum += tt.split[i]
					}
				}
				if set == 0 {
					continue
				}
				chosen := draw(t, p, up)
				checkMask(t, counts, set, chosen, tt.split)
				for i := range up {
					if up[i] {
						off[i] -= float64(tt.split[i]) / float64(sum)
					}
				}
				off[chosen]++
				if tt.total > 0 && (slices.Max(off) > tt.total+1e-6 || slices.Min(off) < -tt.total-1e-6) {
					t.Fatalf("deviations %v exceed %v", off, tt.total)
				}
			}
		})
	}
}

// TestPercentageManySets meets more sets of available shares than a split keeps. The set that is drawn from all the
// time keeps its counter, and what is kept stays within 2 MiB: the orders of all that were met would take twice that.
func TestPercentageManySets(t *testing.T) {
	split := []int{1501, 999, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 500} // whose orders are 10 000 draws long
	everybody := slices.Repeat(mask{true}, len(split))
	p, counts := splitOf(t, split...), make([]int, len(split))
	before := heap()
	for n := range 400 {
		up := slices.Clone(everybody)
		for i := range up[1:] {
			up[i+1] = (n+1)&(1<<i) != 0 // and share 0
		}
		draw(t, p, up)
		counts[draw(t, p, everybody)]++
		if err := closeToShares(split, counts, n+1); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 3<<20 {
		t.Errorf("the plan has grown by %d KiB", grown>>10)
	}
	runtime.KeepAlive(p)
}

// heap returns the bytes that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// checkMask counts a draw among the shares of a set and checks all of that set.
func checkMask(t *testing.T, counts map[int][]int, set, chosen int, split []int) {
	t.Helper()
	if counts[set] == nil {
		counts[set] = make([]int, len(split))
	}
	if set&(1<<chosen) == 0 {
		t.Fatalf("share %d is not available in %b", chosen, set)
	}
	counts[set][chosen]++
	there := make([]int, len(split))
	n := 0
	for i := range split {
		if set&(1<<i) != 0 {
			there[i] = split[i]
			n += counts[set][i]
		}
	}
	if err := closeToShares(there, counts[set], n); err != nil {
		t.Fatalf("set %b: %v", set, err)
	}
}

// drawAtOnce lets 16 callers draw from a plan, all beginning at the same moment, and returns the counts.
func drawAtOnce(t *testing.T, p *routing.Plan, ps routing.Presence, shares, draws int) []int {
	t.Helper()
	var mu sync.Mutex
	all := make([]int, shares)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			counts := make([]int, shares)
			<-begin
			for range draws {
				d, err := p.Route(t.Context(), routing.Enquiry{}, ps)
				if err != nil || len(d.Destinations) != 1 {
					t.Errorf("Route = %v, %v", d, err)
					return
				}
				counts[d.Destinations[0].ID[0]-'0']++
			}
			mu.Lock()
			defer mu.Unlock()
			for i, n := range counts {
				all[i] += n
			}
		})
	}
	close(begin)
	wg.Wait()
	return all
}

// TestPercentageConcurrent: however callers interleave, each draws another place of the order.
func TestPercentageConcurrent(t *testing.T) {
	t.Parallel()
	split := []int{4000, 2500, 2000, 1000, 500}
	p := splitOf(t, split...)
	const n = 16 * 25_000
	for i, got := range drawAtOnce(t, p, nil, 5, n/16) {
		if want := n * split[i] / 10_000; got != want {
			t.Errorf("share %d was chosen %d of %d times, want %d", i, got, n, want)
		}
	}
	three := mask{true, false, true, true, false}
	if err := closeToShares([]int{40, 0, 20, 10, 0}, drawAtOnce(t, p, three, 5, 1_000), 16_000); err != nil {
		t.Error(err)
	}
}

// TestPercentageConcurrentStart: callers who are the first to meet a set of shares make its order once.
func TestPercentageConcurrentStart(t *testing.T) {
	t.Parallel()
	// With two decimals an order takes long enough to make for others to come meanwhile.
	for _, split := range [][]int{{3999, 2501, 2003, 997, 500}, {1999, 2001, 1500, 1500, 1003, 997, 1000}} {
		for range 60 {
			want := make([]int, len(split))
			for p := splitOf(t, split...); sum(want) < 16; {
				want[draw(t, p, nil)]++
			}
			if got := drawAtOnce(t, splitOf(t, split...), nil, len(split), 1); !slices.Equal(got, want) {
				t.Fatalf("16 at once drew %v, one after the other %v", got, want)
			}
		}
	}
}

func sum(all []int) (n int) {
	for _, i := range all {
		n += i
	}
	return n
}

func TestPercentageNoCatchUp(t *testing.T) {
	t.Parallel()
	p := splitOf(t, 5000, 3000, 2000)
	for range 1_000 {
		draw(t, p, mask{false, true, true})
	}
	run, longest := 0, 0
	for range 1_000 {
		if draw(t, p, nil) == 0 {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	if longest > 2 {
		t.Errorf("a share that returned was chosen %d times in a row", longest)
	}
}

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
