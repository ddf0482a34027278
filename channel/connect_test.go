package channel_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

func (w *world) challenges() int {
	_, n := w.source.counts()
	return n
}

func TestConnectAsksTheEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.challenges(); got != 1 || !w.ch.Verified() {
		t.Errorf("challenged %d times, verified %t", got, w.ch.Verified())
	}
	other := w.settings
	other.ID = "forum"
	w.source.setMute(true)
	ch, err := w.hub.Connect(t.Context(), other)
	if ch != nil || !errors.Is(err, webhook.ErrChallenge) {
		t.Errorf("an unknown endpoint that does not echo: %v, %v", ch, err)
	}
	if !strings.Contains(err.Error(), "400") {
		t.Errorf("the error does not say what came back: %v", err)
	}
	if _, ok := w.hub.Channel("forum"); ok {
		t.Error("the channel is registered all the same")
	}
	for ch := range w.hub.Channels() {
		if ch.ID() != "shop" {
			t.Errorf("channels has %s", ch.ID())
		}
	}
}

// Secrets rotate without a challenge, and a restart does not depend on the endpoint.
func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.source.setMute(true)
	old, fresh := w.settings.Webhook.Secrets[0], webhook.NewSecret()
	signedBy := func(when string, secrets ...webhook.Secret) {
		t.Helper()
		w.say(id, ann, when)
		p := w.source.last()
		for _, s := range secrets {
			if err := webhook.Verify([]webhook.Secret{s}, p.Header, p.Body, w.clock.Now(), time.Minute); err != nil {
				t.Errorf("%s: not signed as it should be: %v", when, err)
			}
		}
		if n := len(strings.Fields(p.Header.Get(webhook.HeaderSignature))); n != len(secrets) {
			t.Errorf("%s: %d signatures, want %d", when, n, len(secrets))
		}
	}
	for _, step := range []struct {
		name    string
		secrets []webhook.Secret
	}{
		{"as before", []webhook.Secret{old}},
		{"both", []webhook.Secret{fresh, old}},
		{"the new one", []webhook.Secret{fresh}},
	} {
		w.settings.Webhook.Secrets = step.secrets
		w.connect()
		signedBy(step.name, step.secrets...)
		w.start() // as after a restart
		signedBy(step.name+", restarted", step.secrets...)
	}
	if got := w.challenges(); got != 1 {
		t.Errorf("challenged %d times", got)
	}
	w.settings.Webhook.Secrets = []webhook.Secret{webhook.NewSecret()}
	ch, err := w.hub.Connect(t.Context(), w.settings)
	if ch == nil || !errors.Is(err, webhook.ErrChallenge) {
		t.Errorf("only secrets that are not known: %v, %v; want the channel and ErrChallenge", ch, err)
	}
	if got := w.challenges(); got != 2 {
		t.Errorf("challenged %d times, want 2", got)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.ch.Verify(t.Context()))
	if got := w.challenges(); got != 2 {
		t.Errorf("challenged %d times, want 2", got)
	}
	w.source.setMute(true)
	if err := w.ch.Verify(t.Context()); !errors.Is(err, webhook.ErrChallenge) {
		t.Errorf("mute: %v, want ErrChallenge", err)
	}
	if !w.ch.Verified() {
		t.Error("what was proved is not proved any more")
	}
}

// A new URL that does not answer is challenged again after 30 s doubling to 10 min.
func TestNewURLIsVerifiedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.source.setMute(true)
	w.settings.Webhook.URL = "https://moved.example/hook"
	if _, err := w.hub.Connect(t.Context(), w.settings); !errors.Is(err, webhook.ErrChallenge) {
		t.Fatal(err)
	}
	begun, before := w.clock.Now(), w.challenges()
	var at []time.Duration
	for w.clock.Now().Sub(begun) < 40*time.Minute {
		w.advance(10 * time.Second)
		if n := w.challenges(); n > before {
			before = n
			at = append(at, w.clock.Now().Sub(begun))
		}
	}
	want := []time.Duration{30 * time.Second, 90 * time.Second, 210 * time.Second, 450 * time.Second, 930 * time.Second, 1530 * time.Second, 2130 * time.Second}
	if len(at) != len(want) {
		t.Fatalf("challenged after %v, want %v", at, want)
	}
	for i := range want {
		if at[i] != want[i] {
			t.Errorf("challenged after %v, want %v", at, want)
			break
		}
	}
	w.source.setMute(false)
	w.advance(10 * time.Minute)
	if !w.ch.Verified() {
		t.Error("not verified when the endpoint answers")
	}
	w.hear("hello")
	w.wantPosts("auto: welcome")
}

// Settings are replaced while enquiries are live.
func TestConnectAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	w.forget()
	was := w.ch
	w.settings.Name, w.settings.Routing = "Sales", routing.Alternative{routing.Staff("eve"), routing.Staff("bob")}
	w.settings.Messages.Closing.Texts = map[string]string{"": "bye from {channel}"}
	w.staff.Set("eve", routing.Active, 0)
	w.connect()
	if w.ch != was {
		t.Error("another channel with the same id")
	}
	w.decline(id, ann)
	w.wantEvents("withdrawn ann", "offered eve")
	w.say(id, eve, "hi")
	w.close(id, eve)
	w.wantPosts("staff Eve: hi", "auto: bye from Sales")
	if got := w.ch.Settings().Name; got != "Sales" {
		t.Errorf("settings say %q", got)
	}
}

// Percentages go on where they were when the rule is the same.
func TestConnectAgainKeepsCounters(t *testing.T) {
	t.Parallel()
	half := routing.Percentage{{Percent: 50, To: routing.Staff("ann")}, {Percent: 50, To: routing.Staff("bob")}}
	w := newWorld(t, by(half))
	counts := map[string]int{}
	for i := range 20 {
		id := w.hearFrom(channel.VisitorID(rune('a'+i)), "hi")
		counts[w.enquiry(id).Offered[0].ID]++
		w.connect()
	}
	if counts["ann"] != 10 || counts["bob"] != 10 {
		t.Errorf("of 20 enquiries %v", counts)
	}
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	if !w.hub.Disconnect("shop") || w.hub.Disconnect("shop") {
		t.Error("Disconnect does not tell what was connected")
	}
	if _, ok := w.hub.Channel("shop"); ok {
		t.Error("still connected")
	}
	w.say(id, ann, "recorded")
	w.advance(time.Hour)
	w.wantPosts()
	w.connect()
	w.advance(time.Second)
	w.wantPosts("staff Ann: recorded")
	w.wantEvents("sent recorded")
}

// A process does the work of channels that are connected in it, and of no other.
func TestWorkOfConnectedChannelsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := &host{}
	config := w.config
	config.Notify = second.notify
	other, err := channel.NewHub(config)
	if err != nil {
		t.Fatal(err)
	}
	w.receive("v", "hello")
	if err := other.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := second.take(); len(got) != 0 {
		t.Errorf("a process without the channel told %v", got)
	}
	if _, err := other.Connect(t.Context(), w.settings); err != nil {
		t.Fatal(err)
	}
	if err := other.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := second.take(); len(got) != 4 {
		t.Errorf("a process with the channel told %v", got)
	}
	w.run()
	w.wantEvents()
	w.wantPosts("auto: welcome")
}

// Many connect the same channel at once: one challenge.
func TestConnectTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.settings
	s.ID = "forum"
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := w.hub.Connect(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.challenges(); got != 2 {
		t.Errorf("challenged %d times for two channels", got)
	}
}

func TestConnectRefusesHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.settings
	s.ID, s.Webhook.URL = "x", "http://plain.example/"
	if _, err := w.hub.Connect(t.Context(), s); !errors.Is(err, channel.ErrInvalid) || !strings.Contains(err.Error(), "https") {
		t.Errorf("%v, want ErrInvalid that says https", err)
	}
}
