package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// batchSize is how many changes are recorded together at most.
const batchSize = 128

// work makes the changes of a batch and records them in one transaction. Those of one conversation run one after the
// other on the same slot, whose row is written once.
func (s *Store) work(ctx context.Context, batch []*request) {
	slots := s.gather(batch)
	var missing []*slot
	for _, m := range slots {
		if !m.cached {
			missing = append(missing, m)
		}
	}
	err := s.load(ctx, missing)
	s.group.begin(batch)
	var writes []*slot
	for _, m := range slots {
		m.steps = slices.DeleteFunc(m.steps, func(r *request) bool { return r.state != begun })
		switch {
		case err != nil && !m.cached:
			s.unread(ctx, m, err)
		default:
			if s.change(m); m.writes > 0 {
				writes = append(writes, m)
				continue
			}
		}
		s.group.settle(m)
	}
	if len(writes) > 0 {
		s.record(ctx, writes)
	}
}

// prepare makes a change in the caller's goroutine, before its batch is taken, if all that the change looks for is in
// the cache and no batch is changing the conversation. If the conversation is changed meanwhile, the change is made
// again in the batch.
func (s *Store) prepare(r *request) {
	if s.group.engaged(r.id) {
		return
	}
	m := newSlot(r.id)
	if s.cache.get(m) && m.covers(&r.step) {
		m.steps = append(m.steps, r)
		if m.run(&r.step); m.writes > 0 && m.withEffects == nil {
			m.err = m.encode()
		}
		if m.writes > 0 && m.err == nil {
			m.ready, r.ready = true, m
			return
		}
		r.again, r.settled, r.err = false, false, nil
	}
}

// gather makes the slots of a batch, one for each conversation, and fills them from the cache.
func (s *Store) gather(batch []*request) []*slot {
	slots := make([]*slot, 0, len(batch))
	by := make(map[string]*slot, len(batch))
	for _, r := range batch {
		ready := r.ready
		r.ready = nil
		m := by[r.id]
		switch {
		case m == nil && ready != nil && s.cache.holds(r.id, ready.stamp):
			by[r.id] = ready
			slots = append(slots, ready)
			continue
		case m == nil:
			m = newSlot(r.id)
			by[r.id] = m
			slots = append(slots, m)
		case m.ready: // there are several changes of the conversation
			m.clear()
		}
		m.steps = append(m.steps, r)
	}
	for _, m := range slots {
		fresh := slices.ContainsFunc(m.steps, func(r *request) bool { return r.fresh })
		if m.ready || fresh || !s.cache.get(m) {
			continue
		}
		if slices.ContainsFunc(m.steps, func(r *request) bool { return !m.covers(&r.step) }) {
			m.clear()
		}
	}
	return slots
}

// load reads slots from the database.
func (s *Store) load(ctx context.Context, slots []*slot) error {
	if len(slots) == 0 {
		return nil
	}
	for {
		if err := s.read(ctx, slots); err != nil {
			return err
		}
		err := s.lookAhead(ctx, nil, slots)
		if !errors.Is(err, errMoved) {
			return err
		}
		for _, m := range slots {
			m.clear()
		}
	}
}

// unread settles a slot that could not be read. If that is because the leader's context has ended, requests with other
// contexts wait to be run again.
func (s *Store) unread(ctx context.Context, m *slot, err error) {
	for _, r := range m.steps {
		r.err, r.settled = err, true
		if ctx.Err() != nil && r.over() == nil {
			r.again = true
		}
	}
}

// change runs the changes of a slot.
func (s *Store) change(m *slot) {
	if m.ready {
		if len(m.steps) == 0 {
			m.writes = 0 // the caller has given up
		} else if r := m.steps[0]; r.over() != nil {
			r.err, r.settled, m.writes = r.over(), true, 0
		}
		return
	}
	for _, r := range m.steps {
		if m.err != nil { // it cannot be read
			r.err, r.settled = m.err, true
			continue
		}
		m.run(&r.step)
	}
	if m.writes > 0 && m.withEffects == nil {
		m.err = m.encode()
	}
}

// record records slots and settles them.
func (s *Store) record(ctx context.Context, slots []*slot) {
	ctx, cancel := writing(ctx)
	defer cancel()
	err := s.engine.record(ctx, slots)
	for _, m := range slots {
		s.recorded(m, err, len(slots) > 1)
	}
	s.group.settle(slots...)
}

// recorded tells the requests of a slot the outcome. err is the error of the transaction; others is whether it had
// other slots, which may be at fault.
func (s *Store) recorded(m *slot, err error, others bool) {
	if err == nil && m.open() {
		if m.withEffects != nil && (m.withEffects.Forget || m.withEffects.Gone || m.then != nil) {
			s.cache.drop(m.id)
		} else {
			s.cache.put(m)
		}
		return
	}
	s.cache.drop(m.id)
	alone := others && m.err == nil && err != nil && ofStatement(err)
	for _, r := range m.steps {
		switch {
		case r.settled || r.again:
		case m.err != nil:
			r.err = m.err
		case err == nil || conflicted(err):
			r.again, r.fresh = true, true
		case alone:
			r.again, r.alone = true, true
		default:
			r.err = err
		}
	}
}

// recordIn records slots within a transaction: first the effects beyond the conversations, then the rows, then what
// belongs after them. After an error the transaction has to be rolled back.
func (s *Store) recordIn(ctx context.Context, tx *transaction, slots []*slot) error {
	slots = slices.DeleteFunc(slices.Clone(slots), func(m *slot) bool { return !m.open() })
	withEffects := slices.ContainsFunc(slots, func(m *slot) bool { return m.withEffects != nil })
	if withEffects {
		if err := s.lock(ctx, tx, slots); err != nil {
			return err
		}
		if err := s.effects(ctx, tx, slots); err != nil {
			return err
		}
	}
	slots = slices.DeleteFunc(slots, func(m *slot) bool { return !m.open() })
	if len(slots) == 0 {
		return nil
	}
	if err := s.engine.put(ctx, tx, slots); err != nil {
		return err
	}
	if !withEffects {
		return nil
	}
	if slices.ContainsFunc(slots, func(m *slot) bool { return m.conflicted }) {
		return errConflicted // numbers were given and claims counted for it
	}
	return s.aftermath(ctx, tx, slots)
}

const lockHeads = `SELECT c.id, c.version FROM rows($1: id text) CROSS JOIN {conversations} c WHERE c.id = k.id`

// lock marks slots that were changed meanwhile, and keeps others from changing the rest. PostgreSQL locks all rows in
// the order of their ids, as every statement does, so that no two transactions wait for each other. On SQLite no other
// process writes now.
func (s *Store) lock(ctx context.Context, tx *transaction, slots []*slot) error {
	text := lockHeads
	if s.dialect == PostgreSQL {
		text += ` ORDER BY c.id FOR UPDATE OF c`
	}
	keys := make([]idKey, len(slots))
	for i, m := range slots {
		keys[i] = idKey{m.key}
	}
	args, err := parameters(keys)
	if err != nil {
		return err
	}
	by := make(map[string]int64, len(slots))
	err = s.engine.query(ctx, tx, func(rows *sql.Rows) error {
		var id string
		var stamp int64
		err := rows.Scan(&id, &stamp)
		by[id] = stamp
		return err
	}, text, args...)
	for _, m := range slots {
		m.conflicted = by[m.key] != m.stamp
	}
	return err
}
