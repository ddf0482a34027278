package conversation

import (
	"time"

	"github.com/usherchat/usher/routing"
)

// Lane is one kind of work of a conversation. Lanes of one conversation do not wait for each other.
type Lane uint8

// Lanes.
const (
	LaneRoute   Lane = iota // decisions about the live enquiry, and its deadlines
	LaneWait                // an index, not work: enquiries that wait, by when they were opened
	LaneNotify              // events for the host, one after the other
	LaneDeliver             // posts to the source, one after the other
	LaneChannel             // an index, not work: channels, by when their state last changed
	Lanes                   // the number of lanes
)

// String returns "route", "wait", "notify", "deliver" or "channel", for logs and metrics.
func (l Lane) String() string {
	return [...]string{"route", "wait", "notify", "deliver", "channel", "unknown"}[min(l, Lanes)]
}

// Cursor is a lane's place in the conversation's log, and the lease of the process that works on the lane. Times are
// Unix nanoseconds, 0 = never. The zero Cursor is a lane without records.
type Cursor struct {
	Done  int64 `json:"done,omitempty"`  // Seq: the lane's records up to it are settled
	Last  int64 `json:"last,omitempty"`  // Seq of the lane's last record
	Due   int64 `json:"due,omitempty"`   // when work is due
	Lease int64 `json:"lease,omitempty"` // until when the holder may work; 0 = nobody
	Token int64 `json:"token,omitempty"` // grows with each lease: the fence
	Try   int   `json:"try,omitempty"`   // attempts so far at the record after Done
}

// Next is when a Store has to show the lane in Due: when its work is due or, while somebody holds it, when the
// lease runs out. 0 = never.
func (c Cursor) Next() int64 {
	if c.Lease != 0 {
		return c.Lease
	}
	return c.Due
}

// Head is the present state of a conversation: all that is kept of it apart from its log and its earlier enquiries. A
// Store keeps it as it is, with Next of every lane where Due finds it.
type Head struct {
	ID         string  `json:"-"`                    // see [ID]
	Channel    string  `json:"channel,omitempty"`    // id of the channel
	Generation string  `json:"generation,omitempty"` // part of every id in the conversation; see the glossary
	Version    int64   `json:"-"`                    // kept by the Store: 0 = not recorded yet, grows with every change
	Visitor    Visitor `json:"visitor,omitzero"`     // what is known of the visitor now; without ID after Forget
	Seq        int64   `json:"seq,omitempty"`        // of the last record
	Count      int64   `json:"count,omitempty"`      // enquiries so far

	Greeted    bool      `json:"greeted,omitempty"`     // the visitor was welcomed, or staff wrote first
	ClosingAt  time.Time `json:"closing_at,omitzero"`   // when the last closing text was queued
	Answered   bool      `json:"answered,omitempty"`    // staff or a bot have written since the visitor opened the enquiry
	AwayAt     time.Time `json:"away_at,omitzero"`      // when the last away text was queued
	LastStaff  string    `json:"last_staff,omitempty"`  // the person who last took an enquiry of this visitor; never a bot
	LastAt     time.Time `json:"last_at,omitzero"`      // when LastStaff took it
	TakenSeq   int64     `json:"taken_seq,omitempty"`   // Seq when an enquiry was last taken: away texts up to it are superseded
	ClosingSeq int64     `json:"closing_seq,omitempty"` // Seq of the latest closing text, 0 after the enquiry was opened again
	Superseded []int64   `json:"superseded,omitempty"`  // Seqs of closing texts that are not to be sent any more, ascending
	Forgotten  time.Time `json:"forgotten,omitzero"`    // when the visitor was forgotten

	Enquiry  *Enquiry      `json:"enquiry,omitempty"`   // the latest: live unless it is Closed. Never modified in place
	Routing  Routing       `json:"routing,omitzero"`    // of the live enquiry
	StateSeq int64         `json:"state_seq,omitempty"` // Seq of the last record whose State still is Enquiry; 0 = none
	Lane     [Lanes]Cursor `json:"lane"`
	State    *ChannelState `json:"state,omitempty"` // of the channel, in the channel's own conversation
}

// Routing is how far the search for a handler of the live enquiry has come.
type Routing struct {
	Revision  int64                 `json:"revision,omitempty"`  // grows with every change that makes an earlier decision stale
	Pending   bool                  `json:"pending,omitempty"`   // the Router is to be asked
	Tried     []routing.Destination `json:"tried,omitempty"`     // offered before: declined, or not answered in time
	Wait      time.Duration         `json:"wait,omitempty"`      // how long the present offer stands
	ToldAt    time.Time             `json:"told_at,omitzero"`    // when the host took the present offer: Wait begins
	Offer     int64                 `json:"offer,omitempty"`     // Seq of the present offer
	Waiting   bool                  `json:"waiting,omitempty"`   // nobody can be offered it now
	Since     time.Time             `json:"since,omitzero"`      // when the search began: opened, reopened, transferred or resumed
	Fails     int                   `json:"fails,omitempty"`     // errors of the Router in a row
	Retry     time.Time             `json:"retry,omitzero"`      // when the Router is asked again after an error
	Away      bool                  `json:"away,omitempty"`      // the away text of this opening was decided on
	Prefer    string                `json:"prefer,omitempty"`    // the staff member who is offered first after a reopening
	Rule      []byte                `json:"rule,omitempty"`      // of a transfer, as JSON; empty = the channel's own rule
	Warned    bool                  `json:"warned,omitempty"`    // EnquiryClosing was recorded
	Epoch     int64                 `json:"epoch,omitempty"`     // of the channel, when this began
	ResumedAt time.Time             `json:"resumed_at,omitzero"` // when the channel was resumed: AutoClose counts from it
}
