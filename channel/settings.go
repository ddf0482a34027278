package channel

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Defaults of [Settings] whose zero value means them.
const (
	DefaultOfferWait    = 60 * time.Second
	DefaultMaxWait      = 60 * time.Second
	DefaultAwayEvery    = time.Hour
	DefaultChannelRate  = rate.Limit(2000)
	DefaultChannelBurst = 4000
	DefaultVisitorRate  = rate.Limit(100)
	DefaultVisitorBurst = 200

	minTokenLength = 32
	maxNameLength  = 200
)

// Settings is what an administrator fills in for a channel. Its JSON form holds no secrets, headers, tokens or Router; the
// host adds them after reading.
type Settings struct {
	ID     string // stable, [A-Za-z0-9._-]{1,64}; required
	Source string // the source name that staff see; required
	Name   string // the channel's name; required

	Webhook webhook.Endpoint // where replies go; required, with at least one secret
	Tokens  []string         // access tokens of the incoming API, at least 32 characters each; several allow rotation

	Routing routing.Rule   // a rule, or a Router: one of the two is required
	Router  routing.Router // a Router of the host

	Messages messages.Settings

	// OfferWait is how long an offer stands before the enquiry is offered to others, counted from when Notify
	// returned nil for it; 0 = 60 s. A wait in the rule replaces it.
	OfferWait time.Duration
	// MaxWait is how long after opening or reopening an enquiry that nobody can be offered is Missed; 0 = 60 s,
	// negative = at once.
	MaxWait time.Duration
	// AwayEvery is the least time between two away texts to a visitor, and between two closing texts; 0 = 1 h,
	// negative = no limit.
	AwayEvery time.Duration
	// ReopenWithin is how long after it was closed an enquiry is opened again by a message of the visitor; 0 = never.
	ReopenWithin time.Duration
	// AutoClose is how long after its last message an enquiry that is Handling or Missed is closed; 0 = never.
	AutoClose time.Duration

	// Rates of the incoming API in messages per second, per process: 0 = 2 000/s burst 4 000 for the channel and
	// 100/s burst 200 for a visitor; negative = no limit. A burst of 0 is twice the rate. Receipts and typing are not
	// counted as messages: together they may have the channel's rate again, and typing the visitor's rate again.
	ChannelRate  rate.Limit
	ChannelBurst int
	VisitorRate  rate.Limit
	VisitorBurst int

	// Limits bounds the messages of this channel, in both directions. A field of 0 is the default of [messages.Limits].
	// A negative field means no limit but that of a body: 1 MiB and lists of 1 000 from the source, 256 KiB to it. URL
	// holds for Visitor.AvatarURL too. ID is between 64, the length of a MessageID, and 512, as for visitors.
	Limits messages.Limits

	// Sends lists the types of posts that the source wants beside messages: SendTyping, SendEnquiry.
	Sends []string
}

// Values of Settings.Sends, and the types of those posts.
const (
	SendTyping  = "typing"
	SendEnquiry = "enquiry"
)

// NewToken returns an access token for Settings.Tokens: 52 random characters, 256 bits.
func NewToken() string { return rand.Text() + rand.Text() }

// clone returns settings that share nothing that the caller might modify.
func (s Settings) clone() Settings {
	s.Tokens = slices.Clone(s.Tokens)
	s.Sends = slices.Clone(s.Sends)
	s.Webhook.Secrets = slices.Clone(s.Webhook.Secrets)
	s.Webhook.Header = s.Webhook.Header.Clone()
	return s
}

// Validate returns all faults of the settings joined, each naming its field. It does not call the endpoint, and does not
// check what depends on the [webhook.Client], such as whether http is allowed; Connect does both.
func (s Settings) Validate() error {
	_, _, err := s.terms()
	return err
}

// terms checks the settings and prepares what the rules need.
func (s Settings) terms() (*rules.Terms, *routing.Plan, error) {
	var faults []error
	fail := func(field, format string, args ...any) {
		faults = append(faults, fmt.Errorf("Settings."+field+": "+format, args...))
	}
	if !validID(s.ID) {
		fail("ID", "must be 1 to 64 characters of [A-Za-z0-9._-]")
	}
	checkName(fail, "Source", s.Source)
	checkName(fail, "Name", s.Name)
	if s.Webhook.URL == "" {
		fail("Webhook.URL", "is required")
	}
	if len(s.Webhook.Secrets) == 0 {
		fail("Webhook.Secrets", "at least one is required; webhook.NewSecret makes one")
	}
	for i, secret := range s.Webhook.Secrets {
		if _, err := webhook.ParseSecret(secret.Reveal()); err != nil {
			fail(fmt.Sprintf("Webhook.Secrets[%d]", i), "%w", err)
		}
	}
	for i, token := range s.Tokens {
		if !validToken(token) {
			fail(fmt.Sprintf("Tokens[%d]", i), "must be at least %d printable characters without spaces; NewToken makes one", minTokenLength)
		}
	}
	t := &rules.Terms{
		Channel: s.ID, Name: s.Name, Source: s.Source,
		OfferWait: orDefault(s.OfferWait, DefaultOfferWait), MaxWait: orDefault(s.MaxWait, DefaultMaxWait),
		AwayEvery: orDefault(s.AwayEvery, DefaultAwayEvery), ReopenWithin: s.ReopenWithin, AutoClose: s.AutoClose,
		Messages: s.Messages, SendEnquiry: slices.Contains(s.Sends, SendEnquiry), MaxAttributes: maxAttributes,
	}
	plan := s.checkRouting(fail)
	var err error
	if t.Replies, err = messages.New(s.Messages); err != nil {
		fail("Messages", "%w", err)
	}
	checkDuration(fail, "OfferWait", s.OfferWait)
	checkDuration(fail, "ReopenWithin", s.ReopenWithin)
	checkDuration(fail, "AutoClose", s.AutoClose)
	if id := s.Limits.ID; id != 0 && (id < minIDLimit || id > maxID) {
		fail("Limits.ID", "must be %d to %d bytes, or 0 for %d", minIDLimit, maxID, maxID)
	}
	for i, send := range s.Sends {
		if send != SendTyping && send != SendEnquiry {
			fail(fmt.Sprintf("Sends[%d]", i), "%q is not known; use %q or %q", send, SendTyping, SendEnquiry)
		}
	}
	return t, plan, errors.Join(faults...)
}

// checkRouting returns the plan of Routing, nil with a Router.
func (s Settings) checkRouting(fail func(field, format string, args ...any)) *routing.Plan {
	switch {
	case s.Routing == nil && s.Router == nil:
		fail("Routing", "is required, or Router")
	case s.Routing != nil && s.Router != nil:
		fail("Routing", "give either Routing or Router, not both")
	case isNil(s.Router):
		fail("Router", "is a nil %T", s.Router)
	case s.Routing != nil:
		plan, err := routing.New(s.Routing)
		if err != nil {
			fail("Routing", "%w", err)
		}
		return plan
	}
	return nil
}

func checkDuration(fail func(field, format string, args ...any), field string, d time.Duration) {
	if d < 0 {
		fail(field, "must not be negative")
	}
}

func checkName(fail func(field, format string, args ...any), field, name string) {
	switch {
	case blank(name):
		fail(field, "is required")
	case len(name) > maxNameLength:
		fail(field, "must not be longer than %d bytes", maxNameLength)
	case !printable.Line(name):
		fail(field, "must be one line of UTF-8 without control, direction and unseen characters")
	}
}

// orDefault is d, the default if it is 0, and 0 if it is negative.
func orDefault(d, def time.Duration) time.Duration {
	switch {
	case d == 0:
		return def
	case d < 0:
		return 0
	default:
		return d
	}
}

// isNil reports whether a value of the host's, such as a Router, is nothing within an interface that is not nil.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan:
		return r.IsNil()
	default:
		return false
	}
}
