package channel

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits are the rates of the incoming API, per process.
type limits struct {
	mu      sync.Mutex
	channel *rate.Limiter
	perSec  rate.Limit // of a visitor; 0 = no limit
	burst   int
	// Two generations of visitors bound the memory: when the younger is full, the older is forgotten.
	young, old map[VisitorID]*rate.Limiter
}

// maxLimited is how many visitors a generation holds.
const maxLimited = 8192

// set applies the rates of settings; those that stay the same keep their state.
func (l *limits) set(s Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	perSec, burst := effective(s.ChannelRate, s.ChannelBurst, DefaultChannelRate, DefaultChannelBurst)
	switch {
	case perSec == 0:
		l.channel = nil
	case l.channel == nil || l.channel.Limit() != perSec || l.channel.Burst() != burst:
		l.channel = rate.NewLimiter(perSec, burst)
	}
	perSec, burst = effective(s.VisitorRate, s.VisitorBurst, DefaultVisitorRate, DefaultVisitorBurst)
	if perSec != l.perSec || burst != l.burst {
		l.perSec, l.burst = perSec, burst
		l.young, l.old = nil, nil
	}
}

// effective is the rate with its default, 0 for none, and a burst that fits it.
func effective(perSec rate.Limit, burst int, defRate rate.Limit, defBurst int) (rate.Limit, int) {
	switch {
	case perSec < 0:
		return 0, 0
	case perSec == 0:
		perSec = defRate
		if burst == 0 {
			burst = defBurst
		}
	case burst == 0:
		burst = max(1, int(2*perSec))
	}
	return perSec, max(1, burst)
}

// allow takes a place for a message of the visitor, or says after how long there will be one. Whoever is refused
// takes no place of the channel's.
func (l *limits) allow(v VisitorID, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var own *rate.Limiter
	if l.perSec != 0 && v != "" {
		own = l.visitor(v)
	}
	mine, wait := reserve(own, now)
	if wait > 0 {
		return wait
	}
	if _, wait = reserve(l.channel, now); wait > 0 && mine != nil {
		mine.CancelAt(now)
	}
	return wait
}

func (l *limits) visitor(v VisitorID) *rate.Limiter {
	if lim := l.young[v]; lim != nil {
		return lim
	}
	lim := l.old[v]
	if lim == nil {
		lim = rate.NewLimiter(l.perSec, l.burst)
	}
	if len(l.young) >= maxLimited || l.young == nil {
		l.old, l.young = l.young, map[VisitorID]*rate.Limiter{}
	}
	l.young[v] = lim
	return lim
}

// reserve takes a place at once, or none and says when there will be one.
func reserve(l *rate.Limiter, now time.Time) (*rate.Reservation, time.Duration) {
	if l == nil {
		return nil, 0
	}
	r := l.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return r, wait
}
