package visits

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
)

// conversation is everything that is known of one conversation when a history is over.
type visit struct {
	key
	calls     []*call
	tellings  []*telling
	events    []channel.Event // each once, by Seq
	attempts  []*attempt
	enquiries []channel.Enquiry     // by Seq of their opening, as the store has them
	entries   []channel.Entry       // of all enquiries, by Seq
	records   []conversation.Record // of all enquiries, by Seq
}

// check compares what everybody saw with what must always hold.
func (w *world) check(ctx context.Context) error {
	all, err := w.gather(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		w.checkTold(c)
		w.checkPosted(c)
		if w.forgot[c.key] {
			w.checkForgotten(c)
			continue
		}
		w.checkLog(c)
		w.checkEvents(c)
		w.checkReceived(c)
		w.checkReplied(c)
		w.checkHandler(c)
		w.checkWelcome(c)
		w.checkAway(c)
		w.checkDelivered(c)
	}
	w.checkOffers(all)
	w.checkTotals(ctx, all)
	w.checkSecrets()
	return w.report()
}

// gather sorts the journal and the store by conversation.
func (w *world) gather(ctx context.Context) ([]*visit, error) {
	by := map[key]*visit{}
	var all []*visit
	of := func(channelID string, v channel.VisitorID) *visit {
		k := key{channelID, v}
		if by[k] == nil {
			by[k] = &visit{key: k}
			all = append(all, by[k])
		}
		return by[k]
	}
	for _, c := range w.journal.calls {
		conv := of(c.channel, c.visitor)
		conv.calls = append(conv.calls, c)
	}
	for _, t := range w.journal.tellings {
		if t.event.Visitor != "" {
			conv := of(t.event.Channel, t.event.Visitor)
			conv.tellings = append(conv.tellings, t)
		}
	}
	for _, a := range w.journal.attempts {
		conv := of(a.post.Channel, a.post.Visitor)
		conv.attempts = append(conv.attempts, a)
	}
	if err := w.read(ctx, of); err != nil {
		return nil, err
	}
	for _, c := range all {
		c.sort()
	}
	return all, nil
}

// read adds what the store has, as a process sees it that does no work.
func (w *world) read(ctx context.Context, of func(string, channel.VisitorID) *visit) error {
	h, err := channel.NewHub(channel.HubConfig{
		Notify: func(context.Context, channel.Event) error { return nil }, Store: w.Store, Clock: w.clock,
	})
	if err != nil {
		return err
	}
	for _, s := range w.settings {
		ch, err := h.Connect(ctx, s)
		if err != nil {
			return err
		}
		for e, err := range ch.Enquiries(ctx, channel.Query{}) {
			if err != nil {
				return err
			}
			if e.Visitor.ID == "" { // forgotten
				if err := w.checkEmpty(ctx, e); err != nil {
					return err
				}
				continue
			}
			conv := of(e.Channel, e.Visitor.ID)
			conv.enquiries = append(conv.enquiries, e)
			for entry, err := range ch.Transcript(ctx, e.ID) {
				if err != nil {
					return err
				}
				conv.entries = append(conv.entries, entry)
			}
			for r, err := range w.Store.Records(ctx, e.ID) {
				if err != nil {
					return err
				}
				conv.records = append(conv.records, r)
			}
		}
	}
	return nil
}

func (c *visit) sort() {
	slices.SortFunc(c.calls, func(a, b *call) int { return cmp.Compare(a.from, b.from) })
	slices.SortFunc(c.tellings, func(a, b *telling) int { return cmp.Compare(a.from, b.from) })
	slices.SortFunc(c.attempts, func(a, b *attempt) int { return cmp.Compare(a.from, b.from) })
	slices.SortFunc(c.enquiries, func(a, b channel.Enquiry) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(c.entries, func(a, b channel.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(c.records, func(a, b conversation.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	seen := map[int64]bool{}
	for _, t := range c.tellings {
		if t.took && t.event.Seq > 0 && !seen[t.event.Seq] {
			seen[t.event.Seq] = true
			c.events = append(c.events, t.event)
		}
	}
	slices.SortFunc(c.events, func(a, b channel.Event) int { return cmp.Compare(a.Seq, b.Seq) })
}

// lasted reports whether a process noted what it did in s while nobody else could take it over: it did not die, and
// was not frozen about that time.
func (w *world) lasted(process int, s span) bool {
	frozen := slices.ContainsFunc(w.journal.freezes, func(f freeze) bool {
		return f.process == process && !s.end.Before(f.from.Add(-inHand)) && !s.begun.After(f.to)
	})
	return !frozen && !slices.Contains(w.journal.dead, process)
}

// inHand is how long the work may take that is noted at once: 32 events, each told to a slow host.
const inHand = 100 * time.Second

// checkSecrets looks for what must never be in logs and errors: secrets, tokens and what was said.
func (w *world) checkSecrets() {
	texts := []string{w.logged.String()}
	for _, c := range w.journal.calls {
		if c.err != nil {
			texts = append(texts, c.err.Error())
		}
	}
	for _, t := range w.journal.tellings {
		texts = append(texts, t.event.Err, t.event.Enquiry.Why)
	}
	secrets := []string{"words of ", "other words", "I say "}
	for _, s := range w.settings {
		secrets = append(secrets, s.Tokens[0], s.Webhook.Secrets[0].Reveal())
	}
	for _, text := range texts {
		for _, secret := range secrets {
			if at := strings.Index(text, secret); at >= 0 {
				w.faulty(key{}, "a log or an error holds %q: …%s", secret, text[max(0, at-80):min(len(text), at+40)])
				return
			}
		}
	}
}
