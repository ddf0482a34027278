// Package bot is a first contact that is a program: it asks what the matter is with quick replies, answers what it
// can, and hands everything else to people. To see it, choose it in the routing rule.
package bot

import (
	"context"
	"errors"
	"slices"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Bot answers enquiries that are offered to it. It keeps nothing: all that it has to know comes with the events.
type Bot struct {
	Self   channel.Staff // Bot is set
	People routing.Rule  // who takes over
	Hub    *channel.Hub
}

// What visitors can tap.
const (
	hours  = "hours"
	person = "person"
)

// Notify is told of every event; it does what concerns the bot. An event may come more than once: each reply carries
// an id made of the event's, so it is said once.
func (b *Bot) Notify(ctx context.Context, e channel.Event) error {
	ch, ok := b.Hub.Channel(e.Channel)
	if !ok {
		return nil
	}
	mine := e.Enquiry.Status == channel.Handling && e.Enquiry.Staff.ID == b.Self.ID
	switch {
	case e.Type == channel.EnquiryOffered && slices.Contains(e.Destinations, routing.Bot(b.Self.ID)):
		return b.say(ctx, ch, &e, "What can I do for you?")
	case e.Type == channel.MessageReceived && mine:
		switch e.Message.Choice {
		case hours:
			return b.say(ctx, ch, &e, "We are here from Monday to Friday, 9:00 to 18:00.")
		case person:
			return harmless(ch.Transfer(ctx, e.Enquiry.ID, b.Self, b.People))
		default:
			return b.say(ctx, ch, &e, "I did not understand that. Shall somebody else look at it?")
		}
	}
	return nil
}

// say replies, which accepts an enquiry that nobody has.
func (b *Bot) say(ctx context.Context, ch *channel.Channel, e *channel.Event, text string) error {
	_, err := ch.Reply(ctx, e.Enquiry.ID, b.Self, messages.Message{
		ID: "bot-" + e.ID, Text: text,
		Choices: []messages.Choice{{Text: "Opening hours", Value: hours}, {Text: "Talk to a person", Value: person}},
	})
	return harmless(err)
}

// harmless leaves out what only says that the bot is not needed any more. Any other error makes the hub come again.
func harmless(err error) error {
	if errors.Is(err, channel.ErrTaken) || errors.Is(err, channel.ErrClosed) || errors.Is(err, channel.ErrNotFound) {
		return nil
	}
	return err
}
