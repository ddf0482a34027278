package channel

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// HubConfig configures a [Hub]. Only Notify is required.
type HubConfig struct {
	// Notify tells the host what happened: at least once, in order per conversation, several conversations at
	// the same time. It may call any method of the library. An error or a panic is retried after 0.5 s doubling
	// to 1 min and holds up only its own conversation; its ctx ends after 10 s.
	Notify func(ctx context.Context, e Event) error

	Store    Store            // nil = NewMemStore()
	Webhooks *webhook.Client  // nil = webhook.NewClient with production defaults and the Clock and Logger below
	Presence routing.Presence // nil = routing.Everyone; see [Attendance]
	Clock    clock.Clock      // nil = the real clock
	Logger   *slog.Logger     // nil = nothing is logged

	// Workers is how many conversations are routed, and how many are told to the host, at the same time; 0 = 256.
	Workers int
	// DrainTimeout is how long Run goes on with work in progress after its ctx ended; 0 = 10 s.
	DrainTimeout time.Duration
	// Observe hears of each piece of work; nil = nobody. It is called synchronously and must not block.
	Observe func(Observation)
}

// Attendance is what a Presence may have beside State: it is told when an enquiry is accepted by a staff member
// or bot, and when it is closed or handed on. [routing.Roster] has it.
type Attendance interface {
	Took(staff string)
	Freed(staff string)
}

// Defaults of HubConfig.
const (
	DefaultWorkers      = 256
	DefaultDrainTimeout = 10 * time.Second
)

// Hub holds the channels of a process and does their work. Make one with [NewHub]; its methods are safe for
// concurrent use.
type Hub struct {
	notify     func(ctx context.Context, e Event) error
	store      Store
	webhooks   *webhook.Client
	presence   routing.Presence
	attendance Attendance // nil without
	clock      clock.Clock
	log        *slog.Logger
	observer   func(Observation)
	engine     engine
	plans      planCache
	offers     offerLoad
	typing     typing

	seen       time.Time // until when the state of channels is known; used by the loop alone
	connecting turns     // one Connect of a channel at a time
	mu         sync.RWMutex
	channels   map[string]*Channel
	sorted     atomic.Pointer[[]*Channel] // channels by id
}

// NewHub checks the configuration and returns a hub that does nothing until [Hub.Run].
func NewHub(c HubConfig) (*Hub, error) {
	var faults []error
	if c.Notify == nil {
		faults = append(faults, errors.New("HubConfig.Notify: is required"))
	}
	if c.Workers < 0 {
		faults = append(faults, errors.New("HubConfig.Workers: must not be negative"))
	}
	if c.DrainTimeout < 0 {
		faults = append(faults, errors.New("HubConfig.DrainTimeout: must not be negative"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, wrap("new hub", "", invalid(err))
	}
	h := &Hub{
		notify: c.Notify, store: c.Store, webhooks: c.Webhooks, presence: c.Presence,
		clock: c.Clock, log: c.Logger, observer: c.Observe, channels: map[string]*Channel{},
	}
	if h.clock == nil {
		h.clock = clock.New()
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	} else {
		h.log = slog.New(quietHandler{h.log.Handler()})
	}
	if h.store == nil {
		h.store = NewMemStore()
	}
	if h.presence == nil {
		h.presence = routing.Everyone
	}
	h.attendance, _ = h.presence.(Attendance)
	if h.webhooks == nil {
		client, err := webhook.NewClient(webhook.Config{Clock: h.clock, Logger: h.log})
		if err != nil {
			return nil, wrap("new hub", "", err)
		}
		h.webhooks = client
	}
	h.engine.init(h, c.Workers, c.DrainTimeout)
	h.sorted.Store(&[]*Channel{})
	return h, nil
}

// Channel returns the connected channel with that id.
func (h *Hub) Channel(id string) (*Channel, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	ch, ok := h.channels[id]
	return ch, ok
}

// Channels yields the connected channels by id.
func (h *Hub) Channels() iter.Seq[*Channel] { return slices.Values(*h.sorted.Load()) }

// Disconnect makes this process stop working for the channel. What is recorded stays; another process, or a
// later Connect, goes on with it. It reports whether the channel was connected. Methods of the [Channel] go on
// to record.
func (h *Hub) Disconnect(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch, ok := h.channels[id]
	if ok {
		ch.gone.Store(true)
		delete(h.channels, id)
		h.sort()
	}
	return ok
}

// sort renews the list of channels; h.mu is locked.
func (h *Hub) sort() {
	ids := slices.Sorted(maps.Keys(h.channels))
	list := make([]*Channel, 0, len(ids))
	for _, id := range ids {
		list = append(list, h.channels[id])
	}
	h.sorted.Store(&list)
}

// Wake says that presence may have changed: waiting enquiries are looked at now. Run also looks by itself every
// two seconds, and when an enquiry is closed.
func (h *Hub) Wake() { h.engine.wakeWaiting() }

// Enquiry returns an enquiry of any channel of the Store.
func (h *Hub) Enquiry(ctx context.Context, id EnquiryID) (Enquiry, error) {
	e, err := h.enquiry(ctx, id)
	if err != nil {
		return Enquiry{}, wrap("enquiry", "", err)
	}
	return *e, nil
}

// enquiry reads an enquiry.
func (h *Hub) enquiry(ctx context.Context, id EnquiryID) (*Enquiry, error) {
	in := id.Conversation()
	if in == "" {
		return nil, ErrNotFound
	}
	var found *Enquiry
	err := h.store.Update(ctx, in, conversation.Look{Enquiry: id}, func(c *conversation.Conversation) error {
		e, err := c.Find(id)
		found = e
		return err
	})
	return found, err
}

// Enquiries yields the enquiries of all channels of the Store, newest first.
func (h *Hub) Enquiries(ctx context.Context, q Query) iter.Seq2[Enquiry, error] {
	return wrapped("enquiries", "", h.store.Enquiries(ctx, q))
}

// wrapped puts the errors of a stream into an Error.
func wrapped[T any](op, channel string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if !yield(v, wrap(op, channel, err)) {
				return
			}
		}
	}
}
