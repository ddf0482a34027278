package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
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

	// ahead reads the next records of lanes.
	ahead(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookAhead) error

	// record records slots in a transaction of its own and marks those that conflict. After an error nothing was
	// recorded, unless the connection broke during the commit.
	record(ctx context.Context, slots []*slot) error

	// write runs fn in a transaction that may write.
	write(ctx context.Context, fn func(tx *transaction) error) error

	// put writes the rows of slots. It marks the slots that conflict, or returns errConflicted for all of them.
	put(ctx context.Context, tx *transaction, slots []*slot) error

	// claim returns conversations that are due, by channel and in order. Until tx ends no other transaction gets them.
	claim(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookDue) ([]claimed, error)
}

// names writes statements for a dialect. In a statement {name} is a table, $1 a parameter, and
//
//	rows($1: id text, seq bigint)
//
// the rows k of a parameter that is a JSON array of objects with these members: a statement takes any number of rows, in a
// text that every driver can pass. In PostgreSQL alone
//
//	rows($1, $2 doc: id text, seq bigint)
//
// are such rows with a column doc, which a second parameter holds, one a line.
//
// PostgreSQL's planner expects ten rows of unnest, as a batch has them. Of json_to_recordset it expects a hundred, and
// then reads small tables from one end to the other, for as long as it keeps the plan.
type names struct {
	tables  *strings.Replacer
	dialect Dialect
}

var (
	parameter = regexp.MustCompile(`\$([0-9])`)
	rowList   = regexp.MustCompile(`rows\((\$[0-9]+): ([^)]*)\)`)
	withDocs  = regexp.MustCompile(`rows\((\$[0-9]+), (\$[0-9]+) (\w+): ([^)]*)\)`)
	member    = regexp.MustCompile(`(\w+) \w+`)
)

func newNames(d Dialect, prefix string) names {
	return names{tables: strings.NewReplacer("{", prefix, "}", ""), dialect: d}
}

func (n names) sql(text string) string {
	if n.dialect == PostgreSQL {
		text = withDocs.ReplaceAllString(text, `(SELECT r.*, j.${3} FROM unnest(ARRAY(SELECT json_array_elements(${1}::text::json)),
			string_to_array(${2}, E'\n')) j (member, ${3}) CROSS JOIN LATERAL json_to_record(j.member) r (${4})) k`)
		text = rowList.ReplaceAllString(text, `unnest(ARRAY(SELECT json_array_elements(${1}::text::json))) j
			CROSS JOIN LATERAL json_to_record(j) k (${2})`)
		return n.tables.Replace(text)
	}
	text = rowList.ReplaceAllStringFunc(text, func(list string) string {
		m := rowList.FindStringSubmatch(list)
		members := member.ReplaceAllString(m[2], `json_extract(value, '$$.$1') AS $1`)
		return `(SELECT ` + members + ` FROM json_each(` + m[1] + `)) AS k`
	})
	return n.tables.Replace(parameter.ReplaceAllString(text, "?$1"))
}

// parameters writes each list as the JSON array that rows(…) in a statement reads.
func parameters(lists ...any) ([]any, error) {
	args := make([]any, len(lists))
	for i, list := range lists {
		if docs, ok := list.(documents); ok {
			args[i] = strings.Join(docs, "\n")
			continue
		}
		b, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		if args[i] = string(b); args[i] == "null" { // of an empty list
			args[i] = "[]"
		}
	}
	return args, nil
}
