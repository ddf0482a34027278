package app

import (
	"context"
	"errors"
	"fmt"
	"net"
)

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
