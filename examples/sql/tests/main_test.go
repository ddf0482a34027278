// Package tests_test proves on real databases what channel/sqlstore promises.
package tests_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	_ "modernc.org/sqlite"

	"github.com/usherchat/usher/examples/sql/internal/pgserver"
)

var serverSettings = []string{"shared_buffers=256MB", "max_connections=200"}

// server is the PostgreSQL server of these tests, nil if PostgreSQL is not installed.
var server *pgserver.Server

func TestMain(m *testing.M) {
	if orders := os.Getenv(childVariable); orders != "" {
		child(orders)
	}
	var err error
	server, err = pgserver.Start(serverSettings...)
	switch {
	case errors.Is(err, pgserver.ErrMissing) && os.Getenv("CI") == "":
		fmt.Fprintln(os.Stderr, "WITHOUT PostgreSQL: ", err)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if server != nil {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// engine is a database to test with.
type engine struct {
	name    string
	dialect sqlstore.Dialect
	// fresh returns a new database.
	fresh func(tb testing.TB) place
}

// place is where a store keeps its data.
type place struct {
	driver, dsn, prefix string
	dialect             sqlstore.Dialect
	conns               int
}

var engines = []engine{
	{"SQLite", sqlstore.SQLite, func(tb testing.TB) place {
		tb.Helper()
		return place{driver: "sqlite", dsn: sqliteDSN(filepath.Join(tb.TempDir(), "usher.db")), dialect: sqlstore.SQLite, conns: 8}
	}},
	{"PostgreSQL", sqlstore.PostgreSQL, func(tb testing.TB) place {
		tb.Helper()
		if server == nil {
			tb.Skip("PostgreSQL is not installed")
		}
		prefix := fmt.Sprintf("t%d_", prefixes.Add(1))
		return place{driver: "pgx", dsn: server.DSN("postgres"), prefix: prefix, dialect: sqlstore.PostgreSQL, conns: 8}
	}},
}

var prefixes atomic.Int64

func sqliteDSN(file string) string {
	return "file:" + file + "?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16000)"
}

// database connects to the place until the test ends.
func (p place) database(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open(p.driver, p.dsn)
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(p.conns)
	db.SetMaxIdleConns(p.conns)
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// store opens the place until the test ends.
func (p place) store(tb testing.TB) *sqlstore.Store {
	tb.Helper()
	return p.storeOn(tb, p.database(tb))
}

func (p place) storeOn(tb testing.TB, db *sql.DB) *sqlstore.Store {
	tb.Helper()
	s, err := sqlstore.NewWith(sqlstore.Config{DB: db, Dialect: p.dialect, Prefix: p.prefix})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Migrate(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// shared is a store whose data another store can open, as another process would.
type shared struct {
	*sqlstore.Store
	place place
}

func (s *shared) Open(tb testing.TB) channel.Store { return &shared{s.place.store(tb), s.place} }
