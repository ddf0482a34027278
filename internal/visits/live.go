package visits

import (
	"context"
	"slices"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// action is one thing that somebody does. It may be done together with others.
type action func(ctx context.Context)

// live makes the history: until enough visits have begun, somebody does something, or several at once, and time
// passes.
func (w *world) live(ctx context.Context) error {
	if err := w.start(ctx); err != nil {
		return err
	}
	for round := 0; len(w.desk.seen()) < w.Visits; round++ {
		if round > 40*w.Visits+1000 {
			return errNoVisits
		}
		if err := w.processes(ctx); err != nil {
			return err
		}
		w.conditions(ctx)
		var all []func()
		for range 1 + w.random.IntN(4)*w.random.IntN(2) {
			if do := w.draw(); do != nil {
				all = append(all, func() { do(ctx) })
			}
		}
		w.Time.Together(all...)
		w.Time.Pass(ctx, w.pause())
		if round%20 == 0 {
			w.checkCapacity(ctx)
		}
	}
	return nil
}

// pause draws how long nothing is done.
func (w *world) pause() time.Duration {
	switch n := w.random.IntN(20); {
	case n < 5:
		return 0
	case n < 12:
		return time.Duration(w.random.IntN(3000)) * time.Millisecond
	case n < 19:
		return time.Duration(1+w.random.IntN(15)) * time.Second
	default:
		return time.Duration(1+w.random.IntN(4)) * time.Minute
	}
}

// processes buries the dead and lets processes stop, die and start.
func (w *world) processes(ctx context.Context) error {
	w.bury(ctx)
	switch n := w.random.IntN(100); {
	case n < 2 && w.some() != nil: // stops in good order
		p := w.some()
		p.store.chill(0, 0)
		w.journal.note("p%d stops", p.n)
		w.alive = slices.DeleteFunc(w.alive, func(other *process) bool { return other == p })
		err := p.end()
		w.journal.ended(p.n)
		if err != nil {
			return err
		}
	case n < 5 && len(w.alive) > 0: // dies within the next changes
		if p := w.alive[w.random.IntN(len(w.alive))]; !p.hardy {
			p.store.doom(1+w.random.IntN(20), w.random.IntN(2) == 0)
		}
	case n < 8 && len(w.alive) > 1: // freezes for about as long as it may keep work to itself, or longer
		stays := time.Duration(9000+w.random.IntN(8000)) * time.Millisecond
		if p := w.alive[w.random.IntN(len(w.alive))]; !p.hardy {
			p.store.chill(1+w.random.IntN(5), stays)
		}
	}
	w.bury(ctx)
	if len(w.alive) == 0 && w.random.IntN(3) > 0 || len(w.alive) == 1 && w.random.IntN(50) == 0 {
		return w.start(ctx)
	}
	return nil
}

// bury ends what is left of the dead.
func (w *world) bury(ctx context.Context) {
	for _, p := range slices.Clone(w.alive) {
		if p.store.isDead() {
			w.alive = slices.DeleteFunc(w.alive, func(other *process) bool { return other == p })
			_ = p.end() // what it could not finish is nobody's business any more
			w.recount(ctx)
		}
	}
}

// recount tells presence who handles how much, as a host does after a crash.
func (w *world) recount(ctx context.Context) {
	handling := map[string]int{}
	for e, err := range w.Store.Enquiries(ctx, channel.Query{Status: []channel.Status{channel.Handling}}) {
		if err == nil {
			handling[e.Staff.ID]++
		}
	}
	w.desk.recount(handling)
}

// conditions changes the weather, the host's mood and who is there.
func (w *world) conditions(ctx context.Context) {
	s := &w.settings[w.random.IntN(len(w.settings))]
	switch n := w.random.IntN(100); {
	case n < 4:
		weather := weather(w.random.IntN(int(weathers)))
		if weather == gone && w.random.IntN(3) > 0 {
			weather = fair
		}
		w.journal.note("%s is %s", s.ID, weather)
		w.source.set(s.ID, weather)
	case n < 10:
		w.source.set(s.ID, fair)
	case n < 14:
		w.desk.setMood(mood(w.random.IntN(int(moods))))
	case n < 18:
		w.desk.setMood(calm)
	case n < 40:
		status := []routing.Status{routing.Active, routing.Active, routing.Active, routing.Idle, routing.Busy, routing.Offline}[w.random.IntN(6)]
		w.desk.setStatus(staffIDs[w.random.IntN(len(staffIDs))], status)
		if p := w.some(); p != nil && w.random.IntN(2) == 0 {
			p.hub.Wake()
		}
	case n < 41:
		w.suspend(ctx, s.ID)
	}
	for _, s := range w.settings {
		if w.suspends[s.ID] && w.random.IntN(15) == 0 {
			w.resume(ctx, s.ID)
		}
	}
}

// some draws a process that is alive and awake, nil if none is.
func (w *world) some() *process {
	awake := slices.DeleteFunc(slices.Clone(w.alive), func(p *process) bool { return p.store.isFrozen() })
	if len(awake) == 0 {
		return nil
	}
	return awake[w.random.IntN(len(awake))]
}

// rest ends a history: everything is well and nobody does anything more, until all that is due has been done.
func (w *world) rest(ctx context.Context) error {
	for _, s := range w.settings {
		w.source.set(s.ID, fair)
	}
	w.desk.setMood(calm)
	w.bury(ctx)
	for _, p := range w.alive {
		p.store.doom(0, false)
		p.store.chill(0, 0)
	}
	if len(w.alive) == 0 {
		if err := w.start(ctx); err != nil {
			return err
		}
	}
	w.Time.Pass(ctx, 40*time.Second) // nobody is frozen any more, and what was answered before is known
	for _, s := range w.settings {
		w.resume(ctx, s.ID)
	}
	w.journal.note("the quiet end begins")
	w.Time.Pass(ctx, 30*time.Minute)
	w.checkCapacity(ctx)
	for _, p := range w.alive {
		if err := p.end(); err != nil {
			return err
		}
	}
	return nil
}
