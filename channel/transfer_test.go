package channel_test

import (
	"errors"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// handled is an enquiry that s handles, with what was told of it dropped.
func (w *world) handled(s channel.Staff) channel.EnquiryID {
	w.t.Helper()
	id := w.hear("hello")
	w.accept(id, s)
	w.forget()
	return id
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	toBob := routing.Staff("bob")
	tell(t, []story{
		{
			name: "accepted by the one it was offered to",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, toBob)
				if e := w.enquiry(id); e.Status != channel.Handling || e.Staff.ID != "ann" || len(e.Offered) != 1 {
					w.t.Errorf("while it is offered: %+v", e)
				}
				w.say(id, ann, "one moment")
				w.hear("ok")
				w.accept(id, bob)
				if e := w.enquiry(id); e.Status != channel.Handling || e.Staff.ID != "bob" {
					w.t.Errorf("after it was accepted: %+v", e)
				}
				if _, err := w.ch.Reply(w.t.Context(), id, ann, messages.Text("hm")); !errors.Is(err, channel.ErrTaken) {
					w.t.Errorf("the old handler replies: %v, want ErrTaken", err)
				}
				w.say(id, bob, "hi")
			},
			events: []string{"transferred ann", "offered bob", "sent one moment", "received ok", "accepted bob", "sent hi"},
			posts:  []string{"staff Ann: one moment", "staff Bob: hi"},
		},
		{
			name: "accepted by replying",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, toBob)
				if _, err := w.ch.Reply(w.t.Context(), id, eve, messages.Text("me")); !errors.Is(err, channel.ErrTaken) {
					w.t.Errorf("one who was not offered replies: %v, want ErrTaken", err)
				}
				w.say(id, bob, "hi")
			},
			events: []string{"transferred ann", "offered bob", "accepted bob", "sent hi"},
			posts:  []string{"staff Bob: hi"},
		},
		{
			name: "declined: back to the handler",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, toBob)
				w.decline(id, bob)
				if e := w.enquiry(id); e.Status != channel.Handling || e.Staff.ID != "ann" || e.Why == "" {
					w.t.Errorf("after it came back: %+v", e)
				}
				w.advance(time.Hour)
				w.wantStatus(id, channel.Handling)
				w.say(id, ann, "still me")
			},
			events: []string{"transferred ann", "offered bob", "withdrawn bob", "withdrawn", "sent still me"},
			posts:  []string{"staff Ann: still me"},
		},
		{
			name: "not answered: back to the handler",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, toBob)
				w.advance(channel.DefaultOfferWait)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"transferred ann", "offered bob", "withdrawn bob", "withdrawn"},
		},
		{
			name: "nobody there: waits MaxWait, then back, no away text",
			do: func(w *world) {
				id := w.handled(ann)
				w.staff.Set("bob", routing.Offline, 0)
				w.transfer(id, ann, toBob)
				w.advance(channel.DefaultMaxWait - 1)
				w.wantEvents("transferred ann", "waiting")
				w.advance(1)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"withdrawn"},
		},
		{
			name: "somebody comes: offered",
			do: func(w *world) {
				id := w.handled(ann)
				w.staff.Set("bob", routing.Offline, 0)
				w.transfer(id, ann, toBob)
				w.advance(time.Second)
				w.staff.Set("bob", routing.Active, 0)
				w.run()
				w.accept(id, bob)
			},
			events: []string{"transferred ann", "waiting", "offered bob", "accepted bob"},
		},
		{
			name: "closed by its hours: back at once, no away text",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, routing.Time{Conditions: []routing.Condition{{
					Days: []time.Weekday{time.Sunday}, From: routing.At(9, 0), To: routing.At(10, 0), Then: toBob,
				}}})
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"transferred ann", "withdrawn"},
		},
		{
			name: "not offered to the one who transfers",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, routing.Alternative{routing.Staff("ann"), toBob})
			},
			events: []string{"transferred ann", "offered bob"},
		},
		{
			name: "again, elsewhere",
			do: func(w *world) {
				id := w.handled(ann)
				w.staff.Set("eve", routing.Active, 0)
				w.transfer(id, ann, toBob)
				w.transfer(id, ann, routing.Staff("eve"))
				w.accept(id, eve)
			},
			events: []string{"transferred ann", "offered bob", "withdrawn bob", "transferred ann", "offered eve", "accepted eve"},
		},
		{
			name: "closed meanwhile",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, toBob)
				w.close(id, ann)
				w.advance(time.Hour)
			},
			events: []string{"transferred ann", "offered bob", "withdrawn bob", "closed"},
		},
		{
			name: "by a bot, which nobody relieves: opened and routed by the channel's rule",
			do: func(w *world) {
				w.staff.Set("eve", routing.Active, 0)
				id := w.handled(bot)
				w.transfer(id, bot, routing.Staff("eve"))
				w.decline(id, eve)
				if e := w.enquiry(id); e.Status != channel.Opened || e.Staff.ID != "" || !e.AcceptedAt.IsZero() {
					w.t.Errorf("after it came back: %+v", e)
				}
				w.accept(id, ann)
			},
			events: []string{"transferred bo", "offered eve", "withdrawn eve", "withdrawn", "opened", "offered ann", "accepted ann"},
		},
		{
			name:  "by a bot, which is not offered it again",
			setup: by(routing.Alternative{routing.Bot("bo"), routing.Staff("ann")}),
			do: func(w *world) {
				id := w.handled(bot)
				w.transfer(id, bot, toBob)
				w.decline(id, bob)
			},
			events: []string{"transferred bo", "offered bob", "withdrawn bob", "withdrawn", "opened", "offered ann"},
		},
		{
			name: "a restart meanwhile",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, toBob)
				w.start()
				w.advance(channel.DefaultOfferWait)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"transferred ann", "offered bob", "withdrawn bob", "withdrawn"},
		},
	})
}

func TestTransferRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	custom := routing.Custom{Name: "mine", Router: returning(routing.Decision{})}
	to := routing.Staff("bob")
	if err := w.ch.Transfer(t.Context(), id, ann, to); err == nil {
		t.Error("an enquiry that nobody handles was transferred")
	}
	w.accept(id, ann)
	w.forget()
	for _, tt := range []struct {
		name string
		by   channel.Staff
		to   routing.Rule
		want error
	}{
		{"custom", ann, custom, channel.ErrInvalid},
		{"custom within", ann, routing.Alternative{to, custom}, channel.ErrInvalid},
		{"no rule", ann, nil, channel.ErrInvalid},
		{"bad rule", ann, routing.Alternative{}, channel.ErrInvalid},
		{"by another", bob, to, channel.ErrTaken},
		{"by nobody", channel.Staff{}, to, channel.ErrInvalid},
	} {
		if err := w.ch.Transfer(t.Context(), id, tt.by, tt.to); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if err := w.ch.Transfer(t.Context(), id+"1", ann, to); !errors.Is(err, channel.ErrNotFound) {
		t.Errorf("unknown: %v, want ErrNotFound", err)
	}
	w.run()
	w.wantEvents()
	w.close(id, ann)
	if err := w.ch.Transfer(t.Context(), id, ann, to); !errors.Is(err, channel.ErrClosed) {
		t.Errorf("closed: %v, want ErrClosed", err)
	}
}

// The capacity of the one to whom a transfer comes back may be exceeded; a new acceptance may not.
func TestTransferComesBackOverCapacity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := with(ann, 1)
	a := w.hearFrom("a", "hi")
	w.accept(a, one)
	w.transfer(a, one, routing.Staff("bob"))
	b := w.hearFrom("b", "hi")
	if err := w.ch.Accept(t.Context(), b, one); !errors.Is(err, channel.ErrCapacity) {
		t.Errorf("while the transfer is open ann handles one: %v, want ErrCapacity", err)
	}
	w.decline(a, bob)
	w.wantStatus(a, channel.Handling)
	w.close(a, one)
	w.accept(b, one)
}
