package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/channel/sqlstore"
)

// model is what a group must keep to, whatever the order in which things happen.
type model struct {
	t       *testing.T
	leaders int

	mu     sync.Mutex
	random *rand.Rand
	active map[string]bool // conversations in a batch
	over   map[string]bool // requests whose caller has its answer
	ran    map[string]int  // how often a request was worked off for good
	busy   int
}

func (m *model) intn(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.random.IntN(n)
}

// work is a batch: it takes a while, and some requests have to run again.
func (m *model) work(conversations, requests []string) map[string]bool {
	m.mu.Lock()
	m.busy++
	if m.busy > m.leaders {
		m.t.Errorf("%d leaders, at most %d are allowed", m.busy, m.leaders)
	}
	for _, id := range conversations {
		if m.active[id] {
			m.t.Errorf("conversation %s is in two batches", id)
		}
		m.active[id] = true
	}
	again := map[string]bool{}
	for _, r := range requests {
		if m.over[r] {
			m.t.Errorf("request %s runs after its caller has gone", r)
		}
		if again[r] = m.random.IntN(5) == 0; !again[r] {
			m.ran[r]++
		}
	}
	m.mu.Unlock()
	time.Sleep(time.Duration(m.intn(3)) * time.Millisecond)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy--
	for _, id := range conversations {
		delete(m.active, id)
	}
	return again
}

// TestGroup: every caller gets its answer exactly when its request was worked off, with any number of leaders, also
// if others go away. A bubble whose goroutines all wait for each other fails by itself.
func TestGroup(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		leaders := 1 + int(seed%3)
		synctest.Test(t, func(t *testing.T) {
			m := &model{
				t: t, leaders: leaders, random: rand.New(rand.NewPCG(seed, 1)),
				active: map[string]bool{}, over: map[string]bool{}, ran: map[string]int{},
			}
			g := sqlstore.NewGroup(leaders, 1+m.intn(6), m.work)
			var callers sync.WaitGroup
			for c := range 12 {
				callers.Go(func() { m.call(g, c) })
			}
			callers.Wait()
			if !g.Idle() {
				t.Error("something is left in the group")
			}
		})
	}
}

// call makes requests one after the other, some of which give up early.
func (m *model) call(g *sqlstore.Group, caller int) {
	for n := range 20 {
		name := fmt.Sprintf("%d/%d", caller, n)
		ctx, cancel := context.WithCancel(m.t.Context())
		if m.intn(4) == 0 {
			ctx, cancel = context.WithTimeout(m.t.Context(), time.Duration(m.intn(4))*time.Millisecond)
		}
		err := g.Do(ctx, strconv.Itoa(m.intn(5)), name)
		cancel()
		m.mu.Lock()
		m.over[name] = true
		ran := m.ran[name]
		m.mu.Unlock()
		switch {
		case err == nil && ran != 1:
			m.t.Errorf("request %s succeeded and was worked off %d times", name, ran)
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			m.t.Errorf("request %s: %v", name, err)
		case err != nil && ran != 0:
			m.t.Errorf("request %s failed and was worked off", name)
		}
		time.Sleep(time.Duration(m.intn(2)) * time.Millisecond)
	}
}
