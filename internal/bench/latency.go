package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel"
)

// delays is what the measurements of latency share.
type delays struct {
	b          *bench
	toNotify   *stopwatch // visitor's POST → Notify
	inside     *stopwatch // of it, from Handler's first line on
	toEndpoint *stopwatch // Reply → endpoint
	toBare     *stopwatch // POST → bare handler
	replying   atomic.Bool
	bodies     [connections][]byte
}

// latency measures the hub in memory.
func (b *bench) latency(ctx context.Context) error {
	return b.latencyOn(ctx, "", nil, atMost(5, 200))
}

// latencyOn measures, at half of the maximum rate, how long a visitor's POST takes until the host is told, and a
// reply until it is at the endpoint. Beside it a POST's way into a bare handler: the machine's share.
func (b *bench) latencyOn(ctx context.Context, suffix string, store channel.Store, g goal) error {
	l := &delays{
		b: b, toNotify: newStopwatch(), inside: newStopwatch(), toEndpoint: newStopwatch(), toBare: newStopwatch(),
	}
	sink, err := allPeers[1].endpoint(l.toEndpoint.end)
	if err != nil {
		return err
	}
	defer sink.close()
	h, err := newHost(ctx, hubOptions{
		notify: l.notify, store: store, channels: []string{"c"}, urls: []string{sink.url()}, run: true,
	})
	if err != nil {
		return err
	}
	api, err1 := serve(l.entering(h.hub.Handler()))
	bare, err2 := serve(bareAPI(h.token, func(in channel.Inbound) { l.toBare.end(markOf(in.Message.Text)) }))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	defer api.close()
	defer bare.close()
	toOurs, err1 := numbered(api, h.token)
	toBare, err2 := numbered(bare, h.token)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	ours, floor := l.sender(toOurs, l.toNotify), l.sender(toBare, l.toBare)
	if err := l.measure("a visitor's POST → Notify"+suffix, l.toNotify, g, ours, floor); err != nil {
		return err
	}
	l.replying.Store(true)
	if err := l.measure("Reply → endpoint"+suffix, l.toEndpoint, goal{}, ours, floor); err != nil {
		return err
	}
	return h.stop()
}

func (l *delays) notify(ctx context.Context, h *host, e channel.Event) error {
	if e.Type != channel.MessageReceived {
		return nil
	}
	mark := markOf(e.Message.Text)
	l.inside.end(mark)
	l.toNotify.end(mark)
	if !l.replying.Load() {
		return nil
	}
	l.toEndpoint.begin(mark, time.Now())
	return answering(ctx, h, e)
}

// worker is the header that says whose connection it is.
const worker = "Worker"

// numbered opens a connection for each worker that says so in every request.
func numbered(s *server, token string) ([]poster, error) {
	all := make([]poster, connections)
	for w := range all {
		header := apiHeader(token)
		header.Set(worker, strconv.Itoa(w))
		p, err := newRawPoster(s.address, "/c/messages", header)
		if err != nil {
			return nil, err
		}
		all[w] = p
	}
	return all, nil
}

// markAt is the mark of a worker's n-th message.
func markAt(w, n int) int { return n*connections%marks + w }

// entering notes when a message gets to next: up to there it is the way of any message to any handler.
func (l *delays) entering(next http.Handler) http.Handler {
	var count [connections]int
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w, err := strconv.Atoi(r.Header.Get(worker)); err == nil && w < connections {
			count[w]++
			l.inside.begin(markAt(w, count[w]), time.Now())
		}
		next.ServeHTTP(rw, r)
	})
}

// sender posts a message and starts the watch.
func (l *delays) sender(posters []poster, watch *stopwatch) func(w int, begun time.Time) error {
	var count [connections]int
	return func(w int, begun time.Time) error {
		i := ids.Add(1)
		count[w]++
		mark := markAt(w, count[w])
		l.bodies[w] = inboundBody(l.bodies[w][:0], i%visitors, i, mark)
		watch.begin(mark, begun)
		return posters[w].post(l.bodies[w])
	}
}

// maximum is how many a second come out while every worker waits for what it sent before it sends again.
func (l *delays) maximum(watch *stopwatch, send func(int, time.Time) error) (float64, error) {
	for w := range watch.done {
		for len(watch.done[w]) > 0 {
			<-watch.done[w]
		}
	}
	rate, err := load(connections, l.b.slice, func(w int) error {
		if err := send(w, time.Now()); err != nil {
			return err
		}
		return watch.done.wait(w)
	})
	watch.take()
	return rate, err
}

// at lets messages come at a rate and returns, when all have come out, the percentiles of what they took.
func (l *delays) at(rate float64, watch *stopwatch, send func(int, time.Time) error) (p50, p99 float64, err error) {
	sent, ended := atomic.Int64{}, watch.ended.Load()
	err = paced(connections, rate, 2*l.b.slice, func(w int, begun time.Time) error {
		sent.Add(1)
		return send(w, begun)
	})
	for begun := time.Now(); err == nil && watch.ended.Load() < ended+sent.Load(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			err = errLate
		}
	}
	p50, p99 = inMilliseconds(watch.take())
	return p50, p99, err
}

func inMilliseconds(took []time.Duration) (p50, p99 float64) {
	return percentile(took, 50).Seconds() * 1e3, percentile(took, 99).Seconds() * 1e3
}

// measure runs rounds: the maximum, and then half of it, with the library and with the bare handler; and with that
// alone at half of what it can do itself, because what a machine does to latencies depends on how busy it is.
func (l *delays) measure(what string, watch *stopwatch, g goal, ours, floor func(int, time.Time) error) error {
	var rates, p50, p99, inside50, inside99, bare50, bare99, most, most50, most99 []float64
	for round := range l.b.rounds + 1 {
		rate, err := l.maximum(watch, ours)
		if err != nil {
			return err
		}
		l.inside.take()
		a50, a99, err1 := l.at(rate/2, watch, ours)
		in50, in99 := inMilliseconds(l.inside.take())
		b50, b99, err2 := l.at(rate/2, l.toBare, floor)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if round > 0 { // the first warmed up
			rates, p50, p99 = append(rates, rate), append(p50, a50), append(p99, a99)
			inside50, inside99 = append(inside50, in50), append(inside99, in99)
			bare50, bare99 = append(bare50, b50), append(bare99, b99)
		}
		if g.want == 0 {
			continue
		}
		bare, err1 := l.maximum(l.toBare, floor)
		m50, m99, err2 := l.at(bare/2, l.toBare, floor)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		most, most50, most99 = append(most, bare), append(most50, m50), append(most99, m99)
	}
	ms := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + " ms" }
	both := func(p50, p99 []float64) string { return "p50 " + ms(median(p50)) + ", p99 " + ms(median(p99)) }
	floors := "POST → bare handler, same rate: " + both(bare50, bare99)
	if len(most) > 0 {
		floors += "; at half of its own maximum, " + perSecond(median(most)) + ": " + both(most50, most99)
	}
	l.b.table.add(what+", p99 at half of the maximum rate", both(p50, p99)+", maximum "+perSecond(median(rates)),
		floors, median(p99), ms(median(p99)), g)
	if watch == l.toNotify {
		l.b.table.note(what+", of it from Handler's first line on", both(inside50, inside99))
	}
	return nil
}
