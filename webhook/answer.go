package webhook

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/usherchat/usher/internal/intake"
)

func (rc *receiver) unauthorized(w http.ResponseWriter, r *http.Request, err error) {
	rc.log(refused).WarnContext(r.Context(), "webhook refused", slog.String("error", err.Error()))
	w.Header().Set("WWW-Authenticate", "StandardWebhooks")
	refuse(w, r, http.StatusUnauthorized)
}

// unread answers a request whose body was not read, for one of intake's errors.
func (rc *receiver) unread(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, intake.ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, intake.ErrTooSlow):
		status = http.StatusRequestTimeout
	case errors.Is(err, intake.ErrNoRoom):
		rc.log(crowded).WarnContext(r.Context(), "too many webhooks at once that are not verified")
		w.Header().Set("Retry-After", "1")
		status = http.StatusServiceUnavailable
	}
	refuse(w, r, status)
}

func echo(w http.ResponseWriter, challenge string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(`{"challenge":"` + challenge + `"}`)) //nolint:gosec // validChallenge let it through: base64url alone
}

// answer sends a status without a body.
func answer(w http.ResponseWriter, status int) { w.WriteHeader(status) }

// refuse is problem for a sender that is not known, or whose body was not read.
func refuse(w http.ResponseWriter, r *http.Request, status int) {
	intake.Refuse(w, r)
	problem(w, status)
}

// problem sends a fault as RFC 9457 has it, the same for every cause of a status.
func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"title":"` + http.StatusText(status) + `","status":` + strconv.Itoa(status) + `}`))
}

// A kind is one of the lines that the receiver logs.
type kind int

const (
	refused kind = iota
	crowded
	notRead
	notClaimed
	notSettled
	failed
	panicked
	kinds
)

// log returns the logger for a line of that kind, which may be one line too many.
func (rc *receiver) log(k kind) *slog.Logger {
	return rc.lines[k].Log(rc.config.Logger, rc.config.Clock.Now())
}

// badBody tells who has proved to be the sender what is wrong with the body: names of members, never their values.
func badBody(w http.ResponseWriter, fault error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(append(appendString([]byte(`{"title":"Bad Request","status":400,"detail":`), line(fault.Error())), '}')) //nolint:gosec // JSON, and said to be
}
