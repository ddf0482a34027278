package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

	client, err := webhook.NewClient(webhook.Config{ // in production: the zero Config
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

func ExampleNewReceiver() {
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		Handle: func(_ context.Context, ev webhook.Event) error {
			fmt.Println("handled", ev.Type)
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	unsigned := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	unsigned.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	receiver.ServeHTTP(w, unsigned) // in a program: http.Handle("/usher", receiver)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 401 {"title":"Unauthorized","status":401}
}

func ExampleNewClient() {
	_, err := webhook.NewClient(webhook.Config{Timeout: -1, Retry: webhook.Retry{Jitter: 2}})
	fmt.Println(err)
	// Output:
	// webhook: Timeout: negative
	// Retry.Jitter: more than 1
}

// An outbox posts and keeps for each event what Next says.
func ExampleRetry_Next() {
	retry := webhook.Retry{Jitter: -1} // the default schedule, to the second
	answered := &webhook.Error{Op: "post", Status: 503, Err: errors.New("answered 503")}
	for attempt := range 3 {
		fmt.Println(retry.Next(attempt+1, answered))
	}
	deferred := &webhook.Error{Op: "post", Err: webhook.ErrOpen, RetryAfter: 20 * time.Second}
	fmt.Println(retry.Next(3, deferred)) // the third attempt is still to come
	refused := &webhook.Error{Op: "post", Status: 410, Permanent: true, Err: errors.New("answered 410")}
	fmt.Println(retry.Next(3, refused))
	// Output:
	// 1s true
	// 5s true
	// 30s true
	// 20s true
	// 0s false
}

func ExampleClient_Check() {
	client, err := webhook.NewClient(webhook.Config{})
	if err != nil {
		panic(err)
	}
	fmt.Println(client.Check(webhook.Endpoint{
		URL:     "http://169.254.169.254/latest",
		Secrets: []webhook.Secret{"password"},
	}))
	// Output:
	// webhook: check http://169.254.169.254/latest: url: https is required
	// address refused: link-local (RFC 3927)
	// secrets[0]: a secret begins with whsec_, whsk_ or whpk_
}

func ExampleSign() {
	const secret = webhook.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	body := []byte(`{"test": 2432232314}`)
	at := time.Unix(1614265330, 0)
	signature := webhook.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	fmt.Println(signature)

	h := http.Header{}
	h.Set(webhook.HeaderID, "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set(webhook.HeaderTimestamp, "1614265330")
	h.Set(webhook.HeaderSignature, signature)
	fmt.Println(webhook.Verify([]webhook.Secret{secret}, h, body, at, 0))
	fmt.Println(webhook.Verify([]webhook.Secret{secret}, h, body, at.Add(time.Hour), 0))
	// Output:
	// v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
	// <nil>
	// webhook: timestamp not acceptable: -3600 seconds from now
}

func ExampleSecret() {
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v %s %q\n", secret, secret, secret)
	fmt.Println(secret.Reveal())
	// Output:
	// whsec_[redacted] whsec_[redacted] "whsec_[redacted]"
	// whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
}

// A dashboard lists how the endpoints stand.
func ExampleClient_States() {
	client, err := webhook.NewClient(webhook.Config{Transport: asking{}})
	if err != nil {
		panic(err)
	}
	endpoint := webhook.Endpoint{URL: "https://source.example/usher?token=secret"}
	_, _ = client.Post(context.Background(), endpoint, webhook.Event{ID: "msg_1", Type: "message"})
	for s := range client.States() {
		fmt.Println(s.URL, s.State, time.Until(s.Until).Round(time.Minute))
	}
	// Output:
	// https://source.example paused 30m0s
}

// asking answers every request with 429.
type asking struct{}

func (asking) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusTooManyRequests, Body: http.NoBody,
		Header: http.Header{"Retry-After": {"1800"}},
	}, nil
}

func ExampleNewSeen() {
	ctx := context.Background()
	seen := webhook.NewSeen(nil, 0, 0)
	fmt.Println(seen.Claim(ctx, "msg_1")) // ours to handle
	fmt.Println(seen.Claim(ctx, "msg_1")) // busy
	if err := seen.Settle(ctx, "msg_1", true); err != nil {
		panic(err)
	}
	fmt.Println(seen.Claim(ctx, "msg_1")) // done
	// Output:
	// false false <nil>
	// false true <nil>
	// true false <nil>
}

func ExampleNewSecret() {
	secret := webhook.NewSecret()
	fmt.Println(secret, len(secret.Reveal()), len(secret.Fingerprint()))
	// Output:
	// whsec_[redacted] 50 22
}

// An API that takes signed requests verifies them over the raw body.
func ExampleNewVerifier() {
	verifier, err := webhook.NewVerifier([]webhook.Secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	if err != nil {
		panic(err)
	}
	body := []byte(`{"test": 2432232314}`)
	h := http.Header{}
	h.Set(webhook.HeaderID, "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set(webhook.HeaderTimestamp, "1614265330")
	h.Set(webhook.HeaderSignature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	now := time.Unix(1614265330, 0)
	fmt.Println(verifier.Verify(h, body, now, webhook.DefaultTolerance))
	fmt.Println(verifier.Verify(h, body[1:], now, webhook.DefaultTolerance))
	// Output:
	// <nil>
	// webhook: signature invalid: no signature is by one of the secrets
}
