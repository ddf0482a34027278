// Reports simulates a day of a chat backend and prints the channel's report, as a table or as CSV. Eleven hours take
// a second or two, and the output is the same each time: this is how to test a host without sleeping.
//
//	go run ./examples/reports
//	go run ./examples/reports -csv
//
// What makes it possible is in [newDay] and [day.run]:
//
//  1. The hub, its webhook client and the roster share one clock.Mock.
//  2. The webhook client has a Transport of the test's own (see [app]): no socket, no address to allow.
//  3. Nothing runs by itself: there is no Hub.Run. The test moves the clock and calls Hub.RunDue, which routes, tells
//     the host, posts and times out all that is due by then, and returns when it is done.
//  4. A deadline is met to the instant by a step that ends on it: an offer that stands for a minute is withdrawn by the
//     RunDue at that minute, and neither before nor after.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	asCSV := flag.Bool("csv", false, "print comma-separated values")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *asCSV); err != nil {
		fmt.Fprintln(os.Stderr, "reports:", err)
		os.Exit(1)
	}
}

// run simulates the day and writes its report.
func run(ctx context.Context, w io.Writer, asCSV bool) error {
	d, err := newDay(ctx)
	if err != nil {
		return err
	}
	if err := d.run(ctx); err != nil {
		return err
	}
	report, err := d.channel.Report(ctx, midnight, midnight.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	if asCSV {
		return report.WriteCSV(w)
	}
	return table(w, d, report)
}
