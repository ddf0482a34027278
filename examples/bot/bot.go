package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// ivy is the bot: whatever acts for it says so with Bot, and visitors' sources are told author.kind "bot".
var ivy = channel.Staff{ID: "ivy", Person: messages.Person{FirstName: "Ivy"}, Bot: true}

// bot does what ivy does with an offer or a visitor's message. It remembers nothing: an event holds the enquiry as it
// was when it happened.
func (h *host) bot(ctx context.Context, e channel.Event) error {
	mine := e.Enquiry.Status == channel.Handling && e.Enquiry.Staff.Bot
	switch {
	case e.Type == channel.EnquiryOffered:
		if err := h.channel.Accept(ctx, e.Enquiry.ID, ivy); err != nil {
			return passed(err)
		}
		fmt.Printf("   bot: Ivy accepts enquiry %d\n", e.Enquiry.Number)
		return h.botSays(ctx, e, messages.Message{
			Text: "Hello " + e.Enquiry.Visitor.FirstName + ", what can I do for you?",
			Choices: []messages.Choice{
				{Text: "Where is my parcel?", Value: "parcel"},
				{Text: "A person, please", Value: "person"},
			},
		})
	case !mine:
		return nil
	case e.Message.Choice == "parcel":
		return h.botSays(ctx, e, messages.Text("It left our warehouse this morning and should be with you by noon."))
	case e.Message.Choice == "person":
		fmt.Println("   bot: Ivy hands over")
		colleagues := routing.Alternative{routing.Staff(ann.ID), routing.Staff(bob.ID)}
		return passed(h.channel.Transfer(ctx, e.Enquiry.ID, ivy, colleagues))
	default: // while the transfer is under way
		return h.botSays(ctx, e, messages.Text("A colleague is on the way."))
	}
}

// botSays answers an event. The message's id is made of the event's: an event that is told again is not answered
// again.
func (h *host) botSays(ctx context.Context, e channel.Event, m messages.Message) error {
	m.ID = "ivy-" + e.ID
	_, err := h.channel.Reply(ctx, e.Enquiry.ID, ivy, m)
	return passed(err)
}

// passed is nil if the enquiry is no longer the bot's: then there is nothing to do again.
func passed(err error) error {
	if errors.Is(err, channel.ErrTaken) || errors.Is(err, channel.ErrClosed) || errors.Is(err, channel.ErrConflict) {
		return nil
	}
	return err
}
