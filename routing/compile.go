package routing

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/usherchat/usher/internal/printable"
)

const (
	// maxDepth is how deep rules nest, a destination counted.
	maxDepth = 8
	// maxEntries bounds a plan: rules, members of groups and rules of dates together.
	maxEntries = math.MaxUint16
)

// A compiler turns a rule into nodes, and collects what is wrong with it.
type compiler struct {
	faults  faults
	fixed   bool // percentages begin at the first place of their orders
	nodes   []*node
	entries int
	zones   map[string]*zone
	turns   map[string]*turn
	lists   []any // the first elements of the lists that the rule at hand lies in
}

// rule compiles one rule; nil if it has a fault.
func (c *compiler) rule(path string, r Rule, depth int) *node {
	if depth > maxDepth {
		c.faults.add(path, "rules nest deeper than %d", maxDepth)
		return nil
	}
	if !c.count(path, 1) {
		return nil
	}
	n := &node{path: path, index: uint16(len(c.nodes))} //nolint:gosec // fewer than maxEntries
	c.nodes = append(c.nodes, n)
	before := c.faults.count
	switch r := r.(type) {
	case nil:
		c.faults.add(path, "a rule is missing")
	case Destination:
		c.destination(n, r)
	case Alternative:
		c.alternative(n, r, depth)
	case Percentage:
		c.percentage(n, r, depth)
	case Time:
		c.time(n, r, depth)
	case Sticky:
		c.sticky(n, r, depth)
	case Group:
		c.group(n, r)
	case Custom:
		c.custom(n, r)
	default:
		c.faults.add(path, "%T is not a rule: rules are values, not pointers", r)
	}
	if c.faults.count > before || c.entries > maxEntries {
		return nil
	}
	return n
}

// count reports whether there is room for n more entries, and complains once if not.
func (c *compiler) count(path string, n int) bool {
	if c.entries > maxEntries {
		return false
	}
	if c.entries += n; c.entries > maxEntries {
		c.faults.add(path, "a plan has at most %d rules, members and dates", maxEntries)
		return false
	}
	return true
}

// inside reports whether a list lies within itself, and notes that the compiler enters it. Leave by leave.
func (c *compiler) inside(path string, list any) bool {
	if slices.Contains(c.lists, list) {
		c.faults.add(path, "the rule contains itself")
		return true
	}
	c.lists = append(c.lists, list)
	return false
}

func (c *compiler) leave() { c.lists = c.lists[:len(c.lists)-1] }

func (c *compiler) destination(n *node, d Destination) {
	n.kind, n.rule, n.one = isDestination, d, []Destination{d}
	c.checkDestination(n.path, d)
}

func (c *compiler) checkDestination(path string, d Destination) {
	if !d.Kind.Valid() {
		c.faults.add(join(path, "type"), "%q is not staff, team or bot", d.Kind)
	}
	c.checkID(path, d.ID)
}

// checkID refuses what could not be told from another id where it is shown.
func (c *compiler) checkID(path, id string) {
	switch {
	case id == "":
		c.faults.add(join(path, "id"), "the id is empty")
	case !printable.ID(id):
		c.faults.add(join(path, "id"), "%+.80q is blank, or holds a character that is not printable", id)
	}
}

func (c *compiler) alternative(n *node, r Alternative, depth int) {
	n.kind = isAlternative
	if len(r) == 0 {
		c.faults.add(join(n.path, "rules"), "there is no rule")
		return
	}
	if c.inside(n.path, &r[0]) {
		return
	}
	defer c.leave()
	kept := make(Alternative, len(r))
	for i, to := range r {
		if child := c.rule(indexed(n.path, "rules", i), to, depth+1); child != nil {
			n.rules = append(n.rules, child)
			kept[i] = child.rule
		}
	}
	n.rule = kept
}

func (c *compiler) percentage(n *node, r Percentage, depth int) {
	n.kind = isPercentage
	path := join(n.path, "shares")
	if len(r) == 0 {
		c.faults.add(path, "there is no share")
		return
	}
	if c.inside(n.path, &r[0]) {
		return
	}
	defer c.leave()
	c.checkSum(path, r)
	kept := make(Percentage, len(r))
	seen := make(map[string]int)
	for i, s := range r {
		child := c.rule(indexed(path, "", i)+".to", s.To, depth+1)
		if child == nil {
			continue
		}
		kept[i] = Share{Percent: s.Percent, To: child.rule}
		if key, named := ruleKey(child.rule); named {
			if same, ok := seen[key]; ok {
				c.faults.add(indexed(path, "", i), "is the same as %s", indexed(path, "", same))
			}
			seen[key] = i
		}
		n.rules = append(n.rules, child)
	}
	n.rule = kept
	if len(n.rules) == len(r) {
		n.split = newSplit(r, n.rules, c.fixed)
	}
	n.rules = nil
}

// checkSum checks that percentages are hundredths that add up to 100.
func (c *compiler) checkSum(path string, r Percentage) {
	sum, whole := 0, true
	for i, s := range r {
		h, ok := hundredths(s.Percent)
		switch {
		case !(s.Percent >= 0 && s.Percent <= 100): // also when it is not a number
			c.faults.add(indexed(path, "", i)+".percent", "%v is not between 0 and 100", s.Percent)
			whole = false
		case !ok:
			c.faults.add(indexed(path, "", i)+".percent", "%v has more than two decimals", s.Percent)
			whole = false
		}
		sum += h
	}
	if whole && sum != 100*100 {
		c.faults.add(path, "percentages add up to %s, not 100", percentText(float64(sum)/100))
	}
}

// hundredths returns a percentage in hundredths, if it is a number of them.
func hundredths(percent float64) (int, bool) {
	if !(percent >= 0 && percent <= 100) {
		return 0, false
	}
	h := math.Round(percent * 100)
	return int(h), h/100 == percent
}

func percentText(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) }

func newSplit(r Percentage, to []*node, fixed bool) *split {
	s := &split{holds: make(map[Destination]int)}
	var weights []int64
	for i, child := range to {
		h, _ := hundredths(r[i].Percent)
		if h == 0 {
			continue
		}
		for d := range child.destinations() {
			if _, ok := s.holds[d]; !ok {
				s.holds[d] = len(s.shares)
			}
		}
		s.shares = append(s.shares, share{to: child, index: uint16(i), percent: r[i].Percent})
		weights = append(weights, int64(h))
	}
	if len(s.shares) > 0 && len(s.shares) <= maxPositive {
		s.orders = newOrders(weights, fixed)
	}
	return s
}

func (c *compiler) sticky(n *node, r Sticky, depth int) {
	n.kind = isSticky
	if r.For < 0 {
		c.faults.add(join(n.path, "for"), "%v is negative", r.For)
	}
	c.checkWait(n.path, r.Wait)
	then := c.rule(join(n.path, "then"), r.Then, depth+1)
	if then == nil {
		return
	}
	r.Then = then.rule
	n.rule, n.sticky = r, newSticky(r, then)
}

func (c *compiler) checkWait(path string, wait time.Duration) {
	if wait < 0 {
		c.faults.add(join(path, "wait"), "%v is negative", wait)
	}
}

func (c *compiler) group(n *node, r Group) {
	n.kind = isGroup
	c.checkID(n.path, r.ID)
	if !r.Method.Valid() {
		c.faults.add(join(n.path, "method"), "%q is not fixed_order, round_robin, most_idle or simultaneous", r.Method)
	}
	c.checkWait(n.path, r.Wait)
	path := join(n.path, "members")
	if len(r.Members) == 0 {
		c.faults.add(path, "there is no member")
	}
	if !c.count(path, len(r.Members)) {
		return
	}
	seen := make(map[Destination]bool, len(r.Members))
	for i, d := range r.Members {
		c.checkDestination(indexed(path, "", i), d)
		if seen[d] {
			c.faults.add(indexed(path, "", i), "%v is a member already", d)
		}
		seen[d] = true
	}
	r.Members = slices.Clone(r.Members)
	if c.turns[r.ID] == nil {
		c.turns[r.ID] = new(turn)
	}
	n.rule, n.group = r, newGroup(r, c.turns[r.ID])
}

func (c *compiler) custom(n *node, r Custom) {
	n.kind, n.rule = isCustom, r
	if f, ok := r.Router.(RouterFunc); r.Router == nil || ok && f == nil {
		c.faults.add(join(n.path, "router"), "there is no Router%s", nameSuffix(r.Name))
	}
	n.custom = &custom{name: r.Name, router: r.Router}
}

func nameSuffix(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" for %q", name)
}
