package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/usherchat/usher/webhook"
)

// demonstrate certifies a good endpoint and a sloppy one. It returns 0 if the
// first passed and the second did not.
func demonstrate(ctx context.Context, w io.Writer) int {
	secret := webhook.NewSecret()
	reference, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle:  func(context.Context, webhook.Event) error { return nil },
	})
	if err != nil {
		fprintln(w, err)
		return 1
	}
	try := func(title string, h http.Handler) int {
		server := httptest.NewUnstartedServer(h)
		server.Config.ReadHeaderTimeout, server.Config.ReadTimeout = 5*time.Second, 15*time.Second
		server.Config.IdleTimeout, server.Config.MaxHeaderBytes = time.Minute, 32<<10
		server.Start()
		defer server.Close()
		fprintf(w, "\n%s\n", title)
		failed, err := certify(ctx, w, webhook.Endpoint{URL: server.URL + "/usher", Secrets: []webhook.Secret{secret}}, true)
		if err != nil {
			fprintln(w, err)
			return -1
		}
		return failed
	}
	good := try("An endpoint made with webhook.NewReceiver.", reference)
	bad := try("A sloppy endpoint: it believes everybody and knows one type.", http.HandlerFunc(sloppy))
	if good != 0 || bad <= 0 {
		return 1
	}
	fprintln(w, "\nNow yours: go run ./examples/webhookcheck -url https://… -secret whsec_…")
	return 0
}

// sloppy is what is often written first.
func sloppy(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Type, Challenge string
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&event); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch event.Type {
	case "challenge":
		_, _ = io.WriteString(w, event.Challenge) // exactly what not to do: see the table
	case "message":
		w.WriteHeader(http.StatusOK)
	default:
		http.Error(w, "unknown type", http.StatusInternalServerError)
	}
}
