package webhook

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/benbjohnson/clock"
	"golang.org/x/time/rate"
)

// The defaults of [Config]. Where they come from is said at its fields.
const (
	DefaultTimeout          = 15 * time.Second
	DefaultDialTimeout      = 5 * time.Second
	DefaultTLSTimeout       = 5 * time.Second
	DefaultHeaderTimeout    = 10 * time.Second
	DefaultRate             = rate.Inf // none
	DefaultBurst            = 40
	DefaultMaxInFlight      = 16
	DefaultMaxInFlightTotal = 256
	DefaultMaxEndpoints     = 10_000
	DefaultMaxResponse      = 64 << 10
	DefaultUserAgent        = "Usher-Webhook/1 (+https://github.com/usherchat/usher)"
)

// Config is the settings of a [Client]. The zero Config is for production.
type Config struct {
	// Clock is the time of signatures, schedule, rate, breaker and pauses; nil is
	// the real one. The time-outs below and the pauses of Challenge always run on
	// real time.
	Clock clock.Clock
	// Timeout bounds a whole exchange, the answer's body included; 0 is 15 s, as
	// Standard Webhooks recommends (15–30 s).
	Timeout time.Duration
	// DialTimeout (5 s, looking the name up included) and TLSTimeout (5 s) bound
	// its parts. HeaderTimeout (10 s, or two thirds of a longer Timeout) is until
	// the answer's header is there, counted from the beginning.
	DialTimeout, TLSTimeout, HeaderTimeout time.Duration
	// Rate and Burst bound the requests per second to one origin: a Rate of 0 or
	// less is no bound, MaxInFlight being one already; with a Rate, a Burst of 0
	// is 40. What is beyond them is deferred with [ErrOpen].
	Rate  rate.Limit
	Burst int
	// MaxInFlight bounds the requests at one time to one origin, MaxInFlightTotal
	// those to all: 0 is 16 and 256. An origin with none in flight is given a place
	// beyond the total too, so that all together are at most MaxInFlightTotal and
	// one for each of MaxEndpoints.
	MaxInFlight, MaxInFlightTotal int
	// MaxEndpoints bounds how many origins' states are remembered, and how many
	// endpoints' settings are kept checked; 0 is 10 000. A state is 1 KiB, up to 8
	// KiB of a busy origin; settings are their URL, secrets and headers. The least
	// recently used is forgotten.
	MaxEndpoints int
	Retry        Retry
	Breaker      Breaker

	// AllowHTTP admits http:// URLs.
	AllowHTTP bool
	// AllowNetworks are addresses that may be dialled beside the public internet,
	// such as the host's own network. IPv4 networks hold for IPv4 hidden in IPv6.
	AllowNetworks []netip.Prefix
	// Resolver looks names up; nil is net.DefaultResolver. Whatever it answers, the
	// addresses are checked.
	Resolver *net.Resolver
	// RootCAs verify endpoints' certificates; nil is the system's.
	RootCAs *x509.CertPool
	// Wrap puts the host's own round tripper, for tracing, around the guarded
	// transport.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Transport is for tests: it replaces the guarded transport and with it the
	// address check.
	Transport http.RoundTripper

	// UserAgent is sent unless the endpoint's own headers say otherwise.
	UserAgent string
	// MaxResponse is how much of an answer's body is read, so that its connection
	// can be used again; 0 is 64 KiB. The first 4 KiB are kept.
	MaxResponse int64
	// Observe hears of each attempt, after it and outside of locks, in the
	// goroutine that made it. It must not block.
	Observe func(Attempt)
	// Logger is told when a breaker opens or closes; nil is silence.
	Logger *slog.Logger
}

// A Client sends events to endpoints. It is safe for concurrent use, starts
// nothing and needs no closing; one per process is best, because its limits hold
// for what goes through it.
type Client struct {
	clock                  clock.Clock
	timeout, headerTimeout time.Duration
	retry                  Retry
	allowHTTP              bool
	guard                  *guard // nil: Config.Transport
	transport              http.RoundTripper
	closeIdle              func()
	userAgent              string
	maxResponse            int64
	observe                func(Attempt)
	logger                 *slog.Logger
	routes                 *routes
	gates                  *gates
}

// NewClient checks the settings, reports every fault with its field, and fills
// in the defaults.
func NewClient(c Config) (*Client, error) {
	c = c.withDefaults()
	guard, err := newGuard(c.AllowNetworks)
	if err := errors.Join(c.validate(), err); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	client := &Client{
		clock: c.Clock, timeout: c.Timeout, headerTimeout: c.HeaderTimeout, retry: c.Retry, allowHTTP: c.AllowHTTP,
		transport: c.Transport, userAgent: c.UserAgent, maxResponse: c.MaxResponse,
		observe: c.Observe, logger: c.Logger,
		routes: newRoutes(c.MaxEndpoints),
		gates: newGates(limits{
			rate: c.Rate, burst: c.Burst, each: c.MaxInFlight, all: c.MaxInFlightTotal,
			origins: c.MaxEndpoints, breaker: c.Breaker,
		}),
	}
	if client.transport == nil {
		client.guard = guard
		client.transport = newTransport(&c, guard)
	}
	client.closeIdle = func() {}
	if t, ok := client.transport.(interface{ CloseIdleConnections() }); ok {
		client.closeIdle = t.CloseIdleConnections
	}
	if c.Wrap != nil {
		if client.transport = c.Wrap(client.transport); client.transport == nil {
			return nil, errors.New("webhook: Wrap returned nil")
		}
	}
	return client, nil
}

// Retry returns the schedule as configured, with the defaults filled in.
func (c *Client) Retry() Retry {
	r := c.retry
	r.Delays = slices.Clone(r.Delays)
	return r
}

// CloseIdleConnections closes connections that are kept for the next request.
func (c *Client) CloseIdleConnections() { c.closeIdle() }

// Format implements [fmt.Formatter] with the type alone: what is inside changes
// while it is looked at and holds URLs in full.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("webhook.Client")) }

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.DialTimeout = cmp.Or(c.DialTimeout, DefaultDialTimeout)
	c.TLSTimeout = cmp.Or(c.TLSTimeout, DefaultTLSTimeout)
	c.HeaderTimeout = cmp.Or(c.HeaderTimeout, max(DefaultHeaderTimeout, c.Timeout/3*2))
	if c.Rate <= 0 {
		c.Rate = DefaultRate
	}
	c.Burst = cmp.Or(c.Burst, DefaultBurst)
	c.MaxInFlight = cmp.Or(c.MaxInFlight, DefaultMaxInFlight)
	c.MaxInFlightTotal = cmp.Or(c.MaxInFlightTotal, max(DefaultMaxInFlightTotal, c.MaxInFlight))
	c.MaxEndpoints = cmp.Or(c.MaxEndpoints, DefaultMaxEndpoints)
	c.MaxResponse = cmp.Or(c.MaxResponse, DefaultMaxResponse)
	c.UserAgent = cmp.Or(c.UserAgent, DefaultUserAgent)
	c.Retry = c.Retry.withDefaults()
	c.Retry.Delays = slices.Clone(c.Retry.Delays)
	c.Breaker = c.Breaker.withDefaults()
	return c
}

func (c Config) validate() error {
	var faults []error
	fault := func(field, what string) { faults = append(faults, fmt.Errorf("%s: %s", field, what)) }
	negative := func(field string, is bool) {
		if is {
			fault(field, "negative")
		}
	}
	negative("Timeout", c.Timeout < 0)
	negative("DialTimeout", c.DialTimeout < 0)
	negative("TLSTimeout", c.TLSTimeout < 0)
	negative("HeaderTimeout", c.HeaderTimeout < 0)
	negative("Burst", c.Burst < 0)
	negative("MaxInFlight", c.MaxInFlight < 0)
	negative("MaxInFlightTotal", c.MaxInFlightTotal < 0)
	negative("MaxEndpoints", c.MaxEndpoints < 0)
	negative("MaxResponse", c.MaxResponse < 0)
	if math.IsNaN(float64(c.Rate)) {
		fault("Rate", "not a number")
	}
	if !validValue(c.UserAgent) {
		fault("UserAgent", "control characters")
	}
	return errors.Join(append(faults, c.Retry.validate(), c.Breaker.validate())...)
}
