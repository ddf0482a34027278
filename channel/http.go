package channel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/webhook"
)

// Limits of the incoming API.
const (
	maxRequest       = 1 << 20 // bytes of a body
	maxPooled        = 64 << 10
	readTimeout      = 10 * time.Second // of a body, real time
	signatureWindow  = 300 * time.Second
	suspendedSeconds = 60 // Retry-After while a channel is suspended
	storeSeconds     = 5  // Retry-After when the Store fails
)

// Handler returns the incoming API of all connected channels: POST /{channel}/messages, /{channel}/receipts and
// /{channel}/typing. Mount it with http.StripPrefix.
//
// A request carries "Authorization: Bearer <token>" with one of the channel's tokens, or is signed as Standard
// Webhooks by one of the endpoint's secrets. A message is answered 202 {"enquiry","message","duplicate":false},
// a repeat 200, a receipt and typing 204. Faults are application/problem+json (RFC 9457): 400, 401, 404, 405,
// 413, 415, 429 and 503 with Retry-After. 2xx is sent only after the Store has it.
func (h *Hub) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		ch, ok := h.Channel(id)
		if !ok {
			_, _ = problem(w, http.StatusNotFound, "no such channel")
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
		return problem(w, http.StatusMethodNotAllowed, "messages cannot be edited or deleted")
	case resource == "messages":
		apply = c.postMessage
	case resource == "receipts":
		apply = c.postReceipt
	case resource == "typing":
		apply = c.postTyping
	default:
		return problem(w, http.StatusNotFound, "use messages, receipts or typing")
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		detail := "use POST"
		if resource == "messages" && r.Method != http.MethodGet && r.Method != http.MethodHead {
			detail = "messages cannot be edited or deleted; use POST for a new one"
		}
		return problem(w, http.StatusMethodNotAllowed, detail)
	}
	signed := r.Header.Get(webhook.HeaderSignature) != ""
	if !signed && !c.authorized(r) {
		return c.unauthorized(w)
	}
	if !isJSON(r) {
		return problem(w, http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooled {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	if status, detail := readBody(w, r, buf); status != 0 {
		return problem(w, status, detail)
	}
	if signed && webhook.Verify(c.settings.Load().Webhook.Secrets, r.Header, buf.Bytes(), c.now(), signatureWindow) != nil {
		return c.unauthorized(w)
	}
	return apply(w, r, buf.Bytes())
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads a body of at most maxRequest bytes within the read deadline.
func readBody(w http.ResponseWriter, r *http.Request, buf *bytes.Buffer) (int, string) {
	const tooLarge = "the body must not be larger than 1 MiB"
	if r.ContentLength > maxRequest {
		return http.StatusRequestEntityTooLarge, tooLarge
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout)) //nolint:forbidigo // bounds I/O: real time
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, maxRequest)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return http.StatusRequestEntityTooLarge, tooLarge
		}
		return http.StatusBadRequest, "the body could not be read"
	}
	return 0, ""
}

func isJSON(r *http.Request) bool {
	ct := r.Header.Get("Content-Type")
	if ct == "application/json" || ct == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(ct)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
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

func (c *Channel) unauthorized(w http.ResponseWriter) (int, error) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="usher"`)
	return problem(w, http.StatusUnauthorized, "give one of the channel's access tokens, or a valid signature")
}

func (c *Channel) postMessage(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	var in Inbound
	if err := decode(body, &in); err != nil {
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
		return c.refuse(w, err)
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
	var in Receipt
	if err := decode(body, &in); err != nil {
		return problem(w, http.StatusBadRequest, err.Error())
	}
	if wait := c.limits.receipt(c.now()); wait > 0 {
		return tooMany(w, wait, "too many receipts")
	}
	return c.noContent(w, c.Receipt(r.Context(), in))
}

func (c *Channel) postTyping(w http.ResponseWriter, r *http.Request, body []byte) (int, error) {
	var in struct {
		Visitor VisitorID `json:"visitor"`
	}
	if err := decode(body, &in); err != nil {
		return problem(w, http.StatusBadRequest, err.Error())
	}
	if err := checkVisitorID(in.Visitor); err != nil {
		return problem(w, http.StatusBadRequest, strings.Replace(err.Error(), "visitor.id", "visitor", 1))
	}
	if wait := c.limits.typing(in.Visitor, c.now()); wait > 0 {
		return tooMany(w, wait, "too much typing")
	}
	return c.noContent(w, c.Typing(r.Context(), in.Visitor))
}

// tooMany says when there will be a place again, in whole seconds.
func tooMany(w http.ResponseWriter, wait time.Duration, detail string) (int, error) {
	w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	return problem(w, http.StatusTooManyRequests, detail)
}

func (c *Channel) noContent(w http.ResponseWriter, err error) (int, error) {
	if err != nil {
		return c.refuse(w, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return http.StatusNoContent, nil
}

// refuse answers an error of a method.
func (c *Channel) refuse(w http.ResponseWriter, err error) (int, error) {
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
		c.hub.log.Error("recording a request failed", channelAttr(c.id), errorAttr(err))
		w.Header().Set("Retry-After", strconv.Itoa(storeSeconds))
		status, _ := problem(w, http.StatusServiceUnavailable, "nothing was recorded; try again")
		return status, err
	}
}

// decode reads exactly one JSON value.
func decode(body []byte, to any) error {
	if err := json.Unmarshal(body, to); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return errors.New(wrong.Field + ": wrong type, " + wrong.Value)
		}
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return errors.New("the body is not JSON, at byte " + strconv.FormatInt(syntax.Offset, 10))
		}
		return errors.New("the body does not have the form of a request")
	}
	return nil
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
