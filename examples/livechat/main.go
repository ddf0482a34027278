// Livechat is a chat backend in miniature, with real pages in a browser: what the library does, in one minute. It
// keeps everything in memory, listens on loopback and needs nothing else.
//
//	go run ./examples/livechat
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/usherchat/usher/examples/livechat/app"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "livechat:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	addr := flag.String("addr", "127.0.0.1:8080", "where the chat backend listens; another port if this one is taken")
	visitors := flag.String("visitors", "127.0.0.1:8081", "where the app of the visitors listens")
	forget := flag.Duration("forget", 0, "forget visitors so long after their enquiry was closed; 0 = never")
	verbose := flag.Bool("v", false, "log what goes wrong")
	flag.Parse()

	log := slog.New(slog.DiscardHandler)
	if *verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return app.Serve(ctx, os.Stdout, *addr, *visitors, app.Config{Forget: *forget, Logger: log})
}
