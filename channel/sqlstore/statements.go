package sqlstore

import (
	"context"
	"database/sql"
	"sync"
)

// renewAfter is how often a statement is used before it is prepared afresh, because a database plans a statement for
// the size that the tables have when it is prepared.
const renewAfter = 4096

// statements prepares each statement once and keeps it. A statement that is missing within a transaction is prepared for
// that transaction alone, because another connection may not be free; before the next transaction it is prepared for good.
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
func (s *statements) begin(ctx context.Context, opts *sql.TxOptions) (*transaction, error) {
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
	tx, err := s.db.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &transaction{Tx: tx, bound: map[string]*sql.Stmt{}}, nil
}

// transaction is one with the statements that it has used so far.
type transaction struct {
	*sql.Tx
	bound map[string]*sql.Stmt
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

// use returns the prepared statement of a text. The caller gives it back with release.
func (s *statements) use(ctx context.Context, text string) (*statement, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.by[text]
	if st == nil || st.uses >= renewAfter {
		s.mu.Unlock()
		err := s.prepare(ctx, text)
		s.mu.Lock()
		if err != nil {
			return nil, err
		}
		st = s.by[text]
	}
	st.uses++
	st.users++
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

// bind returns the statement of a text within a transaction, where it stays until the end.
func (s *statements) bind(ctx context.Context, tx *transaction, text string) (*sql.Stmt, error) {
	if st := tx.bound[text]; st != nil {
		return st, nil
	}
	s.mu.Lock()
	st := s.by[text]
	if st == nil || st.uses >= renewAfter {
		s.wanted[text] = struct{}{}
	}
	if st != nil {
		st.uses++
		st.users++
	}
	s.mu.Unlock()
	if st == nil {
		own, err := tx.PrepareContext(ctx, s.names.sql(text)) //nolint:sqlclosecheck // closed with tx
		if err == nil {
			tx.bound[text] = own
		}
		return own, err
	}
	defer s.release(st)
	own := tx.StmtContext(ctx, st.Stmt)
	tx.bound[text] = own
	return own, nil
}

// exec runs a statement and returns how many rows it touched. Without tx it is a transaction of its own.
func (s *statements) exec(ctx context.Context, tx *transaction, text string, args ...any) (int64, error) {
	run, done, err := s.find(ctx, tx, text) //nolint:sqlclosecheck // kept, or closed with tx
	if err != nil {
		return 0, err
	}
	defer done()
	result, err := run.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement and calls scan for every row. Without tx it is a transaction of its own.
func (s *statements) query(
	ctx context.Context, tx *transaction, scan func(*sql.Rows) error, text string, args ...any,
) error {
	run, done, err := s.find(ctx, tx, text) //nolint:sqlclosecheck // kept, or closed with tx
	if err != nil {
		return err
	}
	defer done()
	rows, err := run.QueryContext(ctx, args...)
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

// find returns a statement, to be used until done is called.
func (s *statements) find(ctx context.Context, tx *transaction, text string) (run *sql.Stmt, done func(), err error) {
	if tx != nil {
		run, err = s.bind(ctx, tx, text)
		return run, func() {}, err
	}
	st, err := s.use(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	return st.Stmt, func() { s.release(st) }, nil
}
