package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync/atomic"
)

// committing wraps a database driver and counts the commits of transactions that wrote.
type committing struct {
	driver  driver.Driver
	dsn     string
	commits atomic.Int64 // of transactions that wrote
	asked   atomic.Int64 // statements that ran
}

// counted opens a database whose commits are counted.
func counted(d driver.Driver, dsn string) (*sql.DB, *committing) {
	c := &committing{driver: d, dsn: dsn}
	return sql.OpenDB(c), c
}

// Connect implements driver.Connector.
func (c *committing) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &commitConn{Conn: conn, of: c}, nil
}

// Driver implements driver.Connector.
func (c *committing) Driver() driver.Driver { return c.driver }

// commitConn passes everything on.
type commitConn struct {
	driver.Conn
	of    *committing
	inTx  bool
	wrote bool
}

// writes notes that a statement runs, and whether it writes.
func (c *commitConn) writes(text string) {
	c.of.asked.Add(1)
	upper := strings.ToUpper(text)
	if !strings.Contains(upper, "INSERT ") && !strings.Contains(upper, "UPDATE ") && !strings.Contains(upper, "DELETE ") {
		return
	}
	if c.inTx {
		c.wrote = true
	} else {
		c.of.commits.Add(1)
	}
}

func (c *commitConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	c.inTx, c.wrote = true, false
	return commitTx{tx, c}, nil
}

func (c *commitConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	st, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &commitStmt{st, c, text}, nil
}

func (c *commitConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.writes(text)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c *commitConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.writes(text)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c *commitConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *commitConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

type commitTx struct {
	driver.Tx
	c *commitConn
}

func (t commitTx) Commit() error {
	if t.c.wrote {
		t.c.of.commits.Add(1)
	}
	t.c.inTx = false
	return t.Tx.Commit()
}

func (t commitTx) Rollback() error {
	t.c.inTx = false
	return t.Tx.Rollback()
}

type commitStmt struct {
	driver.Stmt
	c    *commitConn
	text string
}

func (s *commitStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.c.writes(s.text)
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s *commitStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.c.writes(s.text)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s *commitStmt) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := s.Stmt.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return s.c.CheckNamedValue(v)
}
