package memstore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/usherchat/usher/channel/conversation"
)

// pageSize is how many enquiries or records are collected before they are yielded.
const pageSize = 128

// errOnce refuses a change that did not look before it added.
var errOnce = fmt.Errorf("%w: another record of the conversation has the same Once", conversation.ErrConflict)

// index returns where in the log the first record stands whose Seq is seq or above.
func (k *kept) index(seq int64) int {
	return sort.Search(len(k.log), func(i int) bool { return k.log[i].Seq >= seq }) // does not copy records
}

// bySeq returns the record with that Seq, nil if there is none.
func (k *kept) bySeq(seq int64) *conversation.Record {
	if i := k.index(seq); i < len(k.log) && k.log[i].Seq == seq {
		return &k.log[i]
	}
	return nil
}

// find adds what look asks for to c.
func (k *kept) find(c *conversation.Conversation, look conversation.Look) {
	wanted := slices.Clone(look.Records)
	for _, key := range look.Once {
		if seq, ok := k.once[key]; ok {
			wanted = append(wanted, seq)
		}
	}
	for i, n := k.index(k.head.Lane[look.Lane].Done+1), look.Ahead; n > 0 && i < len(k.log); i++ {
		if r := &k.log[i]; look.Lane.Wants(r) {
			wanted = append(wanted, r.Seq)
			n--
		}
	}
	slices.Sort(wanted)
	for _, seq := range slices.Compact(wanted) {
		if r := k.bySeq(seq); r != nil {
			c.Found = append(c.Found, *r)
		}
	}
	if look.Enquiry != "" && (k.head.Enquiry == nil || k.head.Enquiry.ID != look.Enquiry) {
		if r := k.row(look.Enquiry); r != nil {
			c.Old = r.saved
		}
	}
}

// unique checks that no other record has the keys of those that are added. k may be nil.
func (k *kept) unique(added []conversation.Record) error {
	for i := range added {
		key := added[i].Once
		if key == "" {
			continue
		}
		if k != nil {
			if _, taken := k.once[key]; taken {
				return errOnce
			}
		}
		for j := range i {
			if added[j].Once == key {
				return errOnce
			}
		}
	}
	return nil
}

// write replaces the Changed and appends the Added records of c.
func (k *kept) write(c *conversation.Conversation) {
	for i := range c.Changed {
		if r := k.bySeq(c.Changed[i].Seq); r != nil {
			*r = ownRecord(c.Changed[i])
		}
	}
	for i := range c.Added {
		k.log = append(k.log, ownRecord(c.Added[i]))
		if r := &c.Added[i]; r.Once != "" {
			k.once[r.Once] = r.Seq
		}
	}
}

// Records implements [conversation.Store].
func (s *Store) Records(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
	return func(yield func(conversation.Record, error) bool) {
		for after := int64(0); ; {
			if err := ctx.Err(); err != nil {
				yield(conversation.Record{}, err)
				return
			}
			page := s.recordsAfter(id, after)
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
				after = page[i].Seq
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}

// recordsAfter returns the next page of the records of an enquiry.
func (s *Store) recordsAfter(id conversation.EnquiryID, after int64) (page []conversation.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.conversations[id.Conversation()]
	if k == nil {
		return nil
	}
	for i := k.index(after + 1); i < len(k.log) && len(page) < pageSize; i++ {
		if k.log[i].Enquiry == id {
			page = append(page, k.log[i])
		}
	}
	return page
}

// The store shares slices with whoever made a change and with those who look. These copies of what a change brings
// have no room behind the end of a slice, so that two who append to the same slice do not write into each other's.

func ownHead(h conversation.Head) conversation.Head {
	h.Superseded = slices.Clip(h.Superseded)
	h.Routing.Tried = slices.Clip(h.Routing.Tried)
	h.Routing.Rule = slices.Clip(h.Routing.Rule)
	h.Enquiry = ownEnquiry(h.Enquiry)
	if h.State != nil && len(h.State.Proofs) < cap(h.State.Proofs) {
		state := *h.State
		state.Proofs = slices.Clip(state.Proofs)
		h.State = &state
	}
	return h
}

func ownRecord(r conversation.Record) conversation.Record {
	r.Destinations = slices.Clip(r.Destinations)
	r.State = ownEnquiry(r.State)
	return r
}

func ownEnquiry(e *conversation.Enquiry) *conversation.Enquiry {
	if e == nil || len(e.Offered) == cap(e.Offered) && len(e.Reasons) == cap(e.Reasons) {
		return e
	}
	own := *e
	own.Offered, own.Reasons = slices.Clip(e.Offered), slices.Clip(e.Reasons)
	return &own
}
