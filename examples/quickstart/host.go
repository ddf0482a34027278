package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"text/tabwriter"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

var bob = channel.Staff{ID: "bob", Person: messages.Person{FirstName: "Bob", LastName: "Ray"}}

// host is the chat backend: it knows who is at work, and shows staff what the library tells it.
type host struct {
	roster  *routing.Roster
	channel *channel.Channel

	mu      sync.Mutex
	enquiry channel.EnquiryID // the one that was offered last
	events  chan channel.Event
}

func newHost() *host {
	h := &host{roster: routing.NewRoster(nil), events: make(chan channel.Event, 256)}
	h.roster.Set("ann", routing.Active, 0)
	h.roster.Set("bob", routing.Active, 0)
	return h
}

// notify is what the library tells the host: at least once, in order per conversation.
func (h *host) notify(_ context.Context, e channel.Event) error {
	switch e.Type {
	case channel.EnquiryOffered:
		h.mu.Lock()
		h.enquiry = e.Enquiry.ID
		h.mu.Unlock()
		fmt.Printf("   host: enquiry %d is offered to %s\n", e.Enquiry.Number, e.Destinations[0].ID)
	case channel.EnquiryWithdrawn:
		fmt.Printf("   host: no longer offered to %v: %s\n", e.Destinations, e.Enquiry.Why)
	case channel.EnquiryAccepted:
		fmt.Printf("   host: %s handles enquiry %d\n", e.Enquiry.Staff.FirstName, e.Enquiry.Number)
	case channel.EnquiryWaiting, channel.EnquiryMissed:
		fmt.Printf("   host: enquiry %d is %s: %s\n", e.Enquiry.Number, e.Enquiry.Status, e.Enquiry.Why)
	}
	h.events <- e
	return nil
}

// await waits for an event; of an offer, to that staff member.
func (h *host) await(ctx context.Context, kind channel.EventType, staff string) error {
	for {
		select {
		case e := <-h.events:
			to := routing.Staff(staff)
			if e.Type == kind && (staff == "" || slices.Contains(e.Destinations, to)) {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("event %s did not come", kind)
		}
	}
}

func (h *host) current() channel.EnquiryID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.enquiry
}

// answer accepts the enquiry, if that has not been done, and replies.
func (h *host) answer(ctx context.Context, by channel.Staff, text string) error {
	if err := h.channel.Accept(ctx, h.current(), by); err != nil {
		return err
	}
	_, err := h.channel.Reply(ctx, h.current(), by, messages.Text(text))
	return err
}

// done closes the enquiry.
func (h *host) done(ctx context.Context, by channel.Staff) error {
	return h.channel.Close(ctx, h.current(), by)
}

// goHome ends the day.
func (h *host) goHome() {
	h.roster.Set("ann", routing.Offline, 0)
	h.roster.Set("bob", routing.Offline, 0)
}

// summary prints the transcript of Zoe's visit and the overview, and checks both.
func (h *host) summary(ctx context.Context) error {
	fmt.Println("7. What is left: the transcript …")
	said := 0
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for e, err := range h.channel.Transcript(ctx, h.current()) {
		if err != nil {
			return err
		}
		said++
		fmt.Fprintf(w, "   %d\t%s\t%s\t%s\t%s\n", e.Seq, e.Author, e.DisplayName, e.Message.Text, e.Delivery)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("   … and the overview:")
	fmt.Fprintln(w, "   number\tvisitor\tstatus\tstaff\twhy")
	var status []channel.Status
	for e, err := range h.channel.Enquiries(ctx, channel.Query{}) {
		if err != nil {
			return err
		}
		status = append(status, e.Status)
		fmt.Fprintf(w, "   %d\t%s\t%s\t%s\t%s\n", e.Number, e.Visitor.FirstName, e.Status, e.Staff.FirstName, e.Why)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if want := []channel.Status{channel.Missed, channel.Closed}; said != 4 || !slices.Equal(status, want) {
		return fmt.Errorf("the transcript has %d messages and the overview %v, want 4 and %v", said, status, want)
	}
	return nil
}
