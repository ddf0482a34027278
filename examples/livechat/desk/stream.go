package desk

import (
	"net/http"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/routing"
)

// pause gathers changes: a page is told of twenty of them at once rather than twenty times.
const pause = 50 * time.Millisecond

// maxShown bounds how many enquiries a page is given to begin with.
const maxShown = 300

// Places of an enquiry on a staff member's page.
const (
	offered = "offered" // to them, or to a team of theirs
	mine    = "mine"    // they handle it
	missed  = "missed"  // anybody may follow it up
)

// card is an enquiry on the page of one staff member. One without a place leaves the page.
type card struct {
	view.Enquiry
	Place string    `json:"place"`
	Until time.Time `json:"until,omitzero"` // of an offer
	Via   string    `json:"via,omitempty"`  // the team, if the offer is to one
}

func (d *Desk) card(e *channel.Enquiry, staff string) card {
	c := card{Enquiry: view.Of(e, d.directory)}
	to, concerned := d.directory.Concerns(e.Offered, staff)
	switch {
	case concerned && e.Staff.ID != staff:
		c.Place, c.Until = offered, d.offers.get(e.ID)
		if to.Kind == routing.KindTeam {
			c.Via = view.Destination(to, d.directory)
		}
	case e.Status == channel.Handling && e.Staff.ID == staff:
		c.Place = mine
	case e.Status == channel.Missed:
		c.Place = missed
	}
	return c
}

// stream shows a staff member what concerns them, as it happens. While it is open they are at work.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	sub := d.feed.Subscribe() // before reading, so that nothing falls between
	defer sub.Close()
	out, err := live.Open(w)
	if err != nil {
		return
	}
	d.attendance.arrive(s.ID)
	defer d.attendance.leave(s.ID)
	p := &page{desk: d, staff: s.ID, out: out, r: r, shown: map[channel.EnquiryID]bool{}}
	if p.begin() != nil {
		return
	}
	stop := every(r, renewEvery, func() { d.attendance.stay(s.ID) })
	defer stop()
	out.Follow(r, sub, pause, p.show)
}

// page is one open staff page.
type page struct {
	desk  *Desk
	staff string
	out   *live.Stream
	r     *http.Request
	shown map[channel.EnquiryID]bool // what the page has
}

// begin sends all that concerns the staff member now.
func (p *page) begin() error {
	d := p.desk
	cards := []card{}
	q := channel.Query{
		Channels: []string{d.channel}, Status: []channel.Status{channel.Opened, channel.Handling, channel.Missed},
	}
	clear(p.shown)
	for e, err := range d.hub.Enquiries(p.r.Context(), q) {
		if err != nil {
			return err
		}
		if c := d.card(&e, p.staff); c.Place != "" {
			cards = append(cards, c)
			p.shown[e.ID] = true
		}
		if len(cards) >= maxShown {
			break
		}
	}
	return p.out.Send("all", "", map[string]any{"enquiries": cards, "staff": d.people()})
}

// show sends what has changed.
func (p *page) show(keys []live.Key) error {
	for _, k := range keys {
		var err error
		switch k.Kind {
		case EnquiryKey:
			err = p.enquiry(channel.EnquiryID(k.ID))
		case TypingKey:
			if id := channel.EnquiryID(k.ID); p.shown[id] {
				err = p.out.Send("typing", "", map[string]any{"id": id})
			}
		case PresenceKey:
			err = p.out.Send("staff", "", p.desk.people())
		case live.Reset:
			err = p.begin()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enquiry sends what has become of an enquiry. One that cannot be read has gone, or comes with its next change.
func (p *page) enquiry(id channel.EnquiryID) error {
	c := card{Enquiry: view.Enquiry{ID: id}}
	if e, err := p.desk.hub.Enquiry(p.r.Context(), id); err == nil {
		c = p.desk.card(&e, p.staff)
	}
	if c.Place == "" && !p.shown[id] {
		return nil
	}
	if p.shown[id] = c.Place != ""; c.Place == "" {
		delete(p.shown, id)
	}
	return p.out.Send("enquiry", "", c)
}

// every calls fn until stop is called or the page goes away.
func every(r *http.Request, d time.Duration, fn func()) (stop func()) {
	done := make(chan struct{})
	go func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-r.Context().Done():
				return
			case <-t.C:
				fn()
			}
		}
	}()
	return func() { close(done) }
}
