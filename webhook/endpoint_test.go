package webhook_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	allowing := webhook.Config{AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	tests := []struct {
		name     string
		config   webhook.Config
		endpoint webhook.Endpoint
		want     []string // none: good
		blocked  bool
	}{
		{name: "https", endpoint: webhook.Endpoint{URL: "https://example.com/hook?key=1", Secrets: []webhook.Secret{secret}}},
		{name: "a port", endpoint: webhook.Endpoint{URL: "https://example.com:8443"}},
		{name: "capitals", endpoint: webhook.Endpoint{URL: "HTTPS://Example.COM/"}},
		{name: "a public address", endpoint: webhook.Endpoint{URL: "https://[2606:4700:4700::1111]/"}},
		{name: "letters of another script", endpoint: webhook.Endpoint{URL: "https://例え.jp/"}},
		{name: "loopback that is allowed", config: allowing, endpoint: webhook.Endpoint{URL: "http://localhost:1/"}},
		{name: "no URL", want: []string{"url: an absolute https URL", "a host is required"}},
		{name: "http", endpoint: webhook.Endpoint{URL: "http://example.com/"}, want: []string{"url: https is required"}},
		{name: "another scheme", endpoint: webhook.Endpoint{URL: "gopher://example.com/"}, want: []string{"an absolute https URL"}},
		{name: "a path", endpoint: webhook.Endpoint{URL: "/hook"}, want: []string{"an absolute https URL"}},
		{name: "opaque", endpoint: webhook.Endpoint{URL: "https:example.com"}, want: []string{"a host is required"}},
		{name: "user info", endpoint: webhook.Endpoint{URL: "https://user:pa55@example.com/"}, want: []string{"user info"}},
		{name: "unreadable, with user info", endpoint: webhook.Endpoint{URL: "https://user:pa55@example.com:a/"}, want: []string{"url:"}},
		{name: "a fragment", endpoint: webhook.Endpoint{URL: "https://example.com/#a"}, want: []string{"fragment"}},
		{name: "an empty fragment", endpoint: webhook.Endpoint{URL: "https://example.com/#"}, want: []string{"fragment"}},
		{name: "port 0", endpoint: webhook.Endpoint{URL: "https://example.com:0/"}, want: []string{"port"}},
		{name: "port 65536", endpoint: webhook.Endpoint{URL: "https://example.com:65536/"}, want: []string{"port"}},
		{name: "too long", endpoint: webhook.Endpoint{URL: "https://example.com/" + strings.Repeat("a", 4096)}, want: []string{"longer than 4096"}},
		{name: "a private address", endpoint: webhook.Endpoint{URL: "https://10.0.0.1/"}, want: []string{"url: address refused: private"}, blocked: true},
		{name: "metadata behind NAT64", endpoint: webhook.Endpoint{URL: "https://[64:ff9b::a9fe:a9fe]/"}, want: []string{"link-local"}, blocked: true},
		{name: "a zone", endpoint: webhook.Endpoint{URL: "https://[fe80::1%25eth0]/"}, want: []string{"zone"}, blocked: true},
		{name: "localhost", endpoint: webhook.Endpoint{URL: "https://localhost/"}, want: []string{"localhost"}, blocked: true},
		{name: "a number", endpoint: webhook.Endpoint{URL: "https://0x7f000001/"}, want: []string{"a number in place of a name"}, blocked: true},
		{
			name: "bad secrets", endpoint: webhook.Endpoint{URL: "https://example.com", Secrets: []webhook.Secret{secret, "pa55", publicKey}},
			want: []string{"secrets[1]: a secret begins with", "secrets[2]: a public key cannot sign"},
		},
		{
			name: "many secrets", endpoint: webhook.Endpoint{URL: "https://example.com", Secrets: make([]webhook.Secret, 17)},
			want: []string{"secrets: 17 of them, at most 16"},
		},
		{name: "reserved headers", endpoint: webhook.Endpoint{URL: "https://example.com", Header: http.Header{
			"host": {"a"}, "Webhook-Id": {"pa55"}, "Transfer-Encoding": {"chunked"}, "accept-encoding": {"gzip"}, "X-Good": {"1"},
		}}, want: []string{"header: ", "Accept-Encoding is set", "Host is set", "Transfer-Encoding is set", "Webhook-Id is set"}},
		{name: "bad headers", endpoint: webhook.Endpoint{URL: "https://example.com", Header: http.Header{
			"X Y": {"1"}, "": {"1"}, "X-A": {"pa55\r\nX-B: 1"}, "x-c": {"1"}, "X-C": {"2"},
		}}, want: []string{`"X Y" is not a header name`, `"" is not a header name`, "X-A: the value holds control", "twice"}},
		{
			name: "long headers", endpoint: webhook.Endpoint{URL: "https://example.com", Header: http.Header{"X": {strings.Repeat("a", 8192)}}},
			want: []string{"header: 8197 bytes, at most 8192"},
		},
		{
			name: "all at once", endpoint: webhook.Endpoint{URL: "http://a:pa55@127.0.0.1:0#x", Secrets: []webhook.Secret{""}, Header: http.Header{"Te": nil}},
			want: []string{"https is required", "user info", "fragment", "loopback", "port", "secrets[0]: empty secret", "Te is set"}, blocked: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := newClient(t, tt.config).Check(tt.endpoint)
			if len(tt.want) == 0 {
				if err != nil {
					t.Errorf("Check: %v", err)
				}
				return
			}
			e, ok := errors.AsType[*webhook.Error](err)
			if !ok || e.Op != "check" || !e.Permanent {
				t.Fatalf("Check: got %#v, want a permanent *Error", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Check: got %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "pa55") {
				t.Errorf("the error gives a secret away: %v", err)
			}
			if errors.Is(err, webhook.ErrBlocked) != tt.blocked {
				t.Errorf("ErrBlocked: got %v, want %v", err, tt.blocked)
			}
		})
	}
}

func TestNewClientFaults(t *testing.T) {
	t.Parallel()
	_, err := webhook.NewClient(webhook.Config{
		Timeout: -1, Burst: -1, MaxInFlight: -1, MaxResponse: -1, MaxEndpoints: -1, UserAgent: "a\nb",
		AllowNetworks: make([]netip.Prefix, 1),
		Retry:         webhook.Retry{Jitter: 2},
		Breaker:       webhook.Breaker{Failures: 1000, Ratio: 2, Open: -1},
	})
	for _, field := range []string{
		"Timeout", "Burst", "MaxInFlight", "MaxResponse", "MaxEndpoints", "UserAgent", "AllowNetworks[0]", "Retry.Jitter",
		"Breaker.Failures", "Breaker.Ratio", "Breaker: Window and Open",
	} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("NewClient: got %v, want %s in it", err, field)
		}
	}
	if _, err := webhook.NewClient(webhook.Config{Wrap: func(http.RoundTripper) http.RoundTripper { return nil }}); err == nil {
		t.Error("NewClient took a Wrap that returns nil")
	}
	if _, err := webhook.NewClient(webhook.Config{Breaker: webhook.Breaker{Failures: -1, Ratio: 7}}); err != nil {
		t.Errorf("NewClient without a breaker: %v", err)
	}
}
