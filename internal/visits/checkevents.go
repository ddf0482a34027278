package visits

import (
	"slices"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// machine is the host's own idea of an enquiry, made of nothing but events.
type machine struct {
	w *world
	c *visit

	id          channel.EnquiryID
	status      channel.Status
	staff       channel.Staff
	offered     []routing.Destination
	tried       []routing.Destination
	transfer    bool
	waiting     bool
	missed      bool
	missedAt    time.Time
	openedAt    time.Time // or opened again
	closedAt    time.Time
	triedSince  time.Time
	sentStates  map[channel.MessageID]channel.EventType
	enquirySeen map[channel.EnquiryID]bool
}

// checkEvents replays the events of a conversation: each has to be possible after those before it, and say what is
// so by then.
func (w *world) checkEvents(c *visit) {
	m := &machine{w: w, c: c, sentStates: map[channel.MessageID]channel.EventType{}, enquirySeen: map[channel.EnquiryID]bool{}}
	for _, e := range c.events {
		m.step(e)
		if e.Enquiry.ID != m.id || e.Type == channel.EnquiryWithdrawn {
			continue // a message of an earlier enquiry; or it shows what withdrew the offer
		}
		if e.Enquiry.Status != m.status || e.Enquiry.Staff.ID != m.staff.ID || e.Enquiry.MissedAt.IsZero() == m.missed {
			m.fault(e, "the enquiry is shown as %s, %q, missed %v; want %s, %q, missed %t", e.Enquiry.Status, e.Enquiry.Staff.ID,
				e.Enquiry.MissedAt, m.status, m.staff.ID, m.missed)
		}
	}
	if len(c.enquiries) == 0 {
		return
	}
	last := c.enquiries[len(c.enquiries)-1]
	if last.ID != m.id || last.Status != m.status || last.Staff.ID != m.staff.ID {
		w.faulty(c.key, "the store has %s %s %q last, the events %s %s %q", last.ID, last.Status, last.Staff.ID, m.id, m.status, m.staff.ID)
	}
	for _, e := range c.enquiries {
		if e.Status == channel.Opened {
			w.faulty(c.key, "enquiry %d is still opened in the end: %s", e.Number, e.Why)
		}
		if !m.enquirySeen[e.ID] {
			w.faulty(c.key, "enquiry %d was never told as opened", e.Number)
		}
	}
}

func (m *machine) fault(e channel.Event, format string, args ...any) {
	m.w.faultyAt(m.c.key, key{}, m.c.toldAt(e.Seq), "event %d %s: "+format, append([]any{e.Seq, e.Type}, args...)...)
}

// toldAt is when the event was last told.
func (c *visit) toldAt(seq int64) (at stamp) {
	for _, t := range c.tellings {
		if t.event.Seq == seq {
			at = t.to
		}
	}
	return at
}

// must is a fault unless ok.
func (m *machine) must(e channel.Event, ok bool, what string) {
	if !ok {
		m.fault(e, "%s; it is %s, %q, offered to %v, tried %v, transferred %t, waiting %t", what, m.status, m.staff.ID, m.offered, m.tried, m.transfer, m.waiting)
	}
}

func (m *machine) step(e channel.Event) {
	live := m.status == channel.Opened || m.status == channel.Handling || m.status == channel.Missed
	searched := m.status == channel.Opened || m.status == channel.Handling && m.transfer
	switch e.Type {
	case channel.EnquiryOpened:
		m.opened(e)
	case channel.EnquiryOffered:
		m.must(e, searched && len(m.offered) == 0 && len(e.Destinations) > 0, "nothing can be offered")
		for _, d := range e.Destinations {
			resumed := m.w.resumedBetween(m.c.channel, m.triedSince, e.At)
			m.must(e, !slices.Contains(m.tried, d) || resumed, "offered to one who was tried")
		}
		m.must(e, slices.Equal(e.Enquiry.Offered, e.Destinations), "the enquiry does not show the offer")
		m.offered, m.waiting = e.Destinations, false
	case channel.EnquiryWithdrawn:
		m.withdrawn(e)
	case channel.EnquiryWaiting:
		m.must(e, searched && len(m.offered) == 0, "it cannot wait")
		m.must(e, !m.waiting || m.w.resumedBetween(m.c.channel, m.openedAt, e.At), "waiting is told twice")
		m.waiting = true
	case channel.EnquiryAccepted:
		m.must(e, m.status == channel.Opened || m.status == channel.Missed || m.status == channel.Handling && m.transfer, "it cannot be accepted")
		m.must(e, e.Enquiry.FollowUp == m.missed, "FollowUp is wrong")
		m.must(e, m.calledFor(e), "nobody accepted it")
		m.must(e, m.othersKnow(e), "others who were offered were not told")
		m.status, m.staff, m.offered, m.tried, m.transfer, m.waiting = channel.Handling, e.Enquiry.Staff, nil, nil, false, false
	case channel.EnquiryTransferred:
		m.must(e, m.status == channel.Handling && len(m.offered) == 0, "it cannot be transferred")
		m.transfer, m.waiting, m.triedSince = true, false, e.At
		m.tried = []routing.Destination{destination(m.staff)}
	case channel.EnquiryMissed:
		m.must(e, m.status == channel.Opened && len(m.offered) == 0, "it cannot be missed")
		if e.Enquiry.Reasons[0].Code == "no_match" && len(m.tried) == 0 {
			m.must(e, e.At.Sub(m.openedAt) >= maxWait, "missed before MaxWait")
		}
		m.status, m.missed, m.missedAt, m.waiting = channel.Missed, true, e.At, false
	case channel.EnquiryClosing:
		m.must(e, m.status == channel.Handling || m.status == channel.Missed, "it cannot be about to close")
	case channel.EnquiryClosed:
		m.must(e, live && len(m.offered) == 0, "it cannot be closed")
		m.status, m.closedAt, m.transfer, m.waiting = channel.Closed, e.At, false, false
	case channel.MessageReceived:
		m.must(e, m.status == channel.Opened || m.status == channel.Handling, "a message, and nothing is open")
	case channel.MessageSent, channel.MessageDelivered, channel.MessageRead, channel.MessageFailed:
		m.message(e)
	default:
		m.fault(e, "not an event of a conversation")
	}
}

// opened is a new enquiry, or the same again.
func (m *machine) opened(e channel.Event) {
	again := e.Enquiry.ID == m.id
	within := m.w.reopenWithin(m.c.channel)
	switch {
	case m.status == "":
	case m.status == channel.Closed && again:
		m.must(e, within > 0 && e.At.Sub(m.closedAt) <= within, "opened again too late")
	case m.status == channel.Closed:
		engaged := e.Enquiry.Reasons[0].Code == "engaged"
		m.must(e, engaged || within == 0 || e.At.Sub(m.closedAt) > within, "not opened again")
	case m.status == channel.Missed:
		m.must(e, again, "a new enquiry while one is missed")
	case m.status == channel.Handling:
		m.must(e, again && m.transfer && m.staff.Bot, "opened while it is handled")
	default:
		m.must(e, false, "opened while it is open")
	}
	m.tried = nil
	if m.status == channel.Handling {
		m.tried = []routing.Destination{destination(m.staff)}
	}
	if !again {
		m.missed = false
		m.must(e, !m.enquirySeen[e.Enquiry.ID], "an id is given again")
	}
	m.enquirySeen[e.Enquiry.ID] = true
	m.id, m.status, m.staff, m.offered, m.transfer, m.waiting = e.Enquiry.ID, channel.Opened, channel.Staff{}, nil, false, false
	m.openedAt, m.triedSince = e.At, e.At
}

// withdrawn ends an offer, or a transfer.
func (m *machine) withdrawn(e channel.Event) {
	for _, d := range e.Destinations {
		m.must(e, slices.Contains(m.offered, d), "withdrawn from one who was not offered")
	}
	if len(e.Destinations) == 0 {
		m.must(e, m.transfer && len(m.offered) == 0, "nothing comes back")
		m.transfer, m.waiting = m.staff.Bot, false // a bot's is opened next
		return
	}
	m.must(e, len(m.offered) > 0, "nothing was offered")
	if e.Enquiry.Reasons[0].Code == "expired" {
		told := m.toldAt(channel.EnquiryOffered, e.Seq)
		m.must(e, !told.IsZero() && e.At.Sub(told) >= 10*time.Second, "the offer expired before its time")
	}
	m.tried = slices.Concat(m.tried, m.offered)
	m.offered = nil
}

// toldAt is when the host first took the latest event of a type before a seq.
func (m *machine) toldAt(t channel.EventType, before int64) time.Time {
	var at time.Time
	var seq int64
	for _, telling := range m.c.tellings {
		e := telling.event
		if !telling.took || e.Type != t || e.Seq >= before || e.Seq < seq {
			continue
		}
		if e.Seq > seq || telling.end.Before(at) {
			at, seq = telling.end, e.Seq
		}
	}
	return at
}

// othersKnow reports whether all who were offered what is now accepted were told, but for the one through whose offer
// it was accepted and those who declined.
func (m *machine) othersKnow(e channel.Event) bool {
	asked := slices.DeleteFunc(slices.Clone(m.offered), func(d routing.Destination) bool {
		return slices.ContainsFunc(m.c.calls, func(c *call) bool {
			return c.op == "decline" && c.staff == d.ID && !c.begun.After(e.At)
		})
	})
	switch len(asked) {
	case 0:
		return true
	case 1: // a member may accept for the team
		return asked[0] == destination(e.Enquiry.Staff) || asked[0].Kind == routing.KindTeam
	default:
		return false
	}
}

// calledFor reports whether somebody did what an acceptance says.
func (m *machine) calledFor(e channel.Event) bool {
	return slices.ContainsFunc(m.c.calls, func(c *call) bool {
		did := c.op == "accept" || c.op == "reply" || c.op == "engage"
		return did && c.staff == e.Enquiry.Staff.ID && !c.begun.After(e.At) && !c.end.Before(e.At)
	})
}

// message checks that what is told of a message never goes down.
func (m *machine) message(e channel.Event) {
	rank := map[channel.EventType]int{
		"": 0, channel.MessageSent: 1, channel.MessageFailed: 2, channel.MessageDelivered: 3, channel.MessageRead: 4,
	}
	was := m.sentStates[e.MessageID]
	redelivered := was == channel.MessageFailed && slices.ContainsFunc(m.c.calls, func(c *call) bool {
		return c.op == "redeliver" && c.id == e.MessageID
	})
	m.must(e, rank[e.Type] > rank[was] || redelivered, "after "+string(was))
	m.sentStates[e.MessageID] = e.Type
	m.must(e, e.Message != nil && e.Author != "" && e.Author != channel.FromVisitor, "the message is missing")
}

func destination(s channel.Staff) routing.Destination {
	if s.Bot {
		return routing.Bot(s.ID)
	}
	return routing.Staff(s.ID)
}

// maxWait is the channels' MaxWait.
const maxWait = 45 * time.Second

func (w *world) reopenWithin(id string) time.Duration {
	for _, s := range w.settings {
		if s.ID == id {
			return s.ReopenWithin
		}
	}
	return 0
}

// resumedBetween reports whether the channel was resumed in [from, to].
func (w *world) resumedBetween(id string, from, to time.Time) bool {
	return slices.ContainsFunc(w.journal.tellings, func(t *telling) bool {
		e := t.event
		return e.Type == channel.ChannelResumed && e.Channel == id && !e.At.Before(from) && !e.At.After(to)
	})
}
