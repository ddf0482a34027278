package channel

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits are the rates of the incoming API, per process. Messages have places of their own: whoever floods a channel
// with receipts or typing delays no message.
type limits struct {
	mu       sync.Mutex
	messages rates
	signals  rates // receipts and typing
}

// rates bound one kind of request.
type rates struct {
	channel *rate.Limiter // nil = no limit
	perSec  rate.Limit    // of a visitor; 0 = no limit
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
	for _, p := range []*rates{&l.messages, &l.signals} {
		p.set(s)
	}
}

func (p *rates) set(s Settings) {
	perSec, burst := effective(s.ChannelRate, s.ChannelBurst, DefaultChannelRate, DefaultChannelBurst)
	switch {
	case perSec == 0:
		p.channel = nil
	case p.channel == nil || p.channel.Limit() != perSec || p.channel.Burst() != burst:
		p.channel = rate.NewLimiter(perSec, burst)
	}
	perSec, burst = effective(s.VisitorRate, s.VisitorBurst, DefaultVisitorRate, DefaultVisitorBurst)
	if perSec != p.perSec || burst != p.burst {
		p.perSec, p.burst = perSec, burst
		p.young, p.old = nil, nil
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

// message takes a place for a message of the visitor, or says after how long there will be one.
func (l *limits) message(v VisitorID, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages.take(v, now)
}

// typing is message for a visitor who types.
func (l *limits) typing(v VisitorID, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.signals.take(v, now)
}

// receipt is message for a receipt, which no visitor is counted for.
func (l *limits) receipt(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.signals.take("", now)
}

// take takes a place, or none and says when there will be one. Whoever is refused takes no place of the channel's.
func (p *rates) take(v VisitorID, now time.Time) time.Duration {
	var own *rate.Limiter
	if p.perSec != 0 && v != "" {
		own = p.visitor(v)
	}
	mine, wait := reserve(own, now)
	if wait > 0 {
		return wait
	}
	if _, wait = reserve(p.channel, now); wait > 0 && mine != nil {
		mine.CancelAt(now)
	}
	return wait
}

func (p *rates) visitor(v VisitorID) *rate.Limiter {
	if lim := p.young[v]; lim != nil {
		return lim
	}
	lim := p.old[v]
	if lim == nil {
		lim = rate.NewLimiter(p.perSec, p.burst)
	}
	if len(p.young) >= maxLimited || p.young == nil {
		p.old, p.young = p.young, map[VisitorID]*rate.Limiter{}
	}
	p.young[v] = lim
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
