package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// migrations are the steps from one version of the schema to the next. A step is never changed once it is released.
//
// NAME stands for a text that is compared and ordered by its bytes.
var migrations = [][]string{{
	`CREATE TABLE {conversations} (
		id NAME PRIMARY KEY,
		version BIGINT NOT NULL,
		channel NAME NOT NULL,
		enquiry NAME,
		next_route BIGINT,
		next_wait BIGINT,
		next_notify BIGINT,
		next_deliver BIGINT,
		next_channel BIGINT,
		head TEXT NOT NULL
	)`,
	`CREATE INDEX {conversations_route} ON {conversations} (channel, next_route, id) WHERE next_route IS NOT NULL`,
	`CREATE INDEX {conversations_wait} ON {conversations} (channel, next_wait, id) WHERE next_wait IS NOT NULL`,
	`CREATE INDEX {conversations_notify} ON {conversations} (channel, next_notify, id) WHERE next_notify IS NOT NULL`,
	`CREATE INDEX {conversations_deliver} ON {conversations} (channel, next_deliver, id) WHERE next_deliver IS NOT NULL`,
	`CREATE INDEX {conversations_channel} ON {conversations} (channel, next_channel, id) WHERE next_channel IS NOT NULL`,
	`CREATE TABLE {records} (
		conversation NAME NOT NULL,
		seq BIGINT NOT NULL,
		once NAME,
		enquiry NAME,
		notify BOOLEAN NOT NULL,
		deliver BOOLEAN NOT NULL,
		doc TEXT,
		PRIMARY KEY (conversation, seq)
	)`,
	`CREATE UNIQUE INDEX {records_once} ON {records} (conversation, once) WHERE once IS NOT NULL`,
	`CREATE TABLE {enquiries} (
		id NAME PRIMARY KEY,
		conversation NAME NOT NULL,
		channel NAME NOT NULL,
		number BIGINT NOT NULL,
		visitor NAME NOT NULL,
		status NAME NOT NULL,
		staff NAME NOT NULL,
		opened_at BIGINT NOT NULL,
		accepted_at BIGINT,
		first_reply_at BIGINT,
		missed_at BIGINT,
		closed_at BIGINT,
		follow_up BOOLEAN NOT NULL,
		first_seq BIGINT NOT NULL,
		doc TEXT NOT NULL
	)`,
	`CREATE INDEX {enquiries_opened} ON {enquiries} (opened_at, id)`,
	`CREATE INDEX {enquiries_channel} ON {enquiries} (channel, opened_at, id)`,
	`CREATE INDEX {enquiries_live} ON {enquiries} (channel, status, opened_at, id) WHERE status <> 'closed'`,
	`CREATE INDEX {enquiries_status} ON {enquiries} (status, opened_at, id) WHERE status <> 'closed'`,
	`CREATE INDEX {enquiries_visitor} ON {enquiries} (visitor, opened_at, id) WHERE visitor <> ''`,
	`CREATE INDEX {enquiries_staff} ON {enquiries} (staff, opened_at, id) WHERE staff <> ''`,
	`CREATE INDEX {enquiries_closed} ON {enquiries} (closed_at, id) WHERE status = 'closed'`,
	`CREATE TABLE {channels} (id NAME PRIMARY KEY, last_number BIGINT NOT NULL)`,
	`CREATE TABLE {staff} (id NAME PRIMARY KEY, load BIGINT NOT NULL)`,
}}

// postgresOnly are further steps of the same version for PostgreSQL: rows that change all the time leave room on their
// page, and old versions of them are removed early.
var postgresOnly = [][]string{{
	`ALTER TABLE {conversations} SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`,
	`ALTER TABLE {channels} SET (fillfactor = 50)`,
	`ALTER TABLE {staff} SET (fillfactor = 50)`,
}}

// ErrNewer says that the database was migrated by a newer version of this package, which this one must not touch.
var ErrNewer = errors.New("sqlstore: the database's schema is newer than this program")

// Migrate makes the tables, or brings them up to date. It may be called at every start, by several processes at
// once, and does nothing if there is nothing to do. A schema newer than the package is [ErrNewer]. On SQLite the
// database file is switched to WAL, so that readers and the writer do not wait for each other.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.prepareMigration(ctx); err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := s.migrate(ctx, tx); err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	return nil
}

const createMeta = `CREATE TABLE IF NOT EXISTS {meta} (version BIGINT NOT NULL)`

// prepareMigration does on SQLite what has to be done outside the transaction.
func (s *Store) prepareMigration(ctx context.Context) error {
	if s.dialect != SQLite {
		return nil
	}
	for _, text := range []string{`PRAGMA journal_mode = WAL`, createMeta} {
		if _, err := s.db.ExecContext(ctx, s.statements.names.sql(text)); err != nil {
			return err
		}
	}
	return nil
}

// migrate brings the tables up to date while it keeps others from doing the same.
func (s *Store) migrate(ctx context.Context, tx *sql.Tx) error {
	exec := func(text string) error {
		_, err := tx.ExecContext(ctx, s.ddl(text))
		return err
	}
	if s.dialect == SQLite {
		if err := exec(takeWriter); err != nil {
			return err
		}
	} else {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lockNumber(s.prefix)); err != nil {
			return err
		}
		if err := exec(createMeta); err != nil {
			return err
		}
	}
	var at int
	err := tx.QueryRowContext(ctx, s.ddl(`SELECT COALESCE(MAX(version), 0) FROM {meta}`)).Scan(&at)
	if err != nil {
		return err
	}
	if at > len(migrations) {
		return fmt.Errorf("%w: it has version %d, the program knows %d", ErrNewer, at, len(migrations))
	}
	if at == len(migrations) {
		return nil
	}
	for v := at; v < len(migrations); v++ {
		steps := migrations[v]
		if s.dialect == PostgreSQL {
			steps = append(slices.Clip(steps), postgresOnly[v]...)
		}
		for _, text := range steps {
			if err := exec(text); err != nil {
				return fmt.Errorf("to version %d: %w", v+1, err)
			}
		}
	}
	if err := exec(`DELETE FROM {meta}`); err != nil {
		return err
	}
	return exec(fmt.Sprintf(`INSERT INTO {meta} (version) VALUES (%d)`, len(migrations)))
}

// ddl writes a statement for the dialect.
func (s *Store) ddl(text string) string {
	name := "TEXT"
	if s.dialect == PostgreSQL {
		name = `TEXT COLLATE "C"`
	}
	return s.statements.names.sql(strings.ReplaceAll(text, "NAME", name))
}

// lockNumber is the advisory lock of migrations of tables with that prefix.
func lockNumber(prefix string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("usher sqlstore " + prefix))
	return int64(h.Sum64() >> 1)
}
