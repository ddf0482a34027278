// Command livechat is examples/livechat with everything kept in one SQLite file: stop it, start it again, and the
// conversations go on.
//
//	go run -C examples/sql ./livechat -db chat.db
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	_ "modernc.org/sqlite"

	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/examples/livechat/app"
)

func main() {
	file := flag.String("db", "livechat.db", "the database `file`")
	addr := flag.String("addr", "127.0.0.1:8080", "where the chat backend listens; another port if this one is taken")
	visitors := flag.String("visitors", "127.0.0.1:8081", "where the app of the visitors listens")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *file, *addr, *visitors)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "livechat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file, addr, visitors string) (err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlstore.New(db, sqlstore.SQLite)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	return app.Serve(ctx, os.Stdout, addr, visitors, app.Config{Store: store, SettingsFile: file + ".settings.json"})
}
