package channel

import (
	"cmp"
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
	"github.com/usherchat/usher/internal/intake"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// HubConfig configures a [Hub]. Only Notify is required.
type HubConfig struct {
	// Notify tells the host what happened. The hub calls it at least once for each event, in order within a
	// conversation, and for several conversations at the same time. Notify may call any method of the library. After
	// an error or a panic the hub calls it again, after 0.5 s doubling to 1 min; later events of that conversation
	// wait meanwhile. Its ctx ends after 10 s. Required.
	Notify func(ctx context.Context, e Event) error

	Store    Store            // nil = NewMemStore()
	Webhooks *webhook.Client  // nil = webhook.NewClient with production defaults and the Clock and Logger below
	Presence routing.Presence // nil = routing.Everyone; see [Attendance]
	Clock    clock.Clock      // nil = the real clock
	Logger   *slog.Logger     // nil = no log; of requests that could not be recorded, at most ten lines in 10 s per channel

	// Workers is the most Routers, and also the most calls of Notify, that run at the same time; 0 = 256.
	Workers int
	// DrainTimeout is how long Run goes on with work in progress after its ctx ended; 0 = 10 s.
	DrainTimeout time.Duration
	// ReadTimeout is how long, in real time, the body of a request to the incoming API may take to arrive; 0 = 10 s,
	// negative = only the host's server bounds it. A shorter ReadTimeout of the http.Server stays. The hub replaces
	// deadlines that other handlers of the host set before.
	ReadTimeout time.Duration
	// MaxUnverified is the most bytes, over all channels, that bodies of signed requests take in memory before their
	// signatures are verified; 0 = 8 MiB, negative = no bound. The first 4 KiB of each body are not counted, and
	// requests with a token are not. When the bytes are used up, the oldest of these bodies is answered 503 with
	// Retry-After.
	MaxUnverified int64
	// Observe gets each piece of work that was done; nil = no observer. The hub calls it synchronously: it must not
	// block.
	Observe func(Observation)
}

// Attendance is optional for a Presence. If HubConfig.Presence implements it, as [routing.Roster] does, the hub tells it
// when a staff member or bot begins and ends to handle an enquiry. Calls come from several goroutines.
type Attendance interface {
	Took(staff string)  // staff accepted an enquiry
	Freed(staff string) // the enquiry was closed, or another accepted it
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

	readTimeout time.Duration  // of a request's body
	unverified  *intake.Budget // of bodies

	seen       time.Time // until when the state of channels is known; used by the loop alone
	connecting idLocks   // one Connect of a channel at a time
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
	if c.MaxUnverified > 0 && c.MaxUnverified < maxRequest {
		faults = append(faults, errors.New("HubConfig.MaxUnverified: less than 1 MiB, which one request may have"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, wrap("new hub", "", invalid(err))
	}
	h := &Hub{
		notify: c.Notify, store: c.Store, webhooks: c.Webhooks, presence: c.Presence,
		clock: c.Clock, log: c.Logger, observer: c.Observe, channels: map[string]*Channel{},
		unverified: intake.NewBudget(c.MaxUnverified, maxRequest), readTimeout: cmp.Or(c.ReadTimeout, intake.DefaultTimeout),
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

// Disconnect makes this process stop working for the channel, and reports whether the channel was connected. All that is
// recorded stays; another process, or a later Connect, goes on with it. Methods of the [Channel] still record.
func (h *Hub) Disconnect(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch, ok := h.channels[id]
	if ok {
		ch.disconnected.Store(true)
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

// Wake says that presence may have changed: Run routes waiting enquiries again, now. Run also does so by itself every two
// seconds, and when an enquiry is closed. Without Run, Wake does nothing.
func (h *Hub) Wake() { h.engine.wakeWaiting() }

// Enquiry returns an enquiry of any channel of the Store, connected or not. [ErrNotFound] for an unknown one.
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

// Enquiries yields the enquiries of all channels of the Store, newest first. It stops after an error, which it yields.
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
