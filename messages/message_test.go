package messages_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

func TestMessageJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		message messages.Message
		want    string
	}{
		{name: "nothing", want: `{}`},
		{name: "text", message: messages.Text("Hi"), want: `{"text":"Hi"}`},
		{name: "null island", message: messages.Message{Location: &messages.Location{}}, want: `{"location":{"latitude":0,"longitude":0}}`},
		{
			name: "everything",
			message: messages.Message{
				ID: "1", Text: "*a*", Format: messages.Markdown,
				Attachments: []messages.Attachment{{Kind: messages.Image, URL: "u", Name: "n", MIME: "m", Caption: "c", SHA256: "s", Size: 5}, {}},
				Location:    &messages.Location{Latitude: 1.5, Longitude: -2, Name: "p"},
				Choices:     []messages.Choice{{Text: "t", Value: "v"}, {Text: "w"}}, Choice: "v", ReplyTo: "0",
				Metadata: map[string]string{"k": "v"},
			},
			want: `{"id":"1","text":"*a*","format":"markdown",` +
				`"attachments":[{"kind":"image","url":"u","name":"n","mime":"m","caption":"c","sha256":"s","size":5},{}],` +
				`"location":{"latitude":1.5,"longitude":-2,"name":"p"},` +
				`"choices":[{"text":"t","value":"v"},{"text":"w"}],"choice":"v","reply_to":"0","metadata":{"k":"v"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(tt.message)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(text); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			var back messages.Message
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.message, back); diff != "" {
				t.Errorf("after a round trip (-want +got):\n%s", diff)
			}
		})
	}
}

// A source of a later version may send more than we know, and nulls for what it does not have.
func TestMessageJSONReadsKindly(t *testing.T) {
	t.Parallel()
	var got messages.Message
	const text = `{"text":"Hi","attachments":null,"location":null,"choices":[],"metadata":{"a":null},"format":"","reactions":["+1"]}`
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := messages.Message{Text: "Hi", Choices: []messages.Choice{}, Metadata: map[string]string{"a": ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := got.Validate(messages.Limits{}); err != nil {
		t.Error(err)
	}
}

func TestSettingsJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		settings messages.Settings
		want     string
	}{
		{name: "zero", want: `{}`},
		{
			name: "everything",
			settings: messages.Settings{
				DisplayName: messages.FullName, NameInText: true,
				Welcome: messages.AutoReply{Texts: map[string]string{"": "Hi", "de": "Hallo"}},
				Away:    messages.AutoReply{Off: true},
				Closing: messages.AutoReply{Texts: map[string]string{"en": "Bye"}},
			},
			want: `{"display_name":"full","name_in_text":true,"welcome":{"texts":{"":"Hi","de":"Hallo"}},"away":{"off":true},"closing":{"texts":{"en":"Bye"}}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(tt.settings)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(text); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			var back messages.Settings
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.settings, back); diff != "" {
				t.Errorf("after a round trip (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPersonJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal([]messages.Person{{}, {FirstName: "小明", LastName: "王", FamilyFirst: true}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), `[{},{"first_name":"小明","last_name":"王","family_first":true}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		message messages.Message
		want    string
	}{
		{name: "nothing"},
		{name: "text", message: messages.Text("Hi\nthere"), want: "Hi\nthere"},
		{name: "tapped choice", message: messages.Message{Choice: "yes"}, want: "yes"},
		{name: "tapped choice with its text", message: messages.Message{Text: "Yes, please", Choice: "yes"}, want: "Yes, please"},
		{
			name: "everything",
			message: messages.Message{
				Text: "Which day?", Attachments: []messages.Attachment{
					{Kind: messages.Image, URL: "https://example.com/1", Name: "plan.png", Caption: "The plan"},
					{Kind: messages.File, URL: "https://example.com/2"},
				},
				Location: &messages.Location{Latitude: 22.2819, Longitude: 114.1582, Name: "Front desk"},
				Choices:  []messages.Choice{{Text: "Monday", Value: "mo"}, {Text: "Tuesday"}},
			},
			want: "Which day?\nThe plan\nplan.png: https://example.com/1\nhttps://example.com/2\nFront desk: 22.2819, 114.1582\n1. Monday\n2. Tuesday",
		},
		{name: "place without a name", message: messages.Message{Location: &messages.Location{Latitude: 0.0000001, Longitude: -180}}, want: "0.0000001, -180"},
		{name: "attachment without a URL", message: messages.Message{Attachments: []messages.Attachment{{Name: "a"}, {}}}, want: "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.message.PlainText(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
