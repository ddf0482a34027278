package storetest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/storetest"
)

// mutation is a store that breaks a rule, and the rules that have to notice.
type mutation struct {
	name     string
	rules    []string
	patience time.Duration // 0 = that of Run
	bend     func(*bent)
}

func mutations() []mutation {
	return slices.Concat(
		brokenUpdates(), brokenWrites(), brokenOutcomes(), brokenContention(), brokenLooks(), brokenKeys(),
		brokenNumbers(), brokenClaims(), brokenReturns(), brokenForgetting(), brokenRemoval(),
		brokenDue(), brokenWants(), brokenVisits(), brokenNext(), brokenLeases(),
		brokenLists(), brokenLocks(), brokenQueries(), brokenBefore(), brokenRecords(), brokenContexts(),
		lostFields(), lostValues(), damagedTexts(),
	)
}

// attempts is how often a rule may look for a fault that shows only when two changes meet.
const attempts = 5

// TestBroken breaks one rule after the other and sees the suite find it.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, m := range mutations() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			patience := m.patience
			if patience == 0 {
				patience = storetest.Patience
			}
			for _, rule := range m.rules {
				found := ""
				for try := 0; found == "" && try < attempts; try++ {
					found = findings(t, rule, newBent(m.bend), patience)
				}
				if found == "" {
					t.Errorf("%q does not find it", rule)
				}
				t.Logf("%s: %.300s", rule, found)
			}
		})
	}
}

// TestEveryRuleCanFail sees that no rule passes whatever a store does.
func TestEveryRuleCanFail(t *testing.T) {
	t.Parallel()
	names, _ := storetest.Rules()
	broken := map[string]bool{}
	for _, m := range mutations() {
		for _, rule := range m.rules {
			if !slices.Contains(names, rule) {
				t.Errorf("%q: there is no rule %q", m.name, rule)
			}
			broken[rule] = true
		}
	}
	for _, name := range names {
		if !broken[name] {
			t.Errorf("no broken store shows that %q can fail", name)
		}
	}
}

// TestUnbent sees that the hooks themselves break nothing.
func TestUnbent(t *testing.T) {
	t.Parallel()
	pass(t, func(b *bent) {
		b.load = func(*conversation.Conversation, conversation.Look) {}
		b.save = func(*conversation.Conversation) error { return nil }
		b.list, b.read = func(*conversation.Enquiry) {}, func(*conversation.Record) {}
	})
}

// pass holds a store to every rule.
func pass(t *testing.T, bend func(*bent)) {
	t.Helper()
	names, _ := storetest.Rules()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			storetest.Check(t, name, newBent(bend), storetest.Patience)
		})
	}
}
