package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

// TestDemonstration finds that the reference passes everything, and that the
// sloppy endpoint fails where it is sloppy and nowhere else.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s\n%s", code, &errs, &out)
	}
	good, bad, ok := strings.Cut(out.String(), "A sloppy endpoint")
	if !ok || strings.Contains(good, "FAIL") || !strings.Contains(good, "Certified: all checks passed.") {
		t.Errorf("the reference:\n%s", good)
	}
	stands := []string{"challenge", "signed event", "prompt", "rotation", "duplicate", "slow sender"}
	for _, c := range checks() {
		failed := strings.Contains(bad, "  FAIL  "+c.name+"  ")
		want := !slices.Contains(stands, c.name)
		if failed != want {
			t.Errorf("the sloppy one, %s: failed %v, want %v", c.name, failed, want)
		}
		if failed && !strings.Contains(bad, c.name+": "+c.advice) {
			t.Errorf("no advice for %s", c.name)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle:  func(context.Context, webhook.Event) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	good := httptest.NewServer(receiver)
	t.Cleanup(good.Close)
	bad := httptest.NewServer(http.HandlerFunc(sloppy))
	t.Cleanup(bad.Close)
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"certified", []string{"-local", "-url", good.URL, "-secret", secret.Reveal()}, 0},
		{"not certified", []string{"-local", "-url", bad.URL, "-secret", secret.Reveal()}, 1},
		{"not allowed", []string{"-url", good.URL, "-secret", secret.Reveal()}, 2},
		{"no secret", []string{"-url", good.URL}, 2},
		{"no such flag", []string{"-uri", good.URL}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if got := run(t.Context(), tt.args, &out, &errs); got != tt.want {
				t.Errorf("exit code %d, want %d\n%s%s", got, tt.want, &out, &errs)
			}
			if strings.Contains(out.String()+errs.String(), secret.Reveal()) {
				t.Error("the secret is shown")
			}
		})
	}
}
