package conversation

// EventType says what happened. Hosts ignore types that they do not know.
type EventType string

// Events that the hub tells Notify, in the order in which they are recorded in the conversation.
const (
	EnquiryOpened      EventType = "enquiry.opened"      // a new enquiry, or an old one opened again
	EnquiryOffered     EventType = "enquiry.offered"     // Destinations may accept it
	EnquiryWithdrawn   EventType = "enquiry.withdrawn"   // Destinations can no longer accept it; no Destinations: a transfer found nobody
	EnquiryWaiting     EventType = "enquiry.waiting"     // nobody can be offered it now; it keeps its place
	EnquiryAccepted    EventType = "enquiry.accepted"    // Enquiry.Staff handles it
	EnquiryTransferred EventType = "enquiry.transferred" // Enquiry.Staff hands it on
	EnquiryMissed      EventType = "enquiry.missed"
	EnquiryClosing     EventType = "enquiry.closing" // it will be closed soon, because nobody has written
	EnquiryClosed      EventType = "enquiry.closed"
	MessageReceived    EventType = "message.received" // from the visitor
	MessageSent        EventType = "message.sent"     // the endpoint took it
	MessageDelivered   EventType = "message.delivered"
	MessageRead        EventType = "message.read"
	MessageFailed      EventType = "message.failed" // given up; Err says why
	VisitorTyping      EventType = "visitor.typing" // never stored: may be lost, has no Seq
	ChannelSuspended   EventType = "channel.suspended"
	ChannelResumed     EventType = "channel.resumed"
)
