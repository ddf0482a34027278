package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"time"

	pgx "github.com/jackc/pgx/v5/stdlib"
	"github.com/usherchat/usher/channel/sqlstore"
	"modernc.org/sqlite"
)

// database is an engine with a database of its own.
type database struct {
	name    string // SQLite, PostgreSQL
	kind    string // for children: sqlite, postgres
	dsn     string
	dialect sqlstore.Dialect
	driver  driver.Driver
	pg      *pgServer // nil = the engine runs in this process
	stop    func() error
}

// newSQLite makes a database file in a temporary folder, with an fsync for each commit.
func newSQLite() (*database, error) {
	dir, err := os.MkdirTemp("", "usher-bench-sqlite")
	if err != nil {
		return nil, err
	}
	return sqliteAt(filepath.Join(dir, "usher.db"), func() error { return os.RemoveAll(dir) }), nil
}

func sqliteAt(path string, stop func() error) *database {
	return &database{
		name: "SQLite FULL", kind: "sqlite", dialect: sqlstore.SQLite, driver: &sqlite.Driver{}, stop: stop,
		dsn: "file:" + path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16000)",
	}
}

// newPostgres makes a database on the server of this run, which the first one starts.
func (b *bench) newPostgres(ctx context.Context, name string) (*database, error) {
	if b.server == nil {
		server, err := startPostgres()
		if err != nil {
			return nil, err
		}
		b.server = server
	}
	admin, _ := postgresAt(b.server.dsn("postgres"), nil).open(1)
	_, err := admin.ExecContext(ctx, `CREATE DATABASE `+name)
	d := postgresAt(b.server.dsn(name), func() error { return nil })
	d.pg = b.server
	return d, errors.Join(err, admin.Close())
}

// stopPostgres ends the server, if there is one.
func (b *bench) stopPostgres() error {
	if b.server == nil {
		return nil
	}
	return b.server.stop()
}

func postgresAt(dsn string, stop func() error) *database {
	return &database{
		name: "PostgreSQL", kind: "postgres", dsn: dsn, dialect: sqlstore.PostgreSQL, driver: pgx.GetDefaultDriver(), stop: stop,
	}
}

// open connects with n connections; commits are counted.
func (d *database) open(n int) (*sql.DB, *committing) {
	db, c := counted(d.driver, d.dsn)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, c
}

// here makes a contestant whose processor time includes the server's.
func (d *database) here(name string, run func(d time.Duration) (float64, error)) contestant {
	return contestant{name, func(dur time.Duration) (sample, error) {
		if d.pg == nil {
			return measured(dur, run)
		}
		before := d.pg.processor()
		s, err := measured(dur, run)
		s.CPU += (d.pg.processor() - before).Seconds() / s.Count
		return s, err
	}}
}

// store makes tables of their own and a Store over them.
func (d *database) store(ctx context.Context, db *sql.DB, prefix string) (*sqlstore.Store, error) {
	s, err := sqlstore.NewWith(sqlstore.Config{DB: db, Dialect: d.dialect, Prefix: prefix})
	if err != nil {
		return nil, err
	}
	return s, s.Migrate(ctx)
}

// logged is how many bytes PostgreSQL has written to its write-ahead log.
func (d *database) logged(ctx context.Context) int64 {
	if d.pg == nil {
		return 0
	}
	db, _ := postgresAt(d.dsn, nil).open(1)
	defer func() { _ = db.Close() }()
	var n int64
	_ = db.QueryRowContext(ctx, `SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint`).Scan(&n)
	return n
}

// size is how many bytes the database takes.
func (d *database) size(ctx context.Context, db *sql.DB) (int64, error) {
	query := `SELECT pg_database_size(current_database())`
	if d.dialect == sqlstore.SQLite {
		query = `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	}
	var n int64
	err := db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// skippable turns a missing server into a row of the table.
func (b *bench) skippable(err error) error {
	if errors.Is(err, errNoPostgres) {
		b.table.note("left out", err.Error())
		return nil
	}
	return err
}
