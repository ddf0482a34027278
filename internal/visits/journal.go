package visits

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
)

// stamp orders everything that happens in a history, also within one moment of its clock.
type stamp int64

// span is from when to when something happened.
type span struct {
	from, to   stamp
	begun, end time.Time
}

// call is one of a method of Channel, by a visitor's source or by the host.
type call struct {
	span
	op      string
	process int
	channel string
	visitor channel.VisitorID
	enquiry channel.EnquiryID
	staff   string
	message string // the author's own id
	text    string
	id      channel.MessageID // what the library called it
	repeat  bool              // Accepted.Duplicate
	err     error
}

// telling is one call of Notify.
type telling struct {
	span
	process int
	event   channel.Event
	took    bool // the host returned nil
}

// attempt is one post that reached the source.
type attempt struct {
	span
	process int
	id      string // webhook-id
	kind    string // type
	post    outgoing
	body    string
	took    bool // the source has it
	told    bool // and said so: the process got a 2xx
}

// journal is what everybody saw.
type journal struct {
	now func() time.Time

	mu       sync.Mutex
	last     stamp
	calls    []*call
	tellings []*telling
	attempts []*attempt
	notes    []note
	dead     []int // processes
	freezes  []freeze
	lives    map[int]*[2]time.Time // of processes: from when to when
}

// freeze is a time in which a process did not reach the store.
type freeze struct {
	process  int
	from, to time.Time
}

// note is something about the history as a whole.
type note struct {
	span
	text string
}

func (j *journal) begin(s *span) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	s.from, s.begun = j.last, j.now()
}

// end closes a span; record, if not nil, is run under the journal's lock.
func (j *journal) end(s *span, record func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	s.to, s.end = j.last, j.now()
	if record != nil {
		record()
	}
}

func (j *journal) note(format string, args ...any) {
	var n note
	j.begin(&n.span)
	n.text = fmt.Sprintf(format, args...)
	j.end(&n.span, func() { j.notes = append(j.notes, n) })
}

// born and ended note the life of a process.
func (j *journal) born(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lives == nil {
		j.lives = map[int]*[2]time.Time{}
	}
	j.lives[n] = &[2]time.Time{j.now()}
}

func (j *journal) ended(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if life := j.lives[n]; life[1].IsZero() {
		life[1] = j.now()
	}
}

// alone reports whether one process was alive in a time, and no other ended or was frozen shortly before.
func (j *journal) alone(from, to time.Time) bool {
	for _, f := range j.freezes {
		if !f.from.After(to) && f.to.After(from.Add(-leases)) {
			return false
		}
	}
	n := 0
	for _, life := range j.lives {
		if !life[0].After(to) && (life[1].IsZero() || life[1].After(from.Add(-leases))) {
			n++
		}
	}
	return n == 1
}

// leases is for how long what a dead process had in hand waits for another.
const leases = 12 * time.Second

// digest sums up the journal, apart from ids that are drawn at random.
func (j *journal) digest() uint64 {
	h := fnv.New64a()
	for _, c := range j.calls {
		fmt.Fprintln(h, c.from, c.begun.UnixNano(), c.op, c.process, c.channel, c.visitor, c.staff, c.message, c.err)
	}
	for _, t := range j.tellings {
		fmt.Fprintln(h, t.from, t.begun.UnixNano(), t.process, t.event.Type, t.event.Seq, t.event.Visitor, t.took)
	}
	for _, a := range j.attempts {
		fmt.Fprintln(h, a.from, a.begun.UnixNano(), a.process, a.kind, a.post.Seq, a.post.Visitor, a.took, a.told)
	}
	return h.Sum64()
}

// mortality tells how many processes died so far.
func (j *journal) mortality() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.dead)
}

// key names a conversation.
type key struct {
	channel string
	visitor channel.VisitorID
}

func (k key) String() string { return k.channel + "/" + string(k.visitor) }

// story is the journal of one conversation, the last lines of it until a moment (0 = the end), with what happened
// to everybody. also is a second conversation, if it has a name.
func (j *journal) story(k, also key, until stamp, lines int) string {
	type line struct {
		at   stamp
		text string
	}
	var all []line
	add := func(s span, format string, args ...any) {
		all = append(all, line{s.from, fmt.Sprintf("%6d %s ", s.from, s.begun.Format("15:04:05.000")) + fmt.Sprintf(format, args...)})
	}
	for _, c := range j.calls {
		if (key{c.channel, c.visitor} == k) || (key{c.channel, c.visitor} == also) {
			add(c.span, "%s p%d %s %s %s %s %s: %v", c.visitor, c.process, c.op, short(string(c.enquiry)), c.staff, c.message, short(string(c.id)), c.err)
		}
	}
	for _, t := range j.tellings {
		if e := t.event; e.Channel == k.channel && (e.Visitor == k.visitor || e.Visitor == "" || e.Visitor == also.visitor) {
			add(t.span, "%s p%d told %d %s %s %v %s %q took=%t", e.Visitor, t.process, e.Seq, e.Type, short(string(e.Enquiry.ID)),
				e.Destinations, e.Enquiry.Status, e.Enquiry.Why[:min(len(e.Enquiry.Why), 60)], t.took)
		}
	}
	for _, a := range j.attempts {
		if a.post.Channel == k.channel && a.post.Visitor == k.visitor {
			add(a.span, "%s p%d posted %d %s %s %q took=%t told=%t", a.post.Visitor, a.process, a.post.Seq, a.kind, short(a.id), a.post.text(), a.took, a.told)
		}
	}
	for _, n := range j.notes {
		add(n.span, "-- %s", n.text)
	}
	slices.SortFunc(all, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	if until > 0 {
		all = slices.DeleteFunc(all, func(l line) bool { return l.at > until })
	}
	for _, l := range all[max(0, len(all)-lines):] {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	return b.String()
}

// short is the part of an id that differs within a conversation.
func short(id string) string { return id[min(len(id), 26):] }

// failed is what was told as failed of late.
func (j *journal) failed() []channel.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []channel.Event
	for _, t := range j.tellings[max(0, len(j.tellings)-200):] {
		if t.took && t.event.Type == channel.MessageFailed {
			out = append(out, t.event)
		}
	}
	return out
}
