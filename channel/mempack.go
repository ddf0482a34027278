package channel

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// A conversation with nothing to do is kept packed: a few hundred bytes without a pointer, so that a million of them
// cost neither much memory nor the garbage collector's time.

// recentlyUsed is how many conversations of a shard stay unpacked though they have nothing to do.
const recentlyUsed = 32

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
func (m *memConversation) peek() *conversation.Head {
	h := new(conversation.Head)
	p := packer{s: m.packed, reading: true, conversation: m.id}
	p.head(h)
	return h
}

// pack packs m, which is locked, if it has nothing to do.
func (m *memConversation) pack() {
	o := m.open
	if o == nil || m.gone || !mem_settled(&o.head) {
		return
	}
	m.drop()
	m.channel.trim(m)
	m.latest = nil
	for _, e := range m.past {
		same := o.head.Enquiry != nil && o.head.Enquiry.ID == e.id
		if same {
			m.latest = e
		}
		if e.row != nil && (!same || e.row != o.head.Enquiry) {
			p := packer{conversation: m.id}
			p.whole(e.row)
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
func mem_settled(h *conversation.Head) bool {
	for l := range h.Lane {
		if h.Lane[l].Lease != 0 {
			return false
		}
	}
	n, d := &h.Lane[conversation.LaneNotify], &h.Lane[conversation.LaneDeliver]
	return h.Version != 0 && n.Done >= n.Last && d.Done >= d.Last && !h.Routing.Pending
}

// drop forgets records that every lane has passed and that hold nothing of what was said.
func (m *memConversation) drop() {
	o := m.open
	kept := o.log[:o.kept]
	for i := o.kept; i < len(o.log); i++ {
		if r := o.log[i]; r.Message != nil || r.Once != "" {
			mem_told(&r)
			kept = append(kept, r)
		}
	}
	clear(o.log[len(kept):])
	o.log, o.kept = kept, len(kept)
	o.head.StateSeq = 0 // its record is gone: the next event holds its own State
}

// unpackRow is the enquiry as it was last saved, from its packed form.
func (e *memEnquiry) unpackRow() *conversation.Enquiry {
	row := new(conversation.Enquiry)
	p := packer{s: e.packed, reading: true, conversation: e.from.id}
	p.whole(row)
	return row
}

// packer writes values, or reads them in the same order. It reads only what it wrote itself. A value that is zero
// costs a bit; bits share bytes, each of which stands where its first bit was needed.
type packer struct {
	b       []byte // what was written
	s       string // what is still to be read; the strings read are parts of it
	reading bool

	bits, used int   // the place of the present bits, or their value when reading; how many of the eight are used
	last       int64 // the time before, Unix nanoseconds: times are written as differences

	conversation string                 // ids leave it out
	enquiry      conversation.EnquiryID // records of the latest enquiry leave its id out
}

// bit writes a bit, or reads it.
func (p *packer) bit(set bool) bool {
	if p.used == 0 {
		if p.reading {
			p.bits, p.s = int(p.s[0]), p.s[1:]
		} else {
			p.bits = len(p.b)
			p.b = append(p.b, 0)
		}
	}
	mask := 1 << p.used
	p.used = (p.used + 1) & 7
	if p.reading {
		return p.bits&mask != 0
	}
	if set {
		p.b[p.bits] |= byte(mask)
	}
	return set
}

func (p *packer) uint(v uint64) uint64 {
	if !p.reading {
		p.b = binary.AppendUvarint(p.b, v)
		return v
	}
	v = 0
	for shift := 0; ; shift += 7 {
		c := p.s[0]
		p.s = p.s[1:]
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (p *packer) int(v int64) int64 {
	n := p.uint(uint64(v)<<1 ^ uint64(v>>63))
	return int64(n>>1) ^ -int64(n&1)
}

func packInt[T ~int | ~int64](p *packer, v *T) {
	if !p.bit(*v != 0) {
		*v = 0
		return
	}
	*v = T(p.int(int64(*v)))
}

func (p *packer) bool(v *bool) { *v = p.bit(*v) }

// text is a string that is not empty.
func packText[T ~string](p *packer, v *T) {
	n := p.uint(uint64(len(*v)))
	if !p.reading {
		p.b = append(p.b, *v...)
		return
	}
	*v, p.s = T(p.s[:n]), p.s[n:]
}

func packString[T ~string](p *packer, v *T) {
	if !p.bit(*v != "") {
		*v = ""
		return
	}
	packText(p, v)
}

// packWord packs one of the words that every conversation uses as its number.
func packWord[T ~string](p *packer, v *T) {
	if !p.bit(*v != "") {
		*v = ""
		return
	}
	n := p.uint(uint64(1 + slices.Index(words[:], string(*v))))
	if n == 0 {
		packText(p, v)
	} else if p.reading {
		*v = T(words[n-1])
	}
}

// words may only be added to while a process lives: they are never stored elsewhere.
var words = [...]string{
	string(conversation.Opened), string(conversation.Handling), string(conversation.Missed), string(conversation.Closed),
	string(conversation.FromVisitor), string(conversation.FromStaff), string(conversation.FromBot), string(conversation.FromAuto),
	string(conversation.AutoWelcome), string(conversation.AutoAway), string(conversation.AutoClosing),
	string(conversation.Queued), string(conversation.Sent), string(conversation.Delivered), string(conversation.Read), string(conversation.Failed),
	string(conversation.MessageReceived), string(routing.KindTeam),
}

// packID leaves out the conversation that an id begins with.
func packID[T ~string](p *packer, v *T) {
	prefix := p.conversation
	if !p.bit(p.reading || prefix != "" && strings.HasPrefix(string(*v), prefix)) {
		packString(p, v)
		return
	}
	rest := T(strings.TrimPrefix(string(*v), prefix))
	packString(p, &rest)
	*v = T(prefix) + rest
}

// time keeps the instant; the location becomes UTC.
func (p *packer) time(v *time.Time) {
	if !p.bit(!v.IsZero()) {
		*v = time.Time{}
		return
	}
	near := v.Year() > 1700 && v.Year() < 2200 // what fits into nanoseconds
	if !p.bit(near) {
		seconds, nanos := p.int(v.Unix()), p.int(int64(v.Nanosecond()))
		*v = time.Unix(seconds, nanos).UTC()
		return
	}
	if p.reading {
		p.last += p.int(0)
		*v = time.Unix(0, p.last).UTC()
		return
	}
	p.int(v.UnixNano() - p.last)
	p.last = v.UnixNano()
}

func packSlice[T any](p *packer, v *[]T, each func(*packer, *T)) {
	if !p.bit(len(*v) > 0) {
		*v = (*v)[:0]
		return
	}
	n := int(p.uint(uint64(len(*v))))
	if p.reading {
		*v = slices.Grow((*v)[:0], n)[:n]
	}
	for i := range *v {
		each(p, &(*v)[i])
	}
}

func (p *packer) strings(v *map[string]string) {
	if !p.bit(len(*v) > 0) {
		*v = nil
		return
	}
	n := p.uint(uint64(len(*v)))
	if p.reading {
		*v = make(map[string]string, n)
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
	if !p.bit(*v != nil) {
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
	packText(p, &text)
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

func (p *packer) visitor(v *conversation.Visitor) {
	packString(p, &v.ID)
	p.person(&v.Person)
	packString(p, &v.Name)
	packString(p, &v.AvatarURL)
	packString(p, &v.Locale)
	p.strings(&v.Attributes)
}

func (p *packer) destination(v *routing.Destination) {
	packWord(p, &v.Kind)
	packString(p, &v.ID)
}

func (p *packer) reason(v *routing.Reason) {
	packString(p, &v.Rule)
	packWord(p, &v.Code)
	packString(p, &v.Text)
}
