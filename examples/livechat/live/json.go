package live

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// MaxBody bounds what a page may send.
const MaxBody = 256 << 10

// Problem is what a page is told when something did not work. Faults name the field that is wrong.
type Problem struct {
	Error  string  `json:"error"`
	Faults []Fault `json:"faults,omitempty"`
}

// Fault is one thing wrong with what was sent, and where.
type Fault struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Answer writes v as JSON.
func Answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // nothing can be done for a page that has gone
}

// Refuse answers with a Problem.
func Refuse(w http.ResponseWriter, status int, text string, faults ...Fault) {
	Answer(w, status, Problem{Error: text, Faults: faults})
}

// Read reads the JSON that a page has sent into v. When it returns false it has answered.
//
// Only application/json is read: another site's form cannot send that without being asked first, which is one more
// fence beside http.CrossOriginProtection.
func Read(w http.ResponseWriter, r *http.Request, v any) bool {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		Refuse(w, http.StatusUnsupportedMediaType, "the body must be application/json")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		Refuse(w, status, "the body could not be read")
		return false
	}
	if err := json.Unmarshal(body, v); err != nil {
		Refuse(w, http.StatusBadRequest, "the body does not have the form of this request")
		return false
	}
	return true
}

// Faults takes a joined error apart: one fault for each, its path before the first ": ".
func Faults(err error) []Fault {
	switch e := err.(type) { //nolint:errorlint // the tree is walked, nothing is matched
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		var all []Fault
		for _, part := range e.Unwrap() {
			all = append(all, Faults(part)...)
		}
		return all
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil && inner.Error() == err.Error() { // adds nothing of its own
			return Faults(inner)
		}
	}
	path, text, ok := strings.Cut(err.Error(), ": ")
	if !ok || strings.ContainsRune(path, ' ') {
		path, text = "", err.Error()
	}
	return []Fault{{Path: path, Text: text}}
}
