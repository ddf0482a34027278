package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/usherchat/usher/webhook"
)

// A whole exchange: the source's side, the endpoint proved, an event delivered.
func Example() {
	secret := webhook.NewSecret()
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle: func(_ context.Context, ev webhook.Event) error {
			fmt.Println("got", ev.ID, ev.Type, string(ev.Data))
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	source := httptest.NewServer(receiver)
	defer source.Close()

	client, err := webhook.NewClient(webhook.Config{ // a production Config is zero
		AllowHTTP:     true,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		panic(err)
	}
	defer client.CloseIdleConnections()

	ctx := context.Background()
	endpoint := webhook.Endpoint{URL: source.URL, Secrets: []webhook.Secret{secret}}
	if err := client.Challenge(ctx, endpoint); err != nil {
		panic(err)
	}
	for range 2 { // the second is a repeat, and dropped
		resp, err := client.Deliver(ctx, endpoint, webhook.Event{
			ID: "msg_1", Type: "message", Time: time.Now(), Data: json.RawMessage(`{"text":"Hello"}`),
		})
		fmt.Println(resp.Status, err)
	}
	// Output:
	// got msg_1 message {"text":"Hello"}
	// 204 <nil>
	// 204 <nil>
}
