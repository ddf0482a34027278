package channel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/webhook"
)

// writes counts what is recorded.
type writes struct {
	channel.Store
	n int
}

func (s *writes) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	wrote := false
	err := s.Store.Update(ctx, id, look, func(c *conversation.Conversation) error {
		err := fn(c)
		wrote = err == nil && c.Write
		return err
	})
	if wrote && err == nil {
		s.n++
	}
	return err
}

// Ways in which a fuzzed request says who it comes from.
const (
	byToken = iota
	bySignature
	byHeaders // what is given as authorization and signature
	ways
)

// FuzzRequests asks the incoming API anything at all: it never panics, never answers 5xx, records nothing of what it
// refuses, and what it takes can be told and posted.
func FuzzRequests(f *testing.F) {
	const receipt = `{"message":"MESSAGE","status":"read","at":"2026-03-02T09:00:00Z","reason":"why"}`
	for _, s := range []struct {
		way                                       uint8
		method, path, kind, authorization, signed string
		body                                      string
	}{
		{path: "/shop/messages", body: hello},
		{path: "/shop/messages", body: strings.Replace(hello, `"1"`, `"in-1"`, 1)},
		{path: "/shop/messages", body: `{"visitor":{"id":"v","first_name":"Ann","last_name":"李","family_first":true,"name":"x","avatar_url":"https://e.com/","locale":"zh-Hant-HK","attributes":{"a":"b"}},"message":{"id":"9","text":"**x**","format":"markdown","attachments":[{"kind":"image","url":"https://e.com/a","name":"a","mime":"image/png","caption":"c","sha256":"","size":1}],"location":{"latitude":1,"longitude":2,"name":"n"},"choices":[{"text":"a","value":"b"}],"choice":"b","reply_to":"MESSAGE","metadata":{"k":"v"}},"sent_at":"2026-03-02T09:15:04.25+08:00"}`},
		{way: bySignature, path: "/shop/messages", body: hello},
		{path: "/shop/receipts", body: receipt},
		{path: "/shop/receipts", body: strings.Replace(receipt, "read", "failed", 1)},
		{path: "/shop/receipts", body: strings.Replace(receipt, "2026-03-02T09:00:00Z", "9999-12-31T23:00:00-02:00", 1)},
		{path: "/shop/messages", body: strings.Replace(hello, "{", `{"sent_at":"0000-01-01T00:00:00+02:00",`, 1)},
		{path: "/shop/receipts", body: strings.Replace(receipt, "MESSAGE", "MESSAGE9", 1)},
		{path: "/shop/typing", body: `{"visitor":"v"}`},
		{path: "/shop/messages/1", method: "DELETE"},
		{path: "/nobody/messages", body: hello},
		{path: "//", body: hello},
		{path: "/shop/messages", kind: "text/plain; charset=utf-8", body: hello},
		{way: byHeaders, path: "/shop/messages", authorization: "Basic YTpi", body: hello},
		{way: byHeaders, path: "/shop/messages", signed: "v1,AAAA v1a,", body: hello},
		{path: "/shop/messages", body: `{"visitor":{"id":"` + strings.Repeat("x", 200) + `"},"message":{"id":"\u0000","text":"\ud800"}}`},
		{path: "/shop/messages", body: strings.Repeat("[", 20_000)},
		{path: "/shop/messages", body: `{"visitor":null,"message":{"id":7}}`},
	} {
		f.Add(s.way, s.method, s.path, s.kind, s.authorization, s.signed, []byte(s.body))
	}
	f.Fuzz(func(t *testing.T, way uint8, method, path, kind, authorization, signed string, body []byte) {
		w := newWorld(t, func(w *world) {
			w.config.Store = &writes{Store: channel.NewMemStore()}
			w.settings.Sends = []string{channel.SendEnquiry, channel.SendTyping}
		})
		said := w.say(w.hear("hello"), ann, "hi")
		body = bytes.ReplaceAll(body, []byte("MESSAGE"), []byte(said))
		store := w.config.Store.(*writes)
		before := store.n
		resp := w.askAnything(way%ways, method, path, kind, authorization, signed, body)
		w.judge(resp, before == store.n)
		w.host.setHook(func(_ context.Context, e channel.Event) error {
			if _, err := json.Marshal(e); err != nil {
				t.Errorf("what the host is told cannot be written: %v", err)
			}
			return nil
		})
		w.run()
		for e, err := range w.ch.Enquiries(t.Context(), channel.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			for entry, err := range w.ch.Transcript(t.Context(), e.ID) {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := json.Marshal(entry); err != nil {
					t.Errorf("the transcript cannot be written: %v", err)
				}
			}
		}
	})
}

// askAnything makes a request that no client would make.
func (w *world) askAnything(way uint8, method, path, kind, authorization, signed string, body []byte) *http.Response {
	if method == "" {
		method = http.MethodPost
	}
	r := &http.Request{
		Method: method, URL: &url.URL{Path: path}, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	now := w.clock.Now()
	switch way {
	case byToken:
		r.Header.Set("Authorization", "Bearer "+w.settings.Tokens[0])
	case bySignature:
		r.Header.Set(webhook.HeaderID, "m1")
		r.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
		r.Header.Set(webhook.HeaderSignature, webhook.Sign(w.settings.Webhook.Secrets[0], "m1", now, body))
	default:
		r.Header.Set("Authorization", authorization)
		r.Header.Set(webhook.HeaderID, "m1")
		r.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
		r.Header.Set(webhook.HeaderSignature, signed)
	}
	rec := httptest.NewRecorder()
	w.hub.Handler().ServeHTTP(rec, r.WithContext(w.t.Context()))
	return rec.Result()
}

// judge checks an answer. unchanged tells that nothing was recorded.
func (w *world) judge(resp *http.Response, unchanged bool) {
	w.t.Helper()
	body := read(w.t, resp)
	switch resp.StatusCode {
	case http.StatusAccepted, http.StatusOK:
		var accepted channel.Accepted
		if err := json.Unmarshal([]byte(body), &accepted); err != nil || accepted.Message == "" {
			w.t.Errorf("%d %s: %v", resp.StatusCode, body, err)
		}
		if accepted.Duplicate != unchanged || accepted.Duplicate != (resp.StatusCode == http.StatusOK) {
			w.t.Errorf("%d %s, recorded: %t", resp.StatusCode, body, !unchanged)
		}
		return
	case http.StatusNoContent:
		return
	}
	refusals := []int{400, 401, 404, 405, 413, 415}
	if !slices.Contains(refusals, resp.StatusCode) {
		w.t.Errorf("answered %d: %s", resp.StatusCode, body)
	}
	var problem struct{ Status int }
	if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Status != resp.StatusCode {
		w.t.Errorf("%d %s: %v", resp.StatusCode, body, err)
	}
	if !unchanged {
		w.t.Errorf("recorded, though refused with %d: %s", resp.StatusCode, body)
	}
	if strings.Contains(body, w.settings.Tokens[0]) || strings.Contains(body, "whsec_") {
		w.t.Errorf("the answer holds a secret: %s", body)
	}
}
