package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// A lease lets one process work on a lane of a conversation. It is data of the conversation and needs no terms: a
// process that lost its lease finds another token there, and can settle nothing.

// Lease gives a lane to the caller until then. The token tells later whether the lease is still the caller's.
func Lease(c *conversation.Conversation, l conversation.Lane, until time.Time) (token int64) {
	k := &c.Lane[l]
	k.Token++
	k.Lease = until.UnixNano()
	c.Write = true
	return k.Token
}

// Holds reports whether the holder of token may still settle.
func Holds(c *conversation.Conversation, l conversation.Lane, token int64) bool {
	return token != 0 && c.Lane[l].Token == token && c.Lane[l].Lease != 0
}

// Renew keeps a lease until then. It reports whether the lease was still the holder's.
func Renew(c *conversation.Conversation, l conversation.Lane, token int64, until time.Time) bool {
	if !Holds(c, l, token) {
		return false
	}
	c.Lane[l].Lease = until.UnixNano()
	c.Write = true
	return true
}

// Release gives a lane back. What is due in it stays due.
func Release(c *conversation.Conversation, l conversation.Lane) {
	c.Lane[l].Lease = 0
	c.Write = true
}

// Postpone gives a lane back and keeps its next record for later. tried says that an attempt was made.
func Postpone(c *conversation.Conversation, l conversation.Lane, at time.Time, tried bool) {
	k := &c.Lane[l]
	if tried {
		k.Try++
	}
	k.Due = at.UnixNano()
	Release(c, l)
}
