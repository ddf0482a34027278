package channel

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// settingsJSON is the form in which settings are stored.
type settingsJSON struct {
	ID           string            `json:"id"`
	Source       string            `json:"source"`
	Name         string            `json:"name"`
	Webhook      webhookJSON       `json:"webhook"`
	Routing      json.RawMessage   `json:"routing,omitempty"`
	Messages     messages.Settings `json:"messages,omitzero"`
	OfferWait    span              `json:"offer_wait,omitempty"`
	MaxWait      span              `json:"max_wait,omitempty"`
	AwayEvery    span              `json:"away_every,omitempty"`
	ReopenWithin span              `json:"reopen_within,omitempty"`
	AutoClose    span              `json:"auto_close,omitempty"`
	ChannelRate  rate.Limit        `json:"channel_rate,omitempty"`
	ChannelBurst int               `json:"channel_burst,omitempty"`
	VisitorRate  rate.Limit        `json:"visitor_rate,omitempty"`
	VisitorBurst int               `json:"visitor_burst,omitempty"`
	Limits       messages.Limits   `json:"limits,omitzero"`
	Sends        []string          `json:"sends,omitempty"`
}

type webhookJSON struct {
	URL string `json:"url"`
}

// MarshalJSON implements json.Marshaler. A routing.Custom is written as its name.
func (s Settings) MarshalJSON() ([]byte, error) {
	var rule json.RawMessage
	if s.Routing != nil {
		b, err := routing.MarshalRule(s.Routing)
		if err != nil {
			return nil, fmt.Errorf("routing: %w", err)
		}
		rule = b
	}
	return json.Marshal(settingsJSON{
		ID: s.ID, Source: s.Source, Name: s.Name, Webhook: webhookJSON{URL: s.Webhook.URL}, Routing: rule,
		Messages: s.Messages, OfferWait: span(s.OfferWait), MaxWait: span(s.MaxWait),
		AwayEvery: span(s.AwayEvery), ReopenWithin: span(s.ReopenWithin), AutoClose: span(s.AutoClose),
		ChannelRate: s.ChannelRate, ChannelBurst: s.ChannelBurst,
		VisitorRate: s.VisitorRate, VisitorBurst: s.VisitorBurst, Limits: s.Limits, Sends: s.Sends,
	})
}

// UnmarshalJSON implements json.Unmarshaler. Secrets, Header, Tokens and Router keep what s holds already.
// Unknown fields are ignored, but the rule is read strictly, as by routing.ParseRule.
func (s *Settings) UnmarshalJSON(data []byte) error {
	var j settingsJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	var rule routing.Rule
	if len(j.Routing) > 0 && string(j.Routing) != "null" {
		r, err := routing.ParseRule(j.Routing)
		if err != nil {
			return fmt.Errorf("routing: %w", err)
		}
		rule = r
	}
	*s = Settings{
		ID: j.ID, Source: j.Source, Name: j.Name,
		Webhook: webhook.Endpoint{URL: j.Webhook.URL, Secrets: s.Webhook.Secrets, Header: s.Webhook.Header},
		Tokens:  s.Tokens, Routing: rule, Router: s.Router, Messages: j.Messages,
		OfferWait: time.Duration(j.OfferWait), MaxWait: time.Duration(j.MaxWait),
		AwayEvery: time.Duration(j.AwayEvery), ReopenWithin: time.Duration(j.ReopenWithin),
		AutoClose: time.Duration(j.AutoClose), ChannelRate: j.ChannelRate, ChannelBurst: j.ChannelBurst,
		VisitorRate: j.VisitorRate, VisitorBurst: j.VisitorBurst, Limits: j.Limits, Sends: j.Sends,
	}
	return nil
}

// span is a duration as text: "60s", "30m", "720h".
type span time.Duration

// MarshalJSON implements json.Marshaler.
func (d span) MarshalJSON() ([]byte, error) {
	t := time.Duration(d)
	text := t.String()
	switch {
	case t > 0 && t%time.Hour == 0:
		text = strconv.FormatInt(int64(t/time.Hour), 10) + "h"
	case t > 0 && t%time.Second == 0:
		text = strconv.FormatInt(int64(t/time.Second), 10) + "s"
	}
	return []byte(strconv.Quote(text)), nil
}

// UnmarshalText reads what time.ParseDuration reads.
func (d *span) UnmarshalText(text []byte) error {
	t, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = span(t)
	return nil
}

func validID(id string) bool {
	if id == "" || len(id) > 64 || id == "." || id == ".." { // the last two mean something in a path
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
	}) < 0
}

func validToken(token string) bool {
	return len(token) >= minTokenLength && strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
