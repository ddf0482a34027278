package visits

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
)

// Time is how time passes and work is done in a history.
type Time interface {
	// Clock is what the hubs and clients of the history read.
	Clock() clock.Clock
	// Begin lets a hub work until the returned function is called.
	Begin(ctx context.Context, h *channel.Hub) (end func() error)
	// Pass lets time pass, and what becomes due be done.
	Pass(ctx context.Context, d time.Duration)
	// Sleep is a pause within what a hub does.
	Sleep(d time.Duration)
	// Together does several things at once and returns when all are done.
	Together(do ...func())
}

// Live is Run on the real clock, which has to be that of a testing/synctest bubble. Wait is synctest.Wait.
type Live struct{ Wait func() }

// Clock implements Time.
func (Live) Clock() clock.Clock { return clock.New() }

// Begin implements Time.
func (Live) Begin(ctx context.Context, h *channel.Hub) func() error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// Pass implements Time.
func (l Live) Pass(_ context.Context, d time.Duration) {
	l.Sleep(d)
	l.Wait()
}

// Sleep implements Time.
func (Live) Sleep(d time.Duration) { clock.New().Sleep(d) }

// Together implements Time.
func (Live) Together(do ...func()) { together(do) }

func together(do []func()) {
	var doing sync.WaitGroup
	for _, f := range do {
		doing.Go(f)
	}
	doing.Wait()
}

// Stepped is RunDue on a fake clock that moves by Step, one hub after the other.
type Stepped struct {
	Mock *clock.Mock
	Step time.Duration
	// Sequential does one after the other what others do together: with the same seed, the same happens.
	Sequential bool

	mu   sync.Mutex
	hubs []*channel.Hub
}

// NewStepped begins at a time of day, with steps of five seconds.
func NewStepped() *Stepped {
	s := &Stepped{Mock: clock.NewMock(), Step: 5 * time.Second}
	s.Mock.Set(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	return s
}

// Clock implements Time.
func (s *Stepped) Clock() clock.Clock { return s.Mock }

// Begin implements Time.
func (s *Stepped) Begin(_ context.Context, h *channel.Hub) func() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hubs = append(s.hubs, h)
	return func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hubs = slices.DeleteFunc(s.hubs, func(other *channel.Hub) bool { return other == h })
		return nil
	}
}

// Pass implements Time. Errors of RunDue are those of a process that died on the way.
func (s *Stepped) Pass(ctx context.Context, d time.Duration) {
	for until := s.Mock.Now().Add(d); ; {
		s.mu.Lock()
		hubs := slices.Clone(s.hubs)
		s.mu.Unlock()
		for _, h := range hubs {
			_ = h.RunDue(ctx)
		}
		now := s.Mock.Now()
		if !now.Before(until) || ctx.Err() != nil {
			return
		}
		s.Mock.Set(now.Add(min(s.Step, until.Sub(now))))
	}
}

// Together implements Time.
func (s *Stepped) Together(do ...func()) {
	if !s.Sequential {
		together(do)
		return
	}
	for _, f := range do {
		f()
	}
}

// Sleep implements Time: a fake clock does not move while a hub is at work.
func (*Stepped) Sleep(time.Duration) {}
