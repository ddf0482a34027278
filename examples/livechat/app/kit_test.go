package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/examples/livechat/app"
	"github.com/usherchat/usher/internal/canary"
)

// program is the whole example on two loopback ports.
type program struct {
	desk, source string
	stop         func() // waits until the program has ended; it also ends with the test
	watch        *canary.Watch
}

func start(t *testing.T, change func(*app.Config)) *program {
	t.Helper()
	watch := canary.New(t) // what visitors write is looked for in the log
	c := app.Config{Desk: listen(t), Source: listen(t), Logger: watch.Logger()}
	if change != nil {
		change(&c)
	}
	a, err := app.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	end := sync.OnceFunc(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the program ended with %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the program does not end")
		}
	})
	t.Cleanup(end)
	p := &program{desk: a.DeskURL(), source: a.SourceURL(), stop: end, watch: watch}
	eventually(t, "the channel is connected", func() bool { return p.client(t).get(p.desk+"/admin/settings", nil) == http.StatusOK })
	return p
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := app.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// eventually waits until something holds that comes about by itself.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it never came about that %s", what)
}

// client is a browser's part: it keeps cookies.
type client struct {
	t    *testing.T
	http *http.Client
}

func (p *program) client(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// do sends a request and reads the JSON of its answer, if that is wanted.
func (c *client) do(method, url string, in, out any) int {
	c.t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			c.t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, url, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			c.t.Fatalf("%s %s: %d %v: %s", method, url, res.StatusCode, err, data)
		}
	}
	return res.StatusCode
}

func (c *client) get(url string, out any) int {
	c.t.Helper()
	return c.do(http.MethodGet, url, nil, out)
}

// must sends a request that has to be answered with that status.
func (c *client) must(status int, method, url string, in, out any) {
	c.t.Helper()
	var raw json.RawMessage
	got := c.do(method, url, in, func() any {
		if status == http.StatusNoContent {
			return nil
		}
		return &raw
	}())
	if got != status {
		c.t.Fatalf("%s %s: got %d %s, want %d", method, url, got, raw, status)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			c.t.Fatal(err)
		}
	}
}

// events reads a stream of server-sent events.
type events struct {
	mu  sync.Mutex
	all []event
}

type event struct {
	name string
	data map[string]any
}

func (c *client) follow(url string) *events {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := c.http.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %v %v", url, res, err)
	}
	e := &events{}
	go func() {
		defer func() { _ = res.Body.Close() }()
		var name string
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch key, value, _ := strings.Cut(lines.Text(), ": "); key {
			case "event":
				name = value
			case "data":
				ev := event{name: name}
				_ = json.Unmarshal([]byte(value), &ev.data) // lists are left out
				e.mu.Lock()
				e.all = append(e.all, ev)
				e.mu.Unlock()
			}
		}
	}()
	return e
}

// find returns the latest event for which ok holds.
func (e *events) find(ok func(event) bool) (event, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range slices.Backward(e.all) {
		if ok(ev) {
			return ev, true
		}
	}
	return event{}, false
}

// texts are the messages of a chat, as "from: text".
func (e *events) texts() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for _, ev := range e.all {
		if m, ok := ev.data["message"].(map[string]any); ok && ev.data["kind"] == "message" {
			text, _ := m["text"].(string)
			all = append(all, ev.data["from"].(string)+": "+text)
		}
	}
	return all
}

// visitor is somebody with a chat.
type visitor struct {
	*client
	base  string
	chat  *events
	watch *canary.Watch
}

func (p *program) visitor(t *testing.T, name, locale string) *visitor {
	t.Helper()
	c := p.client(t)
	var begun struct{ Chat string }
	c.must(http.StatusCreated, http.MethodPost, p.source+"/chats", map[string]string{"name": name, "locale": locale}, &begun)
	v := &visitor{client: c, base: p.source + "/chats/" + begun.Chat, watch: p.watch}
	v.chat = c.follow(v.base + "/stream")
	return v
}

func (v *visitor) write(id, text string) {
	v.t.Helper()
	v.watch.Said(text)
	v.must(http.StatusNoContent, http.MethodPost, v.base+"/messages", map[string]string{"id": id, "text": text}, nil)
}

// staff is somebody at work.
type staff struct {
	*client
	base string
	desk *events
}

func (p *program) staff(t *testing.T, id string) *staff {
	t.Helper()
	c := p.client(t)
	c.must(http.StatusCreated, http.MethodPost, p.desk+"/desk/sessions", map[string]string{"staff": id}, nil)
	s := &staff{client: c, base: p.desk + "/desk/staff/" + id}
	s.desk = c.follow(s.base + "/stream")
	eventually(t, id+" is at work", func() bool { _, ok := s.desk.find(func(e event) bool { return e.name == "all" }); return ok })
	return s
}

// at waits until an enquiry stands at a place on the page, and returns its id.
func (s *staff) at(place, visitor string) string { //nolint:unparam // a test may have more visitors
	s.t.Helper()
	return s.one(visitor+" is "+place, place, func(e event) bool { return e.data["visitor"] == visitor })
}

// any is the enquiry of some visitor that is in that place at the desk: which of
// them ann is offered is up to the rule.
func (s *staff) any(place string) string {
	s.t.Helper()
	return s.one("a visitor is "+place, place, func(e event) bool { return e.data["place"] == place })
}

// one waits until the first of those enquiries is in that place, and returns its id.
func (s *staff) one(what, place string, is func(event) bool) (id string) {
	s.t.Helper()
	eventually(s.t, what, func() bool {
		e, ok := s.desk.find(func(e event) bool { return e.name == "enquiry" && is(e) })
		if ok {
			id, _ = e.data["id"].(string)
		}
		return ok && e.data["place"] == place
	})
	return id
}

func (s *staff) do204(what, id string, body any) {
	s.t.Helper()
	if body == nil {
		body = struct{}{}
	}
	s.must(http.StatusNoContent, http.MethodPost, s.base+"/enquiries/"+id+"/"+what, body, nil)
}

// settings changes the channel's settings as the administrator's page does.
func (p *program) settings(t *testing.T, change func(map[string]any)) {
	t.Helper()
	c := p.client(t)
	var got struct{ Settings map[string]any }
	c.must(http.StatusOK, http.MethodGet, p.desk+"/admin/settings", nil, &got)
	change(got.Settings)
	c.must(http.StatusOK, http.MethodPut, p.desk+"/admin/settings", got.Settings, nil)
}
