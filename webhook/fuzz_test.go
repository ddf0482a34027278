package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/usherchat/usher/webhook"
)

// FuzzSignatureHeader looks for a header that verifies without holding the right
// signature as an entry.
func FuzzSignatureHeader(f *testing.F) {
	v, ed := vectors[0], vectors[2]
	for _, s := range []string{
		v.signature, ed.signature, "v1,", "v1", "", " ", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=", "v2,a " + v.signature,
		v.signature + "  " + ed.signature, v.signature + ",junk", strings.Repeat("v1,a ", 15) + v.signature,
	} {
		f.Add(v.id, "1614265330", s)
	}
	f.Add("a.b", "+1", "v1,x")
	f.Fuzz(func(t *testing.T, id, timestamp, signature string) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signature}}
		err := webhook.Verify([]webhook.Secret{symmetric, publicKey}, h, []byte(v.body), time.Unix(v.timestamp, 0), 0)
		if err == nil {
			entries := strings.Split(signature, " ")
			found := false
			for _, e := range entries {
				found = found || e == v.signature || e == ed.signature
			}
			if !found || len(entries) > 16 || id != v.id || timestamp != "1614265330" {
				t.Errorf("%q %q %q was accepted", id, timestamp, signature)
			}
		} else if !errors.Is(err, webhook.ErrSignature) && !errors.Is(err, webhook.ErrTimestamp) {
			t.Errorf("got %v, want ErrSignature or ErrTimestamp", err)
		}
	})
}

// FuzzSecret finds that a secret that parses signs or verifies, comes back as it
// was, and never shows.
func FuzzSecret(f *testing.F) {
	for _, s := range []string{symmetric, privateKey, publicKey, "", "whsec_", "whsec_[redacted]", encode("whsec_", 64), encode("whsk_", 64)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := webhook.ParseSecret(text)
		if err != nil {
			if !utf8.ValidString(err.Error()) || len(err.Error()) > 200 || s != "" {
				t.Errorf("%q: got %q, %v", text, s, err)
			}
			return
		}
		if s.Reveal() != text || strings.Contains(s.String(), text[6:]) {
			t.Errorf("%q: shown as %q", text, s)
		}
		at := time.Unix(1, 0)
		signature := webhook.Sign(s, "id", at, []byte("body"))
		if signature == "" != strings.HasPrefix(text, "whpk_") {
			t.Fatalf("%q: signature %q", text, signature)
		}
		if signature != "" && webhook.Verify([]webhook.Secret{s}, signed("id", 1, signature), []byte("body"), at, 0) != nil {
			t.Errorf("%q: its own signature does not verify", text)
		}
	})
}

// FuzzEcho finds that only bodies that hold the value are taken, and that what is
// said of others fits into a log.
func FuzzEcho(f *testing.F) {
	const v = "dmFsdWUtdmFsdWU"
	for _, s := range []string{v, `"` + v + `"`, `{"challenge":"` + v + `"}`, `{"code":0,"result":{"challenge":"` + v + `"}}`, "", "{", `"`, "\x00\x1b", "null", "[]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		problem := webhook.CheckEcho(body, v)
		if body := bytes.TrimPrefix(body, []byte("\ufeff")); problem == "" {
			var s any
			if json.Unmarshal(body, &s) != nil && string(bytes.TrimSpace(body)) != v || len(body) > 4096 {
				t.Errorf("%q was taken", body)
			}
		}
		if !utf8.ValidString(problem) || len(problem) > 2000 || strings.ContainsAny(problem, "\n\r\x00\x1b\u202e") {
			t.Errorf("%q: %q", body, problem)
		}
	})
}

// FuzzRetryAfter finds that every header gives between nothing and an hour.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, s := range []string{"", "0", "120", "9999999999", "-1", "Sun, 22 Nov 2026 10:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Sunday, 22-Nov-26 10:00:30 GMT", "1e9", "٣"} {
		f.Add(s, now.Unix())
	}
	f.Fuzz(func(t *testing.T, value string, unix int64) {
		d := webhook.RetryAfter(value, time.Unix(unix%(1<<40), 0))
		if d < 0 || d > time.Hour {
			t.Errorf("%q: %v", value, d)
		}
		if next, again := (webhook.Retry{}).Next(1, &webhook.Error{Err: errors.New("x"), RetryAfter: d}); next < d || !again {
			t.Errorf("%q: Next: %v, %v", value, next, again)
		}
	})
}

// FuzzReceiver finds that no request panics, that none gets in without a
// signature, and that what gets in is as it was signed.
func FuzzReceiver(f *testing.F) {
	for _, body := range []string{hello, `{"type":"challenge","challenge":"abc"}`, `{"type":1}`, "", "[]", `{"type":"a","timestamp":"x"}`, "\x00", `{"data":{}}`} {
		f.Add(true, "msg_1", "application/json", []byte(body))
		f.Add(false, "msg_1", "application/json; charset=utf-8", []byte(body))
	}
	f.Add(true, "a.b", "text/plain", []byte(hello))
	f.Fuzz(func(t *testing.T, honest bool, id, contentType string, body []byte) {
		var got []webhook.Event
		s := newSource(t, webhook.ReceiverConfig{MaxBody: 1 << 16, Handle: func(_ context.Context, ev webhook.Event) error {
			got = append(got, ev)
			return nil
		}})
		secret := webhook.Secret(symmetric)
		if !honest {
			secret = otherKey
		}
		now := s.clock.Now()
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header = signed(id, now.Unix(), webhook.Sign(secret, id, now, body))
		r.Header.Set("Content-Type", contentType)
		w := s.serve(r)
		switch w.Code {
		case 204:
			whole := bytes.TrimPrefix(body, []byte("\ufeff"))
			if !honest || len(got) != 1 || got[0].ID != id || !json.Valid(whole) || !utf8.Valid(body) || len(got[0].Data) > 0 && !json.Valid(got[0].Data) {
				t.Errorf("honest %v: %+v", honest, got)
			}
		case 200:
			if !honest || len(got) != 0 || !json.Valid(w.Body.Bytes()) || !strings.HasPrefix(w.Body.String(), `{"challenge":"`) {
				t.Errorf("honest %v: echoed %q", honest, w.Body)
			}
		case 400, 401, 413, 415:
			if len(got) != 0 {
				t.Errorf("answered %d after Handle had %+v", w.Code, got)
			}
			if !honest && w.Code == 400 {
				t.Error("a stranger was told that the body is bad")
			}
		default:
			t.Errorf("answered %d", w.Code)
		}
	})
}

// FuzzCheck finds that no settings panic and that none without https pass.
func FuzzCheck(f *testing.F) {
	for _, u := range []string{"https://example.com/", "http://example.com", "https://[::1%25lo]/", "https://①②⑦.⓪.⓪.①/", "https://a:b@c#d", "://", "https://127.1/"} {
		f.Add(u, "X-A", "b")
	}
	client := newClient(f, webhook.Config{})
	f.Fuzz(func(t *testing.T, u, name, value string) {
		err := client.Check(webhook.Endpoint{URL: u, Header: http.Header{name: {value}}})
		if err == nil && !strings.HasPrefix(strings.ToLower(u), "https://") {
			t.Errorf("%q passed", u)
		}
		if err != nil && (!utf8.ValidString(err.Error()) || len(err.Error()) > 8000) {
			t.Errorf("%q: %q", u, err)
		}
	})
}
