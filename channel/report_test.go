package channel_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// aDay is worked by hand in the comments: what the report has to say of it is in wantDay.
func aDay(w *world) {
	// 09:00 #1: ann accepts after 10 s, replies after 20 s, closed after 60 s.
	id := w.hearFrom("a", "hi")
	w.advance(10 * time.Second)
	w.accept(id, ann)
	w.advance(10 * time.Second)
	w.say(id, ann, "hi")
	w.advance(40 * time.Second)
	w.close(id, ann)

	// 09:01 #2: nobody; missed after two offers of 60 s; bob follows up at 09:11 with his reply, and goes on.
	id = w.hearFrom("b", "hi")
	w.advance(time.Minute)
	w.advance(time.Minute)
	w.advance(8 * time.Minute)
	w.say(id, bob, "sorry")

	// 09:11 #3: closed by eve though nobody accepted it.
	id = w.hearFrom("c", "hi")
	w.advance(time.Second)
	w.close(id, eve)

	// 10:00 #4: bob accepts after 5 s, replies after 40 s (which fails), hands it to ann, who accepts after 30 s and
	// closes it 5 s later.
	w.clock.Set(monday.Add(time.Hour))
	id = w.hearFrom("a", "again")
	w.advance(5 * time.Second)
	w.accept(id, bob)
	w.advance(35 * time.Second)
	w.source.setAnswer(down(http.StatusBadRequest))
	w.say(id, bob, "hm")
	w.source.setAnswer(nil)
	w.transfer(id, bob, routing.Staff("ann"))
	w.advance(30 * time.Second)
	w.accept(id, ann)
	w.advance(5 * time.Second)
	w.close(id, ann)

	// 10:01:15 #5: still offered.
	w.hearFrom("d", "hi")
}

// seconds summarises one or two durations.
func seconds(d ...int) channel.Durations {
	s := func(n int) time.Duration { return time.Duration(n) * time.Second }
	if len(d) == 1 {
		return channel.Durations{Count: 1, Mean: s(d[0]), P50: s(d[0]), P90: s(d[0]), P99: s(d[0]), Max: s(d[0])}
	}
	return channel.Durations{Count: 2, Mean: s(d[0]+d[1]) / 2, P50: s(d[0]), P90: s(d[1]), P99: s(d[1]), Max: s(d[1])}
}

func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aDay(w)
	got, err := w.ch.Report(t.Context(), monday, monday.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	third := channel.Durations{
		Count: 3, Mean: 220 * time.Second, P50: 40 * time.Second, P90: 600 * time.Second, P99: 600 * time.Second, Max: 600 * time.Second,
	}
	want := channel.Report{
		From: monday, To: monday.Add(24 * time.Hour),
		Opened: 5, Handling: 1, Missed: 1, FollowedUp: 1, Closed: 3, Handled: 3,
		FirstReply: third, Handle: seconds(50, 70),
		ByStaff: map[string]channel.Group{
			"ann": {Counts: channel.Counts{Opened: 2, Closed: 2, Handled: 2}, FirstReply: seconds(20, 40), Handle: seconds(50, 70)},
			"bob": {Counts: channel.Counts{Opened: 1, Handling: 1, Missed: 1, FollowedUp: 1, Handled: 1}, FirstReply: seconds(600)},
		},
		ByDestination: map[string]channel.Group{
			"staff:ann": {Counts: channel.Counts{Opened: 4, Closed: 3, Handled: 2}, FirstReply: seconds(20, 40), Handle: seconds(50, 70)},
			"staff:bob": {Counts: channel.Counts{Opened: 1, Handling: 1, Missed: 1, FollowedUp: 1, Handled: 1}, FirstReply: seconds(600)},
		},
		ByHour: []channel.HourCounts{
			{Hour: monday, Counts: channel.Counts{Opened: 3, Handling: 1, Missed: 1, FollowedUp: 1, Closed: 2, Handled: 2}},
			{Hour: monday.Add(time.Hour), Counts: channel.Counts{Opened: 2, Closed: 1, Handled: 1}},
		},
		Messages: channel.Messages{In: 5, Out: 3, Auto: 5, Failed: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if rate := got.MissedRate(); rate != 0.2 {
		t.Errorf("missed rate %v, want 0.2", rate)
	}
	for _, tt := range []struct {
		from, to time.Time
		want     int
	}{
		{monday, monday.Add(time.Hour), 3},
		{monday.Add(time.Second), monday.Add(time.Hour), 2},
		{monday.Add(time.Hour), time.Time{}, 2},
		{time.Time{}, monday.Add(time.Hour).Add(1), 4},
		{time.Time{}, time.Time{}, 5},
		{monday.Add(100 * time.Hour), monday.Add(200 * time.Hour), 0},
		{monday.Add(time.Hour), monday, 0},
	} {
		r, err := w.ch.Report(t.Context(), tt.from, tt.to)
		if err != nil || r.Opened != tt.want {
			t.Errorf("[%v, %v): %d opened, %v; want %d", tt.from, tt.to, r.Opened, err, tt.want)
		}
	}
}

func TestReportOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, err := w.ch.Report(t.Context(), time.Time{}, time.Time{})
	if err != nil || r.Opened != 0 || r.MissedRate() != 0 || r.FirstReply != (channel.Durations{}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReportCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aDay(w)
	id := w.hearFrom("x", "hi")
	w.accept(id, channel.Staff{ID: `=HYPERLINK("x"),"y"`})
	r, err := w.ch.Report(t.Context(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cell := func(group, name, column string) string {
		t.Helper()
		at := slices.Index(rows[0], column)
		for _, row := range rows {
			if row[0] == group && row[1] == name && at >= 0 {
				return row[at]
			}
		}
		return "no such cell"
	}
	for _, tt := range []struct{ group, name, column, want string }{
		{"all", "", "opened", "6"},
		{"all", "", "missed_rate", "0.1667"},
		{"all", "", "first_reply_mean", "220.000"},
		{"all", "", "handle_max", "70.000"},
		{"all", "", "messages_failed", "1"},
		{"staff", "ann", "handle_p50", "50.000"},
		{"staff", "ann", "messages_in", ""},
		{"staff", "bob", "handle_mean", ""},
		{"staff", `'=HYPERLINK("x"),"y"`, "handling", "1"},
		{"destination", "staff:bob", "followed_up", "1"},
		{"hour", "2026-03-02T09:00:00Z", "opened", "3"},
	} {
		if got := cell(tt.group, tt.name, tt.column); got != tt.want {
			t.Errorf("%s %s %s is %q, want %q", tt.group, tt.name, tt.column, got, tt.want)
		}
	}
	if err := r.WriteCSV(failingWriter{}); err == nil {
		t.Error("an error of the writer is not returned")
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// The report agrees with what the host could count from its events alone.
func TestReportAgreesWithEvents(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, func(w *world) {
			w.settings.AutoClose = 2 * time.Hour
			w.settings.Routing = routing.Alternative{routing.Staff("ann"), routing.Staff("bob"), routing.Staff("eve")}
		})
		staff := []channel.Staff{ann, bob, eve}
		var live []channel.EnquiryID
		for n := range 150 {
			w.advance(time.Duration(random.IntN(60)) * time.Second)
			if n%3 == 0 || len(live) == 0 {
				id := w.hearFrom(channel.VisitorID(fmt.Sprint("v", random.IntN(20))), "hi")
				if !slices.Contains(live, id) {
					live = append(live, id)
				}
				continue
			}
			id, by := live[random.IntN(len(live))], staff[random.IntN(3)]
			switch random.IntN(5) {
			case 0:
				_ = w.ch.Close(t.Context(), id, by)
			case 1:
				_ = w.ch.Decline(t.Context(), id, by)
			case 2:
				_ = w.ch.Accept(t.Context(), id, by)
			default:
				_, _ = w.ch.Reply(t.Context(), id, by, messages.Text("hello"))
			}
			w.run()
		}
		got, err := w.ch.Report(t.Context(), time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		want := countEvents(w.host.all())
		if got.Opened < 20 || got.Missed == 0 || got.FollowedUp == 0 || got.Closed == 0 {
			t.Errorf("seed %d: too little happens: %+v", seed, got.Counts())
		}
		if diff := cmp.Diff(want.Counts, got.Counts()); diff != "" {
			t.Errorf("seed %d: counts (-events +report):\n%s", seed, diff)
		}
		if diff := cmp.Diff(want.firstReply, got.FirstReply); diff != "" {
			t.Errorf("seed %d: first reply (-events +report):\n%s", seed, diff)
		}
		if diff := cmp.Diff(want.handle, got.Handle); diff != "" {
			t.Errorf("seed %d: handle (-events +report):\n%s", seed, diff)
		}
		if got.Messages.In != want.in || got.Messages.Out != want.out {
			t.Errorf("seed %d: messages %+v, events say %d in, %d out", seed, got.Messages, want.in, want.out)
		}
	}
}

// eventCounts is a report made of events.
type eventCounts struct {
	channel.Counts
	firstReply, handle channel.Durations
	in, out            int
}

func countEvents(events []channel.Event) eventCounts {
	type fate struct {
		opened, accepted, closed, replied time.Time
		missed, followed                  bool
		status                            channel.Status
	}
	fates := map[channel.EnquiryID]*fate{}
	var c eventCounts
	for _, e := range events {
		f := fates[e.Enquiry.ID]
		if f == nil {
			f = &fate{opened: e.At}
			fates[e.Enquiry.ID] = f
		}
		switch e.Type {
		case channel.EnquiryOpened:
			f.status, f.closed = channel.Opened, time.Time{}
		case channel.EnquiryMissed:
			f.missed, f.status = true, channel.Missed
		case channel.EnquiryAccepted:
			f.status, f.followed = channel.Handling, f.missed
			if f.accepted.IsZero() {
				f.accepted = e.At
			}
		case channel.EnquiryClosed:
			f.status, f.closed = channel.Closed, e.At
		case channel.MessageReceived:
			c.in++
		case channel.MessageSent:
			if e.Author == channel.FromStaff {
				c.out++
				if f.replied.IsZero() {
					f.replied = e.At // this source takes replies at once
				}
			}
		default:
		}
	}
	var replies, handles []time.Duration
	for _, f := range fates {
		c.Opened++
		add := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		add(&c.Missed, f.missed)
		add(&c.FollowedUp, f.followed)
		add(&c.Handled, !f.accepted.IsZero())
		add(&c.Handling, f.status == channel.Handling)
		add(&c.Closed, f.status == channel.Closed)
		if !f.replied.IsZero() {
			replies = append(replies, f.replied.Sub(f.opened))
		}
		if f.status == channel.Closed && !f.accepted.IsZero() {
			handles = append(handles, f.closed.Sub(f.accepted))
		}
	}
	c.firstReply, c.handle = nearestRank(replies), nearestRank(handles)
	return c
}

// nearestRank is the smallest duration that at least p percent are not above, found by counting.
func nearestRank(d []time.Duration) channel.Durations {
	if len(d) == 0 {
		return channel.Durations{}
	}
	rank := func(p int) time.Duration {
		best := time.Duration(-1)
		for _, candidate := range d {
			n := 0
			for _, v := range d {
				if v <= candidate {
					n++
				}
			}
			if n*100 >= p*len(d) && (best < 0 || candidate < best) {
				best = candidate
			}
		}
		return best
	}
	var sum time.Duration
	for _, v := range d {
		sum += v
	}
	return channel.Durations{
		Count: len(d), Mean: sum / time.Duration(len(d)), P50: rank(50), P90: rank(90), P99: rank(99), Max: slices.Max(d),
	}
}
