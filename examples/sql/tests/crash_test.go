package tests_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// How much the crash tests do; with USHER_LONG=1 all that is promised.
const (
	crashVisitors = 24
	fewKills      = 6
	manyKills     = 60
	fewStops      = 1
	manyStops     = 6
)

// TestKilled: processes are killed at random moments while visitors write and the endpoint sometimes fails or loses
// its answers. Every message that was answered 2xx is told to the host and answered exactly once, in order, after
// one welcome.
func TestKilled(t *testing.T) {
	processes := map[string]int{"SQLite": 1, "PostgreSQL": 3}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			kills := fewKills
			if long() {
				kills = manyKills
			}
			s := newSiege(t, p, processes[e.name])
			s.begin()
			for n := range kills {
				time.Sleep(time.Duration(50+rand.IntN(450)) * time.Millisecond)
				s.kill(rand.IntN(len(s.children)))
				if n%10 == 9 {
					t.Logf("%d kills, %d messages accepted", n+1, s.accepted.Load())
				}
			}
			s.end()
		})
	}
}

// TestDatabaseCrash: PostgreSQL itself is stopped as by a crash, and started again, in the middle of the load of
// three processes, with the same outcome.
func TestDatabaseCrash(t *testing.T) {
	if server == nil {
		t.Skip("PostgreSQL is not installed")
	}
	stops := fewStops
	if long() {
		stops = manyStops
	}
	s := newSiege(t, engines[1].fresh(t), 3)
	s.begin()
	for range stops {
		time.Sleep(time.Duration(1000+rand.IntN(1000)) * time.Millisecond)
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
		if err := server.Run(serverSettings...); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Second)
	s.end()
}

// siege is a source with its visitors, a host's ear, and the processes that work between them.
type siege struct {
	t        *testing.T
	place    place
	orders   orders
	children []*process
	web      *httptest.Server
	stop     atomic.Bool
	visitors sync.WaitGroup
	accepted atomic.Int64
	refused  atomic.Int64

	mu      sync.Mutex
	sent    map[string][]string // by visitor: texts that were answered 2xx
	told    map[string][]string // by visitor: texts of MessageReceived, each event once
	posts   map[string][]string // by visitor: texts that arrived, each webhook-id once
	seen    map[string]string   // webhook-ids and event ids, with what they were
	repeats int
}

// process is a child.
type process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	addr string // "" = it is not ready
}

func newSiege(t *testing.T, p place, processes int) *siege {
	t.Helper()
	s := &siege{
		t: t, place: p, children: make([]*process, processes),
		sent: map[string][]string{}, told: map[string][]string{}, posts: map[string][]string{}, seen: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook", s.hook)
	mux.HandleFunc("POST /told", s.hear)
	s.web = httptest.NewServer(mux)
	t.Cleanup(s.web.Close)
	s.orders = orders{
		Driver: p.driver, DSN: p.dsn, Prefix: p.prefix, Dialect: p.dialect, Hook: s.web.URL + "/hook", Told: s.web.URL + "/told",
		Secret: webhook.NewSecret().Reveal(), Token: channel.NewToken(),
	}
	for i := range s.children {
		s.children[i] = &process{}
		s.start(s.children[i])
	}
	t.Cleanup(func() {
		for _, c := range s.children {
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait()
		}
	})
	return s
}

// start starts a child; it is ready when it has printed its address.
func (s *siege) start(c *process) {
	s.t.Helper()
	text, err := json.Marshal(s.orders)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	if _, err := cmd.StdinPipe(); err != nil { // it ends with us
		s.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if testing.Verbose() {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	c.mu.Lock()
	c.cmd, c.addr = cmd, ""
	c.mu.Unlock()
	go func() {
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			return // killed before it was ready
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.cmd == cmd {
			c.addr = strings.TrimSpace(line)
		}
	}()
}

// kill kills a child with SIGKILL and starts it again.
func (s *siege) kill(i int) {
	c := s.children[i]
	if err := c.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = c.cmd.Wait()
	s.start(c)
}

// begin lets the visitors write.
func (s *siege) begin() {
	for v := range crashVisitors {
		s.visitors.Go(func() { s.visit(fmt.Sprintf("visitor-%d", v)) })
	}
}

// visit writes messages, each of them again and again until it is answered 2xx.
func (s *siege) visit(visitor string) {
	client := &http.Client{Timeout: 40 * time.Second}
	for n := 1; ; n++ {
		text := fmt.Sprintf("%s says %d", visitor, n)
		body, err := json.Marshal(channel.Inbound{
			Visitor: channel.Visitor{ID: channel.VisitorID(visitor)}, Message: messages.Message{ID: text, Text: text},
		})
		if err != nil {
			panic(err)
		}
		for tries := 0; !s.post(client, body); tries++ {
			if s.stop.Load() && tries > 0 && n > 1 {
				s.mu.Lock() // it may or may not have been recorded
				s.seen["open "+text] = visitor
				s.mu.Unlock()
				return
			}
			s.refused.Add(1)
			time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
		}
		s.accepted.Add(1)
		s.mu.Lock()
		s.sent[visitor] = append(s.sent[visitor], text)
		s.mu.Unlock()
		if s.stop.Load() {
			return
		}
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
	}
}

// post sends a message to one of the children.
func (s *siege) post(client *http.Client, body []byte) bool {
	c := s.children[rand.IntN(len(s.children))]
	c.mu.Lock()
	addr := c.addr
	c.mu.Unlock()
	if addr == "" {
		return false
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+addr+"/shop/messages", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.orders.Token)
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode/100 == 2
}

// hook is the source's endpoint. It fails at times, or takes a post and loses the answer.
func (s *siege) hook(w http.ResponseWriter, r *http.Request) {
	var post struct {
		Type, Challenge string
		Data            struct {
			Visitor string
			Message messages.Message
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&post); err != nil {
		s.t.Error(err)
		return
	}
	if post.Type == "challenge" {
		_, _ = io.WriteString(w, post.Challenge)
		return
	}
	luck := rand.IntN(100)
	if luck < 6 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	s.note(s.posts, r.Header.Get(webhook.HeaderID), post.Data.Visitor, post.Data.Message.Text)
	if luck < 12 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}

// hear is the host's ear. It fails at times too.
func (s *siege) hear(w http.ResponseWriter, r *http.Request) {
	var n note
	if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
		return // the child died while it wrote
	}
	luck := rand.IntN(100)
	if luck < 3 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if n.Type == string(channel.MessageReceived) {
		s.note(s.told, n.ID, n.Visitor, n.Text)
	}
	if luck < 6 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}

// note keeps what arrived for the first time.
func (s *siege) note(list map[string][]string, id, visitor, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what, again := s.seen[id]
	if again {
		if what != text {
			s.t.Errorf("id %s was %q and is %q", id, what, text)
		}
		s.repeats++
		return
	}
	s.seen[id] = text
	list[visitor] = append(list[visitor], text)
}

// end waits until everything is told and answered, and judges.
func (s *siege) end() {
	s.t.Helper()
	s.stop.Store(true)
	s.visitors.Wait()
	deadline := time.Now().Add(90 * time.Second)
	for !s.complete() && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond) // for what should not come
	s.mu.Lock()
	defer s.mu.Unlock()
	for visitor, sent := range s.sent {
		open := s.seen["open "+fmt.Sprintf("%s says %d", visitor, len(sent)+1)] != ""
		s.judge(visitor+" was told", s.told[visitor], sent, open)
		want := []string{"welcome"}
		for _, text := range sent {
			want = append(want, "re "+text)
		}
		s.judge(visitor+" was answered", s.posts[visitor], want, open)
	}
	s.t.Logf("%d messages accepted, %d requests refused or lost, %d repeats of what had arrived", s.accepted.Load(), s.refused.Load(), s.repeats)
	if s.accepted.Load() < 2*crashVisitors {
		s.t.Error("too few messages to prove anything")
	}
}

// judge compares what arrived with what has to. If open, one more may have arrived.
func (s *siege) judge(what string, got, want []string, open bool) {
	if open && len(got) == len(want)+1 {
		got = got[:len(want)]
	}
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			s.t.Errorf("%s: %d things, want %d; the first difference is at %d: got %q, want %q",
				what, len(got), len(want), i, got[i:min(len(got), i+3)], want[i:min(len(want), i+3)])
			return
		}
	}
}

func (s *siege) complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for visitor, sent := range s.sent {
		if len(s.told[visitor]) < len(sent) || len(s.posts[visitor]) < len(sent)+1 {
			return false
		}
	}
	return true
}
