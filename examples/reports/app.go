package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// app is the source's endpoint without a network: an http.RoundTripper that answers what the library posts. It
// echoes challenges and takes everything else, but for one visitor, who has deleted the app.
type app struct{}

const goneVisitor = "Rex"

// RoundTrip implements http.RoundTripper.
func (app) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	var post struct {
		Challenge string
		Data      struct{ Visitor string }
	}
	if err := json.Unmarshal(body, &post); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if post.Data.Visitor == goneVisitor {
		status = http.StatusUnprocessableEntity
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Request: r,
		Body: io.NopCloser(bytes.NewReader([]byte(post.Challenge))),
	}, nil
}
