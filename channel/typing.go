package channel

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/webhook"
)

// typing holds events of typing until the loop of Run sends them. They are never stored; beyond maxTyping they are
// dropped.
type typing struct {
	mu      sync.Mutex
	last    map[string]time.Time // by conversation and side
	visitor []Event
	staff   []typingPost
}

type typingPost struct {
	ch *Channel
	ev webhook.Event
}

const (
	typingEvery = time.Second
	typingHolds = 5 * time.Second // nobody wants to hear of it later
	maxTyping   = 1024
)

// allow reports whether the conversation's side may be told of now.
func (y *typing) allow(key string, now time.Time) bool {
	if at, ok := y.last[key]; ok && now.Sub(at) < typingEvery && !now.Before(at) {
		return false
	}
	if y.last == nil || len(y.last) >= 8*maxTyping {
		y.last = map[string]time.Time{}
	}
	y.last[key] = now
	return true
}

// Typing says that the visitor is typing. Notify gets VisitorTyping at most once a second, while Run is at work; it is not
// stored. [ErrNotFound]: the visitor is unknown. [ErrSuspended]: the channel is suspended.
func (c *Channel) Typing(ctx context.Context, v VisitorID) error {
	id := conversation.ID(c.id, v)
	var head conversation.Head
	err := c.hub.store.Update(ctx, id, conversation.Look{}, func(c *conversation.Conversation) error {
		head = c.Head
		return nil
	})
	if err == nil && (head.Version == 0 || head.Visitor.ID == "" || v == "") {
		err = ErrNotFound
	}
	if err != nil {
		return wrap("typing", c.id, err)
	}
	if c.suspended() {
		return wrap("typing", c.id, ErrSuspended)
	}
	now := c.hub.clock.Now()
	y := &c.hub.typing
	y.mu.Lock()
	defer y.mu.Unlock()
	if len(y.visitor) < maxTyping && y.allow("v"+id, now) {
		ev := Event{ID: rand.Text(), Type: VisitorTyping, At: now, Channel: c.id, Visitor: head.Visitor.ID}
		if head.Enquiry != nil {
			ev.Enquiry = *head.Enquiry
		}
		y.visitor = append(y.visitor, ev)
		c.hub.engine.pokeNow()
	}
	return nil
}

// StaffTyping says that by is typing. If Settings.Sends holds SendTyping, the hub posts it to the source, at most once a
// second. [ErrTaken]: another staff member handles the enquiry. [ErrClosed]: it is closed.
func (c *Channel) StaffTyping(ctx context.Context, id EnquiryID, by Staff) error {
	var head conversation.Head
	err := c.read(ctx, id, func(found *conversation.Conversation, e *Enquiry) error {
		switch {
		case e.Status == Closed:
			return ErrClosed
		case e.Status == Handling && e.Staff.ID != by.ID:
			return ErrTaken
		}
		head = found.Head
		return nil
	})
	if err != nil {
		return wrap("staff typing", c.id, err)
	}
	t := c.terms.Load()
	if !c.sends(SendTyping) || c.suspended() {
		return nil
	}
	now := c.hub.clock.Now()
	y := &c.hub.typing
	y.mu.Lock()
	defer y.mu.Unlock()
	if len(y.staff) < maxTyping && y.allow("s"+head.ID, now) {
		data := outgoingData{
			Channel: c.id, Source: t.Source, Visitor: head.Visitor.ID, Enquiry: id,
			Author: &outgoingAuthor{Kind: string(by.Author()), DisplayName: t.Messages.DisplayName.Format(by.Person), AvatarURL: by.AvatarURL},
		}
		y.staff = append(y.staff, typingPost{ch: c, ev: webhook.Event{
			ID: rand.Text(), Type: SendTyping, Time: now, Data: encode(data),
		}})
		c.hub.engine.pokeNow()
	}
	return nil
}

// flushTyping tells what there is to tell. Failures are dropped: the next stroke comes soon.
func (h *Hub) flushTyping(ctx context.Context) {
	h.typing.mu.Lock()
	events, posts := h.typing.visitor, h.typing.staff
	h.typing.visitor, h.typing.staff = nil, nil
	h.typing.mu.Unlock()
	now := h.clock.Now()
	for _, ev := range events {
		ch, ok := h.Channel(ev.Channel)
		if !ok || now.Sub(ev.At) > typingHolds || !h.engine.enter(ch, conversation.LaneNotify) {
			continue
		}
		h.background(ctx, func(ctx context.Context) {
			defer h.engine.leave(ch, conversation.LaneNotify)
			_ = h.callNotify(ctx, ch, "typing in "+ch.id, ev)
		})
	}
	for _, p := range posts {
		if p.ch.mayPost(now) && now.Sub(p.ev.Time) <= typingHolds {
			h.background(ctx, func(ctx context.Context) { _, _ = h.attempt(ctx, p.ch, p.ev) })
		}
	}
}
