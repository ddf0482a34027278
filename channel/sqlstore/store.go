package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel/conversation"
)

// Defaults of [Config].
const (
	DefaultPrefix = "usher_"
	DefaultCache  = 64 << 20
)

// Config says where a Store keeps what.
type Config struct {
	DB      *sql.DB // required; the Store never closes it
	Dialect Dialect // required

	// Prefix begins the names of the tables and their indexes: up to 24 characters of a-z, 0-9 and _, the first
	// of them a letter; "" = DefaultPrefix. The longest name stays under the 63 bytes of PostgreSQL. The databases'
	// own beginnings, sqlite_ and pg_, are refused on both. Stores with different prefixes have nothing in common.
	Prefix string

	// Cache is about how many bytes of memory the Store spends on conversations in use, so that it need not read
	// them again; 0 = DefaultCache, negative = none. It is a matter of speed only: if another process has changed a
	// conversation meanwhile, the Store reads it and makes the change again.
	Cache int

	// Clock says for Prune what time it is; nil = clock.New().
	Clock clock.Clock
}

// Store is a [channel.Store] in a database. Its methods may be called concurrently, also by several processes over
// the same tables. The zero Store is not usable: see [New].
type Store struct {
	db         *sql.DB
	dialect    Dialect
	prefix     string
	clock      clock.Clock
	statements *statements
	engine     engine
	cache      *cache
	group      *group
}

var _ conversation.Store = (*Store)(nil)

// New returns a Store over db with the defaults of [Config]. It does not touch the database: call
// [Store.Migrate] before anything else.
func New(db *sql.DB, d Dialect) (*Store, error) { return NewWith(Config{DB: db, Dialect: d}) }

// NewWith returns a Store. The error joins all faults of the Config.
func NewWith(c Config) (*Store, error) {
	prefix := cmp.Or(c.Prefix, DefaultPrefix)
	var faults []error
	if c.DB == nil {
		faults = append(faults, errors.New("sqlstore: Config.DB is required"))
	}
	if c.Dialect != SQLite && c.Dialect != PostgreSQL {
		faults = append(faults, errors.New("sqlstore: Config.Dialect must be SQLite or PostgreSQL"))
	}
	switch {
	case !validPrefix(prefix):
		faults = append(faults, fmt.Errorf("sqlstore: Config.Prefix %q must be up to 24 of a-z, 0-9 and _, first a letter", prefix))
	case strings.HasPrefix(prefix, "sqlite_"), strings.HasPrefix(prefix, "pg_"):
		faults = append(faults, fmt.Errorf("sqlstore: Config.Prefix %q begins as the database's own names do", prefix))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	s := &Store{db: c.DB, dialect: c.Dialect, prefix: prefix, clock: c.Clock}
	if s.clock == nil {
		s.clock = clock.New()
	}
	s.statements = newStatements(c.DB, newNames(c.Dialect, prefix))
	if c.Dialect == SQLite {
		s.engine = newSQLite(s)
	} else {
		s.engine = &postgres{s}
	}
	s.cache = newCache(cmp.Or(c.Cache, DefaultCache))
	s.group = newGroup(s.engine.leaders(), batchSize, s.work)
	return s, nil
}

func validPrefix(s string) bool {
	if len(s) > 24 {
		return false
	}
	for i, r := range []byte(s) {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// Update implements [channel.Store].
func (s *Store) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	return s.update(ctx, id, step{look: look, fn: fn})
}

func (s *Store) update(ctx context.Context, id string, st step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	st.over = ctx.Err
	r := &request{step: st, id: id, wake: make(chan struct{}, 1)}
	s.prepare(r)
	return s.group.do(ctx, r)
}

// writeTimeout bounds a transaction that writes, because the contexts of its callers do not.
const writeTimeout = 30 * time.Second

// writing is the context of a transaction that writes.
func writing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), writeTimeout) //nolint:forbidigo // bounds I/O: real time
}
