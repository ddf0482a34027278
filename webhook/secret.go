package webhook

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// The prefixes of the three kinds of secret in Standard Webhooks 1.0.0.
const (
	prefixSymmetric = "whsec_" // HMAC-SHA256, 24–64 bytes
	prefixPrivate   = "whsk_"  // ed25519, seed and public key, 64 bytes
	prefixPublic    = "whpk_"  // ed25519, public key, 32 bytes
)

const (
	minSecretBytes = 24
	maxSecretBytes = 64
	newSecretBytes = 32

	redacted = "[redacted]"
)

// A Secret signs and verifies webhooks. It is written as in Standard Webhooks:
// "whsec_" and the padded standard base64 of 24 to 64 random bytes for
// HMAC-SHA256, or for ed25519 "whsk_" (signs and verifies) and "whpk_" (only
// verifies).
//
// A Secret does not give itself away: printed with any verb that fmt passes to
// a Formatter, logged with slog or marshalled as text or JSON, it shows its kind
// alone. What no method can prevent: %p and a misplaced %w, which go vet reports,
// a Secret in an unexported field, and a Secret as the key of a map that becomes
// JSON. [Secret.Reveal] is the intended way to its text. The zero value is no
// secret and prints as "".
type Secret string

// NewSecret returns a new "whsec_" secret of 32 random bytes.
func NewSecret() Secret {
	var b [newSecretBytes]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return Secret(prefixSymmetric + base64.StdEncoding.EncodeToString(b[:]))
}

// ParseSecret reads a secret in its written form. The base64 must be canonical
// and the length right; for an ed25519 private key the two halves must belong
// together, because signing with a foreign public half gives the key away; a
// public key must be a point of the curve, canonical and not of small order, under
// which anyone can sign. The error never repeats the input.
func ParseSecret(s string) (Secret, error) {
	if _, err := parseKey(Secret(s)); err != nil {
		return "", err
	}
	return Secret(s), nil
}

// Reveal returns the secret in full. What it returns belongs in the settings of
// the other side or in a vault, never in a log.
func (s Secret) Reveal() string { return string(s) }

// Fingerprint returns a short stable name for the secret that reveals nothing of
// it: 22 characters of base64url, made of a SHA-256 over at least 24 random
// bytes. Stored beside a URL it says later which secret an endpoint was proved
// with.
func (s Secret) Fingerprint() string {
	sum := sha256.Sum256([]byte("usher webhook secret\x00" + string(s)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// String returns the redacted form, such as "whsec_[redacted]".
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	for _, p := range []string{prefixSymmetric, prefixPrivate, prefixPublic} {
		if strings.HasPrefix(string(s), p) {
			return p + redacted
		}
	}
	return redacted
}

// Format implements [fmt.Formatter] with the redacted form, whatever the verb.
func (s Secret) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'q' || verb == 'v' && f.Flag('#'):
		_, _ = fmt.Fprintf(f, "%q", s.String())
	default:
		_, _ = f.Write([]byte(s.String()))
	}
}

// LogValue implements [slog.LogValuer] with the redacted form.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the redacted form: secrets do not travel by accident.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is [ParseSecret]. It refuses the redacted form, so that settings
// that were marshalled and read back cannot silently lose their secret.
func (s *Secret) UnmarshalText(text []byte) error {
	parsed, err := ParseSecret(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// parseKey decodes a secret into the keys it holds.
func parseKey(s Secret) (*key, error) {
	text := string(s)
	switch {
	case text == "":
		return nil, errors.New("webhook: empty secret")
	case strings.HasSuffix(text, redacted):
		return nil, errors.New("webhook: a redacted secret is no secret: store what Reveal returns")
	case strings.HasPrefix(text, prefixSymmetric):
		b, err := decodeKey(text, prefixSymmetric)
		if err != nil {
			return nil, err
		}
		if len(b) < minSecretBytes || len(b) > maxSecretBytes {
			return nil, fmt.Errorf("webhook: a %s secret holds %d to %d bytes, not %d",
				prefixSymmetric, minSecretBytes, maxSecretBytes, len(b))
		}
		return newSymmetric(b), nil
	case strings.HasPrefix(text, prefixPrivate):
		b, err := decodeKey(text, prefixPrivate)
		if err != nil {
			return nil, err
		}
		return newPrivate(b)
	case strings.HasPrefix(text, prefixPublic):
		b, err := decodeKey(text, prefixPublic)
		if err != nil {
			return nil, err
		}
		if len(b) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("webhook: a %s key holds %d bytes, not %d", prefixPublic, ed25519.PublicKeySize, len(b))
		}
		if err := checkPoint(b); err != nil {
			return nil, fmt.Errorf("webhook: this %s key is %w", prefixPublic, err)
		}
		return &key{public: b}, nil
	default:
		return nil, fmt.Errorf("webhook: a secret begins with %s, %s or %s", prefixSymmetric, prefixPrivate, prefixPublic)
	}
}

func decodeKey(text, prefix string) ([]byte, error) {
	encoded := text[len(prefix):]
	if len(encoded) > base64.StdEncoding.EncodedLen(maxSecretBytes) {
		return nil, fmt.Errorf("webhook: a %s secret is too long", prefix)
	}
	if strings.ContainsAny(encoded, "\r\n") { // which encoding/base64 skips
		return nil, fmt.Errorf("webhook: a %s secret is one line of base64", prefix)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil { // its text names offsets only, but is not needed
		return nil, fmt.Errorf("webhook: a %s secret is padded standard base64", prefix)
	}
	return b, nil
}
