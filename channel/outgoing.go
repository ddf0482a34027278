package channel

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"sync"
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// Types of posts to the source.
const (
	postMessage = "message"
)

// outgoingData is the data of every post to the source. Staff ids are not in it.
type outgoingData struct {
	Channel string            `json:"channel"`
	Source  string            `json:"source"`
	Visitor VisitorID         `json:"visitor"`
	Enquiry EnquiryID         `json:"enquiry,omitempty"`
	Seq     int64             `json:"seq,omitempty"`
	State   string            `json:"state,omitempty"` // of an enquiry: opened, accepted, closed
	Message *messages.Message `json:"message,omitempty"`
	Author  *outgoingAuthor   `json:"author,omitempty"`
}

type outgoingAuthor struct {
	Kind        string `json:"kind"` // staff, bot or auto
	DisplayName string `json:"display_name,omitempty"`
	AvatarURL   string `json:"avatar_url,omitempty"`
}

// outgoing is the post of a record; about is the one that holds the message.
func (c *Channel) outgoing(head *Head, r, about *Record) webhook.Event {
	t := c.terms.Load()
	data := outgoingData{
		Channel: c.id, Source: t.source, Visitor: head.Visitor.ID, Enquiry: about.Enquiry, Seq: about.Seq,
	}
	if about.Post != "" {
		data.State = about.Post
		if about.Post == postAccepted && about.State != nil {
			data.Author = t.author(about.State.Staff)
		}
		id := makeID(head.ID, head.Generation, eventKind, r.Seq)
		return webhook.Event{ID: id, Type: SendEnquiry, Time: r.At, Data: encode(data)}
	}
	id := makeID(head.ID, head.Generation, messageKind, about.Seq)
	m := *about.Message
	m.ID = id
	m.Text = about.Prefix + m.Text
	if r.replyTo != "" {
		m.ReplyTo = r.replyTo
	}
	data.Message = &m
	data.Author = &outgoingAuthor{Kind: string(about.Author), DisplayName: about.DisplayName, AvatarURL: about.AvatarURL}
	return webhook.Event{ID: id, Type: postMessage, Time: r.At, Data: encode(data)}
}

// author is a staff member as the source may know them.
func (t *terms) author(s Staff) *outgoingAuthor {
	kind := FromStaff
	if s.Bot {
		kind = FromBot
	}
	return &outgoingAuthor{Kind: string(kind), DisplayName: t.display.Format(s.Person), AvatarURL: s.AvatarURL}
}

// encode cannot fail: the data holds nothing but strings, numbers that were checked, and maps of strings.
func encode(data outgoingData) json.RawMessage {
	b, err := json.Marshal(data)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return b
}

// typing holds what is told once and never stored: who is typing. What finds no room is dropped.
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

// Typing says that the visitor is typing. The host hears of it at most once a second, while Run is at work; it
// is not stored, and an unknown visitor is [ErrNotFound].
func (c *Channel) Typing(ctx context.Context, v VisitorID) error {
	id := conversationID(c.id, v)
	var head Head
	err := c.hub.store.Update(ctx, id, Look{}, func(c *Conversation) error {
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

// StaffTyping says that staff is typing. The source is told at most once a second if Settings.Sends holds
// SendTyping; only the handler of the enquiry types: others get [ErrTaken].
func (c *Channel) StaffTyping(ctx context.Context, id EnquiryID, by Staff) error {
	var head Head
	err := c.read(ctx, id, func(found *Conversation, e *Enquiry) error {
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
	if !t.sendTyping || c.suspended() {
		return nil
	}
	now := c.hub.clock.Now()
	y := &c.hub.typing
	y.mu.Lock()
	defer y.mu.Unlock()
	if len(y.staff) < maxTyping && y.allow("s"+head.ID, now) {
		data := outgoingData{
			Channel: c.id, Source: t.source, Visitor: head.Visitor.ID, Enquiry: id, Author: t.author(by),
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
	for _, ev := range events {
		h.background(ctx, func(ctx context.Context) { _ = h.call(ctx, ev) })
	}
	for _, p := range posts {
		if p.ch.mayDeliver(h.clock.Now()) {
			h.background(ctx, func(ctx context.Context) {
				_, _ = h.webhooks.Post(ctx, p.ch.settings.Load().Webhook, p.ev)
			})
		}
	}
}

// background runs fn beside the loop of Run, or at once under RunDue.
func (h *Hub) background(ctx context.Context, fn func(context.Context)) {
	if !h.engine.taking.Load() {
		fn(ctx)
		return
	}
	work := *h.engine.ctx.Load()
	h.engine.working.Go(func() { fn(work) })
}
