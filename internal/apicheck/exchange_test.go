package apicheck_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// exchange is one request and its answer, as they went over the wire.
type exchange struct {
	name string // what it shows
	hook string // the type of an outgoing post; "" for the incoming API

	method, path string
	header       http.Header
	body         []byte

	status       int
	answerHeader http.Header
	answer       []byte

	exempt exemption
}

// exemption says that the hub may differ from the description, for a reason that the case names.
type exemption int

const (
	// none: what the hub accepts is valid, what it calls bad is not.
	none exemption = iota
	// beyond: the fault is described in words, because a schema cannot tell it.
	beyond
	// lenient: the hub takes more than what sources should send.
	lenient
)

// journal is all that went over the wire.
type journal struct {
	mu   sync.Mutex
	list []exchange
}

func (j *journal) add(x exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = append(j.list, x)
}

func (j *journal) all() []exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.list)
}

// mount is where the incoming API is, as in the description's server.
const mount = "/incoming"

// send makes a request of the incoming API and notes the exchange.
func (j *journal) send(client *http.Client, req *http.Request, body []byte, name string, exempt exemption) (exchange, error) {
	resp, err := client.Do(req)
	if err != nil {
		return exchange{}, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return exchange{}, err
	}
	x := exchange{
		name: name, method: req.Method, path: strings.TrimPrefix(req.URL.EscapedPath(), mount), header: req.Header, body: body,
		status: resp.StatusCode, answerHeader: resp.Header, answer: answer, exempt: exempt,
	}
	j.add(x)
	return x, nil
}

// listen notes what is posted to the source's endpoint next.
func (j *journal) listen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answered := httptest.NewRecorder()
		next.ServeHTTP(answered, r)
		var envelope struct{ Type string }
		_ = json.Unmarshal(body, &envelope)
		j.add(exchange{
			name: "post of " + envelope.Type, hook: envelope.Type,
			method: r.Method, path: "/" + envelope.Type, header: r.Header, body: body,
			status: answered.Code, answerHeader: answered.Header(), answer: answered.Body.Bytes(),
		})
		maps.Copy(w.Header(), answered.Header())
		w.WriteHeader(answered.Code)
		_, _ = w.Write(answered.Body.Bytes())
	})
}
