package routing

import "time"

// Presence answers who can take an enquiry now.
//
// State is called several times while one enquiry is routed: it must answer at once, from memory,
// and be safe for concurrent use. A destination that is not known has the zero [State]. A Presence
// that panics counts as not knowing a staff member, team or bot: they are passed over.
type Presence interface {
	State(d Destination) State
}

// Status is what a destination is doing.
type Status string

// The statuses. The empty status means that the destination is not known: staff then count as
// [Offline], teams and bots as [Active].
const (
	Active  Status = "active"  // ready
	Idle    Status = "idle"    // signed in, but not at the keyboard; offered to after those who are active
	Busy    Status = "busy"    // will not take more
	Offline Status = "offline" // not there
)

// State is a destination's status and load. The zero State is "not known" without load or limit.
type State struct {
	Status   Status    `json:"status,omitempty"`
	Load     int       `json:"load,omitempty"`     // enquiries being handled
	Capacity int       `json:"capacity,omitempty"` // how many at most; 0 = no limit
	Since    time.Time `json:"since,omitzero"`     // last became free; zero = before anybody else
}

// Available reports whether an enquiry can be offered: [Active] or [Idle], and below capacity. The
// empty status is not available here; a [Plan] reads it as [Active] for teams and bots.
func (s State) Available() bool {
	return (s.Status == Active || s.Status == Idle) && s.below()
}

// below reports whether there is room for one more.
func (s State) below() bool { return s.Capacity == 0 || s.Load < s.Capacity }

// Everyone is the Presence in which every destination is [Active] and without limit. A nil Presence
// means Everyone.
var Everyone Presence = everyone{}

type everyone struct{}

func (everyone) State(Destination) State { return State{Status: Active} }
