package visits

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

var errNoVisits = errors.New("visits: too few visits begin")

// draw chooses what somebody does next; nil: nothing can be done.
func (w *world) draw() action {
	p := w.some()
	if p == nil {
		return nil
	}
	switch n := w.random.IntN(100); {
	case n < 30:
		return w.write(p)
	case n < 34:
		return w.repeat(p)
	case n < 52:
		return w.answer(p)
	case n < 60:
		return w.decline(p)
	case n < 74:
		return w.reply(p)
	case n < 79:
		return w.transfer(p)
	case n < 86:
		return w.close(p)
	case n < 92:
		return w.receipt(p)
	case n < 93:
		return w.echo(p)
	case n < 95:
		return w.redeliver(p)
	case n < 97:
		return w.engage(p)
	case n < 98:
		return w.forget(p)
	default:
		return w.typing(p)
	}
}

// visitor draws a conversation.
func (w *world) visitor() key {
	s := w.settings[w.random.IntN(len(w.settings))]
	return key{s.ID, channel.VisitorID(fmt.Sprint("v", w.random.IntN(max(8, w.Visits/3))))}
}

// write is a new message of a visitor, sometimes sent several times at once.
func (w *world) write(p *process) action {
	k := w.visitor()
	w.said[k]++
	id := fmt.Sprint("m", w.said[k])
	text := fmt.Sprintf("words of %s %d#", k.visitor, w.said[k])
	again := w.random.IntN(8) == 0
	return func(ctx context.Context) {
		do := func() { w.receive(ctx, p, k, id, text) }
		if again {
			w.Time.Together(do, do)
		} else {
			do()
		}
	}
}

// repeat is a message that was sent before, with another content now and then.
func (w *world) repeat(p *process) action {
	k := w.visitor()
	if w.said[k] == 0 {
		return nil
	}
	n := 1 + w.random.IntN(w.said[k])
	text := fmt.Sprintf("words of %s %d#", k.visitor, n)
	if w.random.IntN(4) == 0 {
		text = "other words"
	}
	return func(ctx context.Context) { w.receive(ctx, p, k, fmt.Sprint("m", n), text) }
}

// do records a call.
func (w *world) do(c *call, fn func() error) {
	w.journal.begin(&c.span)
	err := fn()
	w.journal.end(&c.span, func() {
		c.err = err
		w.journal.calls = append(w.journal.calls, c)
	})
}

func (w *world) receive(ctx context.Context, p *process, k key, id, text string) {
	c := &call{op: "receive", process: p.n, channel: k.channel, visitor: k.visitor, message: id, text: text}
	w.do(c, func() error {
		got, err := p.by[k.channel].Receive(ctx, channel.Inbound{
			Visitor: channel.Visitor{ID: k.visitor, Name: "Visitor " + string(k.visitor)},
			Message: messages.Message{ID: id, Text: text},
		})
		c.enquiry, c.id, c.repeat = got.Enquiry, got.Message, got.Duplicate
		return err
	})
}

// about is a call of staff about an enquiry.
func about(op string, p *process, e channel.Enquiry, staff string) *call {
	return &call{op: op, process: p.n, channel: e.Channel, visitor: e.Visitor.ID, enquiry: e.ID, staff: staff}
}

func (w *world) accept(ctx context.Context, p *process, e channel.Enquiry, staff string) {
	c := about("accept", p, e, staff)
	w.do(c, func() error { return p.by[e.Channel].Accept(ctx, e.ID, as(staff)) })
}

// answer is an acceptance, mostly by one who was offered; sometimes by several at once.
func (w *world) answer(p *process) action {
	e, ok := w.desk.some(w.random, channel.Opened, channel.Opened, channel.Missed, channel.Handling)
	if !ok {
		return nil
	}
	who := []string{w.offered(e)}
	if w.random.IntN(5) == 0 {
		who = append(who, staffIDs[w.random.IntN(len(staffIDs))], staffIDs[w.random.IntN(len(staffIDs))])
	}
	return func(ctx context.Context) {
		var all []func()
		for _, staff := range who {
			all = append(all, func() { w.accept(ctx, p, e, staff) })
		}
		w.Time.Together(all...)
	}
}

// offered draws one of those who were offered, or anybody.
func (w *world) offered(e channel.Enquiry) string {
	if len(e.Offered) > 0 && w.random.IntN(5) > 0 {
		if d := e.Offered[w.random.IntN(len(e.Offered))]; d.Kind != routing.KindTeam {
			return d.ID
		}
	}
	return staffIDs[w.random.IntN(len(staffIDs))]
}

func (w *world) decline(p *process) action {
	e, ok := w.desk.some(w.random, channel.Opened, channel.Handling)
	if !ok {
		return nil
	}
	by := as(w.offered(e))
	if w.random.IntN(5) == 0 {
		by = channel.Staff{ID: "night"}
	}
	return func(ctx context.Context) {
		w.do(about("decline", p, e, by.ID), func() error { return p.by[e.Channel].Decline(ctx, e.ID, by) })
	}
}

// reply is a message of staff, mostly of the handler; sometimes sent twice at once.
func (w *world) reply(p *process) action {
	e, ok := w.desk.some(w.random, channel.Handling, channel.Handling, channel.Handling, channel.Opened, channel.Missed)
	if !ok {
		return nil
	}
	staff := e.Staff.ID
	if staff == "" || w.random.IntN(10) == 0 {
		staff = staffIDs[w.random.IntN(len(staffIDs))]
	}
	w.replies++
	m := messages.Message{ID: fmt.Sprint("r", w.replies), Text: fmt.Sprintf("I say %d#", w.replies)}
	again := w.random.IntN(6) == 0
	return func(ctx context.Context) {
		do := func() {
			c := about("reply", p, e, staff)
			c.message, c.text = m.ID, m.Text
			w.do(c, func() (err error) {
				c.id, err = p.by[e.Channel].Reply(ctx, e.ID, as(staff), m)
				return err
			})
		}
		if again {
			w.Time.Together(do, do)
		} else {
			do()
		}
	}
}

func (w *world) transfer(p *process) action {
	e, ok := w.desk.some(w.random, channel.Handling)
	if !ok {
		return nil
	}
	var to routing.Rule = routing.Staff(staffIDs[w.random.IntN(len(staffIDs))])
	switch w.random.IntN(4) {
	case 0:
		to = routing.Alternative{routing.Staff("ann"), routing.Staff("eve")}
	case 1:
		to = routing.Group{
			ID: "help", Method: routing.Simultaneous, Wait: 10 * time.Second,
			Members: []routing.Destination{routing.Staff("bob"), routing.Staff("dan"), routing.Team("night")},
		}
	}
	return func(ctx context.Context) {
		w.do(about("transfer", p, e, e.Staff.ID), func() error {
			return p.by[e.Channel].Transfer(ctx, e.ID, as(e.Staff.ID), to)
		})
	}
}

func (w *world) close(p *process) action {
	e, ok := w.desk.some(w.random, channel.Handling, channel.Handling, channel.Missed, channel.Opened)
	if !ok || e.Status == channel.Opened && w.random.IntN(3) > 0 {
		return nil
	}
	staff := staffIDs[w.random.IntN(len(staffIDs))]
	return func(ctx context.Context) {
		w.do(about("close", p, e, staff), func() error { return p.by[e.Channel].Close(ctx, e.ID, as(staff)) })
	}
}

func (w *world) receipt(p *process) action {
	m, ok := w.source.some(w.random)
	if !ok {
		return nil
	}
	status := []channel.Delivery{channel.Delivered, channel.Delivered, channel.Read, channel.Failed}[w.random.IntN(4)]
	return func(ctx context.Context) {
		c := &call{op: "receipt " + string(status), process: p.n, channel: m.channel, visitor: m.visitor, id: m.id}
		w.do(c, func() error {
			return p.by[m.channel].Receipt(ctx, channel.Receipt{Message: m.id, Status: status, Reason: "so it is"})
		})
	}
}

// echo brings back what the source has from us: nobody said it, so it is recorded nowhere.
func (w *world) echo(p *process) action {
	m, ok := w.source.some(w.random)
	if !ok {
		return nil
	}
	return func(ctx context.Context) {
		c := &call{op: "echo", process: p.n, channel: m.channel, visitor: m.visitor, id: m.id}
		w.do(c, func() error {
			_, err := p.by[m.channel].Receive(ctx, channel.Inbound{
				Visitor: channel.Visitor{ID: m.visitor}, Message: messages.Message{ID: string(m.id), Text: "an echo"},
			})
			return err
		})
	}
}

// redeliver tries a message again that was told as failed.
func (w *world) redeliver(p *process) action {
	failed := w.journal.failed()
	if len(failed) == 0 {
		return nil
	}
	e := failed[w.random.IntN(len(failed))]
	return func(ctx context.Context) {
		c := &call{op: "redeliver", process: p.n, channel: e.Channel, visitor: e.Visitor, id: e.MessageID}
		w.do(c, func() error { return p.by[e.Channel].Redeliver(ctx, e.MessageID) })
	}
}

func (w *world) engage(p *process) action {
	k := w.visitor()
	staff := staffIDs[w.random.IntN(len(staffIDs))]
	w.replies++
	m := messages.Message{ID: fmt.Sprint("e", w.replies), Text: fmt.Sprintf("I say %d#", w.replies)}
	return func(ctx context.Context) {
		c := &call{op: "engage", process: p.n, channel: k.channel, visitor: k.visitor, staff: staff, message: m.ID, text: m.Text}
		w.do(c, func() (err error) {
			c.enquiry, err = p.by[k.channel].Engage(ctx, k.visitor, as(staff), m)
			return err
		})
	}
}

// forget erases a visitor. From then on little is checked of them: nothing of what was said may be left.
func (w *world) forget(p *process) action {
	k := w.visitor()
	w.forgot[k] = true
	return func(ctx context.Context) {
		w.do(&call{op: "forget", process: p.n, channel: k.channel, visitor: k.visitor}, func() error {
			return p.by[k.channel].Forget(ctx, k.visitor)
		})
	}
}

func (w *world) typing(p *process) action {
	k := w.visitor()
	e, ok := w.desk.some(w.random, channel.Handling)
	return func(ctx context.Context) {
		_ = p.by[k.channel].Typing(ctx, k.visitor) // nobody may be there
		if ok {
			_ = p.by[e.Channel].StaffTyping(ctx, e.ID, as(e.Staff.ID))
		}
	}
}

func (w *world) suspend(ctx context.Context, id string) {
	if p := w.some(); p != nil && p.by[id].Suspend(ctx) == nil {
		w.journal.note("%s is suspended", id)
		w.suspends[id] = true
	}
}

func (w *world) resume(ctx context.Context, id string) {
	if p := w.some(); p != nil && p.by[id].Resume(ctx) == nil {
		w.journal.note("%s is resumed", id)
		w.suspends[id] = false
	}
}
