package channel

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// A conversation with nothing to do is kept packed: a few hundred bytes without a pointer, so that a million of them
// cost neither much memory nor the garbage collector's time.

// opened recycles what packing leaves.
var opened = sync.Pool{New: func() any { return new(memOpen) }}

// unpack makes m.open what was packed; m is locked.
func (m *memConversation) unpack() {
	if m.open != nil {
		return
	}
	m.open = opened.Get().(*memOpen)
	if m.packed == "" {
		return
	}
	p := packer{s: m.packed, reading: true, conversation: m.id}
	p.head(&m.open.head)
	packSlice(&p, &m.open.log, (*packer).record)
	m.open.kept = len(m.open.log)
	if m.latest != nil && m.latest.packed == "" {
		m.latest.row = m.open.head.Enquiry
	}
}

// peek returns the packed head; m is locked.
func (m *memConversation) peek() *Head {
	h := new(Head)
	p := packer{s: m.packed, reading: true, conversation: m.id}
	p.head(h)
	return h
}

// pack packs m, which is locked, if it has nothing to do and not too much was said in it.
func (m *memConversation) pack() {
	o := m.open
	if o == nil || m.gone || !o.head.settled() {
		return
	}
	m.drop()
	if len(o.log) > longLog {
		return
	}
	m.latest = nil
	for _, e := range m.past {
		same := o.head.Enquiry != nil && o.head.Enquiry.ID == e.id
		if same {
			m.latest = e
		}
		if e.row != nil && !(same && e.row == o.head.Enquiry) {
			p := packer{conversation: m.id}
			p.enquiry(e.row)
			e.packed = string(p.b)
		}
		e.row = nil
	}
	scratch := packBuffers.Get().(*[]byte)
	p := packer{b: (*scratch)[:0], conversation: m.id}
	p.head(&o.head)
	packSlice(&p, &o.log, (*packer).record)
	m.packed = string(p.b)
	*scratch = p.b
	packBuffers.Put(scratch)
	log := o.log[:cap(o.log)]
	clear(log)
	*o = memOpen{log: log[:0]}
	opened.Put(o)
	m.open = nil
}

var packBuffers = sync.Pool{New: func() any { return new([]byte) }}

// settled reports whether nobody works on the conversation and nothing of its log is still to be told or posted.
func (h *Head) settled() bool {
	for l := range h.Lane {
		if h.Lane[l].Lease != 0 {
			return false
		}
	}
	n, d := &h.Lane[LaneNotify], &h.Lane[LaneDeliver]
	return h.Version != 0 && n.Done >= n.Last && d.Done >= d.Last && !h.Routing.Pending
}

// drop forgets records that every lane has passed and that hold nothing of what was said.
func (m *memConversation) drop() {
	o := m.open
	kept := o.log[:o.kept]
	for i := o.kept; i < len(o.log); i++ {
		if r := &o.log[i]; r.Message != nil || r.Once != "" {
			kept = append(kept, *r)
		}
	}
	clear(o.log[len(kept):])
	o.log, o.kept = kept, len(kept)
	o.head.Base = 0 // its record is gone: the next event holds its own State
}

// unpackRow is the enquiry as it was last saved, from its packed form.
func (e *memEnquiry) unpackRow() *Enquiry {
	row := new(Enquiry)
	p := packer{s: e.packed, reading: true, conversation: e.from.id}
	p.enquiry(row)
	return row
}

// packer writes values, or reads them in the same order. It reads only what it wrote itself.
type packer struct {
	b            []byte // what was written
	s            string // what is still to be read; the strings read are parts of it
	reading      bool
	conversation string // the prefix that ids share is left out
}

func (p *packer) uint(v *uint64) {
	if !p.reading {
		p.b = binary.AppendUvarint(p.b, *v)
		return
	}
	var n uint64
	for shift := 0; ; shift += 7 {
		c := p.s[0]
		p.s = p.s[1:]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			*v = n
			return
		}
	}
}

func packInt[T ~int | ~int64](p *packer, v *T) {
	n := uint64(*v)<<1 ^ uint64(int64(*v)>>63)
	p.uint(&n)
	*v = T(int64(n>>1) ^ -int64(n&1))
}

func (p *packer) bool(v *bool) {
	n := uint64(0)
	if *v {
		n = 1
	}
	p.uint(&n)
	*v = n == 1
}

// has writes whether a value is there, or reads it.
func (p *packer) has(there bool) bool {
	p.bool(&there)
	return there
}

func packString[T ~string](p *packer, v *T) {
	n := uint64(len(*v))
	p.uint(&n)
	if !p.reading {
		p.b = append(p.b, *v...)
		return
	}
	*v, p.s = T(p.s[:n]), p.s[n:]
}

// packID leaves out the conversation that an id begins with.
func packID[T ~string](p *packer, v *T) {
	prefix := p.conversation
	if !p.reading && (prefix == "" || len(*v) < len(prefix) || string((*v)[:len(prefix)]) != prefix) {
		prefix = ""
	}
	rest := (*v)
	if p.has(prefix != "") {
		if !p.reading {
			rest = (*v)[len(prefix):]
		}
		packString(p, &rest)
		*v = T(p.conversation) + rest
		return
	}
	packString(p, v)
}

// time keeps the instant; the location becomes UTC.
func (p *packer) time(v *time.Time) {
	if !p.has(!v.IsZero()) {
		*v = time.Time{}
		return
	}
	seconds, nanos := v.Unix(), v.Nanosecond()
	packInt(p, &seconds)
	packInt(p, &nanos)
	if p.reading {
		*v = time.Unix(seconds, int64(nanos)).UTC()
	}
}

func packSlice[T any](p *packer, v *[]T, each func(*packer, *T)) {
	n := uint64(len(*v))
	p.uint(&n)
	if p.reading {
		*v = slices.Grow((*v)[:0], int(n))[:n]
		if n == 0 {
			return
		}
	}
	for i := range *v {
		each(p, &(*v)[i])
	}
}

func (p *packer) strings(v *map[string]string) {
	n := uint64(len(*v))
	p.uint(&n)
	if p.reading {
		*v = nil
		if n > 0 {
			*v = make(map[string]string, n)
		}
		for range n {
			var key, value string
			packString(p, &key)
			packString(p, &value)
			(*v)[key] = value
		}
		return
	}
	for _, key := range slices.Sorted(maps.Keys(*v)) {
		value := (*v)[key]
		packString(p, &key)
		packString(p, &value)
	}
}

// rare packs what seldom is there as JSON.
func rare[T any](p *packer, v **T) {
	if !p.has(*v != nil) {
		*v = nil
		return
	}
	var text string
	if !p.reading {
		b, err := json.Marshal(*v)
		if err != nil {
			panic(err) // a type of ours that does not marshal: a mistake in this file
		}
		text = string(b)
	}
	packString(p, &text)
	if p.reading {
		*v = new(T)
		if err := json.Unmarshal([]byte(text), *v); err != nil {
			panic(err)
		}
	}
}

func (p *packer) person(v *messages.Person) {
	packString(p, &v.FirstName)
	packString(p, &v.LastName)
	p.bool(&v.FamilyFirst)
}

func (p *packer) visitor(v *Visitor) {
	packString(p, &v.ID)
	p.person(&v.Person)
	packString(p, &v.Name)
	packString(p, &v.AvatarURL)
	packString(p, &v.Locale)
	p.strings(&v.Attributes)
}

func (p *packer) destination(v *routing.Destination) {
	packString(p, &v.Kind)
	packString(p, &v.ID)
}

func (p *packer) reason(v *routing.Reason) {
	packString(p, &v.Rule)
	packString(p, &v.Code)
	packString(p, &v.Text)
}
