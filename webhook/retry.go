package webhook

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// DefaultMaxAge is how old an event may get: three days, longer
// than the schedule so that an endpoint's pauses do not eat attempts.
const DefaultMaxAge = 72 * time.Hour

// DefaultJitter keeps events that failed together from coming back together.
const DefaultJitter = 0.2

// maxRetryAfter bounds what an endpoint can ask for: longer pauses are the
// breaker's and the schedule's business.
const maxRetryAfter = time.Hour

// maxDelay is as long as a delay gets by jitter: a century, far from overflow.
const maxDelay = 100 * 365 * 24 * float64(time.Hour)

// defaultDelays span 27:42:36 with eleven attempts, like the schedule of Svix,
// with steps of 1 s, 30 s and 2 min because chat cannot wait 5 min for a restart.
var defaultDelays = [...]time.Duration{
	time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
}

// DefaultDelays returns the pauses between the eleven attempts of the default
// schedule: 1 s, 5 s, 30 s, 2 m, 10 m, 30 m, 2 h, 5 h, 10 h, 10 h.
func DefaultDelays() []time.Duration { return slices.Clone(defaultDelays[:]) }

// Retry is a schedule. Its zero value is the default one.
type Retry struct {
	// Delays[i] is the pause after attempt i+1. nil is [DefaultDelays]; empty
	// means one attempt.
	Delays []time.Duration
	// Jitter stretches or shrinks each delay by up to this share of it, at most
	// 1: 0 is [DefaultJitter], negative is none.
	Jitter float64
	// MaxAge is the age of an event, counted from Event.Time, at which it is given
	// up whatever the schedule says: 0 is [DefaultMaxAge], negative is never.
	MaxAge time.Duration
}

// Next returns how long to wait after the given attempt, counted from 1, ended
// with err, and whether there is another at all.
//
// The delay is the schedule's with jitter, never less than Error.RetryAfter. An
// error that used no attempt up ([Error.Deferred]) is not looked up in the
// schedule: the answer is RetryAfter, and the same attempt number counts again.
// false is: err is nil or permanent, the schedule is used up, or the event would
// reach MaxAge before, which errors of [Client.Post] know.
func (r Retry) Next(attempt int, err error) (time.Duration, bool) {
	if err == nil {
		return 0, false
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Err: err}
	}
	switch {
	case e.Permanent || errors.Is(e.Err, ErrExhausted):
		return 0, false
	case e.Deferred():
		if e.aged { // then it is given up, and that is to be told in time
			return max(0, min(e.RetryAfter, e.left)), true
		}
		return max(0, e.RetryAfter), true
	}
	r = r.withDefaults()
	attempt = max(attempt, 1)
	if attempt > len(r.Delays) {
		return 0, false
	}
	delay := max(r.Delays[attempt-1], 0)
	if r.Jitter > 0 {
		stretched := float64(delay) * (1 + min(r.Jitter, 1)*(2*rand.Float64()-1)) //nolint:gosec // jitter needs no secret randomness
		delay = time.Duration(min(stretched, maxDelay))
	}
	delay = max(delay, e.RetryAfter)
	return delay, !e.aged || delay < e.left
}

func (r Retry) withDefaults() Retry {
	if r.Delays == nil {
		r.Delays = defaultDelays[:]
	}
	if r.Jitter == 0 {
		r.Jitter = DefaultJitter
	}
	if r.MaxAge == 0 {
		r.MaxAge = DefaultMaxAge
	}
	return r
}

func (r Retry) validate() error {
	var faults []error
	for _, d := range r.Delays {
		if d < 0 {
			faults = append(faults, errors.New("Retry.Delays: a delay is negative"))
			break
		}
	}
	if !(r.Jitter <= 1) { // NaN too
		faults = append(faults, errors.New("Retry.Jitter: more than 1"))
	}
	return errors.Join(faults...)
}

// retryAfter reads the Retry-After header: seconds or any HTTP date (RFC 9110,
// 10.2.3), at most an hour. What cannot be read or has passed is 0.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.Trim(h.Get("Retry-After"), " \t")
	if v == "" {
		return 0
	}
	if strings.Trim(v, "0123456789") == "" {
		v = strings.TrimLeft(v, "0")
		if len(v) > 4 { // more than 9999 s; never multiplied, never overflows
			return maxRetryAfter
		}
		var n time.Duration
		for _, c := range v {
			n = 10*n + time.Duration(c-'0')
		}
		return min(n*time.Second, maxRetryAfter)
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(t.Sub(now), 0), maxRetryAfter) // Sub saturates
}
