package desk

import (
	"context"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
)

// offers remembers until when an enquiry is offered, for the countdown.
type offers struct {
	mu    sync.Mutex
	until map[channel.EnquiryID]time.Time
}

func (o *offers) set(id channel.EnquiryID, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.until == nil {
		o.until = map[channel.EnquiryID]time.Time{}
	}
	o.until[id] = until
}

func (o *offers) end(id channel.EnquiryID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.until, id)
}

func (o *offers) get(id channel.EnquiryID) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.until[id]
}

// Notify is the host's ear: the hub calls it with everything that happens, in order for each conversation. This one
// keeps nothing but the end of offers, tells the pages that something has changed, and returns at once; they read
// what it is from the hub. A host that rings a bell or sends a push message does it here, and returns an error if
// that has to be tried again.
func (d *Desk) Notify(_ context.Context, e channel.Event) error {
	switch e.Type {
	case channel.EnquiryOffered:
		d.offers.set(e.Enquiry.ID, time.Now().Add(e.Wait))
	case channel.EnquiryWithdrawn, channel.EnquiryMissed, channel.EnquiryClosed, channel.EnquiryAccepted:
		d.offers.end(e.Enquiry.ID)
	case channel.VisitorTyping:
		d.feed.Changed(live.Key{Kind: TypingKey, ID: string(e.Enquiry.ID)})
		return nil
	default:
	}
	if e.Enquiry.ID != "" {
		d.feed.Changed(live.Key{Kind: EnquiryKey, ID: string(e.Enquiry.ID)})
	}
	return nil
}
