package visits

import (
	"github.com/usherchat/usher/channel"
)

// checkTold: events are told in order, one after the other, and none twice unless the process that told it died.
func (w *world) checkTold(c *visit) {
	first := map[int64]*telling{}
	order := make([]int64, 0, len(c.events))
	for _, e := range c.events {
		order = append(order, e.Seq)
	}
	next := 0 // of order, not yet told
	var last *telling
	for _, t := range c.tellings {
		e := t.event
		if e.Seq == 0 { // typing
			continue
		}
		if last != nil && last.to > t.from && w.lasted(last.process, last.span) && w.lasted(t.process, t.span) {
			w.faultyAt(c.key, key{}, t.to, "event %d was told while %d still was", e.Seq, last.event.Seq)
		}
		last = t
		if was := first[e.Seq]; was != nil {
			if was.event.ID != e.ID || was.event.Type != e.Type || !was.event.At.Equal(e.At) || was.event.Enquiry.Status != e.Enquiry.Status ||
				was.event.Enquiry.Why != e.Enquiry.Why || was.event.MessageID != e.MessageID {
				w.faultyAt(c.key, key{}, t.to, "event %d differs when it is told again", e.Seq)
			}
			if t.took && w.lasted(was.process, was.span) {
				w.faultyAt(c.key, key{}, t.to, "event %d %s was told twice by processes that lived", e.Seq, e.Type)
			}
			continue
		}
		if !w.forgot[c.key] && next < len(order) && e.Seq > order[next] {
			w.faultyAt(c.key, key{}, t.to, "event %d was told before %d", e.Seq, order[next])
		}
		if t.took {
			first[e.Seq] = t
			for next < len(order) && first[order[next]] != nil {
				next++
			}
		}
	}
}

// checkPosted: posts go out one after the other in the order of Seq, the next one only when the one before was
// taken or given up, each under one id with one content, and none again that was taken and noted.
func (w *world) checkPosted(c *visit) {
	again := map[channel.MessageID]bool{}
	for _, call := range c.calls {
		if call.op == "redeliver" {
			again[call.id] = true
		}
	}
	final := map[string]channel.Delivery{}
	for _, e := range c.entries {
		final[string(e.ID)] = e.Delivery
	}
	type post struct {
		body string
		seq  int64
		told *attempt // a 2xx that its process noted
	}
	posts := map[string]*post{}
	var last *attempt
	var highest *attempt
	for _, a := range c.attempts {
		if a.kind == channel.SendTyping {
			continue
		}
		if last != nil && last.to > a.from && w.lasted(last.process, last.span) && w.lasted(a.process, a.span) {
			w.faultyAt(c.key, key{}, a.to, "%s was posted while %s still was", short(a.id), short(last.id))
		}
		last = a
		p := posts[a.id]
		if p == nil {
			p = &post{body: a.body, seq: a.post.Seq}
			posts[a.id] = p
		}
		if p.body != a.body {
			w.faultyAt(c.key, key{}, a.to, "%s was posted with other content than before", short(a.id))
		}
		if p.told != nil && w.lasted(p.told.process, p.told.span) && !again[channel.MessageID(a.id)] {
			w.faultyAt(c.key, key{}, a.to, "%s was posted again after it was taken", short(a.id))
		}
		if a.told {
			p.told = a
		}
		if again[channel.MessageID(a.id)] {
			continue
		}
		if highest != nil && a.post.Seq < highest.post.Seq && w.lasted(highest.process, highest.span) {
			w.faultyAt(c.key, key{}, a.to, "%s was posted after %s", short(a.id), short(highest.id))
		}
		if highest == nil || a.post.Seq > highest.post.Seq {
			if highest != nil && w.unsettled(posts[highest.id].told, final[highest.id], highest) && !w.forgot[c.key] {
				w.faultyAt(c.key, key{}, a.to, "%s was posted before %s was taken or given up", short(a.id), short(highest.id))
			}
			highest = a
		}
	}
}

// unsettled reports whether a post was neither taken nor given up.
func (w *world) unsettled(told *attempt, final channel.Delivery, a *attempt) bool {
	if told != nil || a.kind != "message" { // nobody waits for a state
		return false
	}
	return final == channel.Queued || final == channel.Sent && !a.took && w.lasted(a.process, a.span)
}

// checkDelivered: in the end every message to the visitor was taken by the source or failed, and the host was told
// so.
func (w *world) checkDelivered(c *visit) {
	took, noted := map[channel.MessageID]bool{}, map[channel.MessageID]bool{}
	for _, a := range c.attempts {
		if a.took {
			took[channel.MessageID(a.id)] = true
		}
		if a.told && w.lasted(a.process, a.span) {
			noted[channel.MessageID(a.id)] = true
		}
	}
	told := map[channel.MessageID]map[channel.EventType]int{}
	for _, e := range c.events {
		if e.MessageID != "" {
			if told[e.MessageID] == nil {
				told[e.MessageID] = map[channel.EventType]int{}
			}
			told[e.MessageID][e.Type]++
		}
	}
	receipts := map[channel.MessageID]map[string]bool{}
	again := map[channel.MessageID]int{}
	for _, call := range c.calls {
		if receipts[call.id] == nil {
			receipts[call.id] = map[string]bool{}
		}
		receipts[call.id][call.op] = true
		if call.op == "redeliver" {
			again[call.id]++
		}
	}
	for _, e := range c.entries {
		if e.Author == channel.FromVisitor {
			continue
		}
		t := told[e.ID]
		switch e.Delivery {
		case channel.Sent:
			if !took[e.ID] || t[channel.MessageSent] == 0 {
				w.faulty(c.key, "%s is sent: taken %t, told %v", short(string(e.ID)), took[e.ID], t)
			}
		case channel.Delivered, channel.Read:
			if !receipts[e.ID]["receipt "+string(e.Delivery)] {
				w.faulty(c.key, "%s is %s without a receipt", short(string(e.ID)), e.Delivery)
			}
		case channel.Failed:
			if e.Err != "superseded" && t[channel.MessageFailed] == 0 || e.Err == "" || e.Err == "superseded" && noted[e.ID] {
				w.faulty(c.key, "%s failed with %q: taken %t, told %v", short(string(e.ID)), e.Err, took[e.ID], t)
			}
		default:
			w.faulty(c.key, "%s is %s in the end", short(string(e.ID)), e.Delivery)
		}
		if t[channel.MessageSent] > 1+again[e.ID] {
			w.faulty(c.key, "%s was told as sent %d times", short(string(e.ID)), t[channel.MessageSent])
		}
	}
}
