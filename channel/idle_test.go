package channel_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// closing closes after ten minutes, with a text.
func closing(w *world) {
	w.settings.AutoClose = 10 * time.Minute
	w.settings.Messages.Closing.Texts = map[string]string{"": "bye"}
}

func TestAutoClose(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name: "handling: a warning at 4/5, then closed", setup: closing,
			do: func(w *world) {
				id := w.handled(ann)
				w.say(id, ann, "hi")
				w.forget()
				w.advance(8*time.Minute - 1)
				w.wantEvents()
				w.advance(1)
				w.wantEvents("closing")
				w.advance(2*time.Minute - 1)
				w.wantStatus(id, channel.Handling)
				w.advance(1)
				w.wantStatus(id, channel.Closed)
			},
			events: []string{"closed", "sent bye"},
			posts:  []string{"auto: bye"},
		},
		{
			name: "missed: without the text", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.decline(id, ann)
				w.decline(id, bob)
				w.forget()
				w.advance(8 * time.Minute)
				w.advance(2 * time.Minute)
				w.wantStatus(id, channel.Closed)
			},
			events: []string{"closing", "closed"},
		},
		{
			name: "opened: never",
			setup: func(w *world) {
				closing(w)
				w.settings.MaxWait = time.Hour
				w.staff.Set("ann", routing.Busy, 0)
				w.staff.Set("bob", routing.Busy, 0)
			},
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.advance(59 * time.Minute)
				w.wantStatus(id, channel.Opened)
			},
		},
		{
			name: "a message of the visitor starts the time again", setup: closing,
			do: func(w *world) {
				id := w.handled(ann)
				w.advance(9 * time.Minute)
				w.hear("wait")
				w.advance(8*time.Minute - 1)
				w.wantStatus(id, channel.Handling)
				w.advance(1)
				w.advance(2*time.Minute - 1)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"closing", "received wait", "closing"},
		},
		{
			name: "a message of staff starts the time again", setup: closing,
			do: func(w *world) {
				id := w.handled(ann)
				w.advance(9 * time.Minute)
				w.say(id, ann, "so?")
				w.advance(8*time.Minute - 1)
				w.wantStatus(id, channel.Handling)
				w.wantEvents("closing", "sent so?")
				w.wantPosts("staff Ann: so?")
				w.advance(1)
				w.wantEvents("closing")
				w.advance(2 * time.Minute)
				w.source.take()
			},
			events: []string{"closed", "sent bye"},
		},
		{
			name: "never while a reply is undelivered", setup: closing,
			do: func(w *world) {
				id := w.handled(ann)
				w.source.setAnswer(down(http.StatusInternalServerError))
				w.say(id, ann, "hi")
				for range 30 {
					w.advance(time.Minute)
				}
				w.wantStatus(id, channel.Handling)
				w.wantEvents()
				w.source.setAnswer(nil)
				w.advance(time.Hour) // the retry
				w.wantStatus(id, channel.Closed)
				w.source.take()
			},
			events: []string{"sent hi", "closing", "closed", "sent bye"},
		},
		{
			name: "never while it is being transferred", setup: closing,
			do: func(w *world) {
				id := w.handled(ann)
				w.settings.OfferWait = time.Hour
				w.connect()
				w.transfer(id, ann, routing.Staff("bob"))
				w.wantEvents("transferred ann", "offered bob")
				w.advance(30 * time.Minute)
				w.wantStatus(id, channel.Handling)
			},
		},
		{
			name: "an enquiry that is taken late is not closed at once", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.decline(id, ann)
				w.decline(id, bob)
				w.advance(8 * time.Minute)
				w.forget()
				w.advance(90 * time.Second)
				w.accept(id, ann)
				w.advance(time.Minute)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"accepted ann"},
		},
		{
			name: "0 is never",
			do: func(w *world) {
				id := w.handled(ann)
				w.advance(1000 * time.Hour)
				w.wantStatus(id, channel.Handling)
			},
		},
	})
}
