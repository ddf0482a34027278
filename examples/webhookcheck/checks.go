package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/usherchat/usher/webhook"
)

// Bounds of the checks.
const (
	staleBy   = 10 * time.Minute
	largeBody = 200 << 10
	promptly  = 5 * time.Second
)

// A check is one line of the table. Its run says in a few words what was found;
// an error is a failure.
type check struct {
	name   string
	advice string
	run    func(context.Context, *subject) (string, error)
}

func checks() []check {
	return []check{
		{"challenge", "answer a signed {\"type\":\"challenge\",\"challenge\":\"…\"} with 200 and {\"challenge\":\"…\"}.", proves},
		{"forged challenge", "verify the signature before anything else, the challenge's too.", ignoresForgedChallenge},
		{"signed event", "answer 2xx once the event is safe with you.", accepts},
		{"prompt", "answer within seconds and work afterwards: senders give up after 15 s and come again.", isPrompt},
		{"unsigned event", "refuse requests without webhook-signature: 401.", refuses(unsigned)},
		{"forged signature", "compare with the HMAC under your own secret, in constant time.", refuses(forged)},
		{"changed body", "compute the HMAC over the raw body, before any parsing.", refuses(changed)},
		{"stale signature", "refuse a webhook-timestamp more than 5 minutes from now, or old requests can be played again.", refuses(stale)},
		{"early signature", "refuse a webhook-timestamp from the future as well.", refuses(early)},
		{"rotation", "accept a request if any of the signatures in the header is right.", acceptsRotation},
		{"duplicate", "answer 2xx to a webhook-id that you had before, without doing its work again.", toleratesDuplicate},
		{"large body", "read bodies of up to 256 KiB.", acceptsLarge},
		{"slow sender", "wait for a slow body for some seconds, then give up; do not hang.", standsSlow},
		{"unknown type", "answer 2xx to types that you do not know: new ones come without notice.", toleratesUnknown},
		{"not JSON", "answer 4xx to a body that you cannot read: 5xx has it sent again.", refusesNonsense},
	}
}

func proves(ctx context.Context, s *subject) (string, error) {
	if err := s.honest.Challenge(ctx, s.endpoint); err != nil {
		return "", cause(err)
	}
	return "echoed", nil
}

func ignoresForgedChallenge(ctx context.Context, s *subject) (string, error) {
	err := s.stranger.Challenge(ctx, s.forgery())
	if err == nil {
		return "", errors.New("echoed for a stranger")
	}
	if e, ok := errors.AsType[*webhook.Error](err); !ok || e.Status/100 != 4 {
		return "", cause(err)
	}
	return cause(err).Error(), nil
}

func accepts(ctx context.Context, s *subject) (string, error) {
	return s.wantTaken(s.honest.Post(ctx, s.endpoint, s.event("message", testMessage("signed"))))
}

func isPrompt(ctx context.Context, s *subject) (string, error) {
	start := time.Now()
	if _, err := accepts(ctx, s); err != nil {
		return "", err
	}
	if took := time.Since(start); took > promptly {
		return "", fmt.Errorf("answered after %v", took.Round(time.Millisecond))
	}
	return "quick enough", nil
}

func acceptsRotation(ctx context.Context, s *subject) (string, error) {
	e := s.endpoint
	e.Secrets = append([]webhook.Secret{webhook.NewSecret()}, e.Secrets...)
	return s.wantTaken(s.honest.Post(ctx, e, s.event("message", testMessage("rotation"))))
}

func toleratesDuplicate(ctx context.Context, s *subject) (string, error) {
	ev := s.event("message", testMessage("duplicate"))
	for range 2 {
		if _, err := s.wantTaken(s.honest.Post(ctx, s.endpoint, ev)); err != nil {
			return "", err
		}
	}
	return "taken both times", nil
}

func acceptsLarge(ctx context.Context, s *subject) (string, error) {
	return s.wantTaken(s.honest.Post(ctx, s.endpoint, s.event("message", testMessage(strings.Repeat("large ", largeBody/6)))))
}

func standsSlow(ctx context.Context, s *subject) (string, error) {
	resp, err := s.slow.Post(ctx, s.endpoint, s.event("message", testMessage("slow")))
	switch {
	case err == nil, resp.Status == http.StatusRequestTimeout:
		return answered(resp), nil
	default:
		return "", cause(err)
	}
}

func toleratesUnknown(ctx context.Context, s *subject) (string, error) {
	return s.wantTaken(s.honest.Post(ctx, s.endpoint, s.event("webhookcheck.unknown", json.RawMessage(`{}`))))
}

func refusesNonsense(ctx context.Context, s *subject) (string, error) {
	return wantRefused(s.nonsense.Post(ctx, s.endpoint, s.event("message", testMessage("nonsense"))))
}

// refuses makes a check of an attempt that has to be refused.
func refuses(post func(context.Context, *subject) (webhook.Response, error)) func(context.Context, *subject) (string, error) {
	return func(ctx context.Context, s *subject) (string, error) { return wantRefused(post(ctx, s)) }
}

func unsigned(ctx context.Context, s *subject) (webhook.Response, error) {
	return s.stranger.Post(ctx, webhook.Endpoint{URL: s.endpoint.URL}, s.event("message", testMessage("unsigned")))
}

func forged(ctx context.Context, s *subject) (webhook.Response, error) {
	return s.stranger.Post(ctx, s.forgery(), s.event("message", testMessage("forged")))
}

func changed(ctx context.Context, s *subject) (webhook.Response, error) {
	return s.changing.Post(ctx, s.endpoint, s.event("message", testMessage("change me")))
}

func stale(ctx context.Context, s *subject) (webhook.Response, error) {
	return s.late.Post(ctx, s.endpoint, s.event("message", testMessage("stale")))
}

func early(ctx context.Context, s *subject) (webhook.Response, error) {
	return s.early.Post(ctx, s.endpoint, s.event("message", testMessage("early")))
}

// wantTaken wants a 2xx.
func (s *subject) wantTaken(resp webhook.Response, err error) (string, error) {
	if err != nil {
		return "", cause(err)
	}
	return answered(resp), nil
}

// wantRefused wants a 4xx: a 5xx says that the endpoint is broken, not that it
// has refused.
func wantRefused(resp webhook.Response, err error) (string, error) {
	switch {
	case err == nil:
		return "", errors.New(answered(resp) + ": taken")
	case resp.Status/100 != 4:
		return "", cause(err)
	}
	return answered(resp), nil
}

func answered(resp webhook.Response) string {
	return fmt.Sprintf("answered %d", resp.Status)
}

// cause leaves out what the table says already.
func cause(err error) error {
	if e, ok := errors.AsType[*webhook.Error](err); ok && e.Err != nil {
		return e.Err
	}
	return err
}
