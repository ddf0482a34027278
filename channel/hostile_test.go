package channel_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// peril is a hub at work whose channels post to endpoints on sockets, in real time.
type peril struct {
	t     *testing.T
	store channel.Store
	hub   *channel.Hub
	stop  func()

	mu   sync.Mutex
	sent map[channel.MessageID]chan struct{} // closed when the host is told that the endpoint took the message
}

func newPeril(t *testing.T, store channel.Store) *peril {
	t.Helper()
	p := &peril{t: t, store: store, sent: map[channel.MessageID]chan struct{}{}}
	config := webhooktest.Start(t, webhooktest.Config{}).Client() // what all endpoints of the test are reached by
	config.Timeout, config.HeaderTimeout = time.Second, time.Second
	client, err := webhook.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	p.hub, err = channel.NewHub(channel.HubConfig{Store: store, Webhooks: client, DrainTimeout: 5 * time.Second, Notify: p.notify})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.hub.Run(ctx) }()
	p.stop = func() {
		t.Helper()
		cancel()
		begun := time.Now()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if took := time.Since(begun); took > 5*time.Second+time.Second {
			t.Errorf("Run ended after %v", took)
		}
		client.CloseIdleConnections()
	}
	return p
}

func (p *peril) notify(_ context.Context, e channel.Event) error {
	if e.Type == channel.MessageSent {
		close(p.told(e.MessageID))
	}
	return nil
}

// told is closed when the message was sent.
func (p *peril) told(id channel.MessageID) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent[id] == nil {
		p.sent[id] = make(chan struct{})
	}
	return p.sent[id]
}

// connect connects a channel whose endpoint answers its challenge well.
func (p *peril) connect(id string, e webhook.Endpoint) *channel.Channel {
	p.t.Helper()
	ch, err := p.hub.Connect(p.t.Context(), channel.Settings{
		ID: id, Source: "App", Name: "Support", Webhook: e, Routing: routing.Staff("ann"),
		Messages: messages.Settings{Welcome: messages.AutoReply{Off: true}, Away: messages.AutoReply{Off: true}},
	})
	if err != nil {
		p.t.Fatal(id, err)
	}
	return ch
}

// ask lets a visitor write, and a reply be written.
func (p *peril) ask(ch *channel.Channel, visitor, id string) channel.MessageID {
	p.t.Helper()
	got, err := ch.Receive(p.t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: channel.VisitorID(visitor)}, Message: messages.Message{ID: id, Text: "hello"},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	msg, err := ch.Reply(p.t.Context(), got.Enquiry, ann, messages.Message{ID: id, Text: "hi"})
	if err != nil {
		p.t.Fatal(err)
	}
	return msg
}

func secured(t *testing.T) *webhooktest.Endpoint {
	t.Helper()
	return webhooktest.Start(t, webhooktest.Config{Secrets: []webhook.Secret{webhook.NewSecret()}})
}

// p99 measures, over healthy channels one reply after the other, from Reply to when the host is told that it was sent.
func (p *peril) p99(healthy []*channel.Channel, phase string) time.Duration {
	p.t.Helper()
	var took []time.Duration
	pace := time.NewTicker(4 * time.Millisecond)
	defer pace.Stop()
	for i := range 300 {
		<-pace.C
		begun := time.Now()
		id := p.ask(healthy[i%len(healthy)], "v"+strconv.Itoa(i%10), phase+strconv.Itoa(i))
		select {
		case <-p.told(id):
		case <-time.After(10 * time.Second):
			p.t.Fatalf("%s: a reply in a healthy channel was not sent", phase)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)*99/100-1]
}

// TestHostileEndpoints has a channel for each hostile answer, with new visitors who are replied to all the time, beside
// four healthy channels. These are served as soon as without the others, and nothing is lost: no goroutine, no place. p99 is taken as
// the best of three phases, because the machine has other things to do, with 10 ms for its scheduler.
func TestHostileEndpoints(t *testing.T) { //nolint:paralleltest // counts goroutines and time
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	before := runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) { //nolint:paralleltest // its end is waited for
		p := newPeril(t, channel.NewMemStore())
		var healthy []*channel.Channel
		for i := range 4 {
			healthy = append(healthy, p.connect("healthy"+strconv.Itoa(i), secured(t).Webhook()))
		}
		best := func(name string) time.Duration {
			return min(p.p99(healthy, name+"a"), p.p99(healthy, name+"b"), p.p99(healthy, name+"c"))
		}
		alone := best("alone")
		var hostile []*channel.Channel
		for i, e := range hostileProcess(t) {
			hostile = append(hostile, p.connect("hostile"+strconv.Itoa(i), e))
		}
		stop, stopped := make(chan struct{}), make(chan int)
		go func() {
			n := 0
			defer func() { stopped <- n }()
			for pace := time.NewTicker(2 * time.Millisecond); ; n++ {
				select {
				case <-pace.C:
					p.ask(hostile[n%len(hostile)], "v"+strconv.Itoa(n/len(hostile)), "1")
				case <-stop:
					pace.Stop()
					return
				}
			}
		}()
		beside := best("beside")
		close(stop)
		t.Logf("%d messages in %d hostile channels: p99 %v alone, %v beside them", <-stopped, len(hostile), alone, beside)
		if beside > 2*alone+10*time.Millisecond {
			t.Errorf("p99 is %v beside hostile endpoints, %v without", beside, alone)
		}
		p.stop()
		for _, ch := range append(hostile, healthy...) {
			id := ch.ID()
			if route, notify, post := p.hub.Places(id); route != 256 || notify != 256 || post != 16 {
				t.Errorf("%s: %d places to route, %d to tell and %d to post are left", id, route, notify, post)
			}
		}
	})
	settled(t, before)
}

// hostileEnv makes the test binary a process of hostile endpoints, so that what they burn is not the hub's time.
const hostileEnv = "USHER_TEST_HOSTILE"

// TestHostileProcess is that process: an endpoint for each answer, which answers its challenge well.
func TestHostileProcess(t *testing.T) { //nolint:paralleltest // a process of its own
	if os.Getenv(hostileEnv) == "" {
		t.Skip("is begun by TestHostileEndpoints")
	}
	for _, h := range webhooktest.HostileAnswers() {
		endpoint := secured(t)
		fmt.Println(hostileEnv, endpoint.URL(), endpoint.Webhook().Secrets[0].Reveal())
		go func() {
			if endpoint.Wait(t.Context(), 1) {
				endpoint.Always(h.Step)
			}
		}()
	}
	fmt.Println(hostileEnv)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent ends
	os.Exit(0)                           // not to wait for what the endpoints hold
}

// hostileProcess starts the process and returns its endpoints.
func hostileProcess(t *testing.T) []webhook.Endpoint {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHostileProcess$")
	cmd.Env = append(os.Environ(), hostileEnv+"=1")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var all []webhook.Endpoint
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch f := strings.Fields(lines.Text()); {
		case len(f) == 3 && f[0] == hostileEnv:
			all = append(all, webhook.Endpoint{URL: f[1], Secrets: []webhook.Secret{webhook.Secret(f[2])}})
		case len(f) == 1 && f[0] == hostileEnv:
			return all
		}
	}
	t.Fatal("the process of hostile endpoints ended")
	return nil
}

// settled waits until no more goroutines are left than there were.
func settled(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestHostileAnswerOutlivesRun: what is due at an endpoint that answers rubbish ends no process, now or after a restart,
// and is posted once the endpoint is mended.
func TestHostileAnswerOutlivesRun(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	for _, line := range []string{"HTTP/1.1 000 Nonsense", "HTTP/1.1 001 Nonsense", "HTTP/1.1 101 Switching Protocols"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			store, endpoint := channel.NewMemStore(), secured(t)
			p := newPeril(t, store)
			ch := p.connect("shop", endpoint.Webhook())
			endpoint.Always(webhooktest.StatusLine(line))
			id := p.ask(ch, "v", "1")
			if !endpoint.Wait(t.Context(), 2) { // the challenge and an attempt
				t.Fatal("no attempt was made")
			}
			p.stop()
			p = newPeril(t, store)
			p.connect("shop", endpoint.Webhook())
			endpoint.Always(webhooktest.Status(204))
			select {
			case <-p.told(id):
			case <-time.After(20 * time.Second):
				t.Error("the message was not sent after the endpoint was mended")
			}
			p.stop()
		})
	}
}

// TestSwitchingProtocols: sixteen visitors of sixteen channels whose endpoints answer 101 take no place from others.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	p := newPeril(t, channel.NewMemStore())
	healthy := p.connect("healthy", secured(t).Webhook())
	for i := range 16 {
		endpoint := secured(t)
		ch := p.connect("hostile"+strconv.Itoa(i), endpoint.Webhook())
		endpoint.Always(webhooktest.StatusLine("HTTP/1.1 101 Switching Protocols"))
		for v := range 16 {
			p.ask(ch, "v"+strconv.Itoa(v), "1")
		}
	}
	for i := range 20 {
		begun := time.Now()
		id := p.ask(healthy, "v", fmt.Sprint("m", i))
		<-p.told(id)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("a reply in the healthy channel took %v", took)
		}
	}
	p.stop()
}
