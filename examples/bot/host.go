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

var (
	ann = channel.Staff{ID: "ann", Person: messages.Person{FirstName: "Ann", LastName: "Lee"}}
	bob = channel.Staff{ID: "bob", Person: messages.Person{FirstName: "Bob", LastName: "Ray"}}
)

// host is the chat backend: it knows who is at work, shows staff what the library tells it, and runs the bot.
type host struct {
	roster  *routing.Roster
	channel *channel.Channel

	mu      sync.Mutex
	offered channel.EnquiryID // to a person, last
	zoe     channel.EnquiryID
	events  chan channel.Event
}

func newHost() *host {
	h := &host{roster: routing.NewRoster(nil), events: make(chan channel.Event, 256)}
	h.roster.Set(ann.ID, routing.Active, 0)
	h.roster.Set(bob.ID, routing.Active, 0)
	return h
}

// notify is what the library tells the host: at least once, in order per conversation. It may call the library.
func (h *host) notify(ctx context.Context, e channel.Event) error {
	switch e.Type {
	case channel.EnquiryOffered:
		to := e.Destinations[0]
		fmt.Printf("   host: enquiry %d is offered to %s %s\n", e.Enquiry.Number, to.Kind, to.ID)
		if to.Kind == routing.KindBot {
			return h.bot(ctx, e)
		}
		h.mu.Lock()
		h.offered = e.Enquiry.ID
		h.mu.Unlock()
	case channel.EnquiryAccepted:
		fmt.Printf("   host: %s handles enquiry %d\n", e.Enquiry.Staff.FirstName, e.Enquiry.Number)
	case channel.MessageReceived:
		if err := h.bot(ctx, e); err != nil {
			return err
		}
	case channel.EnquiryTransferred, channel.EnquiryWithdrawn, channel.EnquiryMissed:
		fmt.Printf("   host: enquiry %d is %s: %s\n", e.Enquiry.Number, e.Enquiry.Status, e.Enquiry.Why)
	}
	h.events <- e
	return nil
}

// await waits for an event.
func (h *host) await(ctx context.Context, kind channel.EventType) error {
	for {
		select {
		case e := <-h.events:
			if e.Type == kind {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("event %s did not come", kind)
		}
	}
}

// takeOver accepts what was offered to a person, and replies.
func (h *host) takeOver(ctx context.Context, by channel.Staff, text string) (channel.EnquiryID, error) {
	h.mu.Lock()
	id := h.offered
	h.zoe = id
	h.mu.Unlock()
	if err := h.channel.Accept(ctx, id, by); err != nil {
		return "", err
	}
	_, err := h.channel.Reply(ctx, id, by, messages.Text(text))
	return id, err
}

// settle says a last word and closes the enquiry.
func (h *host) settle(ctx context.Context, id channel.EnquiryID, by channel.Staff, text string) error {
	if _, err := h.channel.Reply(ctx, id, by, messages.Text(text)); err != nil {
		return err
	}
	return h.channel.Close(ctx, id, by)
}

// goHome ends the day.
func (h *host) goHome() {
	h.roster.Set(ann.ID, routing.Offline, 0)
	h.roster.Set(bob.ID, routing.Offline, 0)
}

// summary prints the transcript of Zoe's visit and the overview, and checks both.
func (h *host) summary(ctx context.Context) error {
	fmt.Println("7. What is left: the transcript …")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	var said []channel.Author
	for e, err := range h.channel.Transcript(ctx, h.zoe) {
		if err != nil {
			return err
		}
		said = append(said, e.Author)
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
	const zoe, bot, staff = channel.FromVisitor, channel.FromBot, channel.FromStaff
	if want := []channel.Author{zoe, bot, zoe, bot, zoe, zoe, bot, staff, zoe, staff}; !slices.Equal(said, want) {
		return fmt.Errorf("the transcript is by %v, want %v", said, want)
	}
	if want := []channel.Status{channel.Missed, channel.Closed}; !slices.Equal(status, want) {
		return fmt.Errorf("the overview has %v, want %v", status, want)
	}
	return nil
}
