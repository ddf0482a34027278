package conversation

import (
	"slices"
	"time"

	"github.com/usherchat/usher/routing"
)

// Query selects enquiries; the zero Query selects all. Results are ordered newest first, by OpenedAt and then ID.
type Query struct {
	Channels    []string            // any of these
	Status      []Status            // any of these
	Visitor     VisitorID           // of this visitor
	Staff       string              // handled by this staff member
	Destination routing.Destination // offered to it, or last offered to it
	From, To    time.Time           // opened in [From, To); a zero bound is open
	Before      EnquiryID           // only those that come after this one in the result's order: the next page
	Limit       int                 // at most so many; 0 = all
	// Waiting selects enquiries that are Opened and not offered to anybody now.
	Waiting bool
}

// Matches reports whether e satisfies every condition but Before and Limit. Stores may use it to filter what
// their indexes do not.
func (q Query) Matches(e *Enquiry) bool {
	switch {
	case len(q.Channels) > 0 && !slices.Contains(q.Channels, e.Channel),
		len(q.Status) > 0 && !slices.Contains(q.Status, e.Status),
		q.Visitor != "" && e.Visitor.ID != q.Visitor,
		q.Staff != "" && e.Staff.ID != q.Staff,
		!q.From.IsZero() && e.OpenedAt.Before(q.From),
		!q.To.IsZero() && !e.OpenedAt.Before(q.To),
		q.Waiting && (e.Status != Opened || len(e.Offered) > 0):
		return false
	}
	none := routing.Destination{}
	return q.Destination == none || e.Destination == q.Destination || slices.Contains(e.Offered, q.Destination)
}
