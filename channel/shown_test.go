package channel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// unseen are ids that a person cannot tell from another.
var unseen = map[string]string{
	"a control":                "a\x1bb",
	"a line feed":              "a\nb",
	"a C1 control":             "a\u0085b",
	"a bidi control":           "a\u202eb",
	"an isolate":               "a\u2066b",
	"a mark of direction":      "a\u200fb",
	"a line separator":         "a\u2028b",
	"a paragraph separator":    "a\u2029b",
	"a zero-width space":       "a\u200bb",
	"a Hangul filler":          "a\u3164b",
	"a grapheme joiner":        "a\u034fb",
	"a selector":               "a\ufe0fb",
	"hidden tags":              "a\U000e0041",
	"invalid UTF-8":            "a\xffb",
	"half of a surrogate pair": "a\xed\xa0\x80b",
	"what was invalid":         "a\ufffdb",
	"blank":                    " \u00a0",
	"nothing":                  "",
}

// An id that cannot be told from another is refused, whoever gives it, with an error that names the field.
func TestUnseenIDs(t *testing.T) {
	t.Parallel()
	for name, id := range unseen {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			e := w.hear("hello")
			ctx, v, by := t.Context(), channel.VisitorID(id), channel.Staff{ID: id}
			hi := messages.Text("hi")
			receive := func(in channel.Inbound) error {
				_, err := w.ch.Receive(ctx, in)
				return err
			}
			for _, tt := range []struct {
				op, field string
				err       error
			}{
				{"receive", "visitor.id", receive(channel.Inbound{Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: "1", Text: "hi"}})},
				{"receive", "message", receive(channel.Inbound{Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: id, Text: "hi"}})},
				{"engage", "visitor.id", second(w.ch.Engage(ctx, v, ann, hi))},
				{"engage", "staff.id", second(w.ch.Engage(ctx, "w", by, hi))},
				{"accept", "staff.id", w.ch.Accept(ctx, e, by)},
				{"decline", "staff.id", w.ch.Decline(ctx, e, by)},
				{"reply", "staff.id", second(w.ch.Reply(ctx, e, by, hi))},
				{"transfer", "staff.id", w.ch.Transfer(ctx, e, by, routing.Staff("bob"))},
				{"transfer", "rule: id", w.ch.Transfer(ctx, e, ann, routing.Staff(id))},
				{"close", "staff.id", w.ch.Close(ctx, e, by)},
			} {
				if !errors.Is(tt.err, channel.ErrInvalid) || !strings.Contains(tt.err.Error(), tt.field) {
					t.Errorf("%s: %v, want ErrInvalid that names %s", tt.op, tt.err, tt.field)
				} else if odd(tt.err.Error()) {
					t.Errorf("%s: the error shows what it refuses: %+q", tt.op, tt.err)
				}
			}
			settings := w.settings
			settings.Routing = routing.Alternative{routing.Staff("ann"), routing.Team(id)}
			if err := settings.Validate(); err == nil || !strings.Contains(err.Error(), "Settings.Routing: rules[1].id") || odd(err.Error()) {
				t.Errorf("settings: %+q, want a fault of the rule's id", err)
			}
			if id == "" {
				return
			}
			if err := receive(channel.Inbound{Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "2", Text: "hi", ReplyTo: id}}); !errors.Is(err, channel.ErrInvalid) {
				t.Errorf("an answer to it: %v", err)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// odd reports whether a text is not one line that shows what it says.
func odd(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) ||
			r == unicode.ReplacementChar
	})
}

// names are shown too, and need what their language needs.
func TestNamesAreLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		good bool
	}{
		{"Support", true},
		{"サポート　窓口", true},
		{"پشتیبانی\u200cفروش", true},
		{"Help ❤\ufe0f", true},
		{"👩\u200d💻", true},
		{"a\u202eb", false},
		{"a\u2028b", false},
		{"a\u200bb", false},
		{"a\nb", false},
		{"a\xff", false},
		{" ", false},
	} {
		w := newWorld(t)
		w.settings.Name, w.settings.Source = tt.name, tt.name
		err := w.settings.Validate()
		switch {
		case tt.good && err != nil:
			t.Errorf("%+q: %v", tt.name, err)
		case !tt.good && (err == nil || !strings.Contains(err.Error(), "Settings.Name") || !strings.Contains(err.Error(), "Settings.Source")):
			t.Errorf("%+q: %v, want two faults", tt.name, err)
		}
	}
}

const trick = "first\u2028second \u202eevil\u2066 \x1b[31m\u3164\ufffd\xff end"

// What others say is shown as one line that says what it shows: reasons of a Router, of a receipt, of an endpoint,
// and errors in the log.
func TestForeignWordsAreCleaned(t *testing.T) {
	t.Parallel()
	const want = "first second evil [31m end"
	var log bytes.Buffer
	w := newWorld(t, func(w *world) {
		w.config.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		w.settings.Routing, w.settings.Router = nil, routing.RouterFunc(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
			return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff("ann")}}.
				Because(routing.Reason{Rule: "mine\u202e", Code: "co\u200bde", Text: trick}), nil
		})
	})
	id := w.hear("hello")
	e := w.enquiry(id)
	reason := routing.Reason{Rule: "mine", Code: "code", Text: want}
	if len(e.Reasons) != 1 || e.Reasons[0] != reason || !strings.HasSuffix(e.Why, ": "+want) {
		t.Errorf("the enquiry says why: %+q, %+q", e.Why, e.Reasons)
	}
	said := w.say(id, ann, "hi")
	w.must(w.ch.Receipt(t.Context(), channel.Receipt{Message: said, Status: channel.Failed, Reason: trick}))
	if got := w.host.last(channel.MessageFailed).Err; got != want {
		t.Errorf("the host is told the reason %+q, want %q", got, want)
	}
	w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (failed) "+want)

	w.host.setHook(func(context.Context, channel.Event) error { return errors.New(trick) })
	w.hear("again")
	if line := log.String(); !strings.Contains(line, want) || odd(line) {
		t.Errorf("the log says %+q, want %q", line, want)
	}
}

// A Router that fails is quoted as one line, too.
func TestErrorOfARouterIsCleaned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.Routing, w.settings.Router = nil, routing.RouterFunc(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
			return routing.Decision{}, errors.New(trick)
		})
	})
	e := w.enquiry(w.hear("hello"))
	const want = "routing failed: first second evil [31m end"
	if e.Why != want || len(e.Reasons) != 1 || e.Reasons[0].Text != want {
		t.Errorf("the enquiry says why: %+q, %+q; want %q", e.Why, e.Reasons, want)
	}
	custom := routing.Custom{Name: "mine\u202e", Router: routing.RouterFunc(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
		return routing.Decision{}, errors.New(trick)
	})}
	w = newWorld(t, by(routing.Alternative{custom, routing.Staff("ann")}))
	e = w.enquiry(w.hear("hello"))
	if text, err := json.Marshal(e.Reasons); err != nil || odd(e.Why) || odd(string(text)) || !strings.Contains(e.Why, "evil") {
		t.Errorf("of a custom rule it says %+q, %+q, %v", e.Why, e.Reasons, err)
	}
}

// A fault is told on a line of its own, whatever the request holds.
func TestProblemsAreCleaned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, body := range []string{
		`{"visitor":{"id":"a\u202eb"},"message":{"id":"1\u2028","text":"hi"}}`,
		`{"visitor":{"id":"a","attributes":{"b\u202ec":"d"}},"message":{"id":"1","text":"hi"}}`,
		`{"visitor":{"id":"a","attributes":{"\u2028":""}},"message":{"id":"1","text":"hi"}}`,
		`{"visitor":{"id":"a"},"message":{"id":"1","text":"hi","metadata":{"k\u202e\u2028":"\u0000"}}}`,
		`{"visitor":{"id":"a","\u202elocale":5,"locale":5},"message":{}}`,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/shop/messages", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.settings.Tokens[0])
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.hub.Handler().ServeHTTP(rec, r)
		var problem struct{ Detail string }
		answer, _ := io.ReadAll(rec.Body)
		if err := json.Unmarshal(answer, &problem); err != nil || rec.Code != http.StatusBadRequest || problem.Detail == "" || odd(problem.Detail) {
			t.Errorf("%s: %d %s, %v", body, rec.Code, answer, err)
		}
	}
}
