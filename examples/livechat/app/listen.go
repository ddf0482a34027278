package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
)

// Serve listens on two addresses, says so on out, and runs the example until ctx ends.
func Serve(ctx context.Context, out io.Writer, desk, visitors string, c Config) (err error) {
	if c.Desk, err = Listen(ctx, desk); err != nil {
		return err
	}
	if c.Source, err = Listen(ctx, visitors); err != nil {
		return errors.Join(err, c.Desk.Close())
	}
	a, err := New(c)
	if err != nil {
		return errors.Join(err, c.Desk.Close(), c.Source.Close())
	}
	fmt.Fprintf(out, "Open %s in a browser. Visitors come in at %s. Ctrl-C ends it.\n", a.DeskURL(), a.SourceURL())
	return a.Run(ctx)
}

// errPublic: this example has no login, so nobody else may reach it.
var errPublic = errors.New("this example has no login: listen on loopback only")

// Listen opens a loopback address. If the port is taken, another one will do.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil && host != "localhost" || ip != nil && !ip.IsLoopback() {
		return nil, fmt.Errorf("%s: %w", addr, errPublic)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	return l, nil
}
