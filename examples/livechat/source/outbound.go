package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// pauses are those between attempts at the incoming API. A person is waiting, so there are few of them; when they are
// used up the page offers to send again. A source that must not lose anything keeps its messages and goes on.
var pauses = []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

const longestPause = 5 * time.Second

// apiError is an answer of the incoming API that is not 2xx.
type apiError struct {
	status int
	detail string
	after  time.Duration // Retry-After
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.detail) }

// send posts to the incoming API until it is taken. The message's id makes that safe: what was taken before is a
// duplicate and nothing happens twice.
func (s *Source) send(ctx context.Context, resource string, body any) error {
	for attempt := 0; ; attempt++ {
		err := s.post(ctx, resource, body)
		if err == nil || attempt == len(pauses) {
			return err
		}
		pause := pauses[attempt]
		if e, ok := errors.AsType[*apiError](err); ok {
			if e.status != http.StatusTooManyRequests && e.status < http.StatusInternalServerError {
				return err // the same again would be refused again
			}
			if e.after > longestPause {
				return err // it has asked us not to come sooner, and nobody waits that long
			}
			pause = max(pause, e.after)
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// post makes one attempt.
func (s *Source) post(ctx context.Context, resource string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.API+"/"+resource, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.config.Token)
	res, err := s.config.Client.Do(req)
	if err != nil {
		return errors.New("the chat backend cannot be reached")
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return errors.New("the chat backend's answer broke off")
	}
	if res.StatusCode/100 == 2 {
		return nil
	}
	problem := struct{ Detail string }{}
	_ = json.Unmarshal(answer, &problem) // without a detail the status has to do
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return &apiError{status: res.StatusCode, detail: problem.Detail, after: time.Duration(seconds) * time.Second}
}
