package channel

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Times of verifying again.
const (
	firstVerify = 30 * time.Second // doubling
	lastVerify  = 10 * time.Minute
)

// verification is when an endpoint that did not answer is challenged again.
type verification struct {
	mu    sync.Mutex
	at    time.Time
	tries int
	busy  bool
}

// Connect checks the settings and returns all faults at once ([ErrInvalid]), challenges the endpoint, and registers the
// channel in this process. A second Connect with the same ID replaces the settings while enquiries are live. It keeps the
// counters of percentages and groups where the rule is the same.
//
// The Store keeps a proof of each URL that has answered, with its secrets. Connect does not challenge a URL that was
// proved with at least one of the present secrets. So secrets rotate [old] → [new, old] → [new] without a challenge, and
// a restart does not depend on the endpoint.
//
// If the challenge fails and no URL of the channel was ever proved, Connect returns [webhook.ErrChallenge] and registers
// nothing. If an earlier URL was proved, Connect registers the channel and returns it together with ErrChallenge: the
// channel receives and routes, and holds its posts. Run challenges it again after 30 s, doubling to 10 min.
func (h *Hub) Connect(ctx context.Context, s Settings) (*Channel, error) {
	s = s.clone()
	t, plan, err := s.terms()
	if s.Webhook.URL != "" {
		if e := h.webhooks.Check(s.Webhook); e != nil && !errors.Is(err, e) {
			err = errors.Join(err, fmt.Errorf("Settings.Webhook: %w", e))
		}
	}
	if err != nil {
		return nil, wrap("connect", s.ID, invalid(err))
	}
	defer h.connecting.lock(s.ID)()
	state, err := h.channelState(ctx, s.ID)
	if err != nil {
		return nil, wrap("connect", s.ID, err)
	}
	proved := proves(state, s.Webhook)
	var failed error
	if !proved {
		failed = h.challenge(ctx, s.ID, s.Webhook)
		if failed != nil && (len(state.Proofs) == 0 || ctx.Err() != nil) {
			return nil, wrap("connect", s.ID, failed)
		}
	}
	if failed == nil {
		if state, err = h.prove(ctx, s, t, state); err != nil {
			return nil, wrap("connect", s.ID, err)
		}
	}
	ch, err := h.register(s, t, plan, state)
	if err != nil {
		return nil, wrap("connect", s.ID, err)
	}
	ch.verify.later(h.clock.Now(), failed != nil)
	h.engine.wakeWaiting()
	return ch, wrap("connect", s.ID, failed)
}

// challenge asks the endpoint; whatever goes wrong is an ErrChallenge.
func (h *Hub) challenge(ctx context.Context, channel string, e webhook.Endpoint) error {
	err := h.contain("Challenge", channel, func() error { return h.webhooks.Challenge(ctx, e) })
	if err != nil && !errors.Is(err, webhook.ErrChallenge) {
		err = fmt.Errorf("%w: %w", webhook.ErrChallenge, err)
	}
	return err
}

// channelState reads what all processes know of a channel.
func (h *Hub) channelState(ctx context.Context, id string) (*conversation.ChannelState, error) {
	state := &conversation.ChannelState{}
	err := h.store.Update(ctx, conversation.ID(id, ""), conversation.Look{}, func(c *conversation.Conversation) error {
		if c.State != nil {
			state = c.State
		}
		return nil
	})
	return state, err
}

// prove records that the endpoint with these secrets is good, if that is news.
func (h *Hub) prove(ctx context.Context, s Settings, t *rules.Terms, state *conversation.ChannelState) (*conversation.ChannelState, error) {
	now := h.clock.Now()
	proof := conversation.Proof{URL: hashURL(s.Webhook.URL), Secrets: fingerprints(s.Webhook), At: now}
	if holds(state, proof) {
		return state, nil
	}
	return h.changeState(ctx, t, func(c *rules.Change) { c.Prove(proof) })
}

// changeState changes what all processes know of a channel.
func (h *Hub) changeState(ctx context.Context, t *rules.Terms, fn func(*rules.Change)) (*conversation.ChannelState, error) {
	var after *conversation.ChannelState
	now := h.clock.Now()
	err := h.store.Update(ctx, conversation.ID(t.Channel, ""), conversation.Look{}, func(c *conversation.Conversation) error {
		fn(&rules.Change{Conversation: c, Terms: t, Now: now})
		after = c.State
		return nil
	})
	if ch, ok := h.Channel(t.Channel); ok && err == nil {
		ch.adopt(after)
		h.engine.pokeNow()
	}
	return after, err
}

// register puts the channel in its place, or gives the present one new settings.
func (h *Hub) register(s Settings, t *rules.Terms, plan *routing.Plan, state *conversation.ChannelState) (*Channel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := h.channels[s.ID]
	router := s.Router
	if router == nil {
		if ch != nil {
			if old, ok := (*ch.router.Load()).(*routing.Plan); ok {
				kept, err := old.With(s.Routing)
				if err != nil {
					return nil, err
				}
				plan = kept
			}
		}
		router = plan
	}
	if ch == nil {
		ch = &Channel{hub: h, id: s.ID}
		ch.unposted.Store(true)
		ch.posting = make(chan struct{}, perChannel)
	}
	ch.settings.Store(&s)
	ch.terms.Store(t)
	ch.router.Store(&router)
	ch.keys.Store(tokenKeys(s.Tokens))
	ch.limits.set(s)
	ch.adopt(state)
	if h.channels[s.ID] == nil {
		h.channels[s.ID] = ch
		h.sort()
	}
	return ch, nil
}

// adopt makes this process know the channel's state.
func (c *Channel) adopt(state *conversation.ChannelState) {
	c.state.Store(state)
	was := c.unproved.Swap(!proves(state, c.settings.Load().Webhook))
	if was && !c.unproved.Load() {
		c.heldUntil.Store(0)
	}
}

// proves reports whether the endpoint has answered with one of these secrets.
func proves(s *conversation.ChannelState, e webhook.Endpoint) bool {
	url, secrets := hashURL(e.URL), fingerprints(e)
	return slices.ContainsFunc(s.Proofs, func(p conversation.Proof) bool {
		return p.URL == url && slices.ContainsFunc(p.Secrets, func(f string) bool { return slices.Contains(secrets, f) })
	})
}

// holds reports whether the proof would tell nothing new.
func holds(s *conversation.ChannelState, proof conversation.Proof) bool {
	return slices.ContainsFunc(s.Proofs, func(p conversation.Proof) bool {
		return p.URL == proof.URL && slices.Equal(p.Secrets, proof.Secrets)
	})
}

func hashURL(url string) string {
	sum := sha256.Sum256([]byte(url))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

func fingerprints(e webhook.Endpoint) []string {
	out := make([]string, 0, len(e.Secrets))
	for _, s := range e.Secrets {
		out = append(out, s.Fingerprint())
	}
	slices.Sort(out)
	return out
}

// later sets when the next challenge is due after one that failed.
func (v *verification) later(now time.Time, failed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.busy = false
	if !failed {
		v.at, v.tries = time.Time{}, 0
		return
	}
	v.at = now.Add(min(firstVerify<<min(v.tries, 8), lastVerify))
	v.tries++
}

// ended is later after a challenge that has not come to its end.
func (v *verification) ended(now time.Time) {
	v.mu.Lock()
	busy := v.busy
	v.mu.Unlock()
	if busy {
		v.later(now, true)
	}
}

// begin reports whether a challenge is due, and is not under way.
func (v *verification) begin(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.busy || now.Before(v.at) {
		return false
	}
	v.busy = true
	return true
}

// verifyAgain challenges the endpoints that have not answered yet.
func (h *Hub) verifyAgain(ctx context.Context, now time.Time) {
	for _, ch := range *h.sorted.Load() {
		if ch.unproved.Load() && ch.verify.begin(now) {
			h.background(ctx, func(ctx context.Context) {
				defer ch.verify.ended(h.clock.Now())
				_ = ch.Verify(ctx)
			})
		}
	}
}

// Verify challenges the endpoint now, whether or not it was proved before. [webhook.ErrChallenge] says what it answered.
func (c *Channel) Verify(ctx context.Context) error {
	s := *c.settings.Load()
	err := c.hub.challenge(ctx, c.id, s.Webhook)
	if err == nil {
		_, err = c.hub.prove(ctx, s, c.terms.Load(), &conversation.ChannelState{})
	}
	c.verify.later(c.hub.clock.Now(), err != nil)
	return wrap("verify", c.id, err)
}
