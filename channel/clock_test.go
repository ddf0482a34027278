package channel_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// However old a message is when its turn comes, one attempt is made before it fails; an endpoint that is only busy then
// does not take that attempt away.
func TestFirstAttemptIsAlwaysMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		jump  time.Duration
		after func(w *world)                   // after it
		want  func(w *world, m messageOutcome) // at the end
	}{
		{name: "taken", jump: 72 * time.Hour},
		{name: "taken a year later", jump: 365 * 24 * time.Hour},
		{
			name: "the endpoint asks to wait first", jump: 72 * time.Hour,
			after: func(w *world) {
				w.source.retryAfter = "30"
				w.source.setAnswer(down(http.StatusServiceUnavailable))
				_, err := w.config.Webhooks.Post(w.t.Context(), w.settings.Webhook, webhook.Event{ID: "other", Type: "other"})
				if err == nil {
					w.t.Error("the endpoint took a post that it should have refused")
				}
				w.source.retryAfter = ""
				w.source.setAnswer(nil)
			},
		},
		{
			name: "refused", jump: 72 * time.Hour,
			after: func(w *world) { w.source.setAnswer(down(http.StatusInternalServerError)) },
			want: func(w *world, m messageOutcome) {
				if m.attempts != 1 || m.delivery != channel.Failed {
					w.t.Errorf("%d attempts, then %s; want one, then failed", m.attempts, m.delivery)
				}
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.settings.Messages.Welcome.Off = true })
			id := w.hear("hello")
			w.accept(id, ann)
			given, err := w.ch.Reply(t.Context(), id, ann, messages.Text("hi"))
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Set(w.clock.Now().Add(tt.jump))
			if tt.after != nil {
				tt.after(w)
			}
			tried := map[string]int{}
			answer := w.source.answer
			w.source.setAnswer(func(p post) (int, error) {
				tried[p.ID]++
				if answer != nil {
					return answer(p)
				}
				return http.StatusNoContent, nil
			})
			w.run()
			for range 5 {
				w.advance(time.Minute)
			}
			m := messageOutcome{attempts: tried[string(given)]}
			for e, err := range w.ch.Transcript(t.Context(), id) {
				if err == nil && e.ID == given {
					m.delivery = e.Delivery
				}
			}
			if tt.want != nil {
				tt.want(w, m)
			} else if m.attempts != 1 || m.delivery != channel.Sent {
				t.Errorf("%d attempts, then %s; want one, then sent", m.attempts, m.delivery)
			}
		})
	}
}

type messageOutcome struct {
	attempts int
	delivery channel.Delivery
}
