package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

func encode(prefix string, n int) string {
	return prefix + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xa5}, n))
}

func TestParseSecret(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"24 bytes", encode("whsec_", 24), true},
		{"64 bytes", encode("whsec_", 64), true},
		{"new", webhook.NewSecret().Reveal(), true},
		{"private key", privateKey, true},
		{"public key", publicKey, true},
		{"empty", "", false},
		{"only the prefix", "whsec_", false},
		{"no prefix", encode("", 32), false},
		{"another prefix", encode("sk_", 32), false},
		{"prefix in capitals", encode("WHSEC_", 32), false},
		{"23 bytes", encode("whsec_", 23), false},
		{"65 bytes", encode("whsec_", 65), false},
		{"very long", encode("whsec_", 100_000), false},
		{"unpadded", strings.TrimRight(encode("whsec_", 25), "="), false},
		{"url alphabet", "whsec_" + strings.Repeat("_-", 16), false},
		{"line break inside", "whsec_" + strings.Repeat("AAAA", 4) + "\n" + strings.Repeat("AAAA", 4), false},
		{"space at the end", encode("whsec_", 24) + " ", false},
		{"bits beyond the end", "whsec_" + strings.Repeat("A", 42) + "B=", false},
		{"redacted", webhook.NewSecret().String(), false},
		{"private key of 32 bytes", encode("whsk_", 32), false},
		{"private key of two halves that do not belong together", encode("whsk_", 64), false},
		{"public key of 31 bytes", encode("whpk_", 31), false},
		{"public key with padding bits", strings.Replace(publicKey, "4=", "5=", 1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := webhook.ParseSecret(tt.text)
			if (err == nil) != tt.ok {
				t.Fatalf("ParseSecret: got %v, want ok %v", err, tt.ok)
			}
			if err == nil && got.Reveal() != tt.text {
				t.Error("Reveal: not what was parsed")
			}
			if err != nil && len(tt.text) > 12 && strings.Contains(err.Error(), tt.text[8:]) {
				t.Errorf("the error repeats the secret: %v", err)
			}
		})
	}
}

// TestSecretStaysSecret prints, logs and marshals secrets in every way.
func TestSecretStaysSecret(t *testing.T) {
	t.Parallel()
	for _, s := range []webhook.Secret{webhook.NewSecret(), privateKey, publicKey, "not even a secret"} {
		endpoint := webhook.Endpoint{
			URL: "https://example.com/hook/tokentoken?key=keykey", Secrets: []webhook.Secret{s},
			Header: map[string][]string{"Authorization": {"Bearer bearerbearer"}},
		}
		config := webhook.ReceiverConfig{Secrets: []webhook.Secret{s}}
		client := newClient(t, webhook.Config{Transport: always(200)})
		if s != publicKey && s.String() != "[redacted]" {
			if _, err := client.Post(t.Context(), endpoint, event("a")); err != nil {
				t.Fatal(err)
			}
		}
		var shown []string
		for _, verb := range "vsqxXdoObcUtTeEfFgG" {
			for _, flags := range []string{"", "+", "#", "-80", "0", " ", ".3"} {
				f := "%" + flags + string(verb)
				shown = append(shown, fmt.Sprintf(f, s), fmt.Sprintf(f, &s), fmt.Sprintf(f, []webhook.Secret{s}),
					fmt.Sprintf(f, map[string]webhook.Secret{"k": s}), fmt.Sprintf(f, struct{ S webhook.Secret }{s}),
					fmt.Sprintf(f, endpoint), fmt.Sprintf(f, struct{ E webhook.Endpoint }{endpoint}), fmt.Sprintf(f, config), fmt.Sprintf(f, client))
			}
		}
		var log bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			l := slog.New(h)
			l.Info("x", slog.Any("secret", s), slog.Any("pointer", &s), slog.Any("list", []webhook.Secret{s}), slog.Any("endpoint", endpoint))
			l.Info("x", slog.Any("struct", struct{ S webhook.Secret }{s}))
		}
		shown = append(shown, log.String(), fmt.Sprint(s), s.String())
		for _, v := range []any{s, &s, []webhook.Secret{s}, map[string]webhook.Secret{"k": s}, endpoint} {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if _, isEndpoint := v.(webhook.Endpoint); !isEndpoint { // an endpoint's JSON is its URL, for storing
				shown = append(shown, string(b))
			}
		}
		for _, text := range shown {
			for _, secret := range []string{s.Reveal()[6:], "tokentoken", "keykey", "bearerbearer"} {
				if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
					t.Errorf("%.300q gives away %q", text, secret)
				}
			}
		}
	}
}

func TestSecretText(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	var got webhook.Secret
	if err := got.UnmarshalText([]byte(secret.Reveal())); err != nil || got != secret {
		t.Errorf("UnmarshalText: got %v, %v, want the secret", got, err)
	}
	text, err := secret.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	kept := got
	if err := got.UnmarshalText(text); err == nil {
		t.Error("UnmarshalText took the redacted form")
	}
	if got != kept {
		t.Error("a failed UnmarshalText changed the secret")
	}
	if got, want := secret.String(), "whsec_[redacted]"; got != want {
		t.Errorf("String: got %q, want %q", got, want)
	}
	if got := fmt.Sprint(webhook.Secret("")); got != "" {
		t.Errorf("the zero secret: got %q, want nothing", got)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	a, b := webhook.NewSecret(), webhook.NewSecret()
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("two secrets have one fingerprint")
	}
	if got, want := webhook.Secret(symmetric).Fingerprint(), "GGQQ9zN7AuMdyPx3LtSquA"; got != want {
		t.Errorf("Fingerprint: got %q, want %q: stored ones must stay good", got, want)
	}
}

// TestReceiverStaysSecret prints the handler itself, whose fields are unexported.
func TestReceiverStaysSecret(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	h, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret, privateKey}, Handle: func(context.Context, webhook.Event) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if got := fmt.Sprintf(f, h); strings.Contains(got, secret.Reveal()[6:]) || strings.Contains(got, privateKey[6:]) {
			t.Errorf("%s gives the secret away: %.300q", f, got)
		}
	}
}
