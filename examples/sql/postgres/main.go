// Command postgres shows two processes that share one PostgreSQL database. Three visitors write to whichever of the
// two their message happens to reach; whichever has room answers. In the middle one of the processes is killed, and
// the other takes over what it had begun. In the end every message is answered once, and in order.
//
//	go run -C examples/sql ./postgres
//
// It starts a PostgreSQL server of its own, in a temporary folder, unless it is given one with -dsn.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/usherchat/usher/examples/sql/internal/pgserver"
)

func main() {
	dsn := flag.String("dsn", "", "an existing database, as `postgres://user@host/name`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, *dsn)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "postgres:", err)
		os.Exit(1)
	}
}

// start is either of the two processes, if it was started as one, or else all of the story.
func start(ctx context.Context, dsn string) (err error) {
	if name := os.Getenv("USHER_EXAMPLE_PROCESS"); name != "" {
		return work(ctx, name)
	}
	if dsn == "" {
		server, err := pgserver.Start()
		if err != nil {
			return fmt.Errorf("%w; give me a database with -dsn", err)
		}
		defer func() { err = errors.Join(err, server.Close()) }()
		dsn = server.DSN("postgres")
		fmt.Println("A PostgreSQL server is running on loopback.")
	}
	return tell(ctx, dsn)
}
