package channel

import (
	"hash/maphash"
	"iter"
	"slices"
	"sort"

	"github.com/usherchat/usher/channel/conversation"
)

// The log of a conversation grows as long as people write, and most of it will not be looked at again soon. So only
// its end is kept as records; what was settled before is packed, a few records together, and costs the garbage
// collector nothing.

const (
	packSize  = 8  // records that are packed together
	leftOpen  = 4  // records at least that are not packed
	maxSought = 32 // records at the end of the log that are searched for a key one after the other
)

// memOlder is the older part of a log: the packs, and an index of the keys of all but the last few records.
// A nil memOlder is empty.
type memOlder struct {
	packs   []memPack // by seq
	once    []uint64  // see onceEntry; sorted
	indexed int64     // records up to this Seq are in once
}

// memPack is some records, one after the other.
type memPack struct {
	first, last int64 // Seq
	text        string
}

// shorten packs the beginning of the open log, if that is long and settled. It waits until that is half of the log, so
// that the rest is not moved for every few records.
func (m *memConversation) shorten() {
	o := m.open
	n := min(m.packable(), len(o.log)-leftOpen) / packSize * packSize
	if 2*n < len(o.log) {
		n = 0
	}
	if n == 0 && (len(o.log) <= maxSought || m.older != nil && o.log[len(o.log)-1].Seq-m.older.indexed <= maxSought) {
		return
	}
	if m.older == nil {
		m.older = new(memOlder)
	}
	if from, _ := m.indexOf(m.older.indexed + 1); from < len(o.log) {
		m.older.index(o.log[from:])
	}
	if n == 0 {
		return
	}
	settled := o.log[:n]
	for i := range settled {
		mem_told(&settled[i])
	}
	if o.head.StateSeq <= settled[n-1].Seq {
		o.head.StateSeq = 0 // its record does not hold its State any more
	}
	for together := range slices.Chunk(settled, packSize) {
		m.older.packs = append(m.older.packs, pack(m.id, together))
	}
	rest := copy(o.log, o.log[n:])
	clear(o.log[rest:])
	o.log, o.kept = o.log[:rest], max(0, o.kept-n)
}

// told takes away what only telling a record needs.
func mem_told(r *conversation.Record) { r.State, r.StateSeq, r.Destinations = nil, 0, nil }

// packable returns how many records at the beginning of the open log no lane has anything to do with, and hold nothing
// that telling a later one needs.
func (m *memConversation) packable() int {
	o := m.open
	done := o.head.Seq
	for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
		if k := &o.head.Lane[l]; k.Done < k.Last {
			done = min(done, k.Done)
		}
	}
	n, _ := m.indexOf(done + 1)
	if k := &o.head.Lane[conversation.LaneNotify]; k.Done < k.Last {
		for i, _ := m.indexOf(k.Done + 1); i < len(o.log); i++ {
			if base := o.log[i].StateSeq; base != 0 {
				needed, _ := m.indexOf(base)
				return min(n, needed) // what later ones need is not before it
			}
		}
	}
	return n
}

// pack packs records; there is one at least.
func pack(convID string, records []conversation.Record) memPack {
	scratch := packBuffers.Get().(*[]byte)
	p := packer{b: (*scratch)[:0], conversation: convID}
	p.uint(uint64(len(records)))
	for i := range records {
		p.record(&records[i])
	}
	k := memPack{first: records[0].Seq, last: records[len(records)-1].Seq, text: string(p.b)}
	*scratch = p.b
	packBuffers.Put(scratch)
	return k
}

// records reads the records one after the other, each in the place of the one before.
func (k *memPack) records(convID string) iter.Seq[*conversation.Record] {
	return func(yield func(*conversation.Record) bool) {
		p := packer{s: k.text, reading: true, conversation: convID}
		for range p.uint(0) {
			r := new(conversation.Record)
			if p.record(r); !yield(r) {
				return
			}
		}
	}
}

// from returns the place of the first pack that holds records from seq on.
func (o *memOlder) from(seq int64) int {
	return sort.Search(len(o.packs), func(i int) bool { return o.packs[i].last >= seq })
}

func (o *memOlder) bySeq(convID string, seq int64) *conversation.Record {
	if o == nil {
		return nil
	}
	if i := o.from(seq); i < len(o.packs) && o.packs[i].first <= seq {
		for r := range o.packs[i].records(convID) {
			if r.Seq == seq {
				return r
			}
		}
	}
	return nil
}

// change puts r in the place of the record with its Seq, if there is one.
func (o *memOlder) change(convID string, r *conversation.Record) {
	if o == nil {
		return
	}
	if i := o.from(r.Seq); i < len(o.packs) && o.packs[i].first <= r.Seq {
		o.repack(convID, i, func(old *conversation.Record) {
			if old.Seq == r.Seq {
				*old = *r
			}
		})
	}
}

// forget blanks the records up to seq.
func (o *memOlder) forget(convID string, seq int64) {
	if o == nil {
		return
	}
	for i := range o.packs {
		if o.packs[i].first > seq {
			return
		}
		o.repack(convID, i, func(r *conversation.Record) {
			if r.Seq <= seq {
				*r = mem_forgotten(r)
			}
		})
	}
}

func (o *memOlder) repack(convID string, i int, change func(*conversation.Record)) {
	records := make([]conversation.Record, 0, packSize)
	for r := range o.packs[i].records(convID) {
		change(r)
		records = append(records, *r)
	}
	o.packs[i] = pack(convID, records)
}

// after yields the records after a Seq.
func (o *memOlder) after(convID string, seq int64) iter.Seq[*conversation.Record] {
	return func(yield func(*conversation.Record) bool) {
		if o == nil {
			return
		}
		for i := o.from(seq + 1); i < len(o.packs); i++ {
			for r := range o.packs[i].records(convID) {
				if r.Seq > seq && !yield(r) {
					return
				}
			}
		}
	}
}

// An entry of the index of keys is a part of the key's hash, and the Seq of the record.
const seqBits = 40

var onceSeed = maphash.MakeSeed()

func onceEntry(key string, seq int64) uint64 {
	return maphash.String(onceSeed, key)>>seqBits<<seqBits | uint64(seq)&(1<<seqBits-1) //nolint:gosec // a Seq is not negative
}

// index adds the keys of the last records of the log, of which there is one at least.
func (o *memOlder) index(records []conversation.Record) {
	old := len(o.once)
	for i := range records {
		if key := records[i].Once; key != "" {
			o.once = append(o.once, onceEntry(key, records[i].Seq))
		}
	}
	o.indexed = records[len(records)-1].Seq
	added := slices.Clone(o.once[old:])
	slices.Sort(added)
	for at := len(o.once) - 1; len(added) > 0; at-- { // merged from the end
		last := len(added) - 1
		if old > 0 && o.once[old-1] > added[last] {
			old--
			o.once[at] = o.once[old]
		} else {
			o.once[at], added = added[last], added[:last]
		}
	}
}

// candidates returns the Seqs of the records that may have a key: hardly ever more than one.
func (o *memOlder) candidates(key string) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		from := onceEntry(key, 0)
		i, _ := slices.BinarySearch(o.once, from)
		for ; i < len(o.once) && o.once[i]>>seqBits == from>>seqBits; i++ {
			if !yield(int64(o.once[i] & (1<<seqBits - 1))) {
				return
			}
		}
	}
}
