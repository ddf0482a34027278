package storetest

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
)

// noon is when the tests begin. It has microseconds, so that a store that drops them is noticed.
func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 123_456_000, time.UTC) }

// after is so many seconds after noon.
func after(seconds int) time.Time { return noon().Add(time.Duration(seconds) * time.Second) }

// place is a conversation of the tests: between a channel and a visitor, with the id that a hub gives.
type place struct {
	id, channel, generation string
	visitor                 conversation.VisitorID
}

func newPlace(name, visitor string) place {
	v := conversation.VisitorID(visitor)
	return place{
		id: conversation.ID(name, v), channel: name, visitor: v,
		generation: fmt.Sprintf("%06X", crc32.ChecksumIEEE([]byte(name+visitor))&0xffffff),
	}
}

// places returns n conversations of a channel.
func places(name string, n int) []place {
	all := make([]place, n)
	for i := range all {
		all[i] = newPlace(name, "visitor "+strconv.Itoa(i))
	}
	return all
}

// enquiry is the id of the n-th enquiry.
func (p place) enquiry(n int64) conversation.EnquiryID {
	return conversation.EnquiryID(p.id + p.generation + "e" + strconv.FormatInt(n, 10))
}

// enter makes the conversation belong to its channel and visitor.
func (p place) enter(c *conversation.Conversation) {
	c.Channel, c.Generation, c.Visitor.ID = p.channel, p.generation, p.visitor
	c.Write = true
}

// open begins an enquiry.
func (p place) open(c *conversation.Conversation, at time.Time) *conversation.Enquiry {
	p.enter(c)
	c.Count++
	c.Enquiry = &conversation.Enquiry{
		ID: p.enquiry(c.Count), Channel: p.channel, Visitor: c.Visitor, Status: conversation.Opened, OpenedAt: at,
	}
	c.Save = true
	return c.Enquiry
}

// edit replaces the latest enquiry by a copy that may be modified, to be saved.
func edit(c *conversation.Conversation) *conversation.Enquiry {
	e := latest(c)
	c.Enquiry = &e
	c.Save, c.Write = true, true
	return &e
}

// latest is the latest enquiry, a zero one if there is none.
func latest(c *conversation.Conversation) conversation.Enquiry {
	if c.Enquiry == nil {
		return conversation.Enquiry{}
	}
	return *c.Enquiry
}

// found is the n-th of what was found, from 0, a zero record if there is none.
func found(c *conversation.Conversation, n int) conversation.Record {
	if n >= len(c.Found) {
		return conversation.Record{}
	}
	return c.Found[n]
}

// say appends a record to the latest enquiry, if there is one.
func say(c *conversation.Conversation, text string) *conversation.Record {
	c.Seq++
	r := conversation.Record{
		Seq: c.Seq, At: after(int(c.Seq)), Author: conversation.FromVisitor, Message: &messages.Message{Text: text},
	}
	if c.Enquiry != nil {
		r.Enquiry = c.Enquiry.ID
	}
	c.Added = append(c.Added, r)
	c.Write = true
	return &c.Added[len(c.Added)-1]
}

// said returns the texts of records.
func said(records []conversation.Record) []string {
	var texts []string
	for _, r := range records {
		if r.Message == nil {
			texts = append(texts, "")
			continue
		}
		texts = append(texts, r.Message.Text)
	}
	return texts
}

// seqs returns the numbers of records.
func seqs(records []conversation.Record) []int64 {
	var all []int64
	for _, r := range records {
		all = append(all, r.Seq)
	}
	return all
}

// ids returns the ids of conversations.
func ids(list ...place) []string {
	var all []string
	for _, p := range list {
		all = append(all, p.id)
	}
	return all
}

// enquiryIDs returns the ids of enquiries.
func enquiryIDs(list []conversation.Enquiry) []conversation.EnquiryID {
	var all []conversation.EnquiryID
	for i := range list {
		all = append(all, list[i].ID)
	}
	return all
}

// from counts from first to last.
func from(first, last int64) []int64 {
	var all []int64
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// leave leaves what is due as it is.
func leave(*conversation.Conversation, conversation.Lane) error { return nil }
