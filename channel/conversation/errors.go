package conversation

import (
	"errors"
)

// Errors of rules and Stores. A Store returns ErrCapacity and, where two records would share a Once, ErrConflict.
var (
	// ErrNotFound: no such enquiry, message or visitor, or it belongs to another channel.
	ErrNotFound = errors.New("not found")
	// ErrTaken: another staff member handles the enquiry.
	ErrTaken = errors.New("handled by another staff member")
	// ErrClosed: the enquiry has been closed.
	ErrClosed = errors.New("enquiry is closed")
	// ErrCapacity: the staff member already handles as many enquiries as Staff.Capacity allows.
	ErrCapacity = errors.New("staff member is at capacity")
	// ErrConflict: the same message id was used before with other content, or the message is in a state that
	// does not allow what was asked for.
	ErrConflict = errors.New("conflict with what is recorded")
)
