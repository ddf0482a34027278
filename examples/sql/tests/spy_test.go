package tests_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
)

// spy notes the statements that a driver is given.
type spy struct {
	driver.Connector
	mu    sync.Mutex
	texts map[string]int // how often each ran
}

// newSpy connects to a place through a spy until the test ends.
func newSpy(tb testing.TB, p place) (*spy, *sql.DB) {
	tb.Helper()
	plain := p.database(tb)
	s := &spy{texts: map[string]int{}}
	if opener, ok := plain.Driver().(driver.DriverContext); ok {
		connector, err := opener.OpenConnector(p.dsn)
		if err != nil {
			tb.Fatal(err)
		}
		s.Connector = connector
	} else {
		s.Connector = dsnConnector{plain.Driver(), p.dsn}
	}
	db := sql.OpenDB(s)
	db.SetMaxOpenConns(p.conns)
	db.SetMaxIdleConns(p.conns)
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s, db
}

type dsnConnector struct {
	driver driver.Driver
	dsn    string
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c dsnConnector) Driver() driver.Driver                        { return c.driver }

// Connect implements driver.Connector.
func (s *spy) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &spyConn{c, s}, nil
}

func (s *spy) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[text]++
}

// all returns the statements so far.
func (s *spy) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.texts))
}

// reset forgets what was noted and returns how many statements ran.
func (s *spy) reset() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, times := range s.texts {
		n += times
	}
	clear(s.texts)
	return n
}

// spyConn passes everything on. Both drivers of these tests implement what it asserts.
type spyConn struct {
	driver.Conn
	spy *spy
}

func (c *spyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c *spyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	st, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	return &spyStmt{st, c.spy, query}, err
}

func (c *spyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.spy.note(query)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *spyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.spy.note(query)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *spyConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *spyConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *spyConn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

type spyStmt struct {
	driver.Stmt
	spy  *spy
	text string
}

func (s *spyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.spy.note(s.text)
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s *spyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.spy.note(s.text)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

var errUnused = errors.New("not used")

// Exec and Query are the old way, which database/sql does not take here.
func (s *spyStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errUnused }
func (s *spyStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errUnused }
