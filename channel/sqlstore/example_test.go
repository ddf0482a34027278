package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/usherchat/usher/channel/sqlstore"
)

// unreachable stands for a driver, of which this module has none: a host imports one, and opens its database with
// sql.Open("pgx", dsn) or sql.Open("sqlite", "file:usher.db?…").
type unreachable struct{}

func (unreachable) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("the database cannot be reached")
}

func (unreachable) Driver() driver.Driver { return nil }

// Programs that run are in examples/sql of the repository: one with SQLite, and one with PostgreSQL that several
// processes share.
func Example() {
	ctx, db := context.Background(), sql.OpenDB(unreachable{})
	defer db.Close() // after Hub.Run has returned

	store, err := sqlstore.New(db, sqlstore.PostgreSQL) // touches nothing
	if err != nil {
		panic(err)
	}
	// At every start, before the hub is made with channel.HubConfig{Store: store, …}:
	fmt.Println(store.Migrate(ctx))
	// Output:
	// sqlstore: migrate: the database cannot be reached
}

func ExampleNewWith() {
	db := sql.OpenDB(unreachable{})
	_, err := sqlstore.NewWith(sqlstore.Config{
		DB: db, Dialect: sqlstore.SQLite,
		Prefix: "chat_",  // the names of the tables; two stores in one database
		Cache:  16 << 20, // bytes
	})
	fmt.Println(err)
	_, err = sqlstore.NewWith(sqlstore.Config{DB: db, Prefix: "chat-"})
	fmt.Println(err)
	// Output:
	// <nil>
	// sqlstore: Config.Dialect must be SQLite or PostgreSQL
	// sqlstore: Config.Prefix "chat-" must be up to 24 of a-z, 0-9 and _, first a letter
}
