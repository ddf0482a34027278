package rules

import (
	"time"

	"github.com/usherchat/usher/messages"
)

// Terms are what the rules need of a channel's settings, with defaults filled in. They are never modified.
type Terms struct {
	Channel, Name, Source string
	OfferWait, MaxWait    time.Duration
	AwayEvery             time.Duration
	ReopenWithin          time.Duration // 0 = never
	AutoClose             time.Duration // 0 = never
	Replies               *messages.Replies
	Messages              messages.Settings
	SendEnquiry           bool // the source wants to hear of an enquiry's states
	MaxAttributes         int  // of a visitor
}
