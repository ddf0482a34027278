package visits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Config is a history to be made.
type Config struct {
	Seed   uint64
	Visits int           // how many enquiries to begin at least
	Store  channel.Store // empty; all processes of the history share it
	Time   Time
}

// Result counts what happened in a history.
type Result struct {
	Visits, Messages, Events, Posts, Processes, Deaths int
	Passed                                             time.Duration
	// Digest is the same for histories in which the same happened at the same time.
	Digest uint64
}

// Run makes a history and checks it. The error says what did not hold, the seed, and a short story of the
// conversation concerned.
func Run(ctx context.Context, c Config) (Result, error) {
	w := newWorld(c)
	if err := w.live(ctx); err != nil {
		return Result{}, fmt.Errorf("seed %d: %w", c.Seed, err)
	}
	if err := w.rest(ctx); err != nil {
		return Result{}, fmt.Errorf("seed %d: %w", c.Seed, err)
	}
	faults := w.check(ctx)
	return w.result(), faults
}

// world is a history in the making.
type world struct {
	Config
	random   *rand.Rand // of the choices in live, in their order
	clock    clock.Clock
	begun    time.Time
	logger   *slog.Logger
	logged   *logBook
	settings []channel.Settings
	journal  *journal
	source   *source
	desk     *desk
	alive    []*process
	born     int
	said     map[key]int // messages so far, for their ids
	replies  int
	faults   []fault
	forgot   map[key]bool
	suspends map[string]bool
}

func newWorld(c Config) *world {
	w := &world{
		Config: c, random: rand.New(rand.NewPCG(c.Seed, 0)), clock: c.Time.Clock(), logged: &logBook{}, //nolint:gosec // reproducible
		said: map[key]int{}, forgot: map[key]bool{}, suspends: map[string]bool{},
	}
	w.begun = w.clock.Now()
	w.logger = slog.New(slog.NewTextHandler(w.logged, nil))
	w.journal = &journal{now: w.clock.Now}
	w.source = &source{
		journal: w.journal, sleep: c.Time.Sleep, random: rand.New(rand.NewPCG(c.Seed, 1)), weather: map[string]weather{}, //nolint:gosec // reproducible
	}
	w.desk = &desk{
		w: w, random: rand.New(rand.NewPCG(c.Seed, 2)), view: map[channel.EnquiryID]matter{}, //nolint:gosec // reproducible
		status: map[string]routing.Status{}, load: map[string]int{},
	}
	for _, id := range staffIDs {
		w.desk.status[id] = routing.Active
	}
	w.settings = channels(w.source)
	return w
}

// logBook keeps what is logged.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Names of the channels of a history.
const (
	plain = "plain" // staff in order, then a team; nothing is opened again
	shop  = "shop"  // sticky, a group; closed enquiries are opened again; hears of states; away texts without limit
	forum = "forum" // a Router that fails now and then, a bot, hours
)

// awayEvery is the plain channel's.
const awayEvery = 3 * time.Minute

// channels are the settings of a history.
func channels(s *source) []channel.Settings {
	texts := func(text string) messages.AutoReply { return messages.AutoReply{Texts: map[string]string{"": text}} }
	settings := func(id string) channel.Settings {
		return channel.Settings{
			ID: id, Source: "Source", Name: id, Tokens: []string{"secret-token-" + id + "-0123456789abcdef0123456789"},
			Webhook:   webhook.Endpoint{URL: "https://" + id + ".example/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
			Messages:  messages.Settings{DisplayName: messages.FirstName, Welcome: texts("welcome"), Away: texts("away"), Closing: texts("bye")},
			OfferWait: 20 * time.Second, MaxWait: maxWait,
		}
	}
	a := settings(plain)
	a.AwayEvery, a.AutoClose = awayEvery, 8*time.Minute
	a.Routing = routing.Alternative{routing.Staff("ann"), routing.Staff("bob"), routing.Staff("cat")}

	b := settings(shop)
	b.AwayEvery, b.ReopenWithin, b.Sends = -1, 5*time.Minute, []string{channel.SendEnquiry, channel.SendTyping}
	b.Routing = routing.Sticky{Wait: 10 * time.Second, Then: routing.Group{
		ID: "shop", Method: routing.RoundRobin,
		Members: []routing.Destination{routing.Staff("bob"), routing.Staff("cat"), routing.Staff("dan"), routing.Staff("eve")},
	}}

	c := settings(forum)
	c.AwayEvery, c.AutoClose, c.ReopenWithin = time.Minute, 12*time.Minute, 2*time.Minute
	c.Router = &fickle{source: s, plan: hours()}
	return []channel.Settings{a, b, c}
}

// hours is open for 40 minutes of every hour, to a bot or to all at once.
func hours() *routing.Plan {
	rule := routing.Time{}
	everyDay := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	for hour := range 24 {
		rule.Conditions = append(rule.Conditions, routing.Condition{
			Days: everyDay, From: routing.At(hour, 0), To: routing.At(hour, 40),
			Then: routing.Percentage{
				{Percent: 50, To: routing.Alternative{routing.Bot(bot), routing.Staff("dan")}},
				{Percent: 50, To: routing.Group{
					ID: "forum", Method: routing.Simultaneous, Wait: 15 * time.Second,
					Members: []routing.Destination{routing.Staff("dan"), routing.Staff("eve"), routing.Team("night")},
				}},
			},
		})
	}
	plan, err := routing.New(rule)
	if err != nil {
		panic(err) // the rule is ours
	}
	return plan.Fixed() // so that a seed tells the same visits again
}

// fickle is a Router of a host that fails now and then.
type fickle struct {
	source *source
	plan   *routing.Plan
}

// Route implements routing.Router.
func (f *fickle) Route(ctx context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
	f.source.mu.Lock()
	n := f.source.random.IntN(30)
	f.source.mu.Unlock()
	switch n {
	case 0:
		return routing.Decision{}, errors.New("visits: the Router fails")
	case 1:
		panic("visits: the Router panics")
	case 2:
		return routing.Decision{Outcome: routing.Offer}, nil
	default:
		return f.plan.Route(ctx, e, p)
	}
}

// result counts.
func (w *world) result() Result {
	r := Result{
		Events: len(w.journal.tellings), Posts: len(w.journal.attempts), Processes: w.born, Deaths: len(w.journal.dead),
		Passed: w.clock.Now().Sub(w.begun),
	}
	for _, c := range w.journal.calls {
		if c.op == "receive" && c.err == nil && !c.repeat {
			r.Messages++
		}
	}
	r.Visits = len(w.desk.ids)
	r.Digest = w.journal.digest()
	return r
}

// fault is something that did not hold.
type fault struct {
	key  key
	text string
	at   stamp // when it was seen; 0 = in the end
	also key   // another conversation that it concerns
}

// faulty notes what did not hold of a conversation.
func (w *world) faulty(k key, format string, args ...any) {
	w.faults = append(w.faults, fault{key: k, text: fmt.Sprintf(format, args...)})
}

// faultyAt is faulty that was seen at a moment, or concerns another conversation too.
func (w *world) faultyAt(k, also key, at stamp, format string, args ...any) {
	w.faults = append(w.faults, fault{k, fmt.Sprintf(format, args...), at, also})
}

// report is the error that tells of the faults.
func (w *world) report() error {
	if len(w.faults) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d faults\n", w.Seed, len(w.faults))
	for i, f := range w.faults {
		if i == 5 {
			b.WriteString("…\n")
			break
		}
		fmt.Fprintf(&b, "%s: %s\n", f.key, f.text)
	}
	first := w.faults[0]
	b.WriteString("what happened to the first:\n")
	b.WriteString(w.journal.story(first.key, first.also, first.at, 40))
	return errors.New(b.String())
}

// Add adds the counts of another history.
func (r *Result) Add(o Result) {
	r.Visits += o.Visits
	r.Messages += o.Messages
	r.Events += o.Events
	r.Posts += o.Posts
	r.Processes += o.Processes
	r.Deaths += o.Deaths
	r.Passed += o.Passed
	r.Digest ^= o.Digest
}
