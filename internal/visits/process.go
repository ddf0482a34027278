package visits

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/webhook"
)

// errDead is what a process that died meets wherever it turns: it can change nothing any more. One that is frozen
// meets it for a while.
var errDead = errors.New("visits: the process is dead")

// process is a hub with its own client, over the history's store.
type process struct {
	w     *world
	n     int
	hub   *channel.Hub
	store *mortal
	hardy bool // neither dies nor freezes: it works on the store as it is
	end   func() error
	by    map[string]*channel.Channel
}

// start begins a process and connects every channel.
func (w *world) start(ctx context.Context) error {
	w.born++
	p := &process{w: w, n: w.born, by: map[string]*channel.Channel{}}
	p.store = &mortal{
		Store: w.Store, clock: w.clock, sleep: w.Time.Sleep,
		onDeath: func() {
			w.journal.note("p%d dies", p.n)
			w.journal.ended(p.n)
			w.journal.mu.Lock()
			defer w.journal.mu.Unlock()
			w.journal.dead = append(w.journal.dead, p.n)
		},
		onFreeze: func(from, to time.Time) {
			w.journal.note("p%d is frozen for %v", p.n, to.Sub(from))
			w.desk.setMood(slow) // so that whoever takes over is still at it afterwards
			w.journal.mu.Lock()
			defer w.journal.mu.Unlock()
			w.journal.freezes = append(w.journal.freezes, freeze{p.n, from, to})
		},
	}
	client, err := webhook.NewClient(webhook.Config{
		Clock: w.clock, Transport: p, Rate: 200, Burst: 200, MaxInFlight: 64,
		Retry:   webhook.Retry{Delays: retries(), Jitter: -1, MaxAge: 24 * time.Hour},
		Breaker: webhook.Breaker{Open: 5 * time.Second, MaxOpen: 20 * time.Second},
	})
	if err != nil {
		return err
	}
	var store channel.Store = p.store
	if p.hardy = w.random.IntN(3) == 0; p.hardy {
		store = w.Store
	}
	p.hub, err = channel.NewHub(channel.HubConfig{
		Notify: p.notify, Store: store, Webhooks: client, Presence: w.desk, Clock: w.clock, Logger: w.logger,
		DrainTimeout: 10 * time.Second,
	})
	if err != nil {
		return err
	}
	for _, s := range w.settings {
		ch, err := p.hub.Connect(ctx, s)
		if err != nil {
			return err
		}
		p.by[s.ID] = ch
	}
	w.journal.note("p%d starts", p.n)
	w.journal.born(p.n)
	p.end = w.Time.Begin(ctx, p.hub)
	w.alive = append(w.alive, p)
	return nil
}

// retries is a schedule that is over within a history.
func retries() []time.Duration {
	delays := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second}
	for range 60 {
		delays = append(delays, 15*time.Second)
	}
	return delays
}

// notify is the host's ear in this process.
func (p *process) notify(ctx context.Context, e channel.Event) error {
	if p.store.isDead() {
		return errDead
	}
	p.store.step()
	return p.w.desk.hear(ctx, p, e)
}

// RoundTrip implements http.RoundTripper: the network of this process.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.store.isDead() {
		return nil, errDead
	}
	p.store.step()
	return p.w.source.receive(p, r)
}

// mortal is the store as a process sees it. A dead process records nothing, whatever it goes on to try. One that is
// frozen reaches the store no more for a while; what it is telling or posting just then takes as long, and it goes on
// afterwards as if nothing had been.
type mortal struct {
	channel.Store
	clock    clock.Clock
	sleep    func(time.Duration)
	onDeath  func()
	onFreeze func(from, to time.Time)

	mu    sync.Mutex
	dead  bool
	left  int  // changes until it dies; 0 = it lives on
	after bool // it dies after the change is recorded, and never hears of it
	steps int  // events and posts until it freezes; 0 = it does not
	stays time.Duration
	until time.Time // frozen
}

// chill lets the process freeze in the midst of one of the next events or posts.
func (m *mortal) chill(steps int, stays time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps, m.stays = steps, stays
}

// step counts an event or a post.
func (m *mortal) step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.steps == 0 {
		return
	}
	if m.steps--; m.steps == 0 {
		now := m.clock.Now()
		m.until = now.Add(m.stays)
		m.onFreeze(now, m.until)
	}
}

func (m *mortal) isFrozen() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.clock.Now().Before(m.until)
}

// thaw waits until the process is not frozen any more.
func (m *mortal) thaw() {
	m.mu.Lock()
	wait := m.until.Sub(m.clock.Now())
	m.mu.Unlock()
	if wait > 0 {
		m.sleep(wait)
	}
}

func (m *mortal) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// doom lets the process die within the next changes.
func (m *mortal) doom(changes int, after bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left, m.after = changes, after
}

// kill lets it die now.
func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.die()
}

func (m *mortal) die() {
	if !m.dead {
		m.dead = true
		m.onDeath()
	}
}

// change runs fn unless the process is dead, or dies of it.
func (m *mortal) change(fn func() error) error {
	if m.isFrozen() {
		return errDead // not a pause: locks of the library may be held, and time stands still in a bubble then
	}
	m.mu.Lock()
	if m.left > 0 && !m.dead {
		if m.left--; m.left == 0 {
			if !m.after {
				m.die()
			} else {
				defer m.kill()
				m.mu.Unlock()
				if err := fn(); err != nil {
					return err
				}
				return errDead
			}
		}
	}
	dead := m.dead
	m.mu.Unlock()
	if dead {
		return errDead
	}
	return fn()
}

// Update implements channel.Store.
func (m *mortal) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	return m.change(func() error { return m.Store.Update(ctx, id, look, fn) })
}

// Due implements channel.Store.
func (m *mortal) Due(ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) (next time.Time, err error) {
	err = m.change(func() error {
		var err error
		next, err = m.Store.Due(ctx, wants, fn)
		return err
	})
	return next, err
}

// Enquiries implements channel.Store.
func (m *mortal) Enquiries(ctx context.Context, q channel.Query) iter.Seq2[channel.Enquiry, error] {
	if m.isDead() {
		return func(yield func(channel.Enquiry, error) bool) { yield(channel.Enquiry{}, errDead) }
	}
	return m.Store.Enquiries(ctx, q)
}

// Records implements channel.Store.
func (m *mortal) Records(ctx context.Context, id channel.EnquiryID) iter.Seq2[conversation.Record, error] {
	if m.isDead() {
		return func(yield func(conversation.Record, error) bool) { yield(conversation.Record{}, errDead) }
	}
	return m.Store.Records(ctx, id)
}
