package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/usherchat/usher/webhook"
	"golang.org/x/time/rate"
)

// eventData makes bodies of about 500 bytes, as the field's message events have.
var eventData = []byte(`{"channel":"c","source":"App","visitor":"v1","enquiry":"BxdmVfyAfgtWVaF2IwiNWBRPZAe1","seq":7,"message":{"id":` +
	`"BxdmVfyAfgtWVaF2IwiNWBRPZAm2","text":"Thank you for waiting. Your parcel has left our warehouse this morning and is due on Thursday ` +
	`between nine and noon; the driver calls half an hour before. Is there anything else that I can do for you today?"},` +
	`"author":{"kind":"staff","display_name":"Ann Lee"}}`)

func eventBody() []byte {
	return []byte(`{"type":"message","timestamp":"2026-11-22T12:00:00.123456789Z","data":` + string(eventData) + `}`)
}

// senders are the ways to post one event: the floor first, then the library, then the rivals.
func senders(url string) ([]func(ctx context.Context, id string) error, error) {
	body := eventBody()
	floor := newSigner(url)
	client, err := webhook.NewClient(webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Rate: rate.Inf, MaxInFlight: 256, MaxInFlightTotal: 256,
	})
	if err != nil {
		return nil, err
	}
	e := webhook.Endpoint{URL: url, Secrets: []webhook.Secret{webhook.NewSecret()}}
	retrying := newSigner(url)
	rc := retryablehttp.NewClient()
	rc.Logger, rc.HTTPClient = nil, retrying.client
	retrying.client = rc.StandardClient()
	guarded := newSigner(url)
	guarded.client = &http.Client{Transport: failsafehttp.NewRoundTripper(guarded.client.Transport,
		failsafe.Policy[*http.Response](retry()), circuitbreaker.NewBuilder[*http.Response]().Build())}
	return []func(context.Context, string) error{
		func(ctx context.Context, id string) error { return floor.post(ctx, id, body) },
		func(ctx context.Context, id string) error {
			_, err := client.Post(ctx, e, webhook.Event{ID: id, Type: "message", Time: time.Now(), Data: eventData})
			return err
		},
		func(ctx context.Context, id string) error { return retrying.post(ctx, id, body) },
		func(ctx context.Context, id string) error { return guarded.post(ctx, id, body) },
	}, nil
}

func retry() retrypolicy.RetryPolicy[*http.Response] {
	return failsafehttp.NewRetryPolicyBuilder().Build()
}

// post measures Post beside bare net/http with the same signing and beside libraries that retry.
func (b *bench) post(ctx context.Context) error {
	srv, err := serveRaw(func([]byte) []byte { return nil })
	if err != nil {
		return err
	}
	defer srv.close()
	fns, err := senders(srv.url())
	if err != nil {
		return err
	}
	for _, n := range b.callers() {
		var all []contestant
		for i, fn := range fns {
			name := ""
			if i == 1 {
				name = strconv.Itoa(n)
			}
			all = append(all, here(name, func(d time.Duration) (float64, error) {
				return load(n, d, func(int) error {
					return fn(ctx, "msg_"+strconv.FormatInt(ids.Add(1), 10))
				})
			}))
		}
		o, err := b.contest(all...)
		if err != nil {
			return err
		}
		g := atLeast(0.9, 0.7)
		b.table.contest(fmt.Sprintf("Post, %d in flight", n), o, 1, "bare net/http, signed", g)
		b.table.contest(fmt.Sprintf("go-retryablehttp, signed, %d in flight", n), o, 2, "bare", goal{})
		b.table.contest(fmt.Sprintf("failsafe-go retry and breaker, signed, %d in flight", n), o, 3, "bare", goal{})
	}
	return nil
}

// receivers are the ways to take a webhook: the floor first, then the library, then the reference library.
func receivers() ([]http.Handler, webhook.Secret, error) {
	secret := webhook.NewSecret()
	floor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256<<10))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		take(w, body)
	})
	ours, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle: func(_ context.Context, e webhook.Event) error {
			if e.Type != "message" {
				return errors.New("not a message")
			}
			return nil
		},
	})
	if err != nil {
		return nil, "", err
	}
	verify, err := reference(secret)
	if err != nil {
		return nil, "", err
	}
	theirs := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256<<10))
		if err != nil || verify(body, r.Header) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		take(w, body)
	})
	return []http.Handler{floor, ours, theirs}, secret, nil
}

// take decodes an event as a careful handler does.
func take(w http.ResponseWriter, body []byte) {
	var e webhook.Event
	if json.Unmarshal(body, &e) != nil || e.Type != "message" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// receiver measures the receiver beside a handler that only decodes, and beside one with the reference library.
func (b *bench) receiver(context.Context) error {
	handlers, secret, err := receivers()
	if err != nil {
		return err
	}
	var servers []*server
	for _, h := range handlers {
		srv, err := serve(h)
		if err != nil {
			return err
		}
		defer srv.close()
		servers = append(servers, srv)
	}
	body := eventBody()
	for _, n := range b.callers() {
		var all []contestant
		for i, srv := range servers {
			name := ""
			if i == 1 {
				name = strconv.Itoa(n)
			}
			posters := make([]*signingPoster, n)
			for w := range posters {
				if posters[w], err = newSigningPoster(srv.address, secret); err != nil {
					return err
				}
			}
			all = append(all, here(name, func(d time.Duration) (float64, error) {
				return load(n, d, func(w int) error { return posters[w].post(body) })
			}))
		}
		o, err := b.contest(all...)
		if err != nil {
			return err
		}
		b.table.contest(fmt.Sprintf("receiver, %d in flight", n), o, 1, "handler that decodes", atLeast(0.95, 0.7))
		b.table.contest(fmt.Sprintf("reference library and decoding, %d in flight", n), o, 2, "bare", goal{})
	}
	return nil
}

// signingPoster is a lean poster that signs each request under an id of its own.
type signingPoster struct {
	*rawPoster
	head []byte
	key  []byte
}

func newSigningPoster(address string, secret webhook.Secret) (*signingPoster, error) {
	raw, err := newRawPoster(address, "/", http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(secret.Reveal()[len("whsec_"):])
	if err != nil {
		return nil, err
	}
	return &signingPoster{raw, bytes.TrimSuffix(raw.head, []byte("Content-Length: ")), key}, nil
}

func (p *signingPoster) post(body []byte) error {
	id := "msg_" + strconv.FormatInt(ids.Add(1), 10)
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	p.rawPoster.head = append(p.rawPoster.head[:len(p.head):len(p.head)],
		"Webhook-Id: "+id+"\r\nWebhook-Timestamp: "+stamp+"\r\nWebhook-Signature: v1,"+signature(p.key, id, stamp, body)+
			"\r\nContent-Length: "...)
	return p.rawPoster.post(body)
}
