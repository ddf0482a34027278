package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// table is what the program prints.
type table struct {
	section string
	rows    []row
}

// row is one figure, with the floor or rival it stands beside.
type row struct {
	section string
	what    string
	figure  string
	beside  string
	value   float64 // what the goal is about
	shown   string  // value as text
	work    float64 // the same ratio by processor time, 0 = none
	goal    goal
}

// goal bounds a value. want is what the library is held to, quick the bound in -quick: generous, because a quick
// run takes under a minute on a machine that does other things too. Zero bounds nothing.
type goal struct {
	most        bool // the bounds are upper ones
	want, quick float64
}

func atLeast(want, quick float64) goal { return goal{want: want, quick: quick} }
func atMost(want, quick float64) goal  { return goal{most: true, want: want, quick: quick} }

func (g goal) met(value, bound float64) bool {
	switch {
	case bound == 0:
		return true
	case g.most:
		return value <= bound
	default:
		return value >= bound
	}
}

// add appends a row to the present section. shown is how value is written.
func (t *table) add(what, figure, beside string, value float64, shown string, g goal) {
	t.rows = append(t.rows, row{section: t.section, what: what, figure: figure, beside: beside, value: value, shown: shown, goal: g})
}

// contest appends a row of a contest: k beside the floor, which is the first.
func (t *table) contest(what string, o outcome, k int, beside string, g goal) {
	const floor = 0
	value := o.ratio(k, floor)
	t.rows = append(t.rows, row{
		section: t.section, what: what, figure: o.figure(k), beside: strings.TrimSpace(beside + " " + o.figure(floor)),
		value: value, shown: times2(value), work: o.work(k, floor), goal: g,
	})
}

// note appends a row without a goal.
func (t *table) note(what, text string) { t.add(what, text, "", 0, "", goal{}) }

func (t *table) print(w io.Writer) {
	cells := [][]string{{"section", "what", "measured", "beside", "ratio", "by CPU", "must"}}
	for _, r := range t.rows {
		work := ""
		if r.work != 0 {
			work = times2(r.work)
		}
		cells = append(cells, []string{r.section, r.what, r.figure, r.beside, r.shown, work, r.verdict()})
	}
	widths := make([]int, len(cells[0]))
	for _, c := range cells {
		for i := range c {
			widths[i] = max(widths[i], len([]rune(c[i])))
		}
	}
	for n, c := range cells {
		var line strings.Builder
		for i := range c {
			line.WriteString("| " + c[i] + strings.Repeat(" ", widths[i]-len([]rune(c[i]))) + " ")
		}
		fmt.Fprintln(w, line.String()+"|")
		if n == 0 {
			line.Reset()
			for _, width := range widths {
				line.WriteString("|" + strings.Repeat("-", width+2))
			}
			fmt.Fprintln(w, line.String()+"|")
		}
	}
}

func (r row) verdict() string {
	if r.goal.want == 0 {
		return ""
	}
	sign, word := "≥ ", "met"
	if r.goal.most {
		sign = "≤ "
	}
	if !r.goal.met(r.value, r.goal.want) {
		word = "not met"
	}
	return sign + strconv.FormatFloat(r.goal.want, 'g', 6, 64) + ": " + word
}

// regressions are the rows past their quick bound. Where there is a ratio by processor time as well, the better
// one counts: a change for the worse lowers both, another program on the machine mostly one.
func (t *table) regressions() []error {
	var all []error
	for _, r := range t.rows {
		value := r.value
		switch {
		case r.work == 0:
		case r.goal.most:
			value = min(value, r.work)
		default:
			value = max(value, r.work)
		}
		if !r.goal.met(value, r.goal.quick) {
			all = append(all, fmt.Errorf("regression: %s, %s: %.4g, the bound is %.4g", r.section, r.what, value, r.goal.quick))
		}
	}
	return all
}

// perSecond writes a rate.
func perSecond(rate float64) string {
	switch {
	case rate >= 1e6:
		return strconv.FormatFloat(rate/1e6, 'f', 2, 64) + " M/s"
	case rate >= 1e4:
		return strconv.FormatFloat(rate/1e3, 'f', 1, 64) + " k/s"
	case rate >= 1e3:
		return strconv.FormatFloat(rate/1e3, 'f', 2, 64) + " k/s"
	default:
		return strconv.FormatFloat(rate, 'f', 1, 64) + " /s"
	}
}

func times2(ratio float64) string { return "× " + strconv.FormatFloat(ratio, 'f', 2, 64) }

func microseconds(seconds float64) string {
	return strconv.FormatFloat(seconds*1e6, 'f', 1, 64) + " µs"
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64) + " ms"
}

// machine says where and how long the figures were taken.
func machine(took time.Duration) string {
	return fmt.Sprintf("%s %s/%s, GOMAXPROCS %d; %s in all.",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), took.Round(time.Second))
}
