package source

import (
	"context"
	"fmt"

	"github.com/usherchat/usher/webhook"
)

// receive takes what the backend posts. webhook.NewReceiver has verified the signature, answered the challenge and
// dropped repeats before; what it hands over comes in the order in which it is to be shown, for each visitor.
func (s *Source) receive(_ context.Context, e webhook.Event) error {
	data, err := decode(e.Data)
	if err != nil {
		return fmt.Errorf("event %s cannot be read", e.Type) // the backend comes again, and somebody reads the log
	}
	c, ok := s.find(data.Visitor)
	if !ok {
		return nil // a visitor whom this source has forgotten; repeating it would help nobody
	}
	switch e.Type {
	case "message":
		c.say(data.Author.Kind, data.Author.DisplayName, data.Message)
	case "typing":
		c.types(data.Author.DisplayName)
	case "enquiry":
		if data.State != "opened" {
			c.state(data.State, data.Author.DisplayName)
		}
	default: // readers ignore types that they do not know
	}
	return nil
}
