package channel

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/usherchat/usher/internal/intake"
	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/webhook"
)

// Limits of the incoming API.
const (
	maxRequest       = 1 << 20 // bytes of a body
	signatureWindow  = 300 * time.Second
	crowdedSeconds   = 1  // Retry-After while too many send that are not known yet
	suspendedSeconds = 60 // Retry-After while a channel is suspended
	storeSeconds     = 5  // Retry-After when the Store fails
)

// Handler returns the incoming API of all connected channels: POST /{channel}/messages, /{channel}/receipts and
// /{channel}/typing. Mount it with http.StripPrefix.
//
// A request carries "Authorization: Bearer <token>" with one of the channel's tokens, or is signed as Standard
// Webhooks by one of the endpoint's secrets. A message is answered 202 {"enquiry","message","duplicate":false}, a
// duplicate 200, a receipt and typing 204. A 2xx is sent only after the Store has recorded the request. Faults are
// application/problem+json (RFC 9457): 400, 401, 404, 405, 408, 413, 415, 429 and 503 with Retry-After.
//
// Bodies are read exactly. Refused are bytes that are not UTF-8, half of a surrogate pair, a name that an object has
// twice, and more than 512 levels. Upper and lower case differ in names. Unknown names and a byte-order mark are ignored.
//
// If the headers are at fault (path, method, token, form and time of a signature, type, length), the handler refuses the
// request before it reads the body, and closes the connection (on HTTP/2 the stream). A body has to arrive within
// [HubConfig].ReadTimeout. Signed bodies share [HubConfig].MaxUnverified until they are verified. Only the host's server
// can bound the time before the headers have arrived: see ReadHeaderTimeout of [http.Server].
func (h *Hub) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = intake.Begin(w, r, h.readTimeout)
		id, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		ch, ok := h.Channel(id)
		if !ok {
			_, _ = refuse(w, r, http.StatusNotFound, "no such channel")
			return
		}
		ch.serve(w, r, rest)
	})
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// serve answers one request to the channel.
func (c *Channel) serve(w http.ResponseWriter, r *http.Request, resource string) {
	begun := c.now()
	var status int
	var refused error
	err := c.hub.contain("request", c.id, func() error {
		status, refused = c.answer(w, r, resource)
		return nil
	})
	if err != nil { // a Store that panicked
		w.Header().Set("Retry-After", strconv.Itoa(storeSeconds))
		status, _ = problem(w, http.StatusServiceUnavailable, "nothing is known of what was recorded; try again")
	} else {
		err = refused
	}
	c.hub.observe(Observation{Op: "request", Channel: c.id, Took: c.now().Sub(begun), Status: status, Err: err})
}

func (c *Channel) answer(w http.ResponseWriter, r *http.Request, resource string) (int, error) {
	var apply func(w http.ResponseWriter, r *http.Request, body []byte) (int, error)
	switch kind, below, _ := strings.Cut(resource, "/"); {
	case kind == "messages" && below != "":
		w.Header().Set("Allow", "")
		return refuse(w, r, http.StatusMethodNotAllowed, "messages cannot be edited or deleted")
	case resource == "messages":
		apply = c.postMessage
	case resource == "receipts":
		apply = c.postReceipt
	case resource == "typing":
		apply = c.postTyping
	default:
		return refuse(w, r, http.StatusNotFound, "use messages, receipts or typing")
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		detail := "use POST"
		if resource == "messages" && r.Method != http.MethodGet && r.Method != http.MethodHead {
			detail = "messages cannot be edited or deleted; use POST for a new one"
		}
		return refuse(w, r, http.StatusMethodNotAllowed, detail)
	}
	signed := r.Header.Get(webhook.HeaderSignature) != ""
	if signed && webhook.CheckHeader(r.Header, c.now(), signatureWindow) != nil || !signed && !c.authorized(r) {
		return c.unauthorized(w, r)
	}
	if detail := wrongType(r.Header); detail != "" {
		return refuse(w, r, http.StatusUnsupportedMediaType, detail)
	}
	var budget *intake.Budget // a token has shown who sends
	if signed {
		budget = c.hub.unverified
	}
	body, err := budget.Read(w, r, maxRequest)
	if err != nil {
		return unread(w, r, err)
	}
	defer body.Close()
	if signed && webhook.Verify(c.settings.Load().Webhook.Secrets, r.Header, body.Bytes(), c.now(), signatureWindow) != nil {
		return c.unauthorized(w, r)
	}
	body.Known()
	return apply(w, r, body.Bytes())
}

// unread answers a request whose body was not read, for one of intake's errors.
func unread(w http.ResponseWriter, r *http.Request, err error) (int, error) {
	switch {
	case errors.Is(err, intake.ErrTooLarge):
		return refuse(w, r, http.StatusRequestEntityTooLarge, "the body must not be larger than 1 MiB")
	case errors.Is(err, intake.ErrTooSlow):
		return refuse(w, r, http.StatusRequestTimeout, "the body came too slowly")
	case errors.Is(err, intake.ErrNoRoom):
		w.Header().Set("Retry-After", strconv.Itoa(crowdedSeconds))
		return refuse(w, r, http.StatusServiceUnavailable, "too many requests at once that are not verified yet; use a token, or try again")
	default:
		return refuse(w, r, http.StatusBadRequest, "the body could not be read")
	}
}

// tokenKey is a token as it is compared: hashed, so that comparing takes the same time whatever its length.
type tokenKey [sha256.Size]byte

func tokenKeys(tokens []string) *[]tokenKey {
	keys := make([]tokenKey, 0, len(tokens))
	for _, t := range tokens {
		keys = append(keys, sha256.Sum256([]byte(t)))
	}
	return &keys
}

// authorized checks the bearer token in constant time.
func (c *Channel) authorized(r *http.Request) bool {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) != 1 {
		return false
	}
	got := sha256.Sum256([]byte(strings.TrimSpace(token)))
	good := 0
	for _, key := range *c.keys.Load() {
		good |= subtle.ConstantTimeCompare(got[:], key[:])
	}
	return good == 1
}

func (c *Channel) unauthorized(w http.ResponseWriter, r *http.Request) (int, error) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="usher"`)
	return refuse(w, r, http.StatusUnauthorized, "give one of the channel's access tokens, or a valid signature")
}

func (c *Channel) postMessage(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	in, err := readExact(body, readInbound)
	if err != nil {
		return problem(w, http.StatusBadRequest, err.Error())
	}
	visitor := in.Visitor.ID
	if checkVisitorID(visitor) != nil {
		visitor = "" // refused below, and not to be remembered
	}
	if wait := c.limits.message(visitor, c.now()); wait > 0 {
		return tooMany(w, wait, "too many messages")
	}
	accepted, err := c.Receive(r.Context(), in)
	if err != nil {
		return c.fault(w, err)
	}
	status := http.StatusAccepted
	if accepted.Duplicate {
		status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	var out [256]byte
	b := append(out[:0], `{"enquiry":"`...)
	b = append(b, accepted.Enquiry...)
	b = append(b, `","message":"`...)
	b = append(b, accepted.Message...)
	b = append(b, `","duplicate":`...)
	b = strconv.AppendBool(b, accepted.Duplicate)
	_, _ = w.Write(append(b, "}\n"...))
	return status, nil
}

func (c *Channel) postReceipt(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	in, err := readExact(body, readReceipt)
	if err != nil {
		return problem(w, http.StatusBadRequest, err.Error())
	}
	if wait := c.limits.receipt(c.now()); wait > 0 {
		return tooMany(w, wait, "too many receipts")
	}
	return c.noContent(w, c.Receipt(r.Context(), in))
}

func (c *Channel) postTyping(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	visitor, err := readExact(body, readTyping)
	if err == nil {
		err = checkID("visitor", string(visitor))
	}
	if err != nil {
		return problem(w, http.StatusBadRequest, err.Error())
	}
	if wait := c.limits.typing(visitor, c.now()); wait > 0 {
		return tooMany(w, wait, "too much typing")
	}
	return c.noContent(w, c.Typing(r.Context(), visitor))
}

// tooMany says when there will be a place again, in whole seconds.
func tooMany(w http.ResponseWriter, wait time.Duration, detail string) (int, error) {
	w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	return problem(w, http.StatusTooManyRequests, detail)
}

func (c *Channel) noContent(w http.ResponseWriter, err error) (int, error) {
	if err != nil {
		return c.fault(w, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return http.StatusNoContent, nil
}

// fault answers an error of a method.
func (c *Channel) fault(w http.ResponseWriter, err error) (int, error) {
	switch {
	case errors.Is(err, ErrInvalid):
		cause := err
		if e, ok := errors.AsType[*Error](err); ok {
			cause = e.Err
		}
		return problem(w, http.StatusBadRequest, cause.Error())
	case errors.Is(err, ErrNotFound):
		return problem(w, http.StatusNotFound, "not known to this channel")
	case errors.Is(err, ErrSuspended):
		w.Header().Set("Retry-After", strconv.Itoa(suspendedSeconds))
		return problem(w, http.StatusServiceUnavailable, "the channel is suspended")
	case errors.Is(err, context.Canceled):
		w.Header().Set("Retry-After", strconv.Itoa(storeSeconds))
		return problem(w, http.StatusServiceUnavailable, "the request was given up")
	default:
		c.failed.Log(c.hub.log, c.now()).Error("recording a request failed", channelAttr(c.id), errorAttr(err))
		w.Header().Set("Retry-After", strconv.Itoa(storeSeconds))
		status, _ := problem(w, http.StatusServiceUnavailable, "nothing was recorded; try again")
		return status, err
	}
}

// refuse is problem for a sender that is not known, or whose body was not read.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) (int, error) {
	intake.Refuse(w, r)
	return problem(w, status, detail)
}

// problem answers as RFC 9457 says. The detail holds nothing secret.
func problem(w http.ResponseWriter, status int, detail string) (int, error) {
	body, _ := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": printable.CutLines(detail, 2000),
	})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
	return status, nil
}
