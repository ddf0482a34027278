package promise_test

import (
	"context"
	"crypto/x509"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"golang.org/x/time/rate"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

var ( // messages
	_ func(string) messages.Message                                   = messages.Text
	_ func(messages.Message, messages.Limits) error                   = messages.Message.Validate
	_ func(messages.DisplayName, messages.Person) string              = messages.DisplayName.Format
	_ encoding.TextMarshaler                                          = messages.FullName
	_ encoding.TextUnmarshaler                                        = (*messages.DisplayName)(nil)
	_ func(string) (*messages.Template, error)                        = messages.Parse
	_ func(*messages.Template, messages.Vars) string                  = (*messages.Template).Render
	_ func(messages.Settings) (*messages.Replies, error)              = messages.New
	_ func(*messages.Replies, messages.Vars) (messages.Message, bool) = (*messages.Replies).Welcome
	_ func(*messages.Replies, messages.Vars) (messages.Message, bool) = (*messages.Replies).Away
	_ func(*messages.Replies, messages.Vars) (messages.Message, bool) = (*messages.Replies).Closing

	_ = messages.Message{
		ID: "", Text: "", Format: messages.Plain, Attachments: []messages.Attachment(nil), Location: (*messages.Location)(nil),
		Choices: []messages.Choice(nil), Choice: "", ReplyTo: "", Metadata: map[string]string(nil),
	}
	_ = messages.Attachment{Kind: messages.Image, URL: "", Name: "", MIME: "", Caption: "", SHA256: "", Size: int64(0)}
	_ = messages.Location{Latitude: float64(0), Longitude: float64(0), Name: ""}
	_ = messages.Choice{Text: "", Value: ""}
	_ = messages.Person{FirstName: "", LastName: "", FamilyFirst: false}
	_ = messages.Vars{
		Visitor: messages.Person{}, Staff: messages.Person{}, VisitorName: "", Channel: "", Source: "", Locale: "",
		Now: time.Time{}, NextOpening: time.Time{},
	}
	_ = messages.AutoReply{Off: false, Texts: map[string]string(nil)}
	_ = messages.Settings{
		DisplayName: messages.NoName, NameInText: false, Welcome: messages.AutoReply{}, Away: messages.AutoReply{}, Closing: messages.AutoReply{},
	}
)

var ( // routing
	_ routing.Router                                                = routing.RouterFunc(nil)
	_ routing.Router                                                = (*routing.Plan)(nil)
	_ routing.Presence                                              = routing.Everyone
	_ routing.Presence                                              = (*routing.Roster)(nil)
	_ func(routing.State) bool                                      = routing.State.Available
	_ func(routing.Decision) []routing.Reason                       = routing.Decision.Reasons
	_ func(routing.Decision, ...routing.Reason) routing.Decision    = routing.Decision.Because
	_ fmt.Stringer                                                  = routing.Decision{}
	_ func(string) routing.Destination                              = routing.Staff
	_ func(string) routing.Destination                              = routing.Team
	_ func(string) routing.Destination                              = routing.Bot
	_ func(int, int) routing.TimeOfDay                              = routing.At
	_ func(routing.Rule) (*routing.Plan, error)                     = routing.New
	_ func(*routing.Plan, routing.Rule) (*routing.Plan, error)      = (*routing.Plan).With
	_ decide                                                        = (*routing.Plan).Route
	_ decide                                                        = (*routing.Plan).Peek
	_ func(*routing.Plan, time.Time) (time.Time, bool)              = (*routing.Plan).NextOpening
	_ func(*routing.Plan) []routing.Finding                         = (*routing.Plan).Findings
	_ func([]byte) (routing.Rule, error)                            = routing.ParseRule
	_ func([]byte, map[string]routing.Router) (routing.Rule, error) = routing.ParseRuleWith
	_ func(routing.Rule) ([]byte, error)                            = routing.MarshalRule
	_ func(clock.Clock) *routing.Roster                             = routing.NewRoster
	_ func(*routing.Roster, string, routing.Status, time.Duration)  = (*routing.Roster).Set
	_ func(*routing.Roster, string, int)                            = (*routing.Roster).SetCapacity
	_ func(*routing.Roster, string)                                 = (*routing.Roster).Took
	_ func(*routing.Roster, string)                                 = (*routing.Roster).Freed

	_ = []routing.Rule{
		routing.Staff("ann"),
		routing.Alternative{},
		routing.Percentage{routing.Share{Percent: float64(0), To: routing.Rule(nil)}},
		routing.Time{
			Zone: "", Conditions: []routing.Condition{{Days: []time.Weekday(nil), From: routing.TimeOfDay(0), To: routing.TimeOfDay(0), Then: routing.Rule(nil)}},
			Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.May, Day: 1}, From: 0, To: 0, Then: routing.Rule(nil)}}, Otherwise: routing.Rule(nil),
		},
		routing.Sticky{For: time.Duration(0), Wait: time.Duration(0), Then: routing.Rule(nil)},
		routing.Group{ID: "", Method: routing.FixedOrder, Members: []routing.Destination(nil), Wait: time.Duration(0)},
		routing.Custom{Name: "", Router: routing.Router(nil)},
	}
	_ = routing.Enquiry{
		ID: "", Channel: "", Visitor: "", Locale: "", At: time.Time{}, Attributes: map[string]string(nil), LastStaff: "",
		LastAt: time.Time{}, Tried: []routing.Destination(nil),
	}
	_ = routing.State{Status: routing.Active, Load: int(0), Capacity: int(0), Since: time.Time{}}
	_ = routing.Decision{
		Outcome: routing.NoneAvailable, Destinations: []routing.Destination(nil), Wait: time.Duration(0), NextOpening: time.Time{},
	}
	_                              = routing.Reason{Rule: "", Code: "", Text: ""}
	_                              = routing.Finding{Path: "", Code: "", Text: ""}
	_ map[routing.Destination]bool = nil // comparable
	_                              = routing.Destination{Kind: routing.KindStaff, ID: ""}
	_ []routing.Outcome            = []routing.Outcome{routing.NoneAvailable, routing.Offer, routing.Closed, routing.Exhausted}
)

type decide = func(*routing.Plan, context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error)

var ( // webhook
	_ func() webhook.Secret                                                                             = webhook.NewSecret
	_ func(string) (webhook.Secret, error)                                                              = webhook.ParseSecret
	_ func(webhook.Secret) string                                                                       = webhook.Secret.Reveal
	_ fmt.Formatter                                                                                     = webhook.Secret("")
	_ slog.LogValuer                                                                                    = webhook.Secret("")
	_ encoding.TextMarshaler                                                                            = webhook.Secret("")
	_ encoding.TextUnmarshaler                                                                          = (*webhook.Secret)(nil)
	_ func(webhook.Config) (*webhook.Client, error)                                                     = webhook.NewClient
	_ func(*webhook.Client, context.Context, webhook.Endpoint) error                                    = (*webhook.Client).Challenge
	_ func(*webhook.Client, context.Context, webhook.Endpoint, webhook.Event) (webhook.Response, error) = (*webhook.Client).Post
	_ func(*webhook.Client, context.Context, webhook.Endpoint, webhook.Event) (webhook.Response, error) = (*webhook.Client).Deliver
	_ func(*webhook.Client) webhook.Retry                                                               = (*webhook.Client).Retry
	_ func(*webhook.Client)                                                                             = (*webhook.Client).CloseIdleConnections
	_ func(webhook.Retry, int, error) (time.Duration, bool)                                             = webhook.Retry.Next
	_ func(webhook.Secret, string, time.Time, []byte) string                                            = webhook.Sign
	_ func([]webhook.Secret, http.Header, []byte, time.Time, time.Duration) error                       = webhook.Verify
	_ func(webhook.ReceiverConfig) (http.Handler, error)                                                = webhook.NewReceiver

	_ = webhook.Endpoint{URL: "", Secrets: []webhook.Secret(nil), Header: http.Header(nil)}
	_ = webhook.Event{ID: "", Type: "", Time: time.Time{}, Data: json.RawMessage(nil)}
	_ = webhook.Config{
		Clock: clock.Clock(nil), Timeout: time.Duration(0), Rate: rate.Limit(0), Burst: int(0), Retry: webhook.Retry{},
		Breaker: webhook.Breaker{}, AllowHTTP: false, AllowNetworks: []netip.Prefix(nil), RootCAs: (*x509.CertPool)(nil),
		Wrap: func(rt http.RoundTripper) http.RoundTripper { return rt }, Transport: http.RoundTripper(nil), UserAgent: "",
		MaxResponse: int64(0), Logger: (*slog.Logger)(nil),
	}
	_                = webhook.Response{Status: int(0), Attempts: int(0), Header: http.Header(nil), Body: []byte(nil), Took: time.Duration(0)}
	_ *webhook.Error = &webhook.Error{Op: "", URL: "", Status: int(0), Permanent: false, RetryAfter: time.Duration(0), Err: error(nil)}
	_                = webhook.Retry{Delays: []time.Duration(nil), Jitter: float64(0), MaxAge: time.Duration(0)}
	_                = webhook.Breaker{
		Failures: int(0), Sample: int(0), Ratio: float64(0), Window: time.Duration(0), Open: time.Duration(0), MaxOpen: time.Duration(0),
	}
	_ = webhook.ReceiverConfig{
		Secrets: []webhook.Secret(nil), AllowUnsigned: false, Handle: func(context.Context, webhook.Event) error { return nil },
		Clock: clock.Clock(nil), Tolerance: time.Duration(0), MaxBody: int64(0), Logger: (*slog.Logger)(nil),
	}
)

func TestWordsOfRooms(t *testing.T) {
	t.Parallel()
	same(t, map[messages.Format]string{messages.Plain: "", messages.Markdown: "markdown"})
	same(t, map[messages.AttachmentKind]string{
		messages.Image: "image", messages.Audio: "audio", messages.Video: "video", messages.File: "file", messages.Sticker: "sticker",
	})
	same(t, map[routing.Status]string{
		routing.Active: "active", routing.Idle: "idle", routing.Busy: "busy", routing.Offline: "offline",
	})
	same(t, map[routing.Kind]string{routing.KindStaff: "staff", routing.KindTeam: "team", routing.KindBot: "bot"})
	same(t, map[routing.Method]string{
		routing.FixedOrder: "fixed_order", routing.RoundRobin: "round_robin", routing.MostIdle: "most_idle", routing.Simultaneous: "simultaneous",
	})
	for want, d := range map[string]messages.DisplayName{"none": messages.NoName, "first": messages.FirstName, "full": messages.FullName} {
		if got, err := d.MarshalText(); err != nil || string(got) != want {
			t.Errorf("display name %d is %q, %v; promised as %q", d, got, err, want)
		}
	}
	for i, err := range []error{
		webhook.ErrChallenge, webhook.ErrBlocked, webhook.ErrExhausted, webhook.ErrOpen, webhook.ErrSignature, webhook.ErrTimestamp, webhook.ErrTooLarge,
	} {
		if err == nil {
			t.Errorf("sentinel %d is nil", i)
		}
	}
	if messages.MaxRendered != 4096 {
		t.Errorf("MaxRendered is %d", messages.MaxRendered)
	}
	if routing.NoneAvailable != 0 {
		t.Error("NoneAvailable is not the zero Outcome")
	}
}
