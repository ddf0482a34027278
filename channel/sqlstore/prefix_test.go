package sqlstore_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel/sqlstore"
)

// A prefix makes names that both databases take, and none that is their own.
func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		prefix string
		good   bool
	}{
		{"", true},
		{"usher_", true},
		{"a", true},
		{"sqlite", true}, // sqliteconversations is nobody's
		{"pg", true},
		{"my_pg_", true},
		{strings.Repeat("a", 24), true},
		{strings.Repeat("a", 25), false},
		{"sqlite_", false},
		{"sqlite_usher_", false},
		{"SQLite_", false},
		{"pg_", false},
		{"pg_usher_", false},
		{"PG_", false},
		{"Usher_", false},
		{"1_", false},
		{"_", false},
		{`a"`, false},
		{"a'", false},
		{"a.b", false},
		{"a b", false},
		{"a;", false},
		{"é_", false},
		{"a\x00", false},
	} {
		for _, d := range []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL} {
			_, err := sqlstore.NewWith(sqlstore.Config{DB: new(sql.DB), Dialect: d, Prefix: tt.prefix})
			switch {
			case tt.good && err != nil:
				t.Errorf("%q: %v", tt.prefix, err)
			case !tt.good && (err == nil || !strings.Contains(err.Error(), "Config.Prefix")):
				t.Errorf("%q: %v, want a fault of Config.Prefix", tt.prefix, err)
			}
		}
	}
}

// The longest prefix leaves every name short enough for PostgreSQL, which would cut it.
func TestNamesFit(t *testing.T) {
	t.Parallel()
	const most = 63
	for _, name := range sqlstore.Names(strings.Repeat("a", 24)) {
		if n := len(name) + len("_pkey"); n > most {
			t.Errorf("%s has %d bytes with its key's suffix, at most %d are kept", name, n, most)
		}
	}
}
