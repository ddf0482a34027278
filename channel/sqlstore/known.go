package sqlstore

import (
	"slices"
	"sort"

	"github.com/usherchat/usher/channel/conversation"
)

// known is what of a conversation's records is at hand.
type known struct {
	list []item // by Seq
	from int64  // every record above this Seq is in list

	keys  []string // Once keys that were looked for: what is not in list does not exist
	seqs  []int64  // the same for Seqs
	spans [conversation.Lanes]span
	olds  map[conversation.EnquiryID]*conversation.Enquiry // enquiries that were looked for, nil = there is none
}

// item is a record, which is never modified in place.
type item struct {
	*conversation.Record
	tag  uint64 // of its Once key: what differs here is another one
	size int    // about how many bytes it takes
}

func newItem(r *conversation.Record, size int) item {
	return item{Record: r, tag: tagOf(r.Once), size: size}
}

// tagOf is the beginning of a key. Keys are hashes for the most part.
func tagOf(key string) (tag uint64) {
	for i := range min(len(key), 8) {
		tag = tag<<8 | uint64(key[i])
	}
	return tag
}

// span says that every record of a lane with from < Seq ≤ to is known.
type span struct{ from, to int64 }

// at returns the place of the record with that Seq, or of the first after it.
func (k *known) at(seq int64) (int, bool) {
	i := sort.Search(len(k.list), func(i int) bool { return k.list[i].Seq >= seq })
	return i, i < len(k.list) && k.list[i].Seq == seq
}

// put adds a record or replaces the one with its Seq.
func (k *known) put(r item) {
	if i, ok := k.at(r.Seq); ok {
		k.list[i] = r
	} else {
		k.list = slices.Insert(k.list, i, r)
	}
}

// once returns the record with that key. certain is false if there might be one that is not known.
func (k *known) once(key string) (r *conversation.Record, certain bool) {
	tag := tagOf(key)
	for _, r := range slices.Backward(k.list) {
		if r.tag == tag && r.Once == key {
			return r.Record, true
		}
	}
	return nil, k.from == 0 || slices.Contains(k.keys, key)
}

// bySeq returns the record with that Seq. certain is false if there might be one that is not known.
func (k *known) bySeq(seq int64) (r *conversation.Record, certain bool) {
	if i, ok := k.at(seq); ok {
		return k.list[i].Record, true
	}
	return nil, seq > k.from || slices.Contains(k.seqs, seq)
}

// ahead returns the first n records of a lane after a Seq. certain is false if not all of them are known.
func (k *known) ahead(l conversation.Lane, after int64, n int) (list []*conversation.Record, certain bool) {
	sp := k.spans[l]
	if after < k.from && (after < sp.from || after >= sp.to) {
		return nil, false
	}
	i, _ := k.at(after + 1)
	for ; i < len(k.list) && len(list) < n; i++ {
		r := k.list[i]
		if r.Seq <= k.from && r.Seq > sp.to {
			break
		}
		if l.Wants(r.Record) {
			list = append(list, r.Record)
		}
	}
	return list, len(list) == n || after >= k.from || sp.to >= k.from
}

// old returns an enquiry that is not the latest. certain is false if it was not looked for.
func (k *known) old(id conversation.EnquiryID) (e *conversation.Enquiry, certain bool) {
	e, certain = k.olds[id]
	return e, certain
}

// How much of a log the cache keeps.
const (
	tailLength = 16
	tailBytes  = 16 << 10
)

// recent keeps in tail what is worth keeping, the latest records, and returns about how many bytes that takes.
func (k *known) recent(tail *known) (size int) {
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
