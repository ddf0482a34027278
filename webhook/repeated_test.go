package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

// An endpoint that sends back what it was sent, as services do that echo or dump requests, puts none of it into errors
// or into the log: no query, no header of the host, no message.
func TestRepeated(t *testing.T) {
	t.Parallel()
	const query, auth, text = "token=QUERYQUERY%2FQUERY", "Bearer HEADERHEADERHEADER", "TEXTTEXTTEXT"
	answer := func(body string) string {
		return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	oneLine := strings.NewReplacer("\r\n", " ", ":", "=").Replace
	for name, back := range map[string]func(head, body string) string{
		"all as it came":          func(head, body string) string { return head + body },
		"a head of no colons":     func(head, body string) string { return "HTTP/1.1 500 x\r\n" + oneLine(head) + "\r\n\r\n" },
		"status of the head":      func(head, body string) string { return "HTTP/1.1 " + oneLine(head) + "\r\n\r\n" },
		"status of a header":      func(head, body string) string { return "HTTP/1.1 " + auth[7:] + "\r\n\r\n" },
		"status of the body":      func(head, body string) string { return "HTTP/1.1 " + body + "\r\n\r\n" },
		"length of the body":      func(head, body string) string { return "HTTP/1.1 200 OK\r\nContent-Length: " + body + "\r\n\r\n" },
		"encoding of the body":    func(head, body string) string { return "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + body + "\r\n\r\n" },
		"content encoding":        func(head, body string) string { return "HTTP/1.1 200 OK\r\nContent-Encoding: " + auth + "\r\n\r\nx" },
		"body of all":             func(head, body string) string { return answer(head + body) },
		"body of a header":        func(head, body string) string { return answer(auth[7:]) },
		"body of a header's part": func(head, body string) string { return answer("…" + auth[12:22] + "…") },
		"body of the query": func(head, body string) string {
			plain, _ := url.QueryUnescape(query)
			return answer(`{"args":"` + plain + `"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				head, _ := httputil.DumpRequest(r, false)
				body, _ := io.ReadAll(r.Body)
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, back(string(head), string(body)))
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}))
			t.Cleanup(server.Close)
			var log bytes.Buffer
			client, err := webhook.NewClient(webhook.Config{
				AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
				Breaker: webhook.Breaker{Failures: 1}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			e := webhook.Endpoint{
				URL: server.URL + "/hook?" + query, Secrets: []webhook.Secret{webhook.NewSecret()},
				Header: http.Header{"Authorization": {auth}},
			}
			var said strings.Builder
			for _, id := range []string{"a", "b"} {
				if _, err := client.Post(t.Context(), e, webhook.Event{ID: id, Type: "message", Data: json.RawMessage(`"` + text + `"`)}); err != nil {
					said.WriteString(err.Error())
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			once := e
			once.URL += "&once" // another route: its first attempt says enough
			stop, err := webhook.NewClient(webhook.Config{
				AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
				Observe: func(webhook.Attempt) { cancel() },
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := stop.Challenge(ctx, once); err == nil {
				t.Error("the challenge was answered")
			} else {
				said.WriteString(err.Error())
			}
			for _, part := range []string{"QUERYQ", "HEADERH", "TEXTTEXT"} {
				if all := said.String() + log.String(); strings.Contains(all, part) {
					t.Errorf("%s… is in\n%s", part, all)
				}
			}
		})
	}
}

// What is wrong with a URL is said without quoting it: a password that is taken for a port is a password.
func TestURLFaultsQuoteNothing(t *testing.T) {
	t.Parallel()
	client, err := webhook.NewClient(webhook.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"https://user:PASS/WORD@example.com/", "https://user:PASS#WORD@example.com/", "https://user:PASS?WORD@example.com/",
		"https://user:PASS%zzWORD@example.com/", "https://[PASS/", "https://example.com:PASS/", "https://PASS WORD/",
	} {
		err := client.Check(webhook.Endpoint{URL: bad})
		if err == nil || !strings.Contains(err.Error(), "url: ") || strings.Contains(err.Error(), "PASS") || strings.Contains(err.Error(), "WORD") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
