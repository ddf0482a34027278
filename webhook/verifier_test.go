package webhook_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

func TestVerifier(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		verifier, err := webhook.NewVerifier([]webhook.Secret{otherKey, v.secret})
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(v.timestamp, 0)
		h := signed(v.id, v.timestamp, v.signature)
		if err := verifier.Verify(h, []byte(v.body), at, 0); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		if err := verifier.Verify(h, []byte(v.body+" "), at, 0); !errors.Is(err, webhook.ErrSignature) {
			t.Errorf("%s, another body: got %v, want ErrSignature", v.name, err)
		}
		if err := verifier.Verify(h, []byte(v.body), at.Add(time.Hour), 0); !errors.Is(err, webhook.ErrTimestamp) {
			t.Errorf("%s, an hour later: got %v, want ErrTimestamp", v.name, err)
		}
		if got := fmt.Sprintf("%+v %d", verifier, verifier); strings.Contains(got, "[") {
			t.Errorf("printed as %s", got)
		}
	}
	if _, err := webhook.NewVerifier([]webhook.Secret{otherKey, "x"}); err == nil || !strings.Contains(err.Error(), "secrets[1]") {
		t.Errorf("a bad secret: got %v, want secrets[1] in it", err)
	}
	none, err := webhook.NewVerifier(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := vectors[0]
	if err := none.Verify(signed(v.id, v.timestamp, v.signature), []byte(v.body), time.Unix(v.timestamp, 0), 0); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("without secrets: got %v, want ErrSignature", err)
	}
}

func BenchmarkVerify(b *testing.B) {
	v := vectors[0]
	h, at, body := signed(v.id, v.timestamp, v.signature), time.Unix(v.timestamp, 0), []byte(v.body)
	b.Run("function", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := webhook.Verify([]webhook.Secret{symmetric}, h, body, at, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verifier", func(b *testing.B) {
		verifier, err := webhook.NewVerifier([]webhook.Secret{symmetric})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if err := verifier.Verify(h, body, at, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}
