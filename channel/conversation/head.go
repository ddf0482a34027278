package conversation

import (
	"time"

	"github.com/usherchat/usher/routing"
)

// Lane is one kind of work of a conversation. Lanes of one conversation do not wait for each other.
type Lane uint8

// Lanes.
const (
	LaneRoute   Lane = iota // decisions and deadlines of the live enquiry
	LaneWait                // an order, not work: enquiries that wait, by when they were opened
	LaneNotify              // events for the host, one after the other
	LaneDeliver             // posts to the source, one after the other
	LaneChannel             // an order: channels, by when their state last changed
	Lanes                   // how many there are
)

func (l Lane) String() string {
	return [...]string{"route", "wait", "notify", "deliver", "channel", "unknown"}[min(l, Lanes)]
}

// Cursor is a lane's place in the conversation's log and the lease of whoever works on it. Times are Unix
// nanoseconds, 0 = never.
type Cursor struct {
	Done  int64 `json:"done,omitempty"`  // records up to this Seq are settled
	Last  int64 `json:"last,omitempty"`  // the last record of the lane
	Due   int64 `json:"due,omitempty"`   // when work is due
	Lease int64 `json:"lease,omitempty"` // until when the holder may work; 0 = nobody
	Token int64 `json:"token,omitempty"` // grows with each lease: the fence
	Try   int   `json:"try,omitempty"`   // attempts at the record after Done
}

// Next is when a Store has to show the lane in Due: when its work is due or, while somebody holds it, when the
// lease runs out. 0 = never.
func (c Cursor) Next() int64 {
	if c.Lease != 0 {
		return c.Lease
	}
	return c.Due
}

// Head is what is kept of a conversation apart from its log and its enquiries. A Store keeps it as it is, with
// Next of every lane where Due finds it.
type Head struct {
	ID         string  `json:"-"`
	Channel    string  `json:"channel,omitempty"`
	Generation string  `json:"generation,omitempty"`
	Version    int64   `json:"-"` // kept by the Store: 0 = not recorded yet, grows with every change
	Visitor    Visitor `json:"visitor,omitzero"`
	Seq        int64   `json:"seq,omitempty"`   // the last one given
	Count      int64   `json:"count,omitempty"` // enquiries so far

	Greeted    bool      `json:"greeted,omitempty"`
	ClosingAt  time.Time `json:"closing_at,omitzero"`  // the last closing text
	Answered   bool      `json:"answered,omitempty"`   // staff or a bot have written since the visitor opened the enquiry
	AwayAt     time.Time `json:"away_at,omitzero"`     // the last away text
	LastStaff  string    `json:"last_staff,omitempty"` // the person who last took an enquiry of this visitor
	LastAt     time.Time `json:"last_at,omitzero"`
	TakenSeq   int64     `json:"taken_seq,omitempty"`   // the last record when somebody last took over: away texts up to it are overtaken
	ClosingSeq int64     `json:"closing_seq,omitempty"` // the record of the latest closing text
	Superseded []int64   `json:"superseded,omitempty"`  // closing texts that are not to be sent any more
	Forgotten  time.Time `json:"forgotten,omitzero"`    // when the visitor was forgotten, until the remains are removed

	Enquiry  *Enquiry      `json:"enquiry,omitempty"`   // the latest: live unless it is Closed. Never modified in place
	Routing  Routing       `json:"routing,omitzero"`    // of the live enquiry
	StateSeq int64         `json:"state_seq,omitempty"` // the last record that holds a State which is still right
	Lane     [Lanes]Cursor `json:"lane"`
	State    *ChannelState `json:"state,omitempty"` // of a channel's own conversation
}

// Routing is how far the search for somebody who answers the live enquiry has come.
type Routing struct {
	Revision  int64                 `json:"revision,omitempty"` // grows with whatever makes an earlier decision stale
	Pending   bool                  `json:"pending,omitempty"`  // to be routed
	Tried     []routing.Destination `json:"tried,omitempty"`
	Wait      time.Duration         `json:"wait,omitempty"`      // of the present offer
	ToldAt    time.Time             `json:"told_at,omitzero"`    // when the host took the present offer
	Offer     int64                 `json:"offer,omitempty"`     // the record of the present offer
	Waiting   bool                  `json:"waiting,omitempty"`   // nobody can be offered it now
	Since     time.Time             `json:"since,omitzero"`      // opened, reopened, transferred or resumed
	Fails     int                   `json:"fails,omitempty"`     // errors of the Router in a row
	Retry     time.Time             `json:"retry,omitzero"`      // after an error
	Away      bool                  `json:"away,omitempty"`      // the away text of this opening has been decided on
	Prefer    string                `json:"prefer,omitempty"`    // the staff member who is offered first after a reopening
	Rule      []byte                `json:"rule,omitempty"`      // JSON, of a transfer
	Warned    bool                  `json:"warned,omitempty"`    // EnquiryClosing was told
	Epoch     int64                 `json:"epoch,omitempty"`     // of the channel, when this began
	ResumedAt time.Time             `json:"resumed_at,omitzero"` // when the channel was resumed: no deadline ran before
}
