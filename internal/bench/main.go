// Command bench measures the library beside floors and rivals in the same run and prints one table.
//
//	go run -C internal/bench .                  everything, a few minutes
//	go run -C internal/bench . -quick           under a minute; fails on a regression past generous bounds
//	go run -C internal/bench . -only webhook    one section
//
// Contestants take turns; a figure is the median over the rounds, a ratio the median of the rounds' ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// bench is one run of the program.
type bench struct {
	quick  bool
	rounds int           // that count, of each contest
	slice  time.Duration // of one contestant in one round
	table  table

	million  bool   // also 10⁶ conversations in SQLite
	profiles string // folder, "" = none
	server   *pgServer
}

// section is a part of the table.
type section struct {
	name string
	run  func(b *bench, ctx context.Context) error
}

var sections = []section{
	{"routing", (*bench).routing},
	{"webhook-post", (*bench).post},
	{"webhook-receiver", (*bench).receiver},
	{"channel-incoming", eachPeer((*bench).incoming)},
	{"channel-receive", (*bench).receive},
	{"channel-cycle", eachPeer((*bench).cycle)},
	{"channel-latency", (*bench).latency},
	{"channel-memory", (*bench).idle},
	{"sqlite", (*bench).sqlite},
	{"postgres", (*bench).postgres},
	{"postgres-processes", (*bench).processes},
	{"growth-memory", (*bench).growth},
	{"growth-sqlite", (*bench).growthSQLite},
	{"growth-transcripts", (*bench).transcripts},
	{"growth-channels", (*bench).many},
	{"isolation", (*bench).isolation},
}

// picked reports whether a section is among those wanted: by its name, by the part before the dash, or because
// nothing is named.
func (s section) picked(wanted []string) bool {
	group, _, _ := strings.Cut(s.name, "-")
	return len(wanted) == 0 || slices.Contains(wanted, s.name) || slices.Contains(wanted, group)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	asChild := flags.String("child", "", "used by the program itself")
	quick := flags.Bool("quick", false, "short rounds; fail on a regression past generous bounds")
	million := flags.Bool("million", false, "also 1 000 000 conversations in SQLite: some minutes more")
	only := flags.String("only", "", "sections, separated by commas: "+names())
	rounds := flags.Int("rounds", 0, "rounds of each contest (default 9, quick 3)")
	slice := flags.Duration("slice", 0, "time of one contestant in one round (default 400ms, quick 120ms)")
	profiles := flags.String("profiles", "", "write CPU and allocation profiles of the library's part to this folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *asChild != "" {
		return beChild(ctx, *asChild)
	}
	b := &bench{quick: *quick, rounds: 9, slice: 400 * time.Millisecond, profiles: *profiles, million: *million}
	if b.quick {
		b.rounds, b.slice = 3, 120*time.Millisecond
	}
	if *rounds > 0 {
		b.rounds = *rounds
	}
	if *slice > 0 {
		b.slice = *slice
	}
	wanted := strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	for _, w := range wanted {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.picked([]string{w}) }) {
			return fmt.Errorf("-only: no section %q; there are %s", w, names())
		}
	}
	begun := time.Now()
	var failures []error
	for _, s := range sections {
		if !s.picked(wanted) {
			continue
		}
		b.table.section = s.name
		if err := s.run(b, ctx); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	failures = append(failures, b.stopPostgres())
	b.table.print(os.Stdout)
	fmt.Printf("\n%s\n", machine(time.Since(begun)))
	if b.quick {
		failures = append(failures, b.table.regressions()...)
	}
	return errors.Join(failures...)
}

func names() string {
	var all []string
	for _, s := range sections {
		all = append(all, s.name)
	}
	return strings.Join(all, ", ")
}
