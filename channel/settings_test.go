package channel_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Settings with several faults: one error that names each field, and nothing is registered.
func TestSettingsFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.challenges()
	const secret = "whsec_not-base64"
	_, err := w.hub.Connect(t.Context(), channel.Settings{
		ID: "no/slash", Name: "line\nbreak",
		Webhook: webhook.Endpoint{URL: "ftp://user:password@example.com/#x", Secrets: []webhook.Secret{secret}},
		Tokens:  []string{"short-token", channel.NewToken(), "with space in a token that is long enough"},
		Routing: routing.Percentage{{Percent: 99, To: routing.Staff("ann")}},
		Messages: messages.Settings{
			Welcome: messages.AutoReply{Texts: map[string]string{"de": "{nobody}"}},
			Away:    messages.AutoReply{Texts: map[string]string{"": " "}},
		},
		OfferWait: -1, ReopenWithin: -1, AutoClose: -1, Sends: []string{"typing", "gossip"},
	})
	if !errors.Is(err, channel.ErrInvalid) {
		t.Fatalf("%v, want ErrInvalid", err)
	}
	for _, want := range []string{
		"Settings.ID: ", "Settings.Source: is required", "Settings.Name: ", "Settings.Webhook", "https URL is required",
		"user info", "fragment", "secrets[0]", "Settings.Tokens[0]: ", "Settings.Tokens[2]: ", "Settings.Routing: ",
		"add up to 99", "welcome.texts[de]", "away.texts", "Settings.OfferWait: ", "Settings.ReopenWithin: ",
		"Settings.AutoClose: ", `Settings.Sends[1]: "gossip"`,
	} {
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	for _, never := range []string{"short-token", "with space", "password", "not-base64", "Tokens[1]"} {
		if strings.Contains(err.Error(), never) {
			t.Errorf("the error says %q:\n%v", never, err)
		}
	}
	if w.challenges() != before {
		t.Error("the endpoint was challenged")
	}
}

func TestSettingsFaultsAlone(t *testing.T) {
	t.Parallel()
	good := newWorld(t).settings
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(s *channel.Settings)
		want   string
	}{
		{"no id", func(s *channel.Settings) { s.ID = "" }, "Settings.ID"},
		{"a dot", func(s *channel.Settings) { s.ID = "." }, "Settings.ID"},
		{"two dots", func(s *channel.Settings) { s.ID = ".." }, "Settings.ID"},
		{"long id", func(s *channel.Settings) { s.ID = strings.Repeat("x", 65) }, "Settings.ID"},
		{"id beyond ASCII", func(s *channel.Settings) { s.ID = "gärtner" }, "Settings.ID"},
		{"no name", func(s *channel.Settings) { s.Name = " " }, "Settings.Name"},
		{"long name", func(s *channel.Settings) { s.Name = strings.Repeat("x", 201) }, "Settings.Name"},
		{"no source", func(s *channel.Settings) { s.Source = "" }, "Settings.Source"},
		{"no URL", func(s *channel.Settings) { s.Webhook.URL = "" }, "Settings.Webhook.URL"},
		{"no secret", func(s *channel.Settings) { s.Webhook.Secrets = nil }, "Settings.Webhook.Secrets"},
		{"no rule", func(s *channel.Settings) { s.Routing = nil }, "Settings.Routing"},
		{"rule and Router", func(s *channel.Settings) { s.Router = returning(routing.Decision{}) }, "Settings.Routing"},
		{"an id limit below our own ids", func(s *channel.Settings) { s.Limits.ID = 63 }, "Settings.Limits.ID"},
		{"an id limit above all ids", func(s *channel.Settings) { s.Limits.ID = 513 }, "Settings.Limits.ID"},
		{"no id limit", func(s *channel.Settings) { s.Limits.ID = -1 }, "Settings.Limits.ID"},
		{"display name", func(s *channel.Settings) { s.Messages.DisplayName = 42 }, "Settings.Messages"},
	} {
		s := good
		tt.change(&s)
		err := s.Validate()
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Count(err.Error(), "Settings.") != 1 {
			t.Errorf("%s: %v, want one fault of %s", tt.name, err, tt.want)
		}
	}
	for _, ok := range []func(s *channel.Settings){
		func(s *channel.Settings) { s.ID = "a.b-c_D9" },
		func(s *channel.Settings) { s.ID = strings.Repeat("x", 64) },
		func(s *channel.Settings) { s.Tokens = nil },
		func(s *channel.Settings) { s.Limits = messages.Limits{ID: 512, Text: -1, URL: 1 << 20, Attachments: 1} },
		func(s *channel.Settings) { s.MaxWait, s.AwayEvery = -1, -1 },
		func(s *channel.Settings) { s.ChannelRate, s.VisitorRate = -1, -1 },
		func(s *channel.Settings) { s.Routing, s.Router = nil, returning(routing.Decision{}) },
	} {
		s := good
		ok(&s)
		if err := s.Validate(); err != nil {
			t.Errorf("refused: %v", err)
		}
	}
}

func TestHubConfigFaults(t *testing.T) {
	t.Parallel()
	_, err := channel.NewHub(channel.HubConfig{Workers: -1, DrainTimeout: -1})
	if !errors.Is(err, channel.ErrInvalid) {
		t.Fatalf("%v, want ErrInvalid", err)
	}
	for _, want := range []string{"HubConfig.Notify", "HubConfig.Workers", "HubConfig.DrainTimeout"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
}

// Settings go through JSON without secrets, headers, tokens and Router; those stay in what is read into.
func TestSettingsJSON(t *testing.T) {
	t.Parallel()
	full := channel.Settings{
		ID: "shop", Source: "App", Name: "Support",
		Webhook: webhook.Endpoint{
			URL: "https://source.example/hook", Secrets: []webhook.Secret{webhook.NewSecret()},
			Header: http.Header{"X-Key": {"header-value"}},
		},
		Tokens:  []string{channel.NewToken()},
		Routing: routing.Sticky{Then: routing.Alternative{routing.Staff("ann"), routing.Team("sales")}},
		Messages: messages.Settings{
			DisplayName: messages.FullName, NameInText: true,
			Welcome: messages.AutoReply{Texts: map[string]string{"": "hi {visitor|there}"}},
			Away:    messages.AutoReply{Off: true},
		},
		OfferWait: time.Minute, MaxWait: -1, AwayEvery: 90 * time.Minute, ReopenWithin: 36 * time.Hour,
		AutoClose: 1500 * time.Millisecond, ChannelRate: 10, ChannelBurst: 20, VisitorRate: -1, VisitorBurst: 3,
		Limits: messages.Limits{Text: 1, Attachments: 2, Choices: 3, Metadata: 4, MetadataKey: 5, MetadataValue: 6, ID: 77, URL: 8, Label: -1, Caption: 10},
		Sends:  []string{channel.SendTyping},
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{full.Tokens[0], full.Webhook.Secrets[0].Reveal(), "header-value"} {
		if strings.Contains(string(text), never) {
			t.Errorf("the JSON form holds a secret: %s", text)
		}
	}
	for _, want := range []string{
		`"id":"shop"`, `"webhook":{"url":"https://source.example/hook"}`, `"offer_wait":"60s"`, `"reopen_within":"36h"`,
		`"routing":{"type":"sticky"`, `"sends":["typing"]`,
		`"limits":{"text":1,"attachments":2,"choices":3,"metadata":4,"metadata_key":5,"metadata_value":6,"id":77,"url":8,"label":-1,"caption":10}`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the JSON form lacks %s: %s", want, text)
		}
	}
	got := channel.Settings{Tokens: full.Tokens, Webhook: webhook.Endpoint{Secrets: full.Webhook.Secrets, Header: full.Webhook.Header}}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, got, cmpopts.EquateComparable(webhook.Secret(""))); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
	zero, err := json.Marshal(channel.Settings{ID: "x", Routing: routing.Staff("a")})
	if err != nil || strings.Contains(string(zero), "wait") || strings.Contains(string(zero), "limits") {
		t.Errorf("zero settings are %s, %v", zero, err)
	}
}

func TestSettingsFromJSON(t *testing.T) {
	t.Parallel()
	var s channel.Settings
	if err := json.Unmarshal([]byte(`{"id":"x","new_field":1,"max_wait":"1m30s","routing":null}`), &s); err != nil || s.MaxWait != 90*time.Second {
		t.Errorf("%v, %+v", err, s)
	}
	for _, bad := range []string{
		`{"routing":{"type":"staff","id":"a","typo":1}}`, `{"routing":{"type":"custom","name":"mine"}}`,
		`{"offer_wait":"soon"}`, `{"offer_wait":5}`, `{"id":5}`, `[]`,
	} {
		s = channel.Settings{ID: "before"}
		if err := json.Unmarshal([]byte(bad), &s); err == nil || s.ID != "before" {
			t.Errorf("%s: %v, settings %+v", bad, err, s)
		}
	}
}

// What the caller does with settings afterwards changes nothing.
func TestSettingsAreCopied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.settings.Tokens[0]
	w.settings.Tokens[0] = "changed"
	if got := w.ch.Settings().Tokens[0]; got != token {
		t.Errorf("the channel's token is now %q", got)
	}
	w.ch.Settings().Tokens[0] = "changed"
	if got := w.ch.Settings().Tokens[0]; got != token {
		t.Errorf("the channel's token is now %q", got)
	}
}
