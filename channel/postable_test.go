package channel_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// What could not be posted is refused at once, with its field, and changes nothing: it is not recorded as said, only to
// fail on its way.
func TestReplyPostable(t *testing.T) {
	t.Parallel()
	unbounded := messages.Limits{Choices: -1, Label: -1, Metadata: -1, MetadataKey: -1, MetadataValue: -1}
	long := strings.Repeat("x", 300<<10)
	for name, test := range map[string]struct {
		by    channel.Staff
		m     messages.Message
		field string
	}{
		"avatar":         {channel.Staff{ID: "ann", AvatarURL: long}, messages.Text("hi"), "staff.avatar_url: "},
		"avatar's NUL":   {channel.Staff{ID: "ann", AvatarURL: "https://a.example/\x00"}, messages.Text("hi"), "staff.avatar_url: "},
		"avatar's bytes": {channel.Staff{ID: "ann", AvatarURL: "https://a.example/\xff"}, messages.Text("hi"), "staff.avatar_url: "},
		"metadata value": {channel.Staff{ID: "ann"}, messages.Message{Text: "hi", Metadata: map[string]string{"k": long}}, "message: "},
		"metadata key":   {channel.Staff{ID: "ann"}, messages.Message{Text: "hi", Metadata: map[string]string{long: "v"}}, "message: "},
		"choice":         {channel.Staff{ID: "ann"}, messages.Message{Choices: []messages.Choice{{Text: long}}}, "message: "},
		"choice's value": {channel.Staff{ID: "ann"}, messages.Message{Choices: []messages.Choice{{Text: "a", Value: long}}}, "message: "},
		"tapped choice":  {channel.Staff{ID: "ann"}, messages.Message{Choice: long}, "message: "},
		"place":          {channel.Staff{ID: "ann"}, messages.Message{Location: &messages.Location{Name: long}}, "message: "},
		"avatar and text": {
			channel.Staff{ID: "ann", AvatarURL: strings.Repeat("&", 32<<10)}, messages.Message{Text: "hi", Metadata: map[string]string{"k": long[:100<<10]}}, "message: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.settings.Limits = unbounded })
			id := w.hear("hello")
			w.run()
			_, err := w.ch.Reply(t.Context(), id, test.by, test.m)
			if !errors.Is(err, channel.ErrInvalid) || !strings.Contains(err.Error(), test.field) {
				t.Errorf("Reply: %.200v", err)
			}
			if _, err := w.ch.Engage(t.Context(), "another", test.by, test.m); !errors.Is(err, channel.ErrInvalid) || !strings.Contains(err.Error(), test.field) {
				t.Errorf("Engage: %.200v", err)
			}
			w.wantStatus(id, channel.Opened)
		})
	}
}

// The most that is let through is posted, however JSON writes it: names and ids of the longest, all of characters that
// take six bytes.
func TestReplyLargest(t *testing.T) {
	t.Parallel()
	amps := func(n int) string { return strings.Repeat("&", n) }
	w := newWorld(t, func(w *world) {
		s := &w.settings
		s.Limits = messages.Limits{Metadata: -1, MetadataKey: -1, MetadataValue: -1}
		s.Source, s.Messages.DisplayName, s.Messages.NameInText = amps(200), messages.FullName, true
	})
	id := w.hearIn(channel.Inbound{Visitor: channel.Visitor{ID: channel.VisitorID(amps(512))}, Message: messages.Message{ID: amps(512), Text: "hello"}})
	w.run()
	by := channel.Staff{ID: "ann", AvatarURL: amps(32 << 10), Person: messages.Person{FirstName: strings.Repeat("&\u0301", 80)}}
	refused := 0
	for size := 60 << 10; size >= 40<<10; size -= 1 << 10 {
		m := messages.Message{Text: "hi", Format: messages.Markdown, ReplyTo: amps(512), Metadata: map[string]string{"k": strings.Repeat("x", size)}}
		given, err := w.ch.Reply(t.Context(), id, by, m)
		if errors.Is(err, channel.ErrInvalid) {
			refused++
			continue
		}
		w.must(err)
		w.run()
		for e, err := range w.ch.Transcript(t.Context(), id) {
			w.must(err)
			if e.ID == given && e.Delivery != channel.Sent {
				t.Errorf("%s: %s %s", e.ID, e.Delivery, e.Err)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused: the sizes are too small")
	}
}
