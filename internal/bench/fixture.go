package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
	"golang.org/x/time/rate"
)

const (
	question = "Is my parcel on its way? I ordered it last week and have not heard anything since."
	reply    = "It left our warehouse this morning."
)

var ann = channel.Staff{ID: "ann", Person: messages.Person{FirstName: "Ann", LastName: "Lee"}}

// inboundBody is the JSON that a source posts: message i of visitor v, marked with the worker who waits for it.
func inboundBody(to []byte, v, i int64, worker int) []byte {
	to = append(to, `{"visitor":{"id":"v`...)
	to = strconv.AppendInt(to, v, 10)
	to = append(to, `","first_name":"Zoe","locale":"en"},"message":{"id":"m`...)
	to = strconv.AppendInt(to, i, 10)
	to = append(to, `","text":"`...)
	to = appendMark(to, worker)
	return append(to, question+`"}}`...)
}

// inbound is the same for Receive.
func inbound(v, i int64, worker int) channel.Inbound {
	return channel.Inbound{
		Visitor: channel.Visitor{
			ID:     channel.VisitorID("v" + strconv.FormatInt(v, 10)),
			Person: messages.Person{FirstName: "Zoe"}, Locale: "en",
		},
		Message: messages.Message{
			ID: "m" + strconv.FormatInt(i, 10), Text: string(appendMark(nil, worker)) + question,
		},
	}
}

func appendMark(to []byte, worker int) []byte {
	return append(strconv.AppendInt(append(to, '#'), int64(worker), 10), ' ')
}

// markOf reads the mark at the beginning of a text, -1 if there is none.
func markOf[T string | []byte](text T) int {
	n, i := 0, 1
	if len(text) == 0 || text[0] != '#' {
		return -1
	}
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		n = n*10 + int(text[i]-'0')
	}
	if i == 1 || i == len(text) || text[i] != ' ' {
		return -1
	}
	return n
}

// endpoint is a source's side: it answers challenges and says whose message has arrived.
type endpoint struct {
	arrived func(mark int)
}

func (e *endpoint) handle(body []byte) []byte {
	if _, text, ok := bytes.Cut(body, []byte(`"text":"`)); ok {
		if mark := markOf(text); mark >= 0 && e.arrived != nil {
			e.arrived(mark)
		}
		return nil
	}
	var c struct{ Challenge string }
	if json.Unmarshal(body, &c) != nil {
		return nil
	}
	return []byte(c.Challenge)
}

// ServeHTTP makes it a handler of net/http.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = w.Write(e.handle(buf.Bytes()))
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// hubOptions say what differs between the hubs of the sections.
type hubOptions struct {
	notify    func(ctx context.Context, h *host, e channel.Event) error
	store     channel.Store     // nil = memory
	transport http.RoundTripper // nil = real connections
	client    webhook.Config    // its zero fields are filled in
	channels  []string          // ids
	urls      []string          // of their endpoints, in order; fewer repeat
	run       bool
}

// host is a hub with its channels, at work.
type host struct {
	hub      *channel.Hub
	token    string
	channels []*channel.Channel
	stop     func() error
}

func newHost(ctx context.Context, o hubOptions) (*host, error) {
	c := o.client
	c.AllowHTTP, c.AllowNetworks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c.Rate, c.Transport = rate.Inf, o.transport
	if c.MaxInFlight == 0 {
		c.MaxInFlight, c.MaxInFlightTotal = 64, 1024
	}
	client, err := webhook.NewClient(c)
	if err != nil {
		return nil, err
	}
	h := &host{token: channel.NewToken()}
	h.hub, err = channel.NewHub(channel.HubConfig{
		Webhooks: client, Store: o.store,
		Notify: func(ctx context.Context, e channel.Event) error { return o.notify(ctx, h, e) },
	})
	if err != nil {
		return nil, err
	}
	if err := h.connect(ctx, o.channels, o.urls); err != nil {
		return nil, err
	}
	h.stop = func() error { return nil }
	if o.run {
		h.start(ctx)
	}
	return h, nil
}

// connect connects channels to endpoints, of which fewer repeat.
func (h *host) connect(ctx context.Context, names, urls []string) error {
	for i, id := range names {
		ch, err := h.hub.Connect(ctx, h.settings(id, urls[i%len(urls)]))
		if err != nil {
			return err
		}
		h.channels = append(h.channels, ch)
	}
	return nil
}

func (h *host) settings(id, url string) channel.Settings {
	return channel.Settings{
		ID: id, Source: "App", Name: "Support " + id,
		Webhook: webhook.Endpoint{URL: url, Secrets: []webhook.Secret{webhook.NewSecret()}},
		Tokens:  []string{h.token}, Routing: routing.Staff("ann"), ChannelRate: -1, VisitorRate: -1,
		Messages: messages.Settings{Welcome: messages.AutoReply{Off: true}},
	}
}

// start begins Run; stop ends it.
func (h *host) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.hub.Run(ctx) }()
	h.stop = func() error {
		cancel()
		return <-ended
	}
}

// quiet is a host that does nothing but hear.
func quiet(context.Context, *host, channel.Event) error { return nil }

// answering is a host where staff answers each message at once; what marks it stays at the beginning.
func answering(ctx context.Context, h *host, e channel.Event) error {
	if e.Type != channel.MessageReceived {
		return nil
	}
	ch, ok := h.hub.Channel(e.Channel)
	if !ok {
		return errors.New("unknown channel")
	}
	_, err := ch.Reply(ctx, e.Enquiry.ID, ann, messages.Message{
		ID: "r" + e.Message.ID, Text: string(appendMark(nil, markOf(e.Message.Text))) + reply,
	})
	return err
}

// waiters lets workers wait until what they sent has come out at the other end.
type waiters []chan struct{}

func newWaiters(n int) waiters {
	w := make(waiters, n)
	for i := range w {
		w[i] = make(chan struct{}, 4)
	}
	return w
}

func (w waiters) arrived(mark int) {
	select {
	case w[mark] <- struct{}{}:
	default:
	}
}

var errLate = errors.New("a message did not come out within 30 s")

func (w waiters) wait(mark int) error {
	select {
	case <-w[mark]:
		return nil
	default:
	}
	timer := time.NewTimer(30 * time.Second)
	defer timer.Stop()
	select {
	case <-w[mark]:
		return nil
	case <-timer.C:
		return errLate
	}
}
