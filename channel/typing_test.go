package channel_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
)

func TestTyping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	for range 3 { // at most once a second
		w.must(w.ch.Typing(t.Context(), "v"))
		w.advance(400 * time.Millisecond)
	}
	w.advance(time.Minute)
	w.wantEvents("typing")
	e := w.host.last(channel.VisitorTyping)
	if e.Enquiry.ID != id || e.Visitor != "v" || e.Channel != "shop" || e.Seq != 0 {
		t.Errorf("the event is %+v", e)
	}
	w.must(w.ch.Typing(t.Context(), "v"))
	w.wantEvents("typing")
	if err := w.ch.Typing(t.Context(), "nobody"); !errors.Is(err, channel.ErrNotFound) {
		t.Errorf("an unknown visitor: %v, want ErrNotFound", err)
	}
	if err := w.ch.Typing(t.Context(), ""); !errors.Is(err, channel.ErrNotFound) {
		t.Errorf("no visitor: %v, want ErrNotFound", err)
	}
}

func TestStaffTyping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.settings.Sends = []string{channel.SendTyping} })
	id := w.handled(ann)
	for range 3 {
		w.must(w.ch.StaffTyping(t.Context(), id, ann))
	}
	w.wantPosts("typing Ann")
	if p := w.source.last(); p.Data.Enquiry != id || p.Data.Visitor != "v" || p.Data.Author.Kind != "staff" {
		t.Errorf("the post says %+v", p.Data)
	}
	w.advance(time.Second)
	w.source.setAnswer(down(http.StatusInternalServerError))
	w.must(w.ch.StaffTyping(t.Context(), id, ann)) // lost
	w.source.setAnswer(nil)
	w.advance(time.Hour)
	w.wantPosts()
	w.wantEvents()
	if err := w.ch.StaffTyping(t.Context(), id, bob); !errors.Is(err, channel.ErrTaken) {
		t.Errorf("another types: %v, want ErrTaken", err)
	}
	w.close(id, ann)
	if err := w.ch.StaffTyping(t.Context(), id, ann); !errors.Is(err, channel.ErrClosed) {
		t.Errorf("closed: %v, want ErrClosed", err)
	}
	if err := w.ch.StaffTyping(t.Context(), id+"9", ann); !errors.Is(err, channel.ErrNotFound) {
		t.Errorf("unknown: %v, want ErrNotFound", err)
	}
}

// A source that did not ask for it hears nothing of typing.
func TestStaffTypingUnwanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.must(w.ch.StaffTyping(t.Context(), id, ann))
	w.wantPosts()
}

// What was typed while nobody worked is not told later.
func TestTypingIsNotToldLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.handled(ann)
	if err := w.ch.Typing(t.Context(), "v"); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Hour)
	w.wantEvents()
}
