package sqlstore

import (
	"context"
	"database/sql"
	"sync"
)

// renewAfter is how often a statement is used before it is prepared afresh: a database plans it for the size that
// the tables have then.
const renewAfter = 4096

// statements prepares each statement once and keeps it. Within a transaction nothing is prepared, because that
// might wait for the only connection there is: what is missing runs as it is and is prepared before the next one.
type statements struct {
	db    *sql.DB
	names names

	mu     sync.Mutex
	by     map[string]*statement
	wanted map[string]struct{}
}

// statement is a prepared one. Guarded by statements.mu.
type statement struct {
	*sql.Stmt
	uses    int // in all
	users   int // at the moment
	retired bool
}

func newStatements(db *sql.DB, n names) *statements {
	return &statements{db: db, names: n, by: map[string]*statement{}, wanted: map[string]struct{}{}}
}

// begin starts a transaction, with all that earlier ones missed prepared.
func (s *statements) begin(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error) {
	s.mu.Lock()
	var missed []string
	for text := range s.wanted {
		missed = append(missed, text)
	}
	clear(s.wanted)
	s.mu.Unlock()
	for _, text := range missed {
		if err := s.prepare(ctx, text); err != nil {
			return nil, err
		}
	}
	return s.db.BeginTx(ctx, opts)
}

// prepare prepares a statement, or prepares it afresh.
func (s *statements) prepare(ctx context.Context, text string) error {
	prepared, err := s.db.PrepareContext(ctx, s.names.sql(text))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.by[text]; old != nil {
		old.retired = true
		s.closeUnused(old)
	}
	s.by[text] = &statement{Stmt: prepared}
	return nil
}

// use returns the prepared statement of a text, or nil if that has to wait until tx is over. The caller gives it
// back with release.
func (s *statements) use(ctx context.Context, tx *sql.Tx, text string) (*statement, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.by[text]
	if st == nil || st.uses == renewAfter {
		if tx == nil {
			s.mu.Unlock()
			err := s.prepare(ctx, text)
			s.mu.Lock()
			if err != nil {
				return nil, err
			}
			st = s.by[text]
		} else {
			s.wanted[text] = struct{}{}
		}
	}
	if st != nil {
		st.uses++
		st.users++
	}
	return st, nil
}

func (s *statements) release(st *statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.users--
	s.closeUnused(st)
}

func (s *statements) closeUnused(st *statement) {
	if st.retired && st.users == 0 {
		_ = st.Close()
	}
}

// exec runs a statement and returns how many rows it touched. Without tx it is a transaction of its own.
func (s *statements) exec(ctx context.Context, tx *sql.Tx, text string, args ...any) (int64, error) {
	st, err := s.use(ctx, tx, text)
	if err != nil {
		return 0, err
	}
	var result sql.Result
	if st != nil {
		defer s.release(st)
		result, err = in(ctx, tx, st).ExecContext(ctx, args...) //nolint:sqlclosecheck // st is kept, or closed with tx
	} else {
		result, err = tx.ExecContext(ctx, s.names.sql(text), args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement and calls scan for every row. Without tx it is a transaction of its own.
func (s *statements) query(ctx context.Context, tx *sql.Tx, scan func(*sql.Rows) error, text string, args ...any) error {
	st, err := s.use(ctx, tx, text)
	if err != nil {
		return err
	}
	var rows *sql.Rows
	if st != nil {
		defer s.release(st)
		rows, err = in(ctx, tx, st).QueryContext(ctx, args...) //nolint:sqlclosecheck // st is kept, or closed with tx
	} else {
		rows, err = tx.QueryContext(ctx, s.names.sql(text), args...)
	}
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func in(ctx context.Context, tx *sql.Tx, st *statement) *sql.Stmt {
	if tx == nil {
		return st.Stmt
	}
	return tx.StmtContext(ctx, st.Stmt)
}
