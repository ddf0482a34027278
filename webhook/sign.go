package webhook

import (
	"crypto/ed25519"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks 1.0.0, in Go's canonical form.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// DefaultTolerance is how far a webhook-timestamp may lie from now, in both
// directions: the five minutes of the Standard Webhooks libraries.
const DefaultTolerance = 300 * time.Second

// Limits of the headers that [Verify] and the receiver accept.
const (
	maxIDLen        = 128
	maxTimestampLen = 12
	maxSignatureLen = 4 << 10
	maxSignatures   = 16
)

// Sign returns one entry of a webhook-signature header for the body: "v1,…" for
// a "whsec_" secret, "v1a,…" for a "whsk_" one. What is signed is
// id.timestamp.body with the timestamp in whole Unix seconds; the id must not
// contain a dot, which would let two messages share a signature. The result is
// "" for a secret that cannot sign: see [ParseSecret].
func Sign(s Secret, id string, t time.Time, body []byte) string {
	k, err := parseKey(s)
	if err != nil || !k.canSign() {
		return ""
	}
	return string(k.appendSignature(nil, id, t.Unix(), body))
}

// Verify reports whether the headers of a request carry a signature of the raw
// body by one of the secrets, made within tolerance of now, in whole seconds and
// inclusive: 0 is [DefaultTolerance], negative does not look at the time.
//
// It accepts exactly one of each header in canonical form: an id of at most 128
// characters of A–Z a–z 0–9 _ -, a timestamp in decimal seconds without sign or
// leading zero, and at most 16 signatures separated by one space. Entries of
// versions it does not know are skipped. Every secret is tried against every
// entry in constant time.
//
// The error is [ErrSignature] or, for a timestamp that cannot be read or, under
// a right signature, lies outside the tolerance, [ErrTimestamp]. What it says is
// for the log of the one who verifies; a caller should answer every fault alike.
func Verify(secrets []Secret, h http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	keys, err := parseKeys("secrets", secrets)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	_, err = verify(keys, h, body, now, tolerance)
	return err
}

// parseKeys decodes secrets; its errors name the field that they are in.
func parseKeys(field string, secrets []Secret) ([]*key, error) {
	keys := make([]*key, 0, len(secrets))
	for i, s := range secrets {
		k, err := parseKey(s)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", field, i, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// A stamp is what the signed headers say.
type stamp struct {
	id        string
	timestamp int64
}

// CheckHeader reports what [Verify] would find wrong whatever the body is: headers
// that are not as it wants them, no signature of a kind that it knows, or a time
// outside the tolerance. A handler calls it before it reads the body of a sender
// that it does not know. Its nil says nothing about who sent the request.
func CheckHeader(h http.Header, now time.Time, tolerance time.Duration) error {
	st, signatures, err := readStamp(h)
	switch {
	case err != nil:
		return err
	case !anyKnown(signatures):
		return fmt.Errorf("%w: no signature is of a kind that is known", ErrSignature)
	case !within(now.Unix(), st.timestamp, tolerance):
		return outside(now, st)
	}
	return nil
}

func verify(keys []*key, h http.Header, body []byte, now time.Time, tolerance time.Duration) (stamp, error) {
	st, signatures, err := readStamp(h)
	switch {
	case err != nil:
		return stamp{}, err
	case !anyMatch(keys, signatures, st.id, st.timestamp, body):
		return stamp{}, fmt.Errorf("%w: no signature is by one of the secrets", ErrSignature)
	case !within(now.Unix(), st.timestamp, tolerance):
		return stamp{}, outside(now, st)
	}
	return st, nil
}

func outside(now time.Time, st stamp) error {
	return fmt.Errorf("%w: %d seconds from now", ErrTimestamp, st.timestamp-now.Unix())
}

// readStamp reads the signed headers and the signatures in their canonical form.
func readStamp(h http.Header) (st stamp, signatures string, err error) {
	id, ok := only(h, HeaderID)
	if !ok || !validID(id) {
		return st, "", fmt.Errorf("%w: webhook-id is missing, repeated or not canonical", ErrSignature)
	}
	text, ok := only(h, HeaderTimestamp)
	if !ok {
		return st, "", fmt.Errorf("%w: webhook-timestamp is missing or repeated", ErrSignature)
	}
	timestamp, ok := parseTimestamp(text)
	if !ok {
		return st, "", fmt.Errorf("%w: webhook-timestamp is not in canonical decimal seconds", ErrTimestamp)
	}
	signatures, ok = only(h, HeaderSignature)
	if !ok || !validSignatures(signatures) {
		return st, "", fmt.Errorf("%w: webhook-signature is missing, repeated or malformed", ErrSignature)
	}
	return stamp{id: id, timestamp: timestamp}, signatures, nil
}

// only returns the value of a header that is there exactly once.
func only(h http.Header, name string) (string, bool) {
	v := h[name]
	if len(v) != 1 {
		return "", false
	}
	return v[0], true
}

// validID keeps ids to what every store, log and URL takes unescaped. A dot
// would make the signed content ambiguous.
func validID(id string) bool {
	if id == "" || len(id) > maxIDLen {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

func parseTimestamp(s string) (int64, bool) {
	if s == "" || len(s) > maxTimestampLen || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// validSignatures bounds the work of a forged header: visible ASCII, entries
// that are not empty, and not too many of them.
func validSignatures(s string) bool {
	if s == "" || len(s) > maxSignatureLen || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	entries := 1
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			if s[i-1] == ' ' {
				return false
			}
			entries++
		case c < ' ' || c > '~':
			return false
		}
	}
	return entries <= maxSignatures
}

// anyKnown reports whether one of the entries has the form of a signature.
func anyKnown(signatures string) bool {
	for entry := range strings.SplitSeq(signatures, " ") {
		symmetric, ok := strings.CutPrefix(entry, versionSymmetric)
		if ok && len(symmetric) == symmetricLen {
			return true
		}
		asymmetric, ok := strings.CutPrefix(entry, versionAsymmetric)
		if ok && len(asymmetric) == asymmetricLen {
			return true
		}
	}
	return false
}

// anyMatch compares every key with every entry. The time it takes depends on
// their number and kind, not on which of them is right.
func anyMatch(keys []*key, signatures, id string, timestamp int64, body []byte) bool {
	matched := 0
	for _, k := range keys {
		if k.macs != nil {
			matched |= k.matchSymmetric(signatures, id, timestamp, body)
		} else {
			matched |= k.matchAsymmetric(signatures, id, timestamp, body)
		}
	}
	return matched == 1
}

func (k *key) matchSymmetric(signatures, id string, timestamp int64, body []byte) int {
	m := k.macs.Get().(*mac)
	defer k.macs.Put(m)
	// Comparing the encoded form admits the canonical base64 alone.
	var want, got [symmetricLen]byte
	base64.StdEncoding.Encode(want[:], m.sum(id, timestamp, body))
	matched := 0
	for entry := range strings.SplitSeq(signatures, " ") {
		if rest, ok := strings.CutPrefix(entry, versionSymmetric); ok && len(rest) == symmetricLen {
			copy(got[:], rest)
			matched |= subtle.ConstantTimeCompare(want[:], got[:])
		}
	}
	return matched
}

func (k *key) matchAsymmetric(signatures, id string, timestamp int64, body []byte) int {
	var content []byte
	matched := 0
	for entry := range strings.SplitSeq(signatures, " ") {
		rest, ok := strings.CutPrefix(entry, versionAsymmetric)
		if !ok || len(rest) != asymmetricLen {
			continue
		}
		signature, err := base64.StdEncoding.Strict().DecodeString(rest)
		if err != nil {
			continue
		}
		if content == nil {
			content = append(appendContent(make([]byte, 0, len(id)+len(body)+22), id, timestamp), body...)
		}
		if ed25519.Verify(k.public, content, signature) {
			matched = 1
		}
	}
	return matched
}

func within(now, timestamp int64, tolerance time.Duration) bool {
	if tolerance < 0 {
		return true
	}
	if tolerance == 0 {
		tolerance = DefaultTolerance
	}
	apart := now - timestamp // both are far from overflow: a timestamp has 12 digits
	return max(apart, -apart) <= int64(tolerance/time.Second)
}
