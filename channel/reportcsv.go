package channel

import (
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteCSV writes the report as comma-separated values (RFC 4180) with a header: one line for all, one for each
// staff member, destination and hour. Durations are seconds. A name that a spreadsheet would take for a formula
// is preceded by an apostrophe.
func (r Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"group", "name", "opened", "handled", "handling", "missed", "followed_up", "closed", "missed_rate",
		"first_reply_mean", "first_reply_p50", "first_reply_p90", "first_reply_p99", "first_reply_max",
		"handle_mean", "handle_p50", "handle_p90", "handle_p99", "handle_max",
		"messages_in", "messages_out", "messages_auto", "messages_failed",
	}}
	m := r.Messages
	rows = append(rows, append(Group{Counts: r.Counts(), FirstReply: r.FirstReply, Handle: r.Handle}.cells("all", ""),
		strconv.Itoa(m.In), strconv.Itoa(m.Out), strconv.Itoa(m.Auto), strconv.Itoa(m.Failed)))
	add := func(kind, name string, g Group) {
		rows = append(rows, append(g.cells(kind, name), "", "", "", ""))
	}
	for _, id := range slices.Sorted(maps.Keys(r.ByStaff)) {
		add("staff", id, r.ByStaff[id])
	}
	for _, id := range slices.Sorted(maps.Keys(r.ByDestination)) {
		add("destination", id, r.ByDestination[id])
	}
	for _, h := range r.ByHour {
		add("hour", h.Hour.Format(time.RFC3339), Group{Counts: h.Counts})
	}
	return out.WriteAll(rows)
}

func (g Group) cells(kind, name string) []string {
	if name != "" && strings.ContainsAny(name[:1], "=+-@\t\r") {
		name = "'" + name
	}
	cells := []string{kind, name}
	for _, n := range []int{g.Opened, g.Handled, g.Handling, g.Missed, g.FollowedUp, g.Closed} {
		cells = append(cells, strconv.Itoa(n))
	}
	cells = append(cells, strconv.FormatFloat(g.MissedRate(), 'f', 4, 64))
	for _, d := range []Durations{g.FirstReply, g.Handle} {
		for _, v := range []time.Duration{d.Mean, d.P50, d.P90, d.P99, d.Max} {
			if d.Count == 0 {
				cells = append(cells, "")
				continue
			}
			cells = append(cells, strconv.FormatFloat(v.Seconds(), 'f', 3, 64))
		}
	}
	return cells
}
