package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/internal/exact"
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
	// supports deadlines; 0 is 10 s, negative none.
	ReadTimeout time.Duration
	// Logger is told why requests were refused and handlers failed, never of their
	// content; nil is silence.
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
//	503  Seen failed; Retry-After: 5
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
	return &receiver{config: c, keys: keys}, nil
}

type receiver struct {
	config ReceiverConfig
	keys   []*key
}

// Format implements [fmt.Formatter] with the type alone: secrets are inside.
func (rc *receiver) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("webhook.Receiver")) }

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		problem(w, http.StatusMethodNotAllowed)
		return
	}
	if !isJSON(r.Header) {
		problem(w, http.StatusUnsupportedMediaType)
		return
	}
	buf := getBuffer()
	defer putBuffer(buf)
	if status := rc.read(w, r, buf); status != 0 {
		w.Header().Set("Connection", "close")
		problem(w, status)
		return
	}
	id, at, err := rc.authenticate(r.Header, *buf)
	if err != nil {
		rc.config.Logger.WarnContext(r.Context(), "webhook refused", slog.String("error", err.Error()))
		w.Header().Set("WWW-Authenticate", "StandardWebhooks")
		problem(w, http.StatusUnauthorized)
		return
	}
	ev, challenge, err := parseBody(*buf, id, at)
	switch {
	case err != nil:
		rc.config.Logger.WarnContext(r.Context(), "webhook not read", slog.String("error", line(err.Error())))
		badBody(w, err)
	case id == "" && len(r.Header[HeaderID]) > 0:
		problem(w, http.StatusBadRequest)
	case challenge != "":
		echo(w, challenge)
	default:
		rc.once(w, r, ev)
	}
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
		rc.config.Logger.ErrorContext(ctx, "webhook not claimed", slog.String("id", ev.ID), slog.String("error", line(err.Error())))
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable)
	case done:
		answer(w, http.StatusNoContent)
	case busy:
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusConflict)
	default:
		err := rc.handle(ctx, ev)
		if settled := rc.settle(ctx, ev.ID, err == nil); err == nil {
			err = settled
		}
		if err != nil {
			problem(w, http.StatusInternalServerError)
			return
		}
		answer(w, http.StatusNoContent)
	}
}

// handle calls Handle and contains its panics. Neither an error's nor a panic's
// text is logged where it could hold the event's.
func (rc *receiver) handle(ctx context.Context, ev Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errHandlerPanicked
			rc.config.Logger.ErrorContext(ctx, "webhook handler panicked",
				slog.String("id", ev.ID), slog.String("panic", fmt.Sprintf("%T", p)))
		}
	}()
	if err = rc.config.Handle(ctx, ev); err != nil {
		rc.config.Logger.ErrorContext(ctx, "webhook handler failed",
			slog.String("id", ev.ID), slog.String("error", line(err.Error())))
	}
	return err
}

var errHandlerPanicked = errors.New("webhook: the handler panicked")

// settle runs even if the sender has gone: what was handled is to be remembered.
func (rc *receiver) settle(ctx context.Context, id string, done bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout) //nolint:forbidigo // I/O runs on real time
	defer cancel()
	err := rc.config.Seen.Settle(ctx, id, done)
	if err != nil {
		rc.config.Logger.ErrorContext(ctx, "webhook not settled", slog.String("id", id), slog.String("error", line(err.Error())))
	}
	return err
}

// isJSON admits one type, and with it UTF-8 that is not compressed.
func isJSON(h http.Header) bool {
	media, err := exact.MediaType(h)
	return err == nil && media == "application/json"
}

func echo(w http.ResponseWriter, challenge string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(`{"challenge":"` + challenge + `"}`)) //nolint:gosec // validChallenge let it through: base64url alone
}

// answer sends a status without a body.
func answer(w http.ResponseWriter, status int) { w.WriteHeader(status) }

// badBody tells who has proved to be the sender what is wrong with the body: names of members, never their values.
func badBody(w http.ResponseWriter, fault error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(append(appendString([]byte(`{"title":"Bad Request","status":400,"detail":`), line(fault.Error())), '}')) //nolint:gosec // JSON, and said to be
}

// problem sends a fault as RFC 9457 has it, the same for every cause of a status.
func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"title":"` + http.StatusText(status) + `","status":` + strconv.Itoa(status) + `}`))
}
