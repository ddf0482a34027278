package routing

import (
	"context"
	"time"
)

// Router decides whom an enquiry is offered to.
//
// Route returns whom to offer the enquiry to next, given whom it was offered to before
// ([Enquiry.Tried]). It is called again after every offer that was declined or not answered, so it
// keeps no record of its own about an enquiry. Implementations must be safe for concurrent use,
// must answer from memory and must return when ctx ends. Nobody to offer to is a [Decision], not an
// error: an error means that the Router could not decide.
//
// [Plan] is the library's own Router. A Router that also has Peek (see [Peeker]) can be looked at
// without consequences.
type Router interface {
	Route(ctx context.Context, e Enquiry, p Presence) (Decision, error)
}

// RouterFunc lets an ordinary function be a [Router].
type RouterFunc func(context.Context, Enquiry, Presence) (Decision, error)

// Route calls f.
func (f RouterFunc) Route(ctx context.Context, e Enquiry, p Presence) (Decision, error) {
	return f(ctx, e, p)
}

// Peeker is an optional part of a [Router]: Peek answers what Route would, and changes nothing. A
// [Custom] whose Router has it is asked by Peek when a rule above only looks at it; one without
// counts as open and available there.
type Peeker interface {
	Peek(ctx context.Context, e Enquiry, p Presence) (Decision, error)
}

// Enquiry is what a [Router] may know of an enquiry.
type Enquiry struct {
	ID         string            `json:"id,omitempty"`
	Channel    string            `json:"channel,omitempty"`
	Visitor    string            `json:"visitor,omitempty"`
	Locale     string            `json:"locale,omitempty"` // BCP 47
	At         time.Time         `json:"at"`               // the moment to decide for, everywhere in the tree
	Attributes map[string]string `json:"attributes,omitempty"`

	// LastStaff is the person who last handled an enquiry of this visitor, never a bot; "" is nobody.
	LastStaff string `json:"last_staff,omitempty"`
	// LastAt is when LastStaff did.
	LastAt time.Time `json:"last_at,omitzero"`

	// Tried holds whom the enquiry was offered to before, since it was opened: those who declined or
	// did not answer, in order.
	Tried []Destination `json:"tried,omitempty"`
}

var (
	_ Router = RouterFunc(nil)
	_ Router = (*Plan)(nil)
	_ Peeker = (*Plan)(nil)
)
