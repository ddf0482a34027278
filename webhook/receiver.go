package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/internal/exact"
	"github.com/usherchat/usher/internal/intake"
)

// The defaults of [ReceiverConfig].
const (
	DefaultReadTimeout = 10 * time.Second
	settleTimeout      = 10 * time.Second
)

// ReceiverConfig is the settings of a receiver. Handle is required, and Secrets
// unless AllowUnsigned.
type ReceiverConfig struct {
	// Secrets verify requests; one of them has to match, so that during a rotation
	// both the old and the new one are here.
	Secrets []Secret
	// AllowUnsigned admits a receiver without Secrets, which believes everybody.
	// With Secrets it changes nothing: every request has to be signed.
	AllowUnsigned bool
	// Handle is given each event once. A nil return is answered with 204, an error
	// or a panic with 500, after which the sender comes again. Its ctx is the
	// request's: it ends when the sender hangs up.
	Handle func(context.Context, Event) error
	// Seen remembers what was handled; nil is [NewSeen] with its defaults.
	Seen Seen
	// Clock judges timestamps; nil is the real one.
	Clock clock.Clock
	// Tolerance is how far a timestamp may lie from now; 0 is [DefaultTolerance].
	// Negative does not look at the time, so that only Seen keeps old requests
	// from being played again.
	Tolerance time.Duration
	// MaxBody bounds a request's body; 0 is [MaxBody], what our client sends.
	MaxBody int64
	// ReadTimeout bounds the reading of the body in real time, where the server
	// supports deadlines; 0 is 10 s, negative none. A shorter ReadTimeout of the
	// [http.Server] stays; deadlines that other handlers set before are replaced.
	ReadTimeout time.Duration
	// MaxUnverified bounds the bytes of bodies that are in memory at once before
	// their signatures are verified; 0 is 8 MiB, or MaxBody where that is larger;
	// negative no bound. The first 4 KiB of each body are not counted. When there
	// is no room, the body that has been read for longest is refused.
	MaxUnverified int64
	// Logger is told why requests were refused and handlers failed, never of their
	// content; nil is silence. Of each kind of line the first ten in ten seconds
	// are written; the next one says as left_out how many were not.
	Logger *slog.Logger
}

// NewReceiver returns the source's side of the wire: an [http.Handler] for POST
// requests of JSON. It echoes challenges, verifies the signature over the raw
// body, drops repeats and hands each event to Handle.
//
// Names count by their case, and members that are not known are ignored; an empty
// timestamp is none. A body that is no {"type","timestamp","data"} object but other JSON of a
// sender that signs alike comes as Data, with an empty Type; Time is then the
// signed timestamp.
//
// What the headers show is refused before the body is read: the method, the
// type, the length, the form of the signature's headers and their time. Refusals
// up to a verified signature close the connection (on HTTP/2 the stream).
//
//	204  handled, now or before
//	200  a challenge, with its echo
//	400  not exact JSON: not UTF-8, half of a surrogate pair, a name twice in an
//	     object, nested deeper than 512; or an unsigned request with a malformed
//	     webhook-id
//	401  any fault of the signature, its headers or its time, always the same
//	405 408 413  not POST, too slow, too large
//	415  not application/json, another charset than UTF-8, any Content-Encoding
//	409  another request is handling this id; Retry-After: 1
//	500  Handle failed; not remembered
//	503  Seen failed; Retry-After: 5. Or too many that are not verified yet send at
//	     once; Retry-After: 1
func NewReceiver(c ReceiverConfig) (http.Handler, error) {
	var faults []error
	keys, err := parseKeys("ReceiverConfig.Secrets", c.Secrets)
	if err != nil {
		faults = append(faults, err)
	}
	if len(c.Secrets) == 0 && !c.AllowUnsigned {
		faults = append(faults, errors.New("ReceiverConfig.Secrets: at least one, or AllowUnsigned"))
	}
	if c.Handle == nil {
		faults = append(faults, errors.New("ReceiverConfig.Handle: required"))
	}
	if c.MaxBody < 0 {
		faults = append(faults, errors.New("ReceiverConfig.MaxBody: negative"))
	}
	if c.MaxUnverified > 0 && c.MaxUnverified < cmp.Or(c.MaxBody, MaxBody) {
		faults = append(faults, errors.New("ReceiverConfig.MaxUnverified: less than MaxBody, which one request may have"))
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("webhook: %w", errors.Join(faults...))
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.Seen == nil {
		c.Seen = NewSeen(c.Clock, 0, 0)
	}
	if c.MaxBody == 0 {
		c.MaxBody = MaxBody
	}
	if c.ReadTimeout == 0 {
		c.ReadTimeout = DefaultReadTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &receiver{config: c, keys: keys, unverified: intake.NewBudget(c.MaxUnverified, c.MaxBody)}, nil
}

type receiver struct {
	config     ReceiverConfig
	keys       []*key
	unverified *intake.Budget
	lines      [kinds]intake.Lines
}

// Format implements [fmt.Formatter] with the type alone: secrets are inside.
func (rc *receiver) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("webhook.Receiver")) }

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w = intake.Begin(w, r, rc.config.ReadTimeout)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	if !isJSON(r.Header) {
		refuse(w, r, http.StatusUnsupportedMediaType)
		return
	}
	if err := rc.checkHeader(r.Header); err != nil {
		rc.unauthorized(w, r, err)
		return
	}
	body, err := rc.unverified.Read(w, r, rc.config.MaxBody)
	if err != nil {
		rc.unread(w, r, err)
		return
	}
	defer body.Close()
	id, at, err := rc.authenticate(r.Header, body.Bytes())
	if err != nil {
		rc.unauthorized(w, r, err)
		return
	}
	if len(rc.keys) > 0 {
		body.Known()
	}
	ev, challenge, err := parseBody(body.Bytes(), id, at)
	switch {
	case err != nil:
		rc.log(notRead).WarnContext(r.Context(), "webhook not read", slog.String("error", line(err.Error())))
		badBody(w, err)
	case id == "" && len(r.Header[HeaderID]) > 0:
		problem(w, http.StatusBadRequest)
	case challenge != "":
		echo(w, challenge)
	default:
		rc.once(w, r, ev)
	}
}

// checkHeader refuses what no body can make right.
func (rc *receiver) checkHeader(h http.Header) error {
	if len(rc.keys) == 0 {
		return nil
	}
	return CheckHeader(h, rc.config.Clock.Now(), rc.config.Tolerance)
}

// authenticate returns the id and the time of the request. Without secrets there
// is nothing to verify; the id then is "" unless it is there once and canonical.
func (rc *receiver) authenticate(h http.Header, body []byte) (string, time.Time, error) {
	now := rc.config.Clock.Now()
	if len(rc.keys) == 0 {
		if id, ok := only(h, HeaderID); ok && validID(id) {
			return id, now, nil
		}
		return "", now, nil
	}
	st, err := verify(rc.keys, h, body, now, rc.config.Tolerance)
	return st.id, time.Unix(st.timestamp, 0), err
}

// once hands the event to Handle unless that was done before.
func (rc *receiver) once(w http.ResponseWriter, r *http.Request, ev Event) {
	ctx := r.Context()
	if ev.ID == "" {
		status := http.StatusNoContent
		if err := rc.handle(ctx, ev); err != nil {
			status = http.StatusInternalServerError
		}
		answer(w, status)
		return
	}
	done, busy, err := rc.config.Seen.Claim(ctx, ev.ID)
	switch {
	case err != nil:
		rc.log(notClaimed).ErrorContext(ctx, "webhook not claimed", slog.String("id", ev.ID), slog.String("error", line(err.Error())))
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable)
	case done:
		answer(w, http.StatusNoContent)
	case busy:
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusConflict)
	case rc.claimed(ctx, ev) != nil:
		problem(w, http.StatusInternalServerError)
	default:
		answer(w, http.StatusNoContent)
	}
}

// claimed hands an event to Handle whose id is claimed, and settles the id
// whatever becomes of Handle, [runtime.Goexit] included.
func (rc *receiver) claimed(ctx context.Context, ev Event) (err error) {
	err = errHandlerEnded
	defer func() {
		if settled := rc.settle(ctx, ev.ID, err == nil); err == nil {
			err = settled
		}
	}()
	err = rc.handle(ctx, ev)
	return err
}

// handle calls Handle and contains its panics. Neither an error's nor a panic's
// text is logged where it could hold the event's.
func (rc *receiver) handle(ctx context.Context, ev Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errHandlerPanicked
			rc.log(panicked).ErrorContext(ctx, "webhook handler panicked",
				slog.String("id", ev.ID), slog.String("panic", fmt.Sprintf("%T", p)))
		}
	}()
	if err = rc.config.Handle(ctx, ev); err != nil {
		rc.log(failed).ErrorContext(ctx, "webhook handler failed",
			slog.String("id", ev.ID), slog.String("error", line(err.Error())))
	}
	return err
}

var (
	errHandlerPanicked = errors.New("webhook: the handler panicked")
	errHandlerEnded    = errors.New("webhook: the handler ended its goroutine")
)

// settle runs even if the sender has gone: what was handled is to be remembered.
func (rc *receiver) settle(ctx context.Context, id string, done bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout) //nolint:forbidigo // I/O runs on real time
	defer cancel()
	err := rc.config.Seen.Settle(ctx, id, done)
	if err != nil {
		rc.log(notSettled).ErrorContext(ctx, "webhook not settled", slog.String("id", id), slog.String("error", line(err.Error())))
	}
	return err
}

// isJSON admits one type, and with it UTF-8 that is not compressed.
func isJSON(h http.Header) bool {
	media, err := exact.MediaType(h)
	return err == nil && media == "application/json"
}
