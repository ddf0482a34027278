package channel

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/internal/intake"
	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Channel is one connected source. [Hub.Connect] makes it; its methods are safe for concurrent use. They only
// record, durably; [Hub.Run] does the rest.
type Channel struct {
	hub *Hub
	id  string

	settings atomic.Pointer[Settings]
	terms    atomic.Pointer[rules.Terms]
	router   atomic.Pointer[routing.Router]
	keys     atomic.Pointer[[]tokenKey]
	state    atomic.Pointer[conversation.ChannelState]
	limits   limits

	unproved     atomic.Bool             // the endpoint has still to answer a challenge: nothing is posted
	disconnected atomic.Bool             // this process works no longer for the channel
	unposted     atomic.Bool             // this process has posted nothing yet: messages may wait for a retry that is due much later
	heldUntil    atomic.Int64            // Unix nanoseconds: nothing is posted before
	quick        atomic.Bool             // the endpoint answered the latest post soon
	posting      chan struct{}           // posts on their way
	held         [conversation.Lanes]int // places that its work has; guarded by the engine's places
	waiting      waiting
	verify       verification
	failed       intake.Lines // of the log: requests that could not be recorded
}

// ID returns the channel's id.
func (c *Channel) ID() string { return c.id }

// Settings returns the settings as they were connected. They must not be modified.
func (c *Channel) Settings() Settings { return c.settings.Load().clone() }

// Suspended reports whether the channel is suspended. This process learns of a Suspend or Resume in another process
// within about a second, while Run is at work.
func (c *Channel) Suspended() bool { return c.suspended() }

// Verified reports whether the present endpoint has answered a challenge. While it has not, nothing is posted.
func (c *Channel) Verified() bool { return !c.unproved.Load() }

func (c *Channel) suspended() bool { return c.state.Load().Suspended }

// mayPost reports whether posts may begin now.
func (c *Channel) mayPost(now time.Time) bool {
	return !c.suspended() && !c.unproved.Load() && now.UnixNano() >= c.heldUntil.Load()
}

// holdAfter notes how a post went: an endpoint that takes nothing for longer than a short wait holds all posts of
// the channel. One that is only busy makes each wait its own time.
func (c *Channel) holdAfter(err error, delay time.Duration, now time.Time) {
	if err == nil || delay <= shortWait {
		return
	}
	if s := c.hub.webhooks.State(c.settings.Load().Webhook); s.State == webhook.Open || s.State == webhook.Paused {
		c.heldUntil.Store(now.Add(delay).UnixNano())
	}
}

// now is the moment by the hub's clock.
func (c *Channel) now() time.Time { return c.hub.clock.Now() }

// rules is a change of one of the channel's conversations.
func (c *Channel) rules(conv *conversation.Conversation, now time.Time) *rules.Change {
	return &rules.Change{Conversation: conv, Terms: c.terms.Load(), Now: now, Epoch: c.state.Load().Epoch}
}

// sends reports whether the source wants posts of that type.
func (c *Channel) sends(kind string) bool { return slices.Contains(c.settings.Load().Sends, kind) }

// Receive records a visitor's message and returns. A message whose id was recorded before is a Duplicate: nothing
// happens, and the first content stays. A message whose id is a MessageID of this conversation is an echo and a Duplicate
// too. Faults of the message are [ErrInvalid], joined; faults that only concern showing are mended, as by
// [messages.Message.Mend]. While the channel is suspended, Receive returns [ErrSuspended].
func (c *Channel) Receive(ctx context.Context, in Inbound) (Accepted, error) {
	limits := c.settings.Load().Limits
	in.Message = in.Message.Mend(limits)
	if err := checkInbound(in, limits); err != nil {
		return Accepted{}, wrap("receive", c.id, invalid(err))
	}
	if c.suspended() {
		return Accepted{}, wrap("receive", c.id, ErrSuspended)
	}
	in.SentAt = sourceTime(in.SentAt)
	id := conversation.ID(c.id, in.Visitor.ID)
	var accepted Accepted
	err := c.hub.change(ctx, c, id, rules.LookVisitor(in.Message), func(change *rules.Change) error {
		accepted = change.Receive(in)
		return nil
	})
	if err != nil {
		return Accepted{}, wrap("receive", c.id, err)
	}
	return accepted, nil
}

// on changes the conversation of an enquiry of this channel.
func (c *Channel) on(ctx context.Context, op string, id EnquiryID, look conversation.Look, fn func(*rules.Change) error) error {
	in := id.Conversation()
	if in == "" {
		return wrap(op, c.id, ErrNotFound)
	}
	look.Enquiry = id
	err := c.hub.change(ctx, c, in, look, func(change *rules.Change) error {
		if change.Channel != c.id {
			return ErrNotFound
		}
		return fn(change)
	})
	return wrap(op, c.id, err)
}

// read hands an enquiry of this channel to fn, which records nothing.
func (c *Channel) read(ctx context.Context, id EnquiryID, fn func(*conversation.Conversation, *Enquiry) error) error {
	in := id.Conversation()
	if in == "" {
		return ErrNotFound
	}
	return c.hub.store.Update(ctx, in, conversation.Look{Enquiry: id}, func(conv *conversation.Conversation) error {
		e, err := conv.Find(id)
		if err != nil || e.Channel != c.id {
			return ErrNotFound
		}
		return fn(conv, e)
	})
}

// checkStaff says what is wrong with who acts.
func checkStaff(by Staff) error {
	if err := checkID("staff.id", by.ID); err != nil {
		return invalid(err)
	}
	if by.Capacity < 0 {
		return invalid(errors.New("staff.capacity: must not be negative"))
	}
	if err := checkText("staff.avatar_url", by.AvatarURL, maxAvatar); err != nil {
		return invalid(err)
	}
	return nil
}

// Accept makes by the handler of an Opened or Missed enquiry, offered or not, or of one that is being transferred. The
// first to accept wins; others get [ErrTaken]. When the handler accepts again, Accept returns nil. [ErrCapacity]: by
// handles as many enquiries as Staff.Capacity allows. [ErrClosed]: the enquiry is closed. [ErrNotFound]: it is unknown.
func (c *Channel) Accept(ctx context.Context, id EnquiryID, by Staff) error {
	if err := checkStaff(by); err != nil {
		return wrap("accept", c.id, err)
	}
	return c.on(ctx, "accept", id, conversation.Look{}, func(change *rules.Change) error {
		return change.Accept(id, by)
	})
}

// Decline takes by out of the present offer; for a team, by is Staff{ID: the team's id}. If the enquiry is not offered to
// by, nothing happens, and Decline returns nil. [ErrClosed]: the enquiry is closed.
func (c *Channel) Decline(ctx context.Context, id EnquiryID, by Staff) error {
	if err := checkStaff(by); err != nil {
		return wrap("decline", c.id, err)
	}
	return c.on(ctx, "decline", id, conversation.Look{}, func(change *rules.Change) error {
		return change.Decline(id, by)
	})
}

// Reply records a message for the visitor. If nobody handles the enquiry yet, Reply accepts it for by, with the errors of
// Accept. If m.ID was recorded before, Reply records nothing and returns the first MessageID; with other content it
// returns [ErrConflict]. An empty m.ID is replaced by a random one. m.ReplyTo may be a MessageID or the ID of an earlier
// message of staff. [ErrTaken]: another staff member handles the enquiry. [ErrClosed]: it is closed.
func (c *Channel) Reply(ctx context.Context, id EnquiryID, by Staff, m messages.Message) (MessageID, error) {
	m, err := c.checkReply(by, m)
	if err != nil {
		return "", wrap("reply", c.id, err)
	}
	var given MessageID
	err = c.on(ctx, "reply", id, rules.LookStaff(m), func(change *rules.Change) error {
		var err error
		given, err = change.Reply(id, by, m)
		return err
	})
	if err != nil {
		return "", err
	}
	return given, nil
}

func (c *Channel) checkReply(by Staff, m messages.Message) (messages.Message, error) {
	err := checkStaff(by)
	if m.ID == "" {
		m.ID = rand.Text()
	}
	if e := checkMessage(m, c.settings.Load().Limits); e != nil {
		err = errors.Join(err, invalid(e))
	} else if e := checkSize(by, m); e != nil {
		err = errors.Join(err, invalid(e))
	}
	return m, err
}

// Room in a post for all that is neither the message nor the avatar: names and ids, of which JSON may write a byte as six.
const postOverhead = 16 << 10

// checkSize refuses now what could not be posted later.
func checkSize(by Staff, m messages.Message) error {
	size := len(m.Text) + len(by.AvatarURL) + len(m.Choice)
	for _, choice := range m.Choices {
		size += len(choice.Text) + len(choice.Value)
	}
	for key, value := range m.Metadata {
		size += len(key) + len(value)
	}
	if m.Location != nil {
		size += len(m.Location.Name)
	}
	if size < 16<<10 && len(m.Attachments) == 0 && len(m.Choices) <= maxFewChoices {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	avatar, err := json.Marshal(by.AvatarURL)
	if most := webhook.MaxBody - postOverhead - len(avatar); err == nil && len(b) > most {
		err = fmt.Errorf("message: %d bytes as JSON, at most %d can be posted", len(b), most)
	}
	return err
}

// maxFewChoices is how many choices need no more room than checkSize counts on.
const maxFewChoices = 100

// Transfer searches another handler by a rule. The rule is kept as data: a routing.Custom in it is [ErrInvalid]. Until
// another accepts the enquiry, by handles it and may reply. If nobody accepts it within MaxWait, it stays with by; if by
// is a bot, the channel's own rule routes it. [ErrTaken]: by does not handle it. [ErrConflict]: nobody handles it yet.
func (c *Channel) Transfer(ctx context.Context, id EnquiryID, by Staff, to routing.Rule) error {
	if err := checkStaff(by); err != nil {
		return wrap("transfer", c.id, err)
	}
	rule, err := plainRule(to)
	if err != nil {
		return wrap("transfer", c.id, invalid(err))
	}
	return c.on(ctx, "transfer", id, conversation.Look{}, func(change *rules.Change) error {
		return change.Transfer(id, by, rule)
	})
}

// plainRule is the rule as JSON that can be read again.
func plainRule(to routing.Rule) ([]byte, error) {
	if _, err := routing.New(to); err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	rule, err := routing.MarshalRule(to)
	if err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	if _, err := routing.ParseRule(rule); err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	return rule, nil
}

// Close closes the enquiry, accepted or not. The host decides who may close. Close sends the closing text if there is one,
// if staff or a bot have written since the visitor opened the enquiry, and if the visitor's last closing text is at least
// AwayEvery ago. Closing a closed enquiry returns nil.
func (c *Channel) Close(ctx context.Context, id EnquiryID, by Staff) error {
	if err := checkStaff(by); err != nil {
		return wrap("close", c.id, err)
	}
	return c.on(ctx, "close", id, conversation.Look{}, func(change *rules.Change) error {
		return change.Close(id, by)
	})
}

// Engage records a message with which staff write first: by handles the enquiry, and the visitor's answer belongs to it.
// A visitor who was unknown is known from then on and gets no welcome. Message ids work as in Reply. [ErrTaken]: another
// staff member handles the visitor. [ErrSuspended]: the channel is suspended.
func (c *Channel) Engage(ctx context.Context, v VisitorID, by Staff, m messages.Message) (EnquiryID, error) {
	m, err := c.checkReply(by, m)
	if e := checkVisitorID(v); e != nil {
		err = errors.Join(err, invalid(e))
	}
	if err != nil {
		return "", wrap("engage", c.id, err)
	}
	if c.suspended() {
		return "", wrap("engage", c.id, ErrSuspended)
	}
	var id EnquiryID
	err = c.hub.change(ctx, c, conversation.ID(c.id, v), rules.LookStaff(m), func(change *rules.Change) error {
		var err error
		id, err = change.Engage(v, by, m)
		return err
	})
	if err != nil {
		return "", wrap("engage", c.id, err)
	}
	return id, nil
}

// Receipt records that a message was delivered or read, or that it failed, and the source's time of it. Receipts may come
// in any order and more than once; a status never moves down, except that Delivered or Read replaces Failed.
// [ErrNotFound]: no such message was posted to this source.
func (c *Channel) Receipt(ctx context.Context, r Receipt) error {
	switch r.Status {
	case Delivered, Read, Failed:
	default:
		return wrap("receipt", c.id, invalid(errors.New(`status: must be "delivered", "read" or "failed"`)))
	}
	if err := checkTime("at", r.At); err != nil {
		return wrap("receipt", c.id, invalid(err))
	}
	r.Reason, r.At = printable.Cut(r.Reason, maxReason), sourceTime(r.At)
	return c.onMessage(ctx, "receipt", r.Message, func(change *rules.Change, seq int64) error {
		return change.Receipt(seq, r)
	})
}

// Redeliver queues a Failed message again, after the other messages for the visitor and under the same webhook-id.
// [ErrConflict]: the message has not failed.
func (c *Channel) Redeliver(ctx context.Context, id MessageID) error {
	return c.onMessage(ctx, "redeliver", id, func(change *rules.Change, seq int64) error {
		return change.Redeliver(seq)
	})
}

// onMessage changes the conversation of a message of this channel.
func (c *Channel) onMessage(ctx context.Context, op string, id MessageID, fn func(*rules.Change, int64) error) error {
	in, seq := id.Conversation(), id.Seq()
	if in == "" {
		return wrap(op, c.id, ErrNotFound)
	}
	err := c.hub.change(ctx, c, in, conversation.Look{Records: []int64{seq}}, func(change *rules.Change) error {
		if change.Channel != c.id || change.MessageID(seq) != id {
			return ErrNotFound
		}
		return fn(change, seq)
	})
	return wrap(op, c.id, err)
}

// Forget erases a visitor and everything said. It closes a live enquiry first. Enquiries stay, without a visitor, for the
// counts of reports. Hashes of message ids stay for 72 h, so that a repeated request does nothing. [ErrNotFound]: the
// visitor is unknown.
func (c *Channel) Forget(ctx context.Context, v VisitorID) error {
	if v == "" { // whatever else was once taken as an id can be forgotten
		return wrap("forget", c.id, invalid(checkVisitorID(v)))
	}
	err := c.hub.change(ctx, c, conversation.ID(c.id, v), conversation.Look{}, func(change *rules.Change) error {
		if change.Version == 0 || change.Visitor.ID == "" {
			return ErrNotFound
		}
		change.Erase()
		return nil
	})
	return wrap("forget", c.id, err)
}

// ServeHTTP is the incoming API of this channel alone: POST …/messages, …/receipts and …/typing, whatever comes
// before. See [Hub.Handler].
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.serve(intake.Begin(w, r, c.hub.readTimeout), r, lastSegment(r.URL.Path))
}
