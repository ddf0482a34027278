package channel_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/internal/canary"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// The people of most tests.
var (
	ann = channel.Staff{ID: "ann", Person: messages.Person{FirstName: "Ann", LastName: "Lee"}}
	bob = channel.Staff{ID: "bob", Person: messages.Person{FirstName: "Bob", LastName: "Ray"}}
	eve = channel.Staff{ID: "eve", Person: messages.Person{FirstName: "Eve", LastName: "Fox"}}
	bot = channel.Staff{ID: "bo", Person: messages.Person{FirstName: "Bo"}, Bot: true}
)

// monday is when tests begin: 09:00 UTC on a Monday.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a hub with one channel, its source, its host and its staff, driven by a fake clock without Run: time
// passes in advance alone, and work is done there and in run alone.
type world struct {
	t        *testing.T
	clock    *clock.Mock
	staff    *routing.Roster
	source   *source
	host     *host
	config   channel.HubConfig
	settings channel.Settings
	hub      *channel.Hub
	ch       *channel.Channel
	nth      int
}

// setup changes a world before it begins.
type setup func(*world)

// newWorld connects a channel that offers to ann, then to bob, who are both active.
func newWorld(t *testing.T, setups ...setup) *world {
	t.Helper()
	w := &world{
		t: t, clock: clock.NewMock(), source: &source{}, host: &host{},
		settings: channel.Settings{
			ID: "shop", Source: "App", Name: "Support", Tokens: []string{channel.NewToken()},
			Webhook: webhook.Endpoint{URL: "https://source.example/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
			Routing: routing.Alternative{routing.Staff("ann"), routing.Staff("bob")},
			Messages: messages.Settings{
				DisplayName: messages.FirstName,
				Welcome:     messages.AutoReply{Texts: map[string]string{"": "welcome"}},
				Away:        messages.AutoReply{Texts: map[string]string{"": "away"}},
			},
		},
	}
	w.clock.Set(monday)
	w.staff = routing.NewRoster(w.clock)
	w.staff.Set("ann", routing.Active, 0)
	w.staff.Set("bob", routing.Active, 0)
	w.config = channel.HubConfig{Clock: w.clock, Presence: w.staff, Store: channel.NewMemStore(), Notify: w.host.notify}
	for _, s := range setups {
		s(w)
	}
	if w.config.Webhooks == nil {
		w.config.Webhooks = newClient(t, w.clock, w.source)
	}
	w.watch(t)
	w.start()
	return w
}

// watch finds what must not be printed: the texts, tokens and secrets of every test are looked for in what it logs and
// observes, and in its hub, channel and settings as any verb prints them.
func (w *world) watch(t *testing.T) {
	t.Helper()
	watch := canary.New(t)
	if w.config.Logger == nil {
		w.config.Logger = watch.Logger()
	}
	if observe := w.config.Observe; observe == nil {
		w.config.Observe = func(o channel.Observation) { watch.Print(o) }
	}
	t.Cleanup(func() {
		watch.Hide(w.settings.Tokens...)
		for _, s := range w.settings.Webhook.Secrets {
			watch.Hide(s.Reveal())
		}
		for _, e := range w.host.all() {
			if e.Message != nil && e.Author != channel.FromAuto { // automatic texts are settings
				watch.Said(e.Message.Text)
			}
		}
		for _, p := range w.source.all() {
			if p.Data.Message != nil && p.Data.Author.Kind != "auto" {
				watch.Said(p.Data.Message.Text)
			}
		}
		watch.Print(w.settings, &w.settings, w.config, &w.config, w.hub, w.ch, struct{ Inner channel.Settings }{w.settings})
	})
}

// newClient is a webhook client without jitter whose posts go to s.
func newClient(t *testing.T, c clock.Clock, s *source) *webhook.Client {
	t.Helper()
	client, err := webhook.NewClient(webhook.Config{Clock: c, Transport: s, Retry: webhook.Retry{Jitter: -1}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// start makes a hub over the world's store, as after a restart of the process.
func (w *world) start() {
	w.t.Helper()
	hub, err := channel.NewHub(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.hub = hub
	w.connect()
}

// connect connects the channel with the present settings.
func (w *world) connect() {
	w.t.Helper()
	ch, err := w.hub.Connect(w.t.Context(), w.settings)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ch = ch
}

// run does what is due.
func (w *world) run() {
	w.t.Helper()
	if err := w.hub.RunDue(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// advance lets time pass and does what is due then.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.clock.Set(w.clock.Now().Add(d))
	w.run()
}

// hear receives a message of visitor v.
func (w *world) hear(text string) channel.EnquiryID { return w.hearFrom("v", text) }

func (w *world) hearFrom(v channel.VisitorID, text string) channel.EnquiryID {
	w.t.Helper()
	w.nth++
	return w.hearIn(channel.Inbound{
		Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: fmt.Sprintf("in-%d", w.nth), Text: text},
	})
}

// hearIn receives and does what is due.
func (w *world) hearIn(in channel.Inbound) channel.EnquiryID {
	w.t.Helper()
	got, err := w.ch.Receive(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.run()
	return got.Enquiry
}

// say replies and does what is due.
func (w *world) say(id channel.EnquiryID, by channel.Staff, text string) channel.MessageID {
	w.t.Helper()
	got, err := w.ch.Reply(w.t.Context(), id, by, messages.Text(text))
	if err != nil {
		w.t.Fatal(err)
	}
	w.run()
	return got
}

// must fails the test on an error, and does what is due.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.run()
}

func (w *world) accept(id channel.EnquiryID, by channel.Staff) {
	w.t.Helper()
	w.must(w.ch.Accept(w.t.Context(), id, by))
}

func (w *world) decline(id channel.EnquiryID, by channel.Staff) {
	w.t.Helper()
	w.must(w.ch.Decline(w.t.Context(), id, by))
}

func (w *world) close(id channel.EnquiryID, by channel.Staff) {
	w.t.Helper()
	w.must(w.ch.Close(w.t.Context(), id, by))
}

func (w *world) transfer(id channel.EnquiryID, by channel.Staff, to routing.Rule) {
	w.t.Helper()
	w.must(w.ch.Transfer(w.t.Context(), id, by, to))
}

// enquiry reads an enquiry.
func (w *world) enquiry(id channel.EnquiryID) channel.Enquiry {
	w.t.Helper()
	e, err := w.ch.Enquiry(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// wantStatus checks an enquiry's status, and that it says why.
func (w *world) wantStatus(id channel.EnquiryID, want channel.Status) {
	w.t.Helper()
	e := w.enquiry(id)
	if e.Status != want || e.Why == "" || len(e.Reasons) == 0 {
		w.t.Errorf("enquiry %d is %s, why %q %v; want %s and why", e.Number, e.Status, e.Why, e.Reasons, want)
	}
}

// wantEvents checks what the host was told since the last look.
func (w *world) wantEvents(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.host.take()); diff != "" {
		w.t.Errorf("the host was told (-want +got):\n%s", diff)
	}
}

// wantPosts checks what was posted to the source since the last look.
func (w *world) wantPosts(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.source.take()); diff != "" {
		w.t.Errorf("the source was sent (-want +got):\n%s", diff)
	}
}

// forget drops what was told and posted so far, to look at what follows.
func (w *world) forget() {
	w.host.take()
	w.source.take()
}

// transcript is what was said in an enquiry, one line each.
func (w *world) transcript(id channel.EnquiryID) []string {
	w.t.Helper()
	var lines []string
	for e, err := range w.ch.Transcript(w.t.Context(), id) {
		if err != nil {
			w.t.Fatal(err)
		}
		line := string(e.Author)
		if e.DisplayName != "" {
			line += " " + e.DisplayName
		}
		line += ": " + e.Message.Text
		if e.Delivery != "" {
			line += " (" + string(e.Delivery) + ")"
		}
		if e.Err != "" {
			line += " " + e.Err
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *world) wantTranscript(id channel.EnquiryID, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.transcript(id)); diff != "" {
		w.t.Errorf("transcript (-want +got):\n%s", diff)
	}
}

// host records what it is told.
type host struct {
	mu     sync.Mutex
	events []channel.Event
	seen   int
	// hook is called before an event is recorded; an error of it keeps the event from being recorded.
	hook func(ctx context.Context, e channel.Event) error
}

func (h *host) notify(ctx context.Context, e channel.Event) error {
	h.mu.Lock()
	hook := h.hook
	h.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, e); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
	return nil
}

func (h *host) setHook(hook func(ctx context.Context, e channel.Event) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hook = hook
}

// all is what was told so far.
func (h *host) all() []channel.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

// take describes what was told since it was last called.
func (h *host) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []string
	for _, e := range h.events[h.seen:] {
		lines = append(lines, describe(e))
	}
	h.seen = len(h.events)
	return lines
}

// last is the latest event of a type.
func (h *host) last(t channel.EventType) channel.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range slices.Backward(h.events) {
		if e.Type == t {
			return e
		}
	}
	return channel.Event{}
}

// describe is an event in a few words: "offered ann", "received hello", and "#2 " before if it is of
// another enquiry than the first.
func describe(e channel.Event) string {
	_, what, _ := strings.Cut(string(e.Type), ".")
	words := []string{what}
	if e.Enquiry.Number > 1 {
		words = []string{fmt.Sprintf("#%d", e.Enquiry.Number), what}
	}
	switch e.Type {
	case channel.EnquiryAccepted, channel.EnquiryTransferred:
		words = append(words, e.Enquiry.Staff.ID)
	default:
	}
	for _, d := range e.Destinations {
		if d.Kind == routing.KindStaff {
			words = append(words, d.ID)
			continue
		}
		words = append(words, d.String())
	}
	if e.Message != nil {
		words = append(words, e.Message.Text)
	}
	if e.Err != "" {
		words = append(words, "("+e.Err+")")
	}
	return strings.Join(words, " ")
}
