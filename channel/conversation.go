package channel

import (
	"time"

	"github.com/usherchat/usher/messages"
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
	Done  int64 `json:"d,omitempty"` // records up to this Seq are settled
	Last  int64 `json:"l,omitempty"` // the last record of the lane
	Due   int64 `json:"u,omitempty"` // when work is due
	Lease int64 `json:"e,omitempty"` // until when the holder may work; 0 = nobody
	Token int64 `json:"t,omitempty"` // grows with each lease: the fence
	Try   int   `json:"r,omitempty"` // attempts at the record after Done
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
	Channel    string  `json:"c,omitempty"`
	Generation string  `json:"g,omitempty"`
	Version    int64   `json:"-"` // kept by the Store: 0 = not recorded yet, grows with every change
	Visitor    Visitor `json:"v,omitzero"`
	Seq        int64   `json:"s,omitempty"` // the last one given
	Count      int64   `json:"n,omitempty"` // enquiries so far

	Greeted   bool      `json:"w,omitempty"`
	AwayAt    time.Time `json:"a,omitzero"`   // the last away text
	ByeAt     time.Time `json:"ba,omitzero"`  // the last closing text
	Answered  bool      `json:"an,omitempty"` // staff or a bot have written since the visitor opened the enquiry
	LastStaff string    `json:"ls,omitempty"` // the person who last took an enquiry of this visitor
	LastAt    time.Time `json:"la,omitzero"`
	Taken     int64     `json:"tk,omitempty"` // the last record when somebody last took over: away texts up to it are overtaken
	Bye       int64     `json:"by,omitempty"` // the record of the latest closing text
	Overtaken []int64   `json:"ov,omitempty"` // closing texts that are not to be sent any more
	Forgotten time.Time `json:"f,omitzero"`   // when the visitor was forgotten, until the remains are removed

	Enquiry *Enquiry      `json:"q,omitempty"` // the latest: live unless it is Closed. Never modified in place
	Routing Routing       `json:"r,omitzero"`  // of the live enquiry
	Base    int64         `json:"b,omitempty"` // the last record that holds a State which is still right
	Lane    [Lanes]Cursor `json:"k"`
	State   *ChannelState `json:"x,omitempty"` // of a channel's own conversation
}

// Routing is how far the search for somebody who answers the live enquiry has come.
type Routing struct {
	Round    int64                 `json:"n,omitempty"` // grows with whatever makes an earlier decision stale
	Pending  bool                  `json:"p,omitempty"` // to be routed
	Tried    []routing.Destination `json:"t,omitempty"`
	Declined []routing.Destination `json:"d,omitempty"` // of the present offer
	Wait     time.Duration         `json:"w,omitempty"` // of the present offer
	Told     time.Time             `json:"o,omitzero"`  // when the host took the present offer
	Offer    int64                 `json:"f,omitempty"` // the record of the present offer
	Waiting  bool                  `json:"q,omitempty"` // nobody can be offered it now
	Since    time.Time             `json:"s,omitzero"`  // opened, reopened, transferred or resumed
	Fails    int                   `json:"e,omitempty"` // errors of the Router in a row
	Retry    time.Time             `json:"y,omitzero"`  // after an error
	Away     bool                  `json:"a,omitempty"` // the away text of this opening has been decided on
	Opening  time.Time             `json:"g,omitzero"`  // the next opening, while an away text that names it is queued
	Prefer   string                `json:"m,omitempty"` // the staff member who is offered first after a reopening
	Rule     []byte                `json:"u,omitempty"` // JSON, of a transfer
	Warned   bool                  `json:"c,omitempty"` // EnquiryClosing was told
	Epoch    int64                 `json:"h,omitempty"` // of the channel, when this began
	Floor    time.Time             `json:"l,omitzero"`  // when the channel was resumed: no deadline ran before
}

// ChannelState is what all processes have to know of a channel.
type ChannelState struct { //nolint:revive // State alone would not say whose
	Proofs    []Proof   `json:"p,omitempty"`
	Suspended bool      `json:"s,omitempty"`
	Reason    string    `json:"r,omitempty"`
	Epoch     int64     `json:"e,omitempty"` // grows with each Resume
	ResumedAt time.Time `json:"a,omitzero"`
	Touch     bool      `json:"t,omitempty"` // open enquiries are still to be routed afresh after a Resume
}

// Proof says that an endpoint has answered a challenge. It reveals neither the URL's query nor a secret.
type Proof struct {
	URL     string    `json:"u"` // a hash
	Secrets []string  `json:"s"` // fingerprints
	At      time.Time `json:"a"`
}

// Record is an entry of a conversation's log: a message, an event for the host, or both.
type Record struct {
	Seq     int64     `json:"-"`
	At      time.Time `json:"a"`
	Enquiry EnquiryID `json:"q,omitempty"`
	Once    string    `json:"-"` // unique in the conversation if not empty
	Notify  bool      `json:"n,omitempty"`
	Deliver bool      `json:"d,omitempty"`

	// Of a message.
	Author      Author            `json:"f,omitempty"`
	Staff       string            `json:"s,omitempty"`
	DisplayName string            `json:"y,omitempty"`
	AvatarURL   string            `json:"p,omitempty"`
	Prefix      string            `json:"i,omitempty"` // what is put before the text: the name
	Auto        AutoKind          `json:"o,omitempty"`
	Post        string            `json:"h,omitempty"` // tells the source of the enquiry: opened, accepted, closed
	Message     *messages.Message `json:"m,omitempty"` // never modified
	SentAt      time.Time         `json:"t,omitzero"`  // by the source's clock; of an event that tells of a receipt, the receipt's
	DeliveredAt time.Time         `json:"g,omitzero"`  // by the source's clock if a receipt gave it
	ReadAt      time.Time         `json:"u,omitzero"`
	Expires     time.Time         `json:"x,omitzero"`  // not worth sending afterwards
	Delivery    Delivery          `json:"v,omitempty"` // what the lane's cursor does not tell
	Err         string            `json:"e,omitempty"`

	// Of an event.
	Event        EventType             `json:"k,omitempty"`
	Destinations []routing.Destination `json:"w,omitempty"`
	Wait         time.Duration         `json:"l,omitempty"` // of an offer
	State        *Enquiry              `json:"z,omitempty"` // the enquiry as it was, unless Base tells
	Base         int64                 `json:"b,omitempty"` // the record that holds State, if this one does not
	Ref          int64                 `json:"r,omitempty"` // the record whose message this one is about

	Again int64 `json:"j,omitempty"` // of a message: the record that last queued it again

	about   *Record // Ref, where work has it at hand
	replyTo string  // what the source calls the message that is answered
}

// Claim asks the Store to count an enquiry to a staff member, or to give it back.
type Claim struct {
	Staff    string
	Delta    int // +1 or -1
	Capacity int // of a +1: the most that Staff may have afterwards; 0 = no limit
}

// Conversation is what a Store hands to a change: what is recorded, what was asked for, and room for what changes.
type Conversation struct {
	Head

	Found []Record // what Look asked for, by Seq, each once
	Old   *Enquiry // Look.Enquiry when it is not the latest one

	Write   bool     // there is something to record; without it nothing is
	Added   []Record // to append; Seq and Once are set
	Changed []Record // of Found: to be replaced, by Seq
	Save    bool     // Enquiry is to be written where Enquiries finds it
	Claims  []Claim
	Forget  bool // records with Seq up to ForgetTo keep only Seq and Once; all enquiries become Anonymous
	Gone    bool // the conversation and its records are removed; its enquiries stay

	ForgetTo int64

	epoch  int64 // of the channel, as the process knows it
	looked Look  // what was asked for
}

// Numbered gives the enquiry its number. A Store calls it once, before it records, if Enquiry.Number is 0.
func (c *Conversation) Numbered(n int64) {
	e := *c.Enquiry
	e.Number = n
	c.Enquiry = &e
	for i := range c.Added {
		if s := c.Added[i].State; s != nil && s.ID == e.ID {
			numbered := *s
			numbered.Number = n
			c.Added[i].State = &numbered
		}
	}
}

// NeedsNumber reports whether the Store has to call Numbered.
func (c *Conversation) NeedsNumber() bool { return c.Save && c.Enquiry != nil && c.Enquiry.Number == 0 }

// ensure makes an empty conversation belong to a channel and a visitor.
func (c *Conversation) ensure(channel string, v VisitorID) {
	c.Channel = channel
	if c.Generation == "" {
		c.Generation = newGeneration()
	}
	if c.Visitor.ID == "" {
		c.Visitor.ID = v
	}
}

// edit returns a copy of the enquiry that may be modified and becomes the latest; it will be saved.
func (c *Conversation) edit() *Enquiry {
	e := *c.Enquiry
	c.Enquiry = &e
	c.Save, c.Write, c.Base = true, true, 0
	return &e
}

// said counts a message of the live enquiry. Neither the row of the enquiry nor a record's State is renewed for it.
func (c *Conversation) said(at time.Time, m Messages) {
	e := *c.Enquiry
	e.Messages.add(m)
	if m.In > 0 || m.Out > 0 {
		e.LastMessageAt = at
	}
	c.Enquiry = &e
	c.Write = true
	c.Save = c.Save || !e.live() // the next enquiry will take its place in the Head
}

// add appends a record: it is given its Seq, the lanes hear of it, and events get the enquiry's state.
func (c *Conversation) add(r Record) *Record {
	c.Seq++
	r.Seq = c.Seq
	if r.Enquiry == "" && c.Enquiry != nil {
		r.Enquiry = c.Enquiry.ID
	}
	if r.Event != "" {
		r.Notify = true
		switch {
		case r.State != nil || c.Enquiry == nil || r.Enquiry != c.Enquiry.ID: // of an earlier one: read when told
		case c.Base == 0:
			r.State, c.Base = c.Enquiry, r.Seq
		default:
			r.Base = c.Base
		}
	}
	c.Write = true
	c.Added = append(c.Added, r)
	if r.Notify {
		c.extend(LaneNotify, r.Seq, r.At)
	}
	if r.Deliver {
		c.extend(LaneDeliver, r.Seq, r.At)
	}
	return &c.Added[len(c.Added)-1]
}

// extend makes a lane due for a new record, unless it is at work or waits for a retry already.
func (c *Conversation) extend(l Lane, seq int64, at time.Time) {
	k := &c.Lane[l]
	k.Last = seq
	if k.Due == 0 {
		k.Due = at.UnixNano()
	}
}

// record returns the record with that Seq, if it was looked for or is about to be added.
func (c *Conversation) record(seq int64) *Record {
	for i := range c.Found {
		if c.Found[i].Seq == seq {
			return &c.Found[i]
		}
	}
	for i := range c.Added {
		if c.Added[i].Seq == seq {
			return &c.Added[i]
		}
	}
	return nil
}

// once returns the record with that key, if it was looked for.
func (c *Conversation) once(key string) *Record {
	for i := range c.Found {
		if c.Found[i].Once == key {
			return &c.Found[i]
		}
	}
	return nil
}

// change says that a found record is to be replaced; it is returned as it will be.
func (c *Conversation) change(r *Record) *Record {
	for i := range c.Changed {
		if c.Changed[i].Seq == r.Seq {
			return &c.Changed[i]
		}
	}
	c.Changed = append(c.Changed, *r)
	c.Write = true
	return &c.Changed[len(c.Changed)-1]
}

func (c *Conversation) messageID(seq int64) MessageID {
	return MessageID(makeID(c.ID, c.Generation, messageKind, seq))
}
