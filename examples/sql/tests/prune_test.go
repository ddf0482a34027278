package tests_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// office is a hub over a database, with a clock of its own.
type office struct {
	t     *testing.T
	clock *clock.Mock
	store *sqlstore.Store
	hub   *channel.Hub
	ch    *channel.Channel
	n     int
}

func newOffice(t *testing.T, p place) *office {
	t.Helper()
	o := &office{t: t, clock: clock.NewMock()}
	o.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	db := p.database(t)
	var err error
	o.store, err = sqlstore.NewWith(sqlstore.Config{DB: db, Dialect: p.dialect, Prefix: p.prefix, Clock: o.clock})
	o.check(err)
	o.check(o.store.Migrate(t.Context()))
	client, err := webhook.NewClient(webhook.Config{Transport: echo{}, Clock: o.clock, Rate: -1})
	o.check(err)
	o.hub, err = channel.NewHub(channel.HubConfig{
		Store: o.store, Webhooks: client, Clock: o.clock, Notify: notifyNobody,
	})
	o.check(err)
	o.ch, err = o.hub.Connect(t.Context(), channel.Settings{
		ID: "shop", Source: "App", Name: "Support", Routing: routing.Staff("ann"), ReopenWithin: 1000 * time.Hour,
		Messages: messages.Settings{Away: messages.AutoReply{Off: true}},
		Webhook:  webhook.Endpoint{URL: "https://source.example/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
	})
	o.check(err)
	return o
}

func (o *office) check(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) pass(d time.Duration) {
	o.t.Helper()
	o.clock.Set(o.clock.Now().Add(d))
	o.check(o.hub.RunDue(o.t.Context()))
}

func (o *office) hear(visitor string) channel.EnquiryID {
	o.t.Helper()
	o.n++
	got, err := o.ch.Receive(o.t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: channel.VisitorID(visitor)}, Message: messages.Message{ID: fmt.Sprint(o.n), Text: "hello"},
	})
	o.check(err)
	o.pass(0)
	return got.Enquiry
}

// answer replies and closes.
func (o *office) answer(id channel.EnquiryID) {
	o.t.Helper()
	ann := channel.Staff{ID: "ann"}
	_, err := o.ch.Reply(o.t.Context(), id, ann, messages.Text("bye"))
	o.check(err)
	o.check(o.ch.Close(o.t.Context(), id, ann))
	o.pass(0)
}

func (o *office) prune(olderThan time.Duration, want int) {
	o.t.Helper()
	n, err := o.store.Prune(o.t.Context(), olderThan)
	o.check(err)
	if n != want {
		o.t.Errorf("Prune removed %d enquiries, want %d", n, want)
	}
}

func (o *office) entries(id channel.EnquiryID) (texts []string) {
	o.t.Helper()
	for e, err := range o.ch.Transcript(o.t.Context(), id) {
		if errors.Is(err, channel.ErrNotFound) {
			return nil
		}
		o.check(err)
		texts = append(texts, e.Message.Text)
	}
	return texts
}

// TestPrune: closed enquiries go with all that was said in them, open ones and what is known of visitors stay.
func TestPrune(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			o := newOffice(t, e.fresh(t))
			first := o.hear("zoe")
			o.answer(first)
			o.prune(0, 0) // younger than 72 hours
			o.pass(2000 * time.Hour)
			second := o.hear("zoe")
			old, open := o.hear("max"), o.hear("eve")
			o.answer(old)
			o.pass(800 * time.Hour)
			if first == second {
				t.Fatal("the enquiry was opened again")
			}
			o.prune(1000*time.Hour, 1) // the first
			if _, err := o.hub.Enquiry(t.Context(), first); !errors.Is(err, channel.ErrNotFound) {
				t.Errorf("an enquiry that was removed: got error %v, want ErrNotFound", err)
			}
			if got := o.entries(first); got != nil {
				t.Errorf("an enquiry that was removed holds %q", got)
			}
			if got := o.entries(second); len(got) != 1 {
				t.Errorf("the visitor's second enquiry holds %q", got)
			}
			o.prune(700*time.Hour, 1) // that of max, his latest
			if got, err := o.hub.Enquiry(t.Context(), open); err != nil || got.Status == channel.Closed {
				t.Errorf("an open enquiry is %q, error %v", got.Status, err)
			}
			again := o.hear("max")
			if again == old {
				t.Error("the id of an enquiry that was removed was given again")
			}
			if got := o.entries(again); len(got) != 1 || got[0] != "hello" { // no second welcome
				t.Errorf("the visitor's new enquiry holds %q", got)
			}
			e, err := o.hub.Enquiry(t.Context(), again)
			o.check(err)
			if e.Number != 5 {
				t.Errorf("the new enquiry has number %d, want 5", e.Number)
			}
			o.answer(again)
			o.check(o.ch.Forget(t.Context(), "max"))
			o.pass(100 * time.Hour) // the remains are removed, the enquiry stays
			o.pass(900 * time.Hour)
			o.prune(72*time.Hour, 1)
			for _, err := range o.ch.Enquiries(t.Context(), channel.Query{Status: []channel.Status{channel.Closed}}) {
				t.Errorf("a closed enquiry is left, error %v", err)
			}
			for range 2 {
				o.prune(0, 0)
			}
		})
	}
}

// TestPruneMany: pages of them, while others write.
func TestPruneMany(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			o := newOffice(t, e.fresh(t))
			for n := range 100 {
				o.answer(o.hear(fmt.Sprint("visitor ", n%70)))
				o.pass(time.Minute)
			}
			o.pass(1000 * time.Hour)
			n := 0
			for _, err := range o.ch.Enquiries(t.Context(), channel.Query{}) {
				o.check(err)
				n++
			}
			o.prune(time.Hour, n)
			for _, err := range o.ch.Enquiries(t.Context(), channel.Query{}) {
				t.Errorf("an enquiry is left, error %v", err)
			}
		})
	}
}
