// Command webhookcheck certifies a webhook endpoint: does it answer the
// challenge, verify signatures, and stand what networks do?
//
//	go run ./examples/webhookcheck -url https://example.com/usher -secret whsec_…
//
// It prints a table of what passed and what did not, with advice, and exits with
// code 1 if something did not. The events it sends say that they are a test; they
// are meant for an endpoint that is not in use yet.
//
// Without flags it certifies two endpoints of its own on the loopback: one from
// webhook.NewReceiver, which passes, and a sloppy one, which shows what is found.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"github.com/usherchat/usher/webhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program; it returns the exit code: 0 certified, 1 not, 2 misused.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("webhookcheck", flag.ContinueOnError)
	flags.SetOutput(stderr)
	url := flags.String("url", "", "the endpoint's `URL`; none: certify two endpoints of our own")
	secret := flags.String("secret", "", "its `secret`, whsec_… (default: the environment's WEBHOOK_SECRET)")
	local := flags.Bool("local", false, "allow http and addresses of this machine and of private networks")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *url == "" {
		return demonstrate(ctx, stdout)
	}
	parsed, err := webhook.ParseSecret(cmp.Or(*secret, os.Getenv("WEBHOOK_SECRET")))
	if err != nil {
		fprintln(stderr, "-secret:", err)
		return 2
	}
	failed, err := certify(ctx, stdout, webhook.Endpoint{URL: *url, Secrets: []webhook.Secret{parsed}}, *local)
	if err != nil {
		fprintln(stderr, err)
		return 2
	}
	return min(failed, 1)
}

// privateNetworks are what -local opens.
func privateNetworks() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// certify runs all checks, prints the table and returns how many failed.
func certify(ctx context.Context, w io.Writer, e webhook.Endpoint, local bool) (int, error) {
	s, err := newSubject(e, local)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if err := s.honest.Check(e); err != nil {
		return 0, err
	}
	fprintf(w, "\nChecking %v\n\n", e)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	failed := 0
	var advice []string
	for _, c := range checks() {
		start := time.Now()
		found, err := c.run(ctx, s)
		took := time.Since(start).Round(time.Millisecond)
		verdict := "pass"
		if err != nil {
			verdict, found = "FAIL", err.Error()
			advice = append(advice, c.name+": "+c.advice)
			failed++
		}
		fprintf(table, "  %s\t%s\t%s\t%v\n", verdict, c.name, found, took)
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	_ = table.Flush() // a table that cannot be printed shows by itself
	if failed == 0 {
		fprintln(w, "\nCertified: all checks passed.")
		return 0, nil
	}
	fprintf(w, "\nNot certified: %d of %d checks failed.\n\n", failed, len(checks()))
	for _, line := range advice {
		fprintln(w, "  •", line)
	}
	return failed, nil
}

// fprintln and fprintf print; a terminal that has gone is no reason to stop.
func fprintln(w io.Writer, args ...any)               { _, _ = fmt.Fprintln(w, args...) }
func fprintf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
