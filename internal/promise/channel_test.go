package promise_test

import (
	"context"
	"database/sql"
	"iter"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"golang.org/x/time/rate"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/channel/storetest"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

type (
	hub  = channel.Hub
	ch   = channel.Channel
	ctx  = context.Context
	by   = channel.Staff
	eid  = channel.EnquiryID
	mid  = channel.MessageID
	vid  = channel.VisitorID
	errs = error
)

var (
	_ func(channel.HubConfig) (*hub, errs)                            = channel.NewHub
	_ func(*hub, ctx, channel.Settings) (*ch, errs)                   = (*hub).Connect
	_ func(*hub, string) bool                                         = (*hub).Disconnect
	_ func(*hub, string) (*ch, bool)                                  = (*hub).Channel
	_ func(*hub) iter.Seq[*ch]                                        = (*hub).Channels
	_ func(*hub, ctx) errs                                            = (*hub).Run
	_ func(*hub, ctx) errs                                            = (*hub).RunDue
	_ func(*hub)                                                      = (*hub).Wake
	_ func(*hub) http.Handler                                         = (*hub).Handler
	_ func(*hub, ctx, eid) (channel.Enquiry, errs)                    = (*hub).Enquiry
	_ func(*hub, ctx, channel.Query) iter.Seq2[channel.Enquiry, errs] = (*hub).Enquiries
	_ func() string                                                   = channel.NewToken

	_ func(*ch, ctx, channel.Inbound) (channel.Accepted, errs)       = (*ch).Receive
	_ func(*ch, ctx, channel.Receipt) errs                           = (*ch).Receipt
	_ func(*ch, ctx, vid) errs                                       = (*ch).Typing
	_ func(*ch, ctx, eid, by) errs                                   = (*ch).StaffTyping
	_ func(*ch, ctx, eid, by) errs                                   = (*ch).Accept
	_ func(*ch, ctx, eid, by) errs                                   = (*ch).Decline
	_ func(*ch, ctx, eid, by, messages.Message) (mid, errs)          = (*ch).Reply
	_ func(*ch, ctx, eid, by, routing.Rule) errs                     = (*ch).Transfer
	_ func(*ch, ctx, eid, by) errs                                   = (*ch).Close
	_ func(*ch, ctx, vid, by, messages.Message) (eid, errs)          = (*ch).Engage
	_ func(*ch, ctx, eid) (channel.Enquiry, errs)                    = (*ch).Enquiry
	_ func(*ch, ctx, channel.Query) iter.Seq2[channel.Enquiry, errs] = (*ch).Enquiries
	_ func(*ch, ctx, eid) iter.Seq2[channel.Entry, errs]             = (*ch).Transcript
	_ func(*ch, ctx, time.Time, time.Time) (channel.Report, errs)    = (*ch).Report
	_ func(*ch, ctx, mid) errs                                       = (*ch).Redeliver
	_ func(*ch, ctx, vid) errs                                       = (*ch).Forget
	_ func(*ch, ctx) errs                                            = (*ch).Verify
	_ func(*ch, ctx) errs                                            = (*ch).Suspend
	_ func(*ch, ctx) errs                                            = (*ch).Resume
	_ func(*ch) channel.Settings                                     = (*ch).Settings
	_ http.Handler                                                   = (*ch)(nil)

	_ channel.Store                                           = channel.NewMemStore()
	_ func(*sql.DB, sqlstore.Dialect) (*sqlstore.Store, errs) = sqlstore.New
	_ func(sqlstore.Config) (*sqlstore.Store, errs)           = sqlstore.NewWith
	_ func(*sqlstore.Store, ctx) errs                         = (*sqlstore.Store).Migrate
	_ func(*testing.T, func(testing.TB) channel.Store)        = storetest.Run
	_ channel.Store                                           = (*sqlstore.Store)(nil)
	_                                                         = []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL}
	_                                                         = sqlstore.Config{DB: nil, Dialect: sqlstore.SQLite, Prefix: ""}

	_ = channel.HubConfig{
		Notify: func(context.Context, channel.Event) error { return nil }, Store: channel.Store(nil), Webhooks: (*webhook.Client)(nil),
		Presence: routing.Presence(nil), Clock: clock.Clock(nil), Logger: (*slog.Logger)(nil), Workers: int(0),
		DrainTimeout: time.Duration(0), Observe: func(channel.Observation) {},
	}
	_ = channel.Settings{
		ID: "", Source: "", Name: "", Webhook: webhook.Endpoint{}, Tokens: []string(nil), Routing: routing.Rule(nil),
		Router: routing.Router(nil), Messages: messages.Settings{}, OfferWait: time.Duration(0), MaxWait: time.Duration(0),
		AwayEvery: time.Duration(0), ReopenWithin: time.Duration(0), AutoClose: time.Duration(0),
		ChannelRate: rate.Limit(0), VisitorRate: rate.Limit(0), Sends: []string(nil), Limits: messages.Limits{},
	}
	_ = channel.Visitor{
		ID: vid(""), Person: messages.Person{}, Name: "", AvatarURL: "", Locale: "", Attributes: map[string]string(nil),
	}
	_ = channel.Inbound{Visitor: channel.Visitor{}, Message: messages.Message{}, SentAt: time.Time{}}
	_ = channel.Accepted{Enquiry: eid(""), Message: mid(""), Duplicate: false}
	_ = channel.Staff{ID: "", Person: messages.Person{}, Capacity: int(0), Bot: false}
	_ = channel.Receipt{Message: mid(""), Status: channel.Delivered, Reason: "", At: time.Time{}}
	_ = channel.Enquiry{
		ID: eid(""), Number: int64(0), Channel: "", Visitor: channel.Visitor{}, Status: channel.Opened, Staff: channel.Staff{},
		Offered: []routing.Destination(nil), OpenedAt: time.Time{}, AcceptedAt: time.Time{}, FirstReplyAt: time.Time{},
		MissedAt: time.Time{}, ClosedAt: time.Time{}, LastMessageAt: time.Time{}, Why: "", Reasons: []routing.Reason(nil), FollowUp: false,
	}
	_ = channel.Query{
		Channels: []string(nil), Status: []channel.Status(nil), Visitor: vid(""), Staff: "", Destination: routing.Destination{},
		From: time.Time{}, To: time.Time{}, Before: eid(""), Limit: int(0),
	}
	_ = channel.Entry{
		ID: mid(""), Seq: int64(0), At: time.Time{}, Author: channel.FromVisitor, Staff: "", DisplayName: "",
		Message: messages.Message{}, Delivery: channel.Queued, Err: "",
	}
	_ = channel.Event{
		ID: "", Type: channel.EnquiryOpened, At: time.Time{}, Channel: "", Enquiry: channel.Enquiry{}, Seq: int64(0),
		MessageID: mid(""), Message: (*messages.Message)(nil), Destinations: []routing.Destination(nil), Err: "",
	}
	_ *channel.Error = &channel.Error{Op: "", Channel: "", Err: error(nil)}
)

// What a report is read by.
func reported(r channel.Report) (from, to time.Time, counts []int, times []channel.Durations) {
	for range r.ByStaff {
		counts = append(counts, 1)
	}
	for range r.ByDestination {
		counts = append(counts, 1)
	}
	_ = r.Messages
	return r.From, r.To, append(counts, r.Opened, r.Handling, r.Missed, r.FollowedUp, r.Closed),
		[]channel.Durations{r.FirstReply, r.Handle}
}

// Words that are stored and sent.
func TestWordsOfChannels(t *testing.T) {
	t.Parallel()
	if _, _, counts, times := reported(channel.Report{}); len(counts) != 5 || len(times) != 2 {
		t.Errorf("%d counts and %d times", len(counts), len(times))
	}
	same(t, map[channel.Status]string{
		channel.Opened: "opened", channel.Handling: "handling", channel.Missed: "missed", channel.Closed: "closed",
	})
	same(t, map[channel.Author]string{
		channel.FromVisitor: "visitor", channel.FromStaff: "staff", channel.FromBot: "bot", channel.FromAuto: "auto",
	})
	same(t, map[channel.Delivery]string{
		channel.Queued: "queued", channel.Sent: "sent", channel.Delivered: "delivered", channel.Read: "read", channel.Failed: "failed",
	})
	same(t, map[channel.EventType]string{
		channel.EnquiryOpened: "enquiry.opened", channel.EnquiryOffered: "enquiry.offered",
		channel.EnquiryWithdrawn: "enquiry.withdrawn", channel.EnquiryWaiting: "enquiry.waiting",
		channel.EnquiryAccepted: "enquiry.accepted", channel.EnquiryTransferred: "enquiry.transferred",
		channel.EnquiryMissed: "enquiry.missed", channel.EnquiryClosing: "enquiry.closing", channel.EnquiryClosed: "enquiry.closed",
		channel.MessageReceived: "message.received", channel.MessageSent: "message.sent",
		channel.MessageDelivered: "message.delivered", channel.MessageRead: "message.read", channel.MessageFailed: "message.failed",
		channel.VisitorTyping: "visitor.typing", channel.ChannelSuspended: "channel.suspended", channel.ChannelResumed: "channel.resumed",
	})
	for i, err := range []error{
		channel.ErrNotFound, channel.ErrTaken, channel.ErrClosed, channel.ErrCapacity, channel.ErrSuspended, channel.ErrConflict,
	} {
		if err == nil {
			t.Errorf("sentinel %d is nil", i)
		}
	}
}

// same checks what constants of a kind are written as.
func same[T ~string](t *testing.T, words map[T]string) {
	t.Helper()
	for got, want := range words {
		if string(got) != want {
			t.Errorf("%q is promised as %q", got, want)
		}
	}
}
