package webhook_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// The keys of the published vectors: the symmetric one of the Standard Webhooks
// libraries, the ed25519 pair of the Svix server.
const (
	symmetric  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	symmetric2 = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	privateKey = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
	publicKey  = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
	otherKey   = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

var vectors = []struct {
	name      string
	secret    webhook.Secret
	id        string
	timestamp int64
	body      string
	signature string
}{
	{
		"V1, all libraries", symmetric, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`,
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	},
	{
		"V2, Rust", symmetric2, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553, `{"email":"test@example.com","username":"test_user"}`,
		"v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
	},
	{
		"V3, ed25519", privateKey, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`,
		"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
	},
	{
		"V4, empty body", symmetric, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "",
		"v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=",
	},
	{
		"V5, the specification's example content", symmetric, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1674087231,
		`{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}`,
		"v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=",
	},
	{
		"V6, UTF-8", symmetric, "msg_utf8", 1, `{"t":"héllo 😀"}`,
		"v1,f3kHrIh3vLAJs0R2jGLPjdDtpzbwcrWgS1z5QV8PEtc=",
	},
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			at := time.Unix(v.timestamp, 0)
			if got := webhook.Sign(v.secret, v.id, at, []byte(v.body)); got != v.signature {
				t.Errorf("Sign: got %s, want %s", got, v.signature)
			}
			secrets := []webhook.Secret{v.secret}
			if v.secret == privateKey {
				secrets = []webhook.Secret{publicKey}
			}
			h := signed(v.id, v.timestamp, v.signature)
			if err := webhook.Verify(secrets, h, []byte(v.body), at, 0); err != nil {
				t.Errorf("Verify: %v", err)
			}
			if err := webhook.Verify(secrets, h, []byte(v.body+" "), at, 0); !errors.Is(err, webhook.ErrSignature) {
				t.Errorf("Verify of another body: got %v, want ErrSignature", err)
			}
		})
	}
}

func TestSignWithWhatCannot(t *testing.T) {
	t.Parallel()
	for _, s := range []webhook.Secret{"", "whsec_", publicKey, "nonsense"} {
		if got := webhook.Sign(s, "id", time.Unix(1, 0), nil); got != "" {
			t.Errorf("Sign(%v): got %q, want nothing", s, got)
		}
	}
}

func signed(id string, timestamp int64, signature string) http.Header {
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(timestamp, 10)}, "Webhook-Signature": {signature},
	}
}

// TestVerify is the negative vectors of the libraries, and what they let pass
// and we do not.
func TestVerify(t *testing.T) {
	t.Parallel()
	v := vectors[0]
	const wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
	right := v.signature
	at := time.Unix(v.timestamp, 0)
	ed := vectors[2].signature
	tests := []struct {
		name   string
		change func(http.Header)
		now    time.Time
		secret []webhook.Secret
		want   error
	}{
		{name: "right"},
		{name: "wrong", change: set("Signature", wrong), want: webhook.ErrSignature},
		{name: "no signature in the entry", change: set("Signature", "v1,"), want: webhook.ErrSignature},
		{name: "cut", change: set("Signature", right[:8]), want: webhook.ErrSignature},
		{name: "not base64", change: set("Signature", "v1,dawfeoifkpqwoekfpqoekf"), want: webhook.ErrSignature},
		{name: "right under v2", change: set("Signature", strings.Replace(right, "v1", "v2", 1)), want: webhook.ErrSignature},
		{name: "right under v1a", change: set("Signature", strings.Replace(right, "v1", "v1a", 1)), want: webhook.ErrSignature},
		{name: "right under V1", change: set("Signature", strings.Replace(right, "v1", "V1", 1)), want: webhook.ErrSignature},
		{name: "unpadded", change: set("Signature", strings.TrimRight(right, "=")), want: webhook.ErrSignature},
		{name: "other bits beyond the end", change: set("Signature", strings.Replace(right, "E=", "F=", 1)), want: webhook.ErrSignature},
		{name: "junk after it", change: set("Signature", right+",junk"), want: webhook.ErrSignature},
		{name: "among others", change: set("Signature", wrong+" v2,xyz "+right+" "+wrong)},
		{name: "sixteen", change: set("Signature", strings.Repeat("v2,x ", 15)+right)},
		{name: "seventeen", change: set("Signature", strings.Repeat("v2,x ", 16)+right), want: webhook.ErrSignature},
		{name: "two spaces", change: set("Signature", wrong+"  "+right), want: webhook.ErrSignature},
		{name: "a tab", change: set("Signature", wrong+"\t"+right), want: webhook.ErrSignature},
		{name: "space before", change: set("Signature", " "+right), want: webhook.ErrSignature},
		{name: "longer than 4 KiB", change: set("Signature", right+" v2,"+strings.Repeat("x", 4096)), want: webhook.ErrSignature},
		{name: "empty", change: set("Signature", ""), want: webhook.ErrSignature},
		{name: "no id", change: drop("Id"), want: webhook.ErrSignature},
		{name: "no timestamp", change: drop("Timestamp"), want: webhook.ErrSignature},
		{name: "no signature", change: drop("Signature"), want: webhook.ErrSignature},
		{name: "two ids", change: add("Id", v.id), want: webhook.ErrSignature},
		{name: "two timestamps", change: add("Timestamp", "1614265330"), want: webhook.ErrSignature},
		{name: "two signatures", change: add("Signature", right), want: webhook.ErrSignature},
		{name: "another id", change: set("Id", "msg_p5jXN8AQM9LWM0D4loKWxJeK"), want: webhook.ErrSignature},
		{name: "a dot in the id", change: set("Id", v.id+".1614265330"), want: webhook.ErrSignature},
		{name: "long id", change: set("Id", strings.Repeat("a", 129)), want: webhook.ErrSignature},
		{name: "timestamp in words", change: set("Timestamp", "hello"), want: webhook.ErrTimestamp},
		{name: "timestamp with a fraction", change: set("Timestamp", "161426533.0"), want: webhook.ErrTimestamp},
		{name: "negative timestamp", change: set("Timestamp", "-1614265330"), want: webhook.ErrTimestamp},
		{name: "timestamp with a plus", change: set("Timestamp", "+1614265330"), want: webhook.ErrTimestamp},
		{name: "timestamp with a zero before", change: set("Timestamp", "01614265330"), want: webhook.ErrTimestamp},
		{name: "timestamp of 13 digits", change: set("Timestamp", "1614265330000"), want: webhook.ErrTimestamp},
		{name: "another timestamp", change: set("Timestamp", "1614265331"), want: webhook.ErrSignature},
		{name: "300 s old", now: at.Add(300*time.Second + 999*time.Millisecond)},
		{name: "301 s old", now: at.Add(301 * time.Second), want: webhook.ErrTimestamp},
		{name: "300 s early", now: at.Add(-300 * time.Second)},
		{name: "301 s early", now: at.Add(-301 * time.Second), want: webhook.ErrTimestamp},
		{name: "old and wrong", change: set("Signature", wrong), now: at.Add(time.Hour), want: webhook.ErrSignature},
		{name: "another key", secret: []webhook.Secret{otherKey}, want: webhook.ErrSignature},
		{name: "rotation", secret: []webhook.Secret{otherKey, symmetric}},
		{name: "no keys", secret: []webhook.Secret{}, want: webhook.ErrSignature},
		{name: "one key is no key", secret: []webhook.Secret{symmetric, "whsec_"}, want: webhook.ErrSignature},
		{name: "ed25519 with the public key", change: set("Signature", ed), secret: []webhook.Secret{publicKey}},
		{name: "ed25519 with the private key", change: set("Signature", ed), secret: []webhook.Secret{privateKey}},
		{name: "ed25519 and no such key", change: set("Signature", ed), want: webhook.ErrSignature},
		{name: "ed25519 changed", change: set("Signature", strings.Replace(ed, "v1a,h", "v1a,i", 1)), secret: []webhook.Secret{publicKey}, want: webhook.ErrSignature},
		{name: "both versions", change: set("Signature", wrong+" "+ed), secret: []webhook.Secret{symmetric, publicKey}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := signed(v.id, v.timestamp, right)
			if tt.change != nil {
				tt.change(h)
			}
			now := tt.now
			if now.IsZero() {
				now = at
			}
			secrets := tt.secret
			if secrets == nil {
				secrets = []webhook.Secret{symmetric}
			}
			err := webhook.Verify(secrets, h, []byte(v.body), now, 0)
			if !errors.Is(err, tt.want) {
				t.Errorf("Verify: got %v, want %v", err, tt.want)
			}
		})
	}
}

func set(name, value string) func(http.Header) {
	return func(h http.Header) { h.Set("Webhook-"+name, value) }
}

func add(name, value string) func(http.Header) {
	return func(h http.Header) { h.Add("Webhook-"+name, value) }
}

func drop(name string) func(http.Header) {
	return func(h http.Header) { h.Del("Webhook-" + name) }
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	v := vectors[0]
	h := signed(v.id, v.timestamp, v.signature)
	tests := []struct {
		tolerance, off time.Duration
		ok             bool
	}{
		{time.Minute, time.Minute, true},
		{time.Minute, 61 * time.Second, false},
		{time.Millisecond, 0, true},
		{time.Millisecond, time.Second, false},
		{-1, 100 * 365 * 24 * time.Hour, true},
	}
	for _, tt := range tests {
		for _, off := range []time.Duration{tt.off, -tt.off} {
			err := webhook.Verify([]webhook.Secret{symmetric}, h, []byte(v.body), time.Unix(v.timestamp, 0).Add(off), tt.tolerance)
			if (err == nil) != tt.ok {
				t.Errorf("tolerance %v, %v off: got %v, want ok %v", tt.tolerance, off, err, tt.ok)
			}
		}
	}
}
