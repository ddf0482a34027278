package rules

import (
	"slices"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

// A channel's own state is kept in the conversation without a visitor.

// maxProofs is how many endpoints of a channel are remembered as proved.
const maxProofs = 8

// state returns a copy of the channel's state that may be modified; it will be recorded, and other processes see it.
func (c *Change) state() *conversation.ChannelState {
	c.ensure("")
	state := &conversation.ChannelState{}
	if c.State != nil {
		*state = *c.State
	}
	c.State, c.Write = state, true
	c.Lane[conversation.LaneChannel].Due = c.Now.UnixNano()
	return state
}

// Prove records that an endpoint has answered a challenge.
func (c *Change) Prove(proof conversation.Proof) {
	s := c.state()
	kept := slices.DeleteFunc(slices.Clone(s.Proofs), func(p conversation.Proof) bool { return p.URL == proof.URL })
	s.Proofs = slices.Concat(kept[max(0, len(kept)-maxProofs+1):], []conversation.Proof{proof})
}

// Suspend stops the channel.
func (c *Change) Suspend(reason string) {
	if s := c.state(); !s.Suspended {
		s.Suspended, s.Reason = true, reason
		c.add(conversation.Record{Event: conversation.ChannelSuspended, Err: reason})
	}
}

// Resume ends a suspension. The route lane of the channel's own conversation has open enquiries routed afresh.
func (c *Change) Resume() {
	if s := c.state(); s.Suspended {
		s.Suspended, s.Reason, s.ResumedAt, s.Reroute = false, "", c.Now, true
		s.Epoch++
		c.Lane[conversation.LaneRoute].Due = c.Now.UnixNano()
		c.add(conversation.Record{Event: conversation.ChannelResumed})
	}
}

// Rerouted records that the open enquiries were routed afresh after a Resume, unless another one came meanwhile.
func (c *Change) Rerouted(epoch int64) {
	if c.State.Epoch != epoch {
		return
	}
	state := *c.State
	state.Reroute = false
	c.State = &state
	c.Lane[conversation.LaneRoute].Due = 0
}

// restart begins again after a suspension: open enquiries are routed afresh, other deadlines start anew.
func (c *Change) restart(ch *conversation.ChannelState) {
	rule, away := c.Routing.Rule, c.Routing.Away
	c.Epoch = ch.Epoch
	if c.Enquiry.Status == conversation.Opened || rule != nil {
		if len(c.Enquiry.Offered) > 0 {
			c.withdraw("resumed", "the channel was resumed")
		}
		c.search()
		c.Routing.Rule, c.Routing.Away = rule, away
		if rule != nil {
			c.Routing.Tried = []routing.Destination{c.Enquiry.Staff.Destination()}
		}
	}
	c.Routing.Epoch, c.Routing.ResumedAt = ch.Epoch, ch.ResumedAt
	c.Write = true
}
