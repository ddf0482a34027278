package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel"
)

const visitors = 1000

// peers are those who send to us and to whom we post.
type peers struct {
	name, short string
	raw         bool
}

var allPeers = []peers{
	{"net/http peers", "http", false},
	{"lean peers", "lean", true},
}

// posters opens connections to the messages of channel c.
func (p peers) posters(s *server, token string) ([]poster, error) {
	header := apiHeader(token)
	all := make([]poster, connections)
	client := tuned()
	for i := range all {
		if !p.raw {
			all[i] = &clientPoster{client, s.url() + "/c/messages", header}
			continue
		}
		raw, err := newRawPoster(s.address, "/c/messages", header)
		if err != nil {
			return nil, err
		}
		all[i] = raw
	}
	return all, nil
}

// postersTo makes a connection that posts to each of n channels.
func postersTo(s *server, token string, n int) ([]poster, error) {
	first, err := newRawPoster(s.address, "/c0/messages", apiHeader(token))
	if err != nil {
		return nil, err
	}
	all := make([]poster, n)
	for i := range all {
		all[i] = first.to("/c"+strconv.Itoa(i)+"/messages", apiHeader(token))
	}
	return all, nil
}

func apiHeader(token string) http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
}

// endpoint serves the source's side.
func (p peers) endpoint(arrived func(int)) (*server, error) {
	e := &endpoint{arrived: arrived}
	if p.raw {
		return serveRaw(e.handle)
	}
	return serve(e)
}

// eachPeer runs a measurement with each kind of peers.
func eachPeer(measure func(*bench, context.Context, peers) error) func(*bench, context.Context) error {
	return func(b *bench, ctx context.Context) error {
		for _, p := range allPeers {
			if err := measure(b, ctx, p); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		return nil
	}
}

// ids gives every message of the run a number.
var ids atomic.Int64

// posting posts visitors' messages; wait, if not nil, waits for what became of one.
func posting(name string, posters []poster, wait func(worker int) error) contestant {
	bodies := make([][]byte, len(posters))
	return here(name, func(d time.Duration) (float64, error) {
		return load(len(posters), d, func(w int) error {
			bodies[w] = inboundBody(bodies[w][:0], rand.Int64N(visitors), ids.Add(1), w)
			if err := posters[w].post(bodies[w]); err != nil || wait == nil {
				return err
			}
			return wait(w)
		})
	})
}

// incoming measures the incoming API, nobody working on what comes in, beside the bare handler.
func (b *bench) incoming(ctx context.Context, p peers) error {
	sink, err := p.endpoint(nil)
	if err != nil {
		return err
	}
	defer sink.close()
	h, err := newHost(ctx, hubOptions{notify: quiet, channels: []string{"c"}, urls: []string{sink.url()}})
	if err != nil {
		return err
	}
	ours, err := serve(h.hub.Handler())
	if err != nil {
		return err
	}
	defer ours.close()
	bare, err := serve(bareAPI(h.token, nil))
	if err != nil {
		return err
	}
	defer bare.close()
	toBare, err1 := p.posters(bare, h.token)
	toOurs, err2 := p.posters(ours, h.token)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	o, err := b.contest(posting("", toBare, nil), posting("incoming-"+p.short, toOurs, nil))
	if err != nil {
		return err
	}
	g := goal{}
	if !p.raw {
		g = atLeast(0.6, 0.4)
	}
	b.table.contest("incoming API, 64 connections, "+p.name, o, 1, "bare handler", g)
	return nil
}

// cycle measures HTTP in → route → notify → accept → reply → signed POST delivered beside the two exchanges done
// with bare net/http.
func (b *bench) cycle(ctx context.Context, p peers) error {
	done := newWaiters(connections)
	sink, err := p.endpoint(done.arrived)
	if err != nil {
		return err
	}
	defer sink.close()
	ours, stop, err := p.cycling(ctx, sink, channel.NewMemStore(), done)
	if err != nil {
		return err
	}
	signed := newSigner(sink.url())
	token := channel.NewToken()
	bare, err := serve(bareAPI(token, func(in channel.Inbound) {
		go func() {
			mark := markOf(in.Message.Text)
			_ = signed.post(context.WithoutCancel(ctx), in.Message.ID, outgoingBody(nil, mark))
		}()
	}))
	if err != nil {
		return err
	}
	defer bare.close()
	toBare, err := p.posters(bare, token)
	if err != nil {
		return err
	}
	o, err := b.contest(posting("", toBare, done.wait), ours)
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	g := goal{}
	if !p.raw {
		g = atLeast(0, 0.35)
	}
	b.table.contest("full cycle, 64 connections, "+p.name, o, 1, "bare exchanges", g)
	if p.raw {
		return b.calls(ctx, p, sink, done)
	}
	return nil
}

// cycling is a hub over store at work, to which visitors post who wait for the answer.
func (p peers) cycling(ctx context.Context, sink *server, store channel.Store, done waiters) (contestant, func() error, error) {
	h, err := newHost(ctx, hubOptions{
		notify: answering, store: store, channels: []string{"c"}, urls: []string{sink.url()}, run: true,
	})
	if err != nil {
		return contestant{}, nil, err
	}
	api, err := serve(h.hub.Handler())
	if err != nil {
		return contestant{}, nil, errors.Join(err, h.stop())
	}
	stop := func() error {
		api.close()
		return h.stop()
	}
	posters, err := p.posters(api, h.token)
	if err != nil {
		return contestant{}, nil, errors.Join(err, stop())
	}
	return posting("cycle-"+p.short, posters, done.wait), stop, nil
}

// calls counts what a full cycle asks of the Store, in a run of its own: counting is not free.
func (b *bench) calls(ctx context.Context, p peers, sink *server, done waiters) error {
	store := &counting{Store: channel.NewMemStore()}
	ours, stop, err := p.cycling(ctx, sink, store, done)
	if err != nil {
		return err
	}
	s, err := ours.run(2 * b.slice)
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	b.table.note("calls of the Store a full cycle", fmt.Sprintf("%.2f changes, %.2f reads, %.2f polls",
		float64(store.writes.Load())/s.Count, float64(store.reads.Load())/s.Count, float64(store.dues.Load())/s.Count))
	return nil
}

// receive measures Receive in process, nobody working on what comes in.
func (b *bench) receive(ctx context.Context) error {
	sink, err := allPeers[1].endpoint(nil)
	if err != nil {
		return err
	}
	defer sink.close()
	h, err := newHost(ctx, hubOptions{notify: quiet, channels: []string{"c"}, urls: []string{sink.url()}})
	if err != nil {
		return err
	}
	for _, n := range []int{1, connections} {
		o, err := b.contest(here(fmt.Sprint("callers-", n), func(d time.Duration) (float64, error) {
			return load(n, d, func(w int) error {
				_, err := h.channels[0].Receive(ctx, inbound(rand.Int64N(visitors), ids.Add(1), w))
				return err
			})
		}))
		if err != nil {
			return err
		}
		b.table.note(fmt.Sprintf("Receive in process, %d callers", n), o.figure(0))
	}
	return nil
}
