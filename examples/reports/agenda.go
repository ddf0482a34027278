package main

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// agenda is what people are going to do. Its order is theirs: by time, then by name.
type agenda struct {
	entries []entry
}

type entry struct {
	at  time.Time
	who string
	do  func(context.Context) error
}

func (a *agenda) add(at time.Time, who string, do func(context.Context) error) {
	a.entries = append(a.entries, entry{at, who, do})
}

// do does what is planned up to now, what is planned by that included.
func (a *agenda) do(ctx context.Context, now time.Time) error {
	for {
		slices.SortStableFunc(a.entries, func(x, y entry) int { return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.who, y.who)) })
		if len(a.entries) == 0 || a.entries[0].at.After(now) {
			return nil
		}
		next := a.entries[0]
		a.entries = a.entries[1:]
		if err := next.do(ctx); err != nil {
			return err
		}
	}
}
