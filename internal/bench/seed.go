package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
)

// template is a conversation as the library leaves it when a question was answered and everything was told and
// sent: the pattern for filling a store with as many as are wanted, which would take far longer one by one.
type template struct {
	planted atomic.Int64
	channel string
	head    conversation.Head
	records []conversation.Record
}

// learn takes the template from a conversation that went through everything, and waits until it rests.
func learn(ctx context.Context, store channel.Store, ch string, enquiry channel.EnquiryID) (*template, error) {
	t := &template{channel: ch}
	for range 500 {
		err := store.Update(ctx, enquiry.Conversation(), conversation.Look{}, func(c *conversation.Conversation) error {
			t.head = c.Head
			return nil
		})
		if err != nil {
			return nil, err
		}
		if t.rests() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !t.rests() || t.head.Enquiry == nil {
		return nil, errors.New("the conversation does not come to rest")
	}
	for r, err := range store.Records(ctx, enquiry) {
		if err != nil {
			return nil, err
		}
		t.records = append(t.records, r)
	}
	return t, nil
}

func (t *template) rests() bool {
	for _, l := range t.head.Lane {
		if l.Next() != 0 {
			return false
		}
	}
	return true
}

func visitorID(i int64) channel.VisitorID {
	return channel.VisitorID("v" + strconv.FormatInt(i, 10))
}

// plant records the conversation of a visitor with a transcript of the template's, repeated as often as wanted.
func (t *template) plant(ctx context.Context, store channel.Store, v channel.VisitorID, repeat int) error {
	const piece = 64 // repetitions in one change, which is not made for thousands of records
	for from := 0; from < repeat; from += piece {
		if err := t.grow(ctx, store, v, from, min(from+piece, repeat)); err != nil {
			return err
		}
	}
	return nil
}

// grow records the repetitions from to until.
func (t *template) grow(ctx context.Context, store channel.Store, v channel.VisitorID, from, until int) error {
	id := conversation.ID(t.channel, v)
	return store.Update(ctx, id, conversation.Look{}, func(c *conversation.Conversation) error {
		if from == 0 {
			version := c.Version
			c.Head = t.head
			c.ID, c.Version, c.Visitor.ID, c.StateSeq = id, version, v, 0
			c.Enquiry = t.enquiry(id, v, t.head.Enquiry)
			c.Enquiry.Number = 0 // the store gives one
			// Enquiries are opened one after the other, not all at once.
			c.Enquiry.OpenedAt = c.Enquiry.OpenedAt.Add(time.Duration(t.planted.Add(1)) * time.Microsecond)
			c.Save = true
		}
		c.Seq = int64(len(t.records) * until)
		for l := range c.Lane {
			if c.Lane[l].Last != 0 {
				c.Lane[l].Done, c.Lane[l].Last = c.Seq, c.Seq
			}
		}
		for n := from; n < until; n++ {
			for i := range t.records {
				c.Added = append(c.Added, t.record(id, v, i, n))
			}
		}
		c.Write = true
		return nil
	})
}

// enquiry is the template's for another visitor.
func (t *template) enquiry(id string, v channel.VisitorID, of *channel.Enquiry) *channel.Enquiry {
	e := *of
	e.ID = channel.EnquiryID(strings.Replace(string(of.ID), t.head.ID, id, 1))
	e.Visitor.ID = v
	return &e
}

// record is the i-th of the template, in the n-th repetition, for another visitor.
func (t *template) record(id string, v channel.VisitorID, i, n int) conversation.Record {
	r := t.records[i]
	r.Seq = int64(n*len(t.records) + i + 1)
	r.Enquiry = channel.EnquiryID(strings.Replace(string(r.Enquiry), t.head.ID, id, 1))
	if r.Once != "" {
		r.Once = r.Once[:10] + strconv.Itoa(n)
	}
	if r.StateSeq != 0 {
		r.StateSeq = int64(n*len(t.records)) + r.StateSeq
	}
	if r.Ref != 0 {
		r.Ref = int64(n*len(t.records)) + r.Ref
	}
	if r.State != nil {
		r.State = t.enquiry(id, v, r.State)
	}
	if r.Message != nil {
		m := *r.Message
		m.Text = strings.Clone(m.Text)
		r.Message = &m
	}
	return r
}
