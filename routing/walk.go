package routing

import (
	"iter"
	"maps"
)

// destinations yields every destination below a node, save what a Custom may offer to and drained shares.
func (n *node) destinations() iter.Seq[Destination] {
	found := make(map[Destination]bool)
	n.collect(found)
	return maps.Keys(found)
}

func (n *node) collect(found map[Destination]bool) {
	for _, d := range n.one {
		found[d] = true
	}
	if n.group != nil {
		for _, d := range n.group.members {
			found[d] = true
		}
	}
	for child := range n.children() {
		child.collect(found)
	}
}

// children yields the rules right below a node, save drained shares.
func (n *node) children() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		var below []*node
		switch n.kind {
		case isAlternative:
			below = n.rules
		case isPercentage:
			for _, s := range n.split.shares {
				below = append(below, s.to)
			}
		case isTime:
			below = append(below, n.schedule.then...)
			for _, d := range n.schedule.dates {
				for _, w := range d.windows {
					below = append(below, w.then)
				}
			}
			below = append(below, n.schedule.otherwise)
		case isSticky:
			below = []*node{n.sticky.then}
		default:
		}
		for _, child := range below {
			if child != nil && !yield(child) {
				return
			}
		}
	}
}

// asks reports whether a Custom is below a node, or is it.
func (n *node) asks() bool {
	if n.kind == isCustom {
		return true
	}
	for child := range n.children() {
		if child.asks() {
			return true
		}
	}
	return false
}
