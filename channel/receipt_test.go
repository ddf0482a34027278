package channel_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// What the source says of when is kept: by the event that tells of it, and by the transcript.
func TestReceiptTimes(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return monday.Add(time.Duration(minute) * time.Minute) }
	type receipt struct {
		status channel.Delivery
		at     time.Time
	}
	for _, tt := range []struct {
		name            string
		receipts        []receipt // a minute apart, from 09:01
		delivered, read time.Time
		told            []time.Time
	}{
		{"by the source's clock", []receipt{{channel.Delivered, at(-9)}, {channel.Read, at(-8)}}, at(-9), at(-8), []time.Time{at(-9), at(-8)}},
		{"elsewhere", []receipt{{channel.Read, at(-8).In(time.FixedZone("HKT", 8*3600))}}, time.Time{}, at(-8), []time.Time{at(-8)}},
		{"when they came", []receipt{{channel.Delivered, time.Time{}}, {channel.Read, time.Time{}}}, at(1), at(2), []time.Time{{}, {}}},
		{"repeated: the first stands", []receipt{{channel.Delivered, at(-9)}, {channel.Delivered, at(-5)}}, at(-9), time.Time{}, []time.Time{at(-9)}},
		{"read, then delivered: no event, but it is kept", []receipt{{channel.Read, at(-8)}, {channel.Delivered, at(-9)}}, at(-9), at(-8), []time.Time{at(-8)}},
		{"failed after delivered is nothing", []receipt{{channel.Delivered, at(-9)}, {channel.Failed, at(-5)}}, at(-9), time.Time{}, []time.Time{at(-9)}},
		{"failed", []receipt{{channel.Failed, at(-5)}}, time.Time{}, time.Time{}, []time.Time{at(-5)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.handled(ann)
			said := w.say(id, ann, "hi")
			seen := len(w.host.all())
			for _, r := range tt.receipts {
				w.clock.Set(w.clock.Now().Add(time.Minute))
				w.must(w.ch.Receipt(t.Context(), channel.Receipt{Message: said, Status: r.status, At: r.at}))
			}
			var told []time.Time
			for _, e := range w.host.all()[seen:] {
				switch e.Type {
				case channel.MessageDelivered, channel.MessageRead, channel.MessageFailed:
					told = append(told, e.SentAt)
					if e.SentAt.Location() != time.UTC || e.At.Before(monday) {
						t.Errorf("sent at %v, recorded at %v", e.SentAt, e.At)
					}
				default:
				}
			}
			if diff := cmp.Diff(tt.told, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			got := w.lastEntry(id)
			if !got.DeliveredAt.Equal(tt.delivered) || !got.ReadAt.Equal(tt.read) {
				t.Errorf("delivered at %v, read at %v; want %v, %v", got.DeliveredAt, got.ReadAt, tt.delivered, tt.read)
			}
		})
	}
}

// lastEntry is the latest of a transcript.
func (w *world) lastEntry(id channel.EnquiryID) (last channel.Entry) {
	w.t.Helper()
	for e, err := range w.ch.Transcript(w.t.Context(), id) {
		if err != nil {
			w.t.Fatal(err)
		}
		last = e
	}
	return last
}

// When a visitor's message was sent is told with it, and order does not come from it.
func TestSentAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hear("hello")
	ago := monday.Add(-time.Hour)
	id := w.hearIn(channel.Inbound{
		Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "late", Text: "anybody?"}, SentAt: ago,
	})
	if e := w.host.last(channel.MessageReceived); !e.SentAt.Equal(ago) || !e.At.Equal(monday) {
		t.Errorf("told as sent at %v, recorded at %v; want %v, %v", e.SentAt, e.At, ago, monday)
	}
	if e := w.lastEntry(id); !e.SentAt.Equal(ago) || e.Message.Text != "anybody?" {
		t.Errorf("the last entry is %q, sent at %v", e.Message.Text, e.SentAt)
	}
}

// An offer says how long it stands: as long as the rule that made it says, else as long as the channel.
func TestOfferSaysItsWait(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		setup setup
		want  time.Duration
	}{
		"the default":      {nil, channel.DefaultOfferWait},
		"the channel's":    {func(w *world) { w.settings.OfferWait = 7 * time.Second }, 7 * time.Second},
		"the rule's":       {by(together), together.Wait},
		"both: the rule's": {func(w *world) { w.settings.Routing, w.settings.OfferWait = together, time.Hour }, together.Wait},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var setups []setup
			if tt.setup != nil {
				setups = append(setups, tt.setup)
			}
			w := newWorld(t, setups...)
			w.hear("hello")
			e := w.host.last(channel.EnquiryOffered)
			if e.Wait != tt.want {
				t.Errorf("the offer stands for %v, want %v", e.Wait, tt.want)
			}
			b, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			var got channel.Event
			if err := json.Unmarshal(b, &got); err != nil || got.Wait != tt.want {
				t.Errorf("read from JSON: %v, %v", got.Wait, err)
			}
			w.advance(tt.want)
			if got := w.host.last(channel.EnquiryWithdrawn); got.Type == "" || got.Wait != 0 {
				t.Errorf("after the wait: %+v", got)
			}
		})
	}
}
