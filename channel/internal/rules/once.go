package rules

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
)

// LookVisitor is what has to be looked up for a visitor's message: whether its id is known, and what it answers.
func LookVisitor(m messages.Message) conversation.Look {
	l := look(visitorSide, m)
	if seq := conversation.MessageID(m.ID).Seq(); seq > 0 { // it may be an echo
		l.Records = []int64{seq}
	}
	return l
}

// LookStaff is LookVisitor for a message of staff.
func LookStaff(m messages.Message) conversation.Look { return look(staffSide, m) }

func look(side byte, m messages.Message) conversation.Look {
	keys := []string{onceKey(side, m.ID)}
	if m.ReplyTo != "" {
		keys = append(keys, onceKey(side, m.ReplyTo))
	}
	return conversation.Look{Once: keys}
}

// onceKey is what makes a message id once-only within its conversation: a hash, because it must outlive the
// message when a visitor is forgotten.
func onceKey(side byte, id string) string {
	if id == "" {
		return ""
	}
	buf := make([]byte, 0, 160)
	buf = append(buf, side, 0)
	buf = append(buf, id...)
	sum := sha256.Sum256(buf)
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// The sides whose message ids are told apart.
const (
	visitorSide = 'v'
	staffSide   = 's'
)

// ownID translates the id of a message that is answered: what its author calls it becomes our id.
func (c *Change) ownID(side byte, id string) string {
	if id == "" {
		return ""
	}
	if r := c.Once(onceKey(side, id)); r != nil {
		return string(c.MessageID(r.Seq))
	}
	return id
}
