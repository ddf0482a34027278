package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/usherchat/usher/channel"
)

// table prints the report for people.
func table(out io.Writer, d *day, r channel.Report) error {
	fmt.Fprintf(out, "%s on %s\n\n", d.channel.Settings().Name, r.From.Format("Monday, 2 January 2006"))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) {
		for _, c := range cells {
			fmt.Fprintf(w, "%v\t", c)
		}
		fmt.Fprintln(w)
	}
	row("", "opened", "handled", "missed", "followed up", "open", "closed", "missed rate")
	counts := func(name string, c channel.Counts) {
		row(name, c.Opened, c.Handled, c.Missed, c.FollowedUp, c.Opened-c.Closed, c.Closed, fmt.Sprintf("%.0f %%", 100*c.MissedRate()))
	}
	counts("the whole day", r.Counts())
	for _, id := range slices.Sorted(maps.Keys(r.ByStaff)) {
		counts(id, r.ByStaff[id].Counts)
	}
	row()
	row("first reply after", "count", "mean", "p50", "p90", "p99", "max")
	durations(row, r, func(g channel.Group) channel.Durations { return g.FirstReply }, r.FirstReply)
	row()
	row("handled for", "count", "mean", "p50", "p90", "p99", "max")
	durations(row, r, func(g channel.Group) channel.Durations { return g.Handle }, r.Handle)
	if err := w.Flush(); err != nil {
		return err
	}
	hours(out, r)
	m := r.Messages
	_, err := fmt.Fprintf(out, "\nmessages: %d in, %d out, %d automatic, %d failed\n", m.In, m.Out, m.Auto, m.Failed)
	return err
}

func durations(row func(...any), r channel.Report, of func(channel.Group) channel.Durations, all channel.Durations) {
	line := func(name string, d channel.Durations) {
		row(name, d.Count, d.Mean.Round(time.Second), d.P50, d.P90, d.P99, d.Max)
	}
	line("the whole day", all)
	for _, id := range slices.Sorted(maps.Keys(r.ByStaff)) {
		line(id, of(r.ByStaff[id]))
	}
}

// hours draws one sign for each enquiry: # handled, m missed, f missed and followed up, . neither.
func hours(out io.Writer, r channel.Report) {
	fmt.Fprintln(out, "\nby the hour of opening: # handled in time, f missed and followed up, m missed, . neither yet")
	for _, h := range r.ByHour {
		missed := h.Missed - h.FollowedUp
		inTime := h.Handled - h.FollowedUp
		bar := strings.Repeat("#", inTime) + strings.Repeat("f", h.FollowedUp) + strings.Repeat("m", missed) +
			strings.Repeat(".", h.Opened-inTime-h.FollowedUp-missed)
		fmt.Fprintf(out, "  %s  %s\n", h.Hour.Format("15:04"), bar)
	}
}
