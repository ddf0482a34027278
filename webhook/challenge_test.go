package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// echoing answers a challenge as it should.
func echoing(r *http.Request) (*http.Response, error) {
	var c struct{ Type, Challenge string }
	_ = json.NewDecoder(r.Body).Decode(&c) // what cannot be read is no challenge
	if c.Type != "challenge" {
		return answer(400), nil
	}
	resp := answer(200)
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(c.Challenge)), -1
	return resp, nil
}

func TestEcho(t *testing.T) {
	t.Parallel()
	const v = "dmFsdWUtdmFsdWUtdmFsdWUtdmFsdWU"
	tests := []struct {
		body string
		want string // "": good
	}{
		{v, ""},
		{v + "\n", ""},
		{" \r\n" + v + "\t", ""},
		{"\ufeff" + v, ""},
		{"\ufeff " + `{"challenge":"` + v + `"}` + "\r\n", ""},
		{" \ufeff" + `"` + v + `"`, ""},
		{"\ufeff", "with an empty body"},
		{"\ufeff\ufeff" + v, "instead of the challenge"},
		{v + "\ufeff", "instead of the challenge"},
		{`"` + v + `"`, ""},
		{`{"challenge":"` + v + `"}`, ""},
		{`{"ok":true,"challenge":"` + v + `"}`, ""},
		{`{"code":0,"result":{"challenge":"` + v + `"}}`, ""},
		{`{"result":{"challenge":"` + v + `"},"code":0,"msg":""}`, ""},
		{"", "with an empty body"},
		{"  \n", "with an empty body"},
		{v[1:], "instead of the challenge"},
		{v + v, "instead of the challenge"},
		{strings.ToUpper(v), "instead of the challenge"},
		{`'` + v + `'`, "instead of the challenge"},
		{`"` + v, "instead of the challenge"},
		{`{"Challenge":"` + v + `"}`, "instead of the challenge"},
		{`{"challenge":["` + v + `"]}`, "instead of the challenge"},
		{`["` + v + `"]`, "instead of the challenge"},
		{`{"code":1,"result":{"challenge":"` + v + `"}}`, "instead of the challenge"},
		{`{"code":"0","result":{"challenge":"` + v + `"}}`, "instead of the challenge"},
		{`{"result":{"challenge":"` + v + `"}}`, "instead of the challenge"},
		{`{"code":0,"result":{"result":{"challenge":"` + v + `"}}}`, "instead of the challenge"},
		{`{"type":"challenge"}`, "instead of the challenge"},
		{"null", "instead of the challenge"},
		{"<html><title>Welcome</title>\x00\x1b[31m\u202e\u3164\u2028</html>", `with "<html><title>Welcome</title>[31m </html>" instead`},
		{v + strings.Repeat(" ", 4096), "with more than 4 KiB"},
		{strings.Repeat("x", 4000), strings.Repeat("x", 200) + "…"},
	}
	for _, tt := range tests {
		got := webhook.CheckEcho([]byte(tt.body), v)
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) || tt.want != "" && got == "" {
			t.Errorf("%.60q: got %.80q, want %.60q", tt.body, got, tt.want)
		}
	}
}

func TestChallengeRequest(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	values := make(map[string]bool)
	client := newClient(t, webhook.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if err := webhook.Verify([]webhook.Secret{secret}, r.Header, body, time.Now(), 0); err != nil {
			t.Errorf("the challenge's signature: %v", err)
		}
		if !bytes.HasPrefix(body, []byte(`{"type":"challenge","challenge":"`)) {
			t.Errorf("body: %s", body)
		}
		var c struct{ Challenge string }
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, err
		}
		if len(c.Challenge) != 43 || values[c.Challenge] {
			t.Errorf("value %q: not 32 bytes, or not fresh", c.Challenge)
		}
		values[c.Challenge] = true
		r.Body = io.NopCloser(bytes.NewReader(body))
		return echoing(r)
	})})
	for range 3 {
		if err := client.Challenge(t.Context(), webhook.Endpoint{URL: example.URL, Secrets: []webhook.Secret{secret}}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestChallengeTries counts the tries and measures the pauses, in fake time.
func TestChallengeTries(t *testing.T) {
	t.Parallel()
	ok := webhooktest.OK()
	tests := []struct {
		name     string
		steps    []webhooktest.Step
		requests int
		took     time.Duration
		want     string // "": proved
	}{
		{"at once", []webhooktest.Step{ok}, 1, 0, ""},
		{"late", []webhooktest.Step{webhooktest.LateEcho(9 * time.Second)}, 1, 9 * time.Second, ""},
		{"too late, then good", []webhooktest.Step{webhooktest.LateEcho(11 * time.Second), ok}, 2, 11 * time.Second, ""},
		{"third try", []webhooktest.Step{webhooktest.ResetBeforeHeader(), webhooktest.Status(503), ok}, 3, 5 * time.Second, ""},
		{"429", []webhooktest.Step{webhooktest.RetryAfter(429, "60"), ok}, 2, time.Second, ""},
		{"silent for ever", []webhooktest.Step{webhooktest.Silence(), webhooktest.Silence(), webhooktest.Silence(), ok}, 3, 35 * time.Second, "timed out"},
		{"drips for ever", []webhooktest.Step{webhooktest.Drip(200, time.Second), ok}, 2, 11 * time.Second, ""},
		{"down", []webhooktest.Step{webhooktest.Status(500), webhooktest.Status(502), webhooktest.Status(504), ok}, 3, 5 * time.Second, "answered 504 Gateway Timeout"},
		{"cut answer", []webhooktest.Step{webhooktest.CutBody(200), ok}, 2, time.Second, ""},
		{"wrong echo", []webhooktest.Step{webhooktest.WrongEcho(), ok}, 1, 0, `answered 200 with "AAAAA`},
		{"partial echo", []webhooktest.Step{webhooktest.PartialEcho(), ok}, 1, 0, "instead of the challenge"},
		{"nothing", []webhooktest.Step{webhooktest.Status(204), ok}, 1, 0, "answered 204 with an empty body"},
		{"404", []webhooktest.Step{webhooktest.Status(404), ok}, 1, 0, "answered 404 Not Found"},
		{"redirect", []webhooktest.Step{webhooktest.Redirect(307, "/other"), ok}, 1, 0, "answered 307"},
		{"huge", []webhooktest.Step{webhooktest.HugeBody(200, 1<<20), ok}, 1, 0, "more than 4 KiB"},
		{"bomb", []webhooktest.Step{webhooktest.GzipBomb(1 << 20), ok}, 1, 0, `answered 200 with Content-Encoding "gzip"`},
		{"string", []webhooktest.Step{webhooktest.EchoAs(`"%"`)}, 1, 0, ""},
		{"a byte-order mark", []webhooktest.Step{webhooktest.EchoAs("\ufeff{\"challenge\":\"%\"}")}, 1, 0, ""},
		{"a byte-order mark before bare text", []webhooktest.Step{webhooktest.EchoAs("\ufeff%\n")}, 1, 0, ""},
		{"a key of another case", []webhooktest.Step{webhooktest.EchoAs(`{"Challenge":"%"}`)}, 1, 0, "instead of the challenge"},
		{"two values", []webhooktest.Step{webhooktest.EchoAs(`{"challenge":"a","challenge":"%"}`)}, 1, 0, "instead of the challenge"},
		{"not UTF-8", []webhooktest.Step{webhooktest.EchoAs("{\"challenge\":\"%\",\"x\":\"\xe9\"}")}, 1, 0, "instead of the challenge"},
		{"envelope", []webhooktest.Step{webhooktest.EchoAs(`{"code":0,"result":{"challenge":"%"}}`)}, 1, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := webhooktest.Start(t, webhooktest.Config{Pipe: true, Secrets: []webhook.Secret{webhook.NewSecret()}})
				defer e.Close()
				client := newClient(t, e.Client())
				defer client.CloseIdleConnections()
				e.Script(tt.steps...)
				start := time.Now()
				err := client.Challenge(t.Context(), e.Webhook())
				if got := time.Since(start); got != tt.took {
					t.Errorf("took %v, want %v", got, tt.took)
				}
				if got := len(e.Requests()); got != tt.requests {
					t.Errorf("requests: got %d, want %d", got, tt.requests)
				}
				if (err == nil) != (tt.want == "") {
					t.Fatalf("got %v, want %q", err, tt.want)
				}
				if err != nil && (!errors.Is(err, webhook.ErrChallenge) || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("got %v, want ErrChallenge with %q", err, tt.want)
				}
				e.AssertSigned(t)
			})
		})
	}
}

func TestChallengeCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, webhook.Config{Transport: always(503)})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		err := client.Challenge(ctx, example)
		e, ok := errors.AsType[*webhook.Error](err)
		if !ok || !errors.Is(err, context.DeadlineExceeded) || !e.Deferred() {
			t.Errorf("during a pause: got %v, want the context's end", err)
		}
		if err := client.Challenge(ctx, example); errors.Is(err, webhook.ErrChallenge) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the end: got %v, want the context's end alone", err)
		}
	})
}

func TestChallengeOfNoEndpoint(t *testing.T) {
	t.Parallel()
	client := newClient(t, webhook.Config{})
	err := client.Challenge(t.Context(), webhook.Endpoint{URL: "http://a:b@user.example", Secrets: []webhook.Secret{"x"}})
	e, ok := errors.AsType[*webhook.Error](err)
	if !ok || e.Op != "challenge" || !e.Permanent || errors.Is(err, webhook.ErrChallenge) {
		t.Fatalf("got %#v, want a permanent fault of the settings", err)
	}
	for _, want := range []string{"https is required", "user info", "secrets[0]"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
