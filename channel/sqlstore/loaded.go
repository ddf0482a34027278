package sqlstore

import (
	"slices"
	"sort"

	"github.com/usherchat/usher/channel/conversation"
)

// loaded is the part of a conversation's records and enquiries that a slot has in memory.
type loaded struct {
	list []item // by Seq
	from int64  // every record above this Seq is in list

	keys   []string // Once keys that were looked for: a record that is not in list does not exist
	seqs   []int64  // the same for Seqs
	ranges [conversation.Lanes]laneRange
	olds   map[conversation.EnquiryID]*conversation.Enquiry // enquiries that were looked for, nil = there is none
}

// item is a record, which is never modified in place.
type item struct {
	*conversation.Record
	size int // about how many bytes it takes
}

// laneRange says that every record of a lane with from < Seq ≤ to is in list.
type laneRange struct{ from, to int64 }

// at returns the place of the record with that Seq, or of the first after it.
func (k *loaded) at(seq int64) (int, bool) {
	i := sort.Search(len(k.list), func(i int) bool { return k.list[i].Seq >= seq })
	return i, i < len(k.list) && k.list[i].Seq == seq
}

// put adds a record or replaces the one with its Seq.
func (k *loaded) put(r item) {
	if i, ok := k.at(r.Seq); ok {
		k.list[i] = r
	} else {
		k.list = slices.Insert(k.list, i, r)
	}
}

// once returns the record with that key. certain is false if there may be one that is not loaded.
func (k *loaded) once(key string) (r *conversation.Record, certain bool) {
	for _, r := range slices.Backward(k.list) {
		if r.Once == key {
			return r.Record, true
		}
	}
	return nil, k.from == 0 || slices.Contains(k.keys, key)
}

// bySeq returns the record with that Seq. certain is false if there may be one that is not loaded.
func (k *loaded) bySeq(seq int64) (r *conversation.Record, certain bool) {
	if i, ok := k.at(seq); ok {
		return k.list[i].Record, true
	}
	return nil, seq > k.from || slices.Contains(k.seqs, seq)
}

// ahead returns the first n records of a lane after a Seq. certain is false if some of them may not be loaded.
func (k *loaded) ahead(l conversation.Lane, after int64, n int) (list []*conversation.Record, certain bool) {
	has := k.ranges[l]
	if after < k.from && (after < has.from || after >= has.to) {
		return nil, false
	}
	i, _ := k.at(after + 1)
	for ; i < len(k.list) && len(list) < n; i++ {
		r := k.list[i]
		if r.Seq <= k.from && r.Seq > has.to {
			break
		}
		if l.Wants(r.Record) {
			list = append(list, r.Record)
		}
	}
	return list, len(list) == n || after >= k.from || has.to >= k.from
}

// old returns an enquiry that is not the latest. certain is false if it was not looked for.
func (k *loaded) old(id conversation.EnquiryID) (e *conversation.Enquiry, certain bool) {
	e, certain = k.olds[id]
	return e, certain
}

// How much of a log the cache keeps.
const (
	tailLength = 16
	tailBytes  = 16 << 10
)

// recent copies the latest records to tail, for the cache, and returns about how many bytes they take.
func (k *loaded) recent(tail *loaded) (size int) {
	i := len(k.list)
	for ; i > 0 && len(k.list)-i < tailLength && k.list[i-1].Seq > k.from; i-- {
		if size+k.list[i-1].size > tailBytes {
			break
		}
		size += k.list[i-1].size
	}
	tail.from = k.from
	if i > 0 {
		tail.from = max(k.from, k.list[i-1].Seq)
	}
	clear(tail.list)
	tail.list = append(tail.list[:0], k.list[i:]...)
	return size
}
