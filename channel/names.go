package channel

import (
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
)

// What is kept of a conversation is defined in package conversation, below the hub, so that stores and rules need
// nothing of this package. These are the names of it that hosts use.

// Store keeps conversations: Update, Due, Enquiries and Records. See [conversation.Store]; NewMemStore and package
// sqlstore have two.
type Store = conversation.Store

// EnquiryID names an enquiry, unique in the Store: [A-Za-z0-9_-]{1,64}. See [conversation.EnquiryID].
type EnquiryID = conversation.EnquiryID

// VisitorID is the source's own id of a visitor. See [conversation.VisitorID].
type VisitorID = conversation.VisitorID

// MessageID names a message, unique in the Store: [A-Za-z0-9_-]{1,64}. It is the webhook-id of what is posted to the
// source, and what receipts name. See [conversation.MessageID].
type MessageID = conversation.MessageID

// Visitor is a person writing on the source: ID, Person (FirstName, LastName, FamilyFirst), Name, AvatarURL, Locale,
// Attributes. A field that is empty in a later message keeps its earlier value. See [conversation.Visitor].
type Visitor = conversation.Visitor

// Staff is a person or a bot that acts on an enquiry: ID, Person, AvatarURL, Capacity, Bot. See [conversation.Staff].
type Staff = conversation.Staff

// Enquiry is one matter in a conversation: ID, Number, Channel, Visitor, Status, Staff, Offered, the times of what
// happened (OpenedAt, AcceptedAt, FirstReplyAt, MissedAt, ClosedAt, LastMessageAt), Why and Reasons, FollowUp,
// Messages. See [conversation.Enquiry].
type Enquiry = conversation.Enquiry

// Status is how far an enquiry has come. See [conversation.Status].
type Status = conversation.Status

// Statuses: Opened → Handling → Closed, or Opened → Missed → Handling (a follow-up) → Closed.
const (
	Opened   Status = conversation.Opened   // "opened"
	Handling Status = conversation.Handling // "handling"
	Missed   Status = conversation.Missed   // "missed"
	Closed   Status = conversation.Closed   // "closed"
)

// Messages counts messages by where they came from: In, Out, Auto, Failed. See [conversation.Messages].
type Messages = conversation.Messages

// Query selects enquiries by Channels, Status, Visitor, Staff, Destination, From, To, Before, Limit, Waiting; the zero
// Query selects all. See [conversation.Query].
type Query = conversation.Query

// Inbound is a visitor's message as the source sends it: Visitor, Message, SentAt. See [conversation.Inbound].
type Inbound = conversation.Inbound

// Accepted says how an Inbound was recorded: Enquiry, Message, Duplicate. See [conversation.Accepted].
type Accepted = conversation.Accepted

// Receipt says how far a message has come that was posted to the source: Message, Status, Reason, At. See
// [conversation.Receipt].
type Receipt = conversation.Receipt

// Author is the side that a message comes from. See [conversation.Author].
type Author = conversation.Author

// Authors.
const (
	FromVisitor Author = conversation.FromVisitor // "visitor"
	FromStaff   Author = conversation.FromStaff   // "staff"
	FromBot     Author = conversation.FromBot     // "bot"
	FromAuto    Author = conversation.FromAuto    // "auto": welcome, away and closing texts
)

// Delivery is how far a message to the visitor has come. It never moves down the list below, except that a Delivered or
// Read receipt replaces Failed. See [conversation.Delivery].
type Delivery = conversation.Delivery

// Deliveries. Messages from visitors have none.
const (
	Queued    Delivery = conversation.Queued    // "queued"
	Sent      Delivery = conversation.Sent      // "sent": the endpoint answered 2xx
	Delivered Delivery = conversation.Delivered // "delivered"
	Read      Delivery = conversation.Read      // "read"
	Failed    Delivery = conversation.Failed    // "failed": given up; Err says why
)

// AutoKind tells automatic texts apart. See [conversation.AutoKind].
type AutoKind = conversation.AutoKind

// Automatic texts.
const (
	AutoWelcome AutoKind = conversation.AutoWelcome // "welcome"
	AutoAway    AutoKind = conversation.AutoAway    // "away"
	AutoClosing AutoKind = conversation.AutoClosing // "closing"
)

// EventType says what happened. Hosts ignore types that they do not know. See [conversation.EventType].
type EventType = conversation.EventType

// Events that the hub tells Notify, in the order in which they are recorded in the conversation.
const (
	EnquiryOpened      EventType = conversation.EnquiryOpened      // "enquiry.opened": a new enquiry, or an old one opened again
	EnquiryOffered     EventType = conversation.EnquiryOffered     // "enquiry.offered": Destinations may accept it
	EnquiryWithdrawn   EventType = conversation.EnquiryWithdrawn   // "enquiry.withdrawn": Destinations can no longer accept it; no Destinations: a transfer found nobody
	EnquiryWaiting     EventType = conversation.EnquiryWaiting     // "enquiry.waiting": nobody can be offered it now; it keeps its place
	EnquiryAccepted    EventType = conversation.EnquiryAccepted    // "enquiry.accepted": Enquiry.Staff handles it
	EnquiryTransferred EventType = conversation.EnquiryTransferred // "enquiry.transferred": Enquiry.Staff hands it on
	EnquiryMissed      EventType = conversation.EnquiryMissed      // "enquiry.missed"
	EnquiryClosing     EventType = conversation.EnquiryClosing     // "enquiry.closing": it will be closed soon, because nobody has written
	EnquiryClosed      EventType = conversation.EnquiryClosed      // "enquiry.closed"
	MessageReceived    EventType = conversation.MessageReceived    // "message.received": from the visitor
	MessageSent        EventType = conversation.MessageSent        // "message.sent": the endpoint took it
	MessageDelivered   EventType = conversation.MessageDelivered   // "message.delivered"
	MessageRead        EventType = conversation.MessageRead        // "message.read"
	MessageFailed      EventType = conversation.MessageFailed      // "message.failed": given up; Err says why
	VisitorTyping      EventType = conversation.VisitorTyping      // "visitor.typing": never stored: may be lost, has no Seq
	ChannelSuspended   EventType = conversation.ChannelSuspended   // "channel.suspended"
	ChannelResumed     EventType = conversation.ChannelResumed     // "channel.resumed"
)

// Errors of enquiries, messages and visitors. They arrive wrapped in an [*Error]; match them with errors.Is.
var (
	// ErrNotFound: no such enquiry, message or visitor, or it belongs to another channel.
	ErrNotFound = conversation.ErrNotFound
	// ErrTaken: another staff member handles the enquiry.
	ErrTaken = conversation.ErrTaken
	// ErrClosed: the enquiry has been closed.
	ErrClosed = conversation.ErrClosed
	// ErrCapacity: the staff member already handles as many enquiries as Staff.Capacity allows.
	ErrCapacity = conversation.ErrCapacity
	// ErrConflict: the same message id was used before with other content, or the message is in a state that does not
	// allow what was asked for.
	ErrConflict = conversation.ErrConflict
)

// MemStore is the Store in the memory of one process. See [memstore.Store].
type MemStore = memstore.Store

// NewMemStore returns an empty Store in memory, for development and tests: everything in it is lost with the process.
func NewMemStore() *MemStore { return memstore.New() }
