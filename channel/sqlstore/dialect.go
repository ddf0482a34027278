package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

// Dialect is the database that a [Store] works with. The zero Dialect is none.
type Dialect uint8

// Dialects.
const (
	// SQLite 3.35 or newer, built with its JSON functions (which it is since 3.38 by default): for one machine.
	SQLite Dialect = iota + 1
	// PostgreSQL 14 or newer: for any number of machines.
	PostgreSQL
)

// String returns the name of the database.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	default:
		return fmt.Sprintf("Dialect(%d)", uint8(d))
	}
}

// engine is what the databases do differently. A nil tx means a transaction of its own.
type engine interface {
	// leaders is how many groups of changes are worked on at the same time.
	leaders() int

	// query runs a statement and calls scan for every row.
	query(ctx context.Context, tx *transaction, scan func(*sql.Rows) error, text string, args ...any) error

	// load reads what the slots ask for: their heads, records by key and Seq, and enquiries.
	load(ctx context.Context, slots []*slot) error

	// ahead reads the next records of lanes.
	ahead(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookAhead) error

	// record records slots in a transaction of its own and says in each what became of it. After an error
	// nothing was recorded, unless the connection broke while the database did so.
	record(ctx context.Context, slots []*slot) error

	// write runs fn in a transaction that may write.
	write(ctx context.Context, fn func(tx *transaction) error) error

	// lock marks slots that were changed meanwhile as met, and keeps others from changing the rest.
	lock(ctx context.Context, tx *transaction, slots []*slot) error

	// put writes the rows of slots; what cannot be written is marked as met, or errMet demands a rollback.
	put(ctx context.Context, tx *transaction, slots []*slot) error

	// peek returns when lanes are next due, for each channel that has anything after the time asked for.
	peek(ctx context.Context, asks []lookNext) ([]moment, error)

	// claim returns conversations that are due, by channel and in order, and keeps others from claiming them
	// until the end of tx.
	claim(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookDue) ([]claimed, error)
}

// names puts the names of tables, written {name}, and parameters, written $1, into statements.
type names struct {
	tables  *strings.Replacer
	dialect Dialect
}

var parameter = regexp.MustCompile(`\$([0-9])`)

func newNames(d Dialect, prefix string) names {
	return names{tables: strings.NewReplacer("{", prefix, "}", ""), dialect: d}
}

func (n names) sql(text string) string {
	if n.dialect == SQLite {
		text = parameter.ReplaceAllString(text, "?$1")
	}
	return n.tables.Replace(text)
}
