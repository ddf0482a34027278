package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// maxCopied is how many conversations are copied for a floor at most.
const maxCopied = 100_000

// growthFloor copies all that was planted into tables of the floor's own, and makes rounds in which the rows of a
// full cycle are written raw for the same visitors: what the engine itself takes longer among so many.
func growthFloor(ctx context.Context, j job, live int) (func(time.Duration) (sample, error), error) {
	d := sqliteAt(j.DSN, nil)
	db, _ := d.open(2)
	if _, err := d.store(ctx, db, "floor_"); err != nil {
		return nil, err
	}
	var faults []error
	for _, table := range []string{"conversations", "records", "enquiries"} {
		_, err := db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO floor_%s SELECT * FROM usher_%s`, table, table))
		faults = append(faults, err)
	}
	var head, doc string
	faults = append(faults,
		db.QueryRowContext(ctx, `SELECT head FROM usher_conversations LIMIT 1 OFFSET 10`).Scan(&head),
		db.QueryRowContext(ctx, `SELECT doc FROM usher_records WHERE once IS NOT NULL LIMIT 1`).Scan(&doc))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	floor, err := newRawRows(ctx, d, db, []string{head}, doc)
	if err != nil {
		return nil, err
	}
	ids.Add(1 << 20) // the floor's records come after those that were planted
	raw := rawCallers(connections)
	every := j.N / live
	return func(d time.Duration) (sample, error) {
		return measured(d, func(d time.Duration) (float64, error) {
			return load(connections, d, func(w int) error {
				return floor.cycle(&raw[w], conversation.ID("c", visitorID(int64(every*rand.IntN(live)))))
			})
		})
	}, nil
}
