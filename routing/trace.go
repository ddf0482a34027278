package routing

// A trace notes the steps of one decision while it is made. It has a fixed size and lives inside the
// [Decision], so noting a step allocates nothing; the words are found when somebody asks for them.
type trace struct {
	plan    *Plan
	at      int64  // the moment decided for, in seconds since 1970
	last    string // the sticky person looked at, "" = none
	foreign []Reason
	steps   [maxSteps]step
	count   uint8
	omitted uint16 // steps that found no room
}

// maxSteps is how many steps a decision keeps. Destinations passed over one after the other in a list
// share one step.
const maxSteps = 16

// A step is what one rule found. What arg means depends on the code: an index of a condition, share or
// member, a count, or the reason why somebody is not available.
type step struct {
	node uint16 // index in Plan.nodes
	arg  uint16
	code stepCode
	run  uint8 // how many more nodes in a row found the same
}

type stepCode uint8

const (
	stepOffered stepCode = iota + 1
	stepUnavailable
	stepFull
	stepTried
	stepAlternative
	stepNoAlternative
	stepShare
	stepSameShare
	stepNextShare
	stepNoShare
	stepShareEmpty
	stepCondition
	stepDate
	stepDateClosed
	stepOtherwise
	stepClosed
	stepStickyHit
	stepStickyNobody
	stepStickyExpired
	stepStickyUnavailable
	stepStickyFull
	stepStickyTried
	stepStickyClosed
	stepMember
	stepMembers
	stepMembersUnavailable
	stepMembersFull
	stepMembersTried
	stepAsked
	stepNotAsked
	stepForeign // arg: index in foreign; run: how many
)

// note adds a step and returns where, for later amendment; -1 when there was no room.
func (t *trace) note(n *node, code stepCode, arg uint16) int {
	if t.count > 0 && passedOver(code) {
		last := &t.steps[t.count-1]
		if last.code == code && last.arg == arg && last.run < 255 && last.node+uint16(last.run)+1 == n.index {
			last.run++
			return -1
		}
	}
	s := step{node: n.index, arg: arg, code: code}
	if int(t.count) < len(t.steps) {
		t.steps[t.count] = s
		t.count++
		return int(t.count) - 1
	}
	t.omitted++
	if !passedOver(code) {
		t.steps[len(t.steps)-1] = s // what was found at last tells more than who was passed over
	}
	return -1
}

// passedOver reports whether code is that of a single destination which cannot be offered to.
func passedOver(code stepCode) bool {
	return code == stepUnavailable || code == stepFull || code == stepTried
}

// amend says what a step noted before came to, unless it had to give way.
func (t *trace) amend(at int, n *node, code stepCode, arg uint16) {
	if at >= 0 && t.steps[at].node == n.index {
		t.steps[at].code, t.steps[at].arg = code, arg
	}
}

// A mark remembers a trace so that the steps of a mere look can be taken back.
type mark struct {
	count   uint8
	omitted uint16
	foreign int
	last    step
}

func (t *trace) mark() mark {
	m := mark{count: t.count, omitted: t.omitted, foreign: len(t.foreign)}
	if t.count > 0 {
		m.last = t.steps[t.count-1]
	}
	return m
}

func (t *trace) rollback(m mark) {
	t.count, t.omitted, t.foreign = m.count, m.omitted, t.foreign[:m.foreign]
	if t.count > 0 {
		t.steps[t.count-1] = m.last
	}
}
