// Command source is the other side of Usher: a company's own messaging system,
// reduced to what connects it. Start from it.
//
//	go run ./examples/source -usher https://chat.example/usher -channel shop
//
// Every line typed becomes a visitor's message, "ann: hello" one of the visitor
// ann; what staff answer comes in through the webhook and is printed. The access
// token of the channel is read from USHER_TOKEN and the webhook's secret from
// USHER_SECRET; without one a new secret is made and shown, to be entered as the
// channel's.
//
// Usher posts to https alone: in production a proxy that holds the certificate
// stands before -listen.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/usherchat/usher/webhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "source:", err)
		os.Exit(1)
	}
}

// run serves the webhook and sends what is typed, until ctx ends.
func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("source", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:8090", "`address` to serve the webhook on")
	base := flags.String("usher", "", "`URL` of Usher's incoming API, without the channel; none: only receive")
	channel := flags.String("channel", "", "`id` of our channel")
	if err := flags.Parse(args); err != nil {
		return err
	}
	source := &source{base: *base, channel: *channel, token: env("USHER_TOKEN"), out: stdout}
	if err := source.check(); err != nil {
		return err
	}
	secret, err := source.secret(env("USHER_SECRET"))
	if err != nil {
		return err
	}
	hook, err := webhook.NewReceiver(webhook.ReceiverConfig{Secrets: []webhook.Secret{secret}, Handle: source.handle})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/usher", hook)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	source.print("The webhook is at http://%s/usher", listener.Addr())
	if source.base != "" {
		go source.sayLines(ctx, stdin)
	}
	return serve(ctx, listener, mux)
}

// secret returns the secret that both sides hold, or makes one.
func (s *source) secret(text string) (webhook.Secret, error) {
	if text != "" {
		return webhook.ParseSecret(text)
	}
	secret := webhook.NewSecret()
	s.print("A new secret, for the channel's settings and for USHER_SECRET: %s", secret.Reveal())
	return secret, nil
}

// serve serves until ctx ends, then lets requests under way end.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// sayLines sends each line as a message, one after the other: that keeps a
// visitor's messages in order.
func (s *source) sayLines(ctx context.Context, stdin io.Reader) {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		id, text, named := strings.Cut(lines.Text(), ": ")
		if !named {
			id, text = "visitor", lines.Text()
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := s.say(ctx, visitor{ID: id, Name: id}, text); err != nil {
			s.print("(not sent: %v)", err)
		}
	}
}

// print prints a line; a terminal that has gone is no reason to stop.
func (s *source) print(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}
