package visits

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
)

// checkLog: whatever was recorded for the host was told, and nothing else.
func (w *world) checkLog(c *visit) {
	told := map[int64]bool{}
	for _, e := range c.events {
		told[e.Seq] = true
		if e.Enquiry.ID != "" && (e.Enquiry.Why == "" || len(e.Enquiry.Reasons) == 0) {
			w.faulty(c.key, "event %d %s does not say why", e.Seq, e.Type)
		}
	}
	seqs := map[int64]bool{}
	for _, r := range c.records {
		if seqs[r.Seq] {
			w.faulty(c.key, "two records have seq %d", r.Seq)
		}
		seqs[r.Seq] = true
		if r.Event != "" && !told[r.Seq] {
			w.faulty(c.key, "%s at %d was recorded and never told", r.Event, r.Seq)
		}
	}
	for seq := range told {
		if !seqs[seq] {
			w.faulty(c.key, "event %d was told and is not recorded", seq)
		}
	}
}

// checkReceived: each message that was accepted is there once, with the content that came first, was told once,
// and its repeats were recognised.
func (w *world) checkReceived(c *visit) {
	type message struct {
		id      channel.MessageID
		enquiry channel.EnquiryID
		fresh   int
		unsure  bool // an error may hide that it was recorded
		texts   map[string]bool
	}
	by := map[string]*message{}
	for _, call := range c.calls {
		if call.op != "receive" {
			continue
		}
		m := by[call.message]
		if m == nil {
			m = &message{texts: map[string]bool{}}
			by[call.message] = m
		}
		m.texts[call.text] = true
		switch {
		case errors.Is(call.err, errDead):
			m.unsure = true
			continue
		case errors.Is(call.err, channel.ErrSuspended):
			continue
		case call.err != nil:
			w.faulty(c.key, "receiving %s: %v", call.message, call.err)
			continue
		}
		if m.id != "" && (m.id != call.id || m.enquiry != call.enquiry) {
			w.faulty(c.key, "message %s was given two ids", call.message)
		}
		m.id, m.enquiry = call.id, call.enquiry
		if !call.repeat {
			m.fresh++
		}
	}
	entries := map[string][]channel.Entry{}
	for _, e := range c.entries {
		if e.Author == channel.FromVisitor {
			entries[e.Message.ID] = append(entries[e.Message.ID], e)
		}
	}
	told := map[channel.MessageID]int{}
	for _, e := range c.events {
		if e.Type == channel.MessageReceived {
			told[e.MessageID]++
		}
	}
	for id, m := range by {
		if m.fresh > 1 || m.id != "" && m.fresh == 0 && !m.unsure {
			w.faulty(c.key, "message %s was new %d times", id, m.fresh)
		}
		got := entries[id]
		if len(got) > 1 || len(got) == 0 && m.id != "" || len(got) == 1 && m.id == "" && !m.unsure {
			w.faulty(c.key, "message %s is recorded %d times", id, len(got))
			continue
		}
		if len(got) == 1 && (m.id != "" && got[0].ID != m.id || !m.texts[got[0].Message.Text] || told[got[0].ID] != 1) {
			w.faulty(c.key, "message %s is recorded as %s %q, told %d times", id, got[0].ID, got[0].Message.Text, told[got[0].ID])
		}
	}
	for id := range entries {
		if by[id] == nil {
			w.faulty(c.key, "message %s is recorded, and nobody sent it", id)
		}
	}
}

// checkReplied: each message of staff that was accepted is there once, in the name of its author.
func (w *world) checkReplied(c *visit) {
	entries := map[string][]channel.Entry{}
	for _, e := range c.entries {
		if e.Author == channel.FromStaff || e.Author == channel.FromBot {
			entries[e.Message.ID] = append(entries[e.Message.ID], e)
		}
	}
	sent := map[string]bool{}
	for _, call := range c.calls {
		if call.op != "reply" && call.op != "engage" {
			continue
		}
		sent[call.message] = true
		got := entries[call.message]
		switch {
		case call.err == nil && (len(got) != 1 || got[0].Message.Text != call.text || got[0].Staff != call.staff):
			w.faulty(c.key, "%s of %s was accepted and is recorded as %v", call.message, call.staff, got)
		case call.err == nil && call.op == "reply" && got[0].ID != call.id:
			w.faulty(c.key, "%s of %s has two ids", call.message, call.staff)
		case call.err != nil && !errors.Is(call.err, errDead) && !w.refusedRightly(call.err):
			w.faulty(c.key, "%s of %s: %v", call.message, call.staff, call.err)
		}
	}
	for id, got := range entries {
		if !sent[id] || len(got) > 1 {
			w.faulty(c.key, "%s is recorded %d times, sent %t", id, len(got), sent[id])
		}
	}
}

// checkHandler: staff speak in an enquiry while they handle it, and at no other time.
func (w *world) checkHandler(c *visit) {
	handler := map[channel.EnquiryID]string{}
	events := c.events
	for _, e := range c.entries {
		for len(events) > 0 && events[0].Seq < e.Seq {
			switch event := events[0]; event.Type {
			case channel.EnquiryAccepted:
				handler[event.Enquiry.ID] = event.Enquiry.Staff.ID
			case channel.EnquiryOpened, channel.EnquiryClosed:
				delete(handler, event.Enquiry.ID)
			default:
			}
			events = events[1:]
		}
		if e.Author != channel.FromStaff && e.Author != channel.FromBot {
			continue
		}
		of := c.enquiryOf(e.Seq)
		if by := handler[of]; by != e.Staff {
			w.faulty(c.key, "%s spoke at %d, handled by %q", e.Staff, e.Seq, by)
		}
	}
}

// enquiryOf is the enquiry of a record.
func (c *visit) enquiryOf(seq int64) channel.EnquiryID {
	at := slices.IndexFunc(c.records, func(r conversation.Record) bool { return r.Seq == seq })
	if at < 0 {
		return ""
	}
	return c.records[at].Enquiry
}

// refusedRightly reports whether an error is one that staff have to expect.
func (w *world) refusedRightly(err error) bool {
	for _, expected := range []error{channel.ErrTaken, channel.ErrClosed, channel.ErrCapacity, channel.ErrSuspended} {
		if errors.Is(err, expected) {
			return true
		}
	}
	return false
}

// checkWelcome: exactly one welcome, before anything else that goes out; none where staff wrote first.
func (w *world) checkWelcome(c *visit) {
	welcomes, first := 0, ""
	var out *channel.Entry
	for i := range c.entries {
		e := &c.entries[i]
		if first == "" {
			first = string(e.Author)
		}
		if e.Author != channel.FromVisitor && out == nil {
			out = e
		}
		if e.Auto == channel.AutoWelcome {
			welcomes++
		}
	}
	want := 1
	if first == "" || first != string(channel.FromVisitor) {
		want = 0
	}
	if welcomes != want || want == 1 && out.Auto != channel.AutoWelcome {
		w.faulty(c.key, "%d welcomes, want %d, first of all", welcomes, want)
	}
}

// checkAway: at most one away text an opening, on the plain channel one in awayEvery, and none is posted after a
// person took over.
func (w *world) checkAway(c *visit) {
	opened := int64(0) // the last opening
	var lastSeq int64
	var lastAt time.Time
	events := c.events
	for _, e := range c.entries {
		if e.Auto != channel.AutoAway {
			continue
		}
		for len(events) > 0 && events[0].Seq < e.Seq {
			if events[0].Type == channel.EnquiryOpened {
				opened = events[0].Seq
			}
			events = events[1:]
		}
		if lastSeq > opened {
			w.faulty(c.key, "a second away text at %d in one opening", e.Seq)
		}
		if c.channel == plain && !lastAt.IsZero() && e.At.Sub(lastAt) < awayEvery {
			w.faulty(c.key, "two away texts within %v", e.At.Sub(lastAt))
		}
		lastSeq, lastAt = e.Seq, e.At
		w.checkAwayPosted(c, e)
	}
}

// inFlight is how long a post may have been on its way already when somebody took over.
const inFlight = 100 * time.Millisecond

// checkAwayPosted: the away text was not posted after somebody had taken over. A post that was on its way may be.
func (w *world) checkAwayPosted(c *visit, away channel.Entry) {
	for _, event := range c.events {
		if event.Type != channel.EnquiryAccepted || event.Seq < away.Seq {
			continue
		}
		for _, a := range c.attempts {
			redelivered := false
			for _, call := range c.calls {
				redelivered = redelivered || call.op == "redeliver" && call.id == away.ID
			}
			if a.id == string(away.ID) && a.begun.After(event.At.Add(inFlight)) && !redelivered {
				w.faultyAt(c.key, key{}, a.to, "the away text %s was posted after %s took over", short(a.id), event.Enquiry.Staff.ID)
				return
			}
		}
	}
}

// checkEmpty: nothing that was said is left in an enquiry whose visitor was forgotten.
func (w *world) checkEmpty(ctx context.Context, e channel.Enquiry) error {
	for r, err := range w.Store.Records(ctx, e.ID) {
		if err != nil {
			return err
		}
		if r.Message != nil || r.Staff != "" || r.State != nil && r.State.Visitor.ID != "" {
			w.faulty(key{channel: e.Channel}, "record %d of enquiry %d is left of a visitor who was forgotten", r.Seq, e.Number)
		}
	}
	return nil
}

// checkForgotten: nothing that was said before Forget is left.
func (w *world) checkForgotten(c *visit) {
	var last *call
	for _, call := range c.calls {
		if call.op == "forget" && call.err == nil {
			last = call
		}
	}
	if last == nil {
		return
	}
	for _, e := range c.entries {
		if e.At.Before(last.begun) {
			w.faulty(c.key, "%q is left of what was forgotten", strings.TrimSpace(e.Message.Text))
		}
	}
}
