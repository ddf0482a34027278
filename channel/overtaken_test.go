package channel_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// unreachable keeps posts from arriving until the returned function is called, which also waits for them.
func (w *world) unreachable() (back func()) {
	w.t.Helper()
	w.source.setAnswer(down(http.StatusBadGateway))
	return func() {
		w.t.Helper()
		w.source.setAnswer(nil)
		for range 60 {
			w.advance(time.Minute)
		}
		w.host.take()
	}
}

// Automatic texts that were overtaken before they were sent are dropped; others are not.
func TestOvertakenTexts(t *testing.T) {
	t.Parallel()
	byeAndReopen := func(w *world) {
		w.settings.Messages.Closing.Texts = map[string]string{"": "bye"}
		w.settings.ReopenWithin = 24 * time.Hour
		w.settings.AwayEvery = -1
		w.settings.Routing = routing.Staff("ann")
	}
	missed := func(w *world) channel.EnquiryID {
		id := w.hear("hello")
		w.decline(id, ann)
		return id
	}
	tell(t, []story{
		{
			name: "away, then accepted", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				id := missed(w)
				w.accept(id, ann)
				back()
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "auto: away (failed) superseded")
			},
			posts: []string{"auto: welcome"},
		},
		{
			name: "away, failed by a receipt before it was known to have come, then accepted", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				id := missed(w)
				var away channel.MessageID
				for e, err := range w.ch.Transcript(w.t.Context(), id) {
					w.must(err)
					away = e.ID
				}
				w.must(w.ch.Receipt(w.t.Context(), channel.Receipt{Message: away, Status: channel.Failed, Reason: "no such user"}))
				w.accept(id, ann)
				back()
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "auto: away (failed) no such user")
				if failed := w.enquiry(id).Messages.Failed; failed != 1 {
					w.t.Errorf("%d messages are counted as failed, want 1", failed)
				}
				w.must(w.ch.Receipt(w.t.Context(), channel.Receipt{Message: away, Status: channel.Read}))
				if failed := w.enquiry(id).Messages.Failed; failed != 0 {
					w.t.Errorf("%d messages are counted as failed after one was read, want 0", failed)
				}
			},
			posts: []string{"auto: welcome"}, events: []string{"read away"},
		},
		{
			name: "away, then accepted by a reply", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				w.say(missed(w), ann, "hi")
				back()
			},
			posts: []string{"auto: welcome", "staff Ann: hi"},
		},
		{
			name: "away, accepted, closed, another enquiry",
			setup: func(w *world) {
				byeAndReopen(w)
				w.settings.ReopenWithin = 0
			},
			do: func(w *world) {
				back := w.unreachable()
				id := missed(w)
				w.say(id, ann, "hi")
				w.close(id, ann)
				w.accept(w.hear("another matter"), ann)
				back()
			},
			posts: []string{"auto: welcome", "staff Ann: hi", "auto: bye"},
		},
		{
			name: "two away texts, then accepted", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				missed(w)
				w.accept(missed(w), ann)
				back()
			},
			posts: []string{"auto: welcome"},
		},
		{
			name: "away, accepted, handed to nobody: no away text of before", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				id := missed(w)
				w.accept(id, bot)
				w.transfer(id, bot, routing.Staff("ann"))
				w.advance(channel.DefaultOfferWait) // to the channel's own rule
				w.accept(id, ann)
				back()
			},
			posts: []string{"auto: welcome"},
		},
		{
			name: "away, not accepted: sent late", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				missed(w)
				back()
			},
			posts: []string{"auto: welcome", "auto: away"},
		},
		{
			name: "away until an opening that has passed",
			setup: func(w *world) {
				byeAndReopen(w)
				decision(routing.Decision{Outcome: routing.Closed, NextOpening: monday.Add(10 * time.Second)})(w)
			},
			do: func(w *world) {
				back := w.unreachable()
				w.hear("hello")
				back()
			},
			posts: []string{"auto: welcome"},
		},
		{
			name: "away until an opening to come",
			setup: func(w *world) {
				byeAndReopen(w)
				decision(routing.Decision{Outcome: routing.Closed, NextOpening: monday.Add(24 * time.Hour)})(w)
			},
			do: func(w *world) {
				back := w.unreachable()
				w.hear("hello")
				back()
			},
			posts: []string{"auto: welcome", "auto: away"},
		},
		{
			name: "closing, then reopened", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				id := w.hear("hello")
				w.say(id, ann, "hi")
				w.close(id, ann)
				w.hear("wait")
				back()
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (sent)",
					"auto: bye (failed) superseded", "visitor: wait", "auto: away (sent)")
				w.source.take()
			},
		},
		{
			name: "closing, reopened, closed again: one closing text", setup: byeAndReopen,
			do: func(w *world) {
				back := w.unreachable()
				id := w.hear("hello")
				w.say(id, ann, "hi")
				w.close(id, ann)
				w.hear("wait")
				w.close(id, ann)
				back()
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (sent)",
					"auto: bye (failed) superseded", "visitor: wait", "auto: bye (sent)")
			},
			posts: []string{"auto: welcome", "staff Ann: hi", "auto: bye"},
		},
		{
			name: "closing, then another enquiry: sent",
			setup: func(w *world) {
				byeAndReopen(w)
				w.settings.ReopenWithin = 0
			},
			do: func(w *world) {
				back := w.unreachable()
				id := w.hear("hello")
				w.say(id, ann, "hi")
				w.close(id, ann)
				w.accept(w.hear("another matter"), ann)
				back()
			},
			posts: []string{"auto: welcome", "staff Ann: hi", "auto: bye"},
		},
	})
}

// However many texts in a row were overtaken, what comes after them goes out.
func TestManyOvertakenTextsInARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.AwayEvery = -1
		w.settings.Routing = routing.Staff("ann")
	})
	w.unreachable()
	var id channel.EnquiryID
	for range 20 {
		id = w.hear("hello?")
		w.decline(id, ann)
	}
	w.say(id, ann, "here I am")
	w.source.setAnswer(nil)
	w.advance(time.Hour) // once: RunDue leaves nothing
	w.wantPosts("auto: welcome", "staff Ann: here I am")
}

func TestEnquiryStatesForTheSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.Sends = []string{channel.SendEnquiry}
		w.settings.Messages.Closing.Texts = map[string]string{"": "bye"}
	})
	id := w.hear("hello")
	w.say(id, ann, "hi")
	w.close(id, ann)
	w.wantPosts("auto: welcome", "enquiry opened", "enquiry accepted Ann", "staff Ann: hi", "auto: bye", "enquiry closed")
	if p := w.source.last(); p.Data.Enquiry != id || p.Data.Visitor != "v" || p.Data.Channel != "shop" || p.Data.Source != "App" {
		t.Errorf("the post says %+v", p.Data)
	}
	_, err := w.ch.Engage(t.Context(), "new", ann, messages.Text("hi there"))
	w.must(err)
	w.wantPosts("enquiry opened", "enquiry accepted Ann", "staff Ann: hi there")
}

// A state that the source does not take neither stops the lane nor is told to the host.
func TestRefusedEnquiryStates(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
		w := newWorld(t, func(w *world) { w.settings.Sends = []string{channel.SendEnquiry} })
		w.source.setAnswer(func(p post) (int, error) {
			if p.Type == channel.SendEnquiry {
				return status, nil
			}
			return http.StatusOK, nil
		})
		id := w.hear("hello")
		w.say(id, ann, "hi")
		w.wantPosts("auto: welcome", "staff Ann: hi")
		w.wantEvents("opened", "received hello", "offered ann", "sent welcome", "accepted ann", "sent hi")
	}
}
