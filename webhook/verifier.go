package webhook

import (
	"fmt"
	"net/http"
	"time"
)

// A Verifier is [Verify] for many requests: it decodes its secrets once. It is
// made by [NewVerifier] and safe for concurrent use.
type Verifier struct {
	keys []*key
}

// NewVerifier decodes the secrets and reports the first that is none. Without
// secrets a Verifier refuses everything.
func NewVerifier(secrets []Secret) (*Verifier, error) {
	keys, err := parseKeys("secrets", secrets)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return &Verifier{keys: keys}, nil
}

// Verify is as [Verify], with the Verifier's secrets.
func (v *Verifier) Verify(h http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	_, err := verify(v.keys, h, body, now, tolerance)
	return err
}

// Format implements [fmt.Formatter] with the type alone: secrets are inside.
func (v *Verifier) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("webhook.Verifier")) }
