package conversation

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// EnquiryID names an enquiry, unique in the Store: [A-Za-z0-9_-]{1,64}.
type EnquiryID string

// VisitorID is the source's own id of a visitor.
type VisitorID string

// MessageID names a message, unique in the Store: [A-Za-z0-9_-]{1,64}. It is the webhook-id of what is posted to
// the source, message.id in that post's body, and what receipts name.
type MessageID string

// An id carries its conversation, so that no look-up index is needed and a Store can be divided by id:
//
//	channel (4 characters) + visitor (16) + generation (6) + kind (1) + number (decimal)
//
// The first 20 name the conversation: a hash of the channel, then one of channel and visitor. Where rows lie in the
// order of their keys those of one channel lie together. The generation is drawn at random when the conversation is
// first recorded: after it was erased no id is given again.
const (
	channelLength      = 4
	conversationLength = 20
	generationLength   = 6
	idPrefix           = conversationLength + generationLength

	enquiryKind = 'e'
	messageKind = 'm'
	eventKind   = 'v'
)

// ID is the id of the conversation between a channel and a visitor. The channel itself, with its proofs, its suspension
// and its own events, is the conversation without a visitor.
func ID(channel string, v VisitorID) string {
	return hash(channelLength, channel) + hash(conversationLength-channelLength, channel, string(v))
}

// hash is n characters, a multiple of four, that stand for the parts: 6 bits of a SHA-256 each.
func hash(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:n*3/4])
}

// NewGeneration draws a generation.
func NewGeneration() string { return rand.Text()[:generationLength] }

// makeID is the id of kind and number within a conversation.
func makeID(conversation, generation string, kind byte, number int64) string {
	buf := make([]byte, 0, idPrefix+8)
	buf = append(buf, conversation...)
	buf = append(buf, generation...)
	buf = append(buf, kind)
	return string(strconv.AppendInt(buf, number, 10))
}

// splitID takes an id apart. Both are zero for what makeID cannot have made.
func splitID(id string, kind byte) (conversation string, number int64) {
	if len(id) < idPrefix+2 || len(id) > 64 || id[idPrefix] != kind {
		return "", 0
	}
	for _, r := range []byte(id[:idPrefix]) {
		if !isIDByte(r) {
			return "", 0
		}
	}
	digits := id[idPrefix+1:]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || digits[0] == '0' || digits[0] == '+' {
		return "", 0
	}
	return id[:conversationLength], n
}

func isIDByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// Conversation returns the id of the conversation that the enquiry belongs to, "" if id is not one of ours.
func (id EnquiryID) Conversation() string {
	c, _ := splitID(string(id), enquiryKind)
	return c
}

// Conversation returns the id of the conversation that the message belongs to, "" if id is not one of ours.
func (id MessageID) Conversation() string {
	c, _ := splitID(string(id), messageKind)
	return c
}

// Seq is the record that holds the message, 0 if id is not one of ours.
func (id MessageID) Seq() int64 {
	_, seq := splitID(string(id), messageKind)
	return seq
}

// MessageID is the id of the message in the conversation's record seq.
func (h *Head) MessageID(seq int64) MessageID {
	return MessageID(makeID(h.ID, h.Generation, messageKind, seq))
}

// EnquiryID is the id of the conversation's enquiry n, counted from 1.
func (h *Head) EnquiryID(n int64) EnquiryID {
	return EnquiryID(makeID(h.ID, h.Generation, enquiryKind, n))
}

// EventID is the id of the event in the conversation's record seq.
func (h *Head) EventID(seq int64) string { return makeID(h.ID, h.Generation, eventKind, seq) }
