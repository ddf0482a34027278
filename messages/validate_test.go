package messages_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

// faultsOf returns the joined faults of an error, one a line.
func faultsOf(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestValidateGood(t *testing.T) {
	t.Parallel()
	entries := map[string]string{"": ""}
	delete(entries, "")
	for i := range 16 {
		entries[strings.Repeat("k", 62)+strconv.Itoa(10+i)] = strings.Repeat("v", 512)
	}
	choices := make([]messages.Choice, 10)
	for i := range choices {
		choices[i] = messages.Choice{Text: "Day", Value: strconv.Itoa(i)}
	}
	for _, tt := range []struct {
		name    string
		message messages.Message
	}{
		{name: "text", message: messages.Text("Hello")},
		{name: "everything", message: messages.Message{
			ID: "visitor 1/é✓", Text: "**Hi**\n\t", Format: messages.Markdown,
			Attachments: []messages.Attachment{
				{
					Kind: messages.Image, URL: "https://example.com/a%20b.png?x=1#y", Name: "Ä b.png", MIME: "image/png; q=1",
					Caption: "two\nlines", SHA256: strings.Repeat("aF", 32), Size: math.MaxInt64,
				},
				{Kind: messages.File, URL: "http://[::1]:8080"},
			},
			Location: &messages.Location{Latitude: -90, Longitude: 180, Name: "Pole"},
			Choices:  []messages.Choice{{Text: "Yes"}, {Text: "No", Value: "no"}}, Choice: "yes", ReplyTo: "7",
			Metadata: map[string]string{"a": "", "b": "line\nline"},
		}},
		{name: "attachment alone", message: messages.Message{Attachments: []messages.Attachment{{Kind: messages.Sticker, URL: "https://example.com"}}}},
		{name: "location alone", message: messages.Message{Location: &messages.Location{}}},
		{name: "choices alone", message: messages.Message{Choices: choices}},
		{name: "choice alone", message: messages.Message{Choice: "yes"}},
		{name: "longest text", message: messages.Text(strings.Repeat("é", 10_000))},
		{name: "longest id", message: messages.Message{ID: strings.Repeat("x", 128), Text: "a"}},
		{name: "most metadata", message: messages.Message{Text: "a", Metadata: entries}},
		{name: "most attachments", message: messages.Message{Attachments: slicesRepeat(messages.Attachment{Kind: messages.Audio, URL: "https://example.com"}, 10)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := tt.message.Validate(messages.Limits{}); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func slicesRepeat[T any](one T, n int) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = one
	}
	return all
}

func TestValidateFaults(t *testing.T) {
	t.Parallel()
	with := func(a messages.Attachment) messages.Message {
		if a.Kind == "" {
			a.Kind = messages.File
		}
		if a.URL == "" {
			a.URL = "https://example.com"
		}
		return messages.Message{Attachments: []messages.Attachment{a}}
	}
	at := func(url string) messages.Message { return with(messages.Attachment{URL: url}) }
	location := func(latitude, longitude float64) messages.Message {
		return messages.Message{Location: &messages.Location{Latitude: latitude, Longitude: longitude}}
	}
	metadata := func(key, value string) messages.Message {
		return messages.Message{Text: "a", Metadata: map[string]string{key: value}}
	}
	choices := func(list ...messages.Choice) messages.Message { return messages.Message{Choices: list} }
	const blank = "text: is blank, and there is no attachment, location or choice"
	for _, tt := range []struct {
		name    string
		message messages.Message
		want    []string
	}{
		{name: "nothing", want: []string{blank}},
		{name: "blank", message: messages.Text(" \n\u200b"), want: []string{blank}},
		{name: "blank choice of a visitor", message: messages.Message{Choice: " "}, want: []string{blank}},
		{name: "metadata says nothing", message: messages.Message{ID: "1", ReplyTo: "2", Metadata: map[string]string{"a": "b"}}, want: []string{blank}},
		{name: "long text", message: messages.Text(strings.Repeat("é", 10_001)), want: []string{"text: has 10001 characters, at most 10000 are allowed"}},
		{name: "invalid text", message: messages.Text("a\xff"), want: []string{"text: is not valid UTF-8"}},
		{name: "NUL in the text", message: messages.Text("a\x00"), want: []string{"text: holds a NUL character"}},
		{name: "format", message: messages.Message{Text: "a", Format: "html"}, want: []string{"format: must be empty or markdown"}},
		{name: "long id", message: messages.Message{ID: strings.Repeat("é", 256) + "x", Text: "a"}, want: []string{"id: has 513 bytes, at most 512 are allowed"}},
		{name: "blank ids", message: messages.Message{ID: " ", ReplyTo: "  ", Text: "a"}, want: []string{"id: is blank", "reply_to: is blank"}},
		{name: "id of two lines", message: messages.Message{ID: "a\nb", Text: "a"}, want: []string{"id: holds a character that is not printable"}},
		{name: "id with NUL", message: messages.Message{ID: "a\x00", Text: "a"}, want: []string{"id: holds a NUL character"}},
		{name: "id with a filler", message: messages.Message{ID: "a\u3164", Text: "a"}, want: []string{"id: holds a character that is not printable"}},
		{name: "blank id", message: messages.Message{ID: " \u3000", Text: "a"}, want: []string{"id: is blank"}},
		{name: "id with an invisible character", message: messages.Message{ReplyTo: "a\u200b", Text: "a"}, want: []string{"reply_to: holds a character that is not printable"}},
		{name: "invalid id", message: messages.Message{ReplyTo: "a\xff", Text: "a"}, want: []string{"reply_to: is not valid UTF-8"}},
		{name: "long choice", message: messages.Message{Choice: strings.Repeat("a", 257)}, want: []string{"choice: has 257 characters, at most 256 are allowed"}},

		{name: "kind", message: with(messages.Attachment{Kind: "gif"}), want: []string{"attachments[0].kind: must be image, audio, video, file or sticker"}},
		{name: "no kind and no URL", message: messages.Message{Attachments: []messages.Attachment{{}}}, want: []string{
			"attachments[0].kind: must be image, audio, video, file or sticker",
			"attachments[0].url: is required",
		}},
		{name: "ftp", message: at("ftp://example.com/a"), want: []string{"attachments[0].url: must start with https:// or http://"}},
		{name: "javascript", message: at("javascript:alert(1)"), want: []string{"attachments[0].url: must start with https:// or http://"}},
		{name: "relative", message: at("/a.png"), want: []string{"attachments[0].url: must start with https:// or http://"}},
		{name: "no host", message: at("https:///a.png"), want: []string{"attachments[0].url: names no host"}},
		{name: "port alone", message: at("https://:443/a.png"), want: []string{"attachments[0].url: names no host"}},
		{name: "opaque", message: at("https:example.com"), want: []string{"attachments[0].url: names no host"}},
		{name: "credentials", message: at("https://example.com@example.org/"), want: []string{"attachments[0].url: must not hold credentials"}},
		{name: "not a URL", message: at("https://exa mple.com"), want: []string{"attachments[0].url: is not a URL"}},
		{name: "URL of two lines", message: at("https://example.com/\na"), want: []string{"attachments[0].url: is not a URL"}},
		{name: "invalid URL", message: at("https://example.com/\xff"), want: []string{"attachments[0].url: is not valid UTF-8"}},
		{name: "long URL", message: at("https://example.com/" + strings.Repeat("a", 2029)), want: []string{"attachments[0].url: has 2049 bytes, at most 2048 are allowed"}},
		{name: "name of two lines", message: with(messages.Attachment{Name: "a\nb"}), want: []string{"attachments[0].name: holds a control character"}},
		{name: "MIME", message: with(messages.Attachment{MIME: "png"}), want: []string{"attachments[0].mime: is not a media type such as image/png"}},
		{name: "caption", message: with(messages.Attachment{Caption: strings.Repeat("a", 1025)}), want: []string{"attachments[0].caption: has 1025 characters, at most 1024 are allowed"}},
		{name: "short digest", message: with(messages.Attachment{SHA256: "abcd"}), want: []string{"attachments[0].sha256: must be 64 hexadecimal digits"}},
		{name: "odd digest", message: with(messages.Attachment{SHA256: strings.Repeat("g", 64)}), want: []string{"attachments[0].sha256: must be 64 hexadecimal digits"}},
		{name: "size", message: with(messages.Attachment{Size: -1}), want: []string{"attachments[0].size: is negative"}},
		{name: "too many attachments", message: messages.Message{Attachments: make([]messages.Attachment, 11)}, want: append(
			[]string{"attachments: there are 11, at most 10 are allowed"}, emptyAttachments(10)...)},

		{name: "north of the pole", message: location(90.1, 0), want: []string{"location.latitude: must be a number from -90 to 90"}},
		{name: "not a number", message: location(math.NaN(), math.Inf(1)), want: []string{
			"location.latitude: must be a number from -90 to 90",
			"location.longitude: must be a number from -180 to 180",
		}},
		{name: "around the earth", message: location(0, -180.5), want: []string{"location.longitude: must be a number from -180 to 180"}},

		{name: "blank choice", message: choices(messages.Choice{Text: " ", Value: "a"}), want: []string{"choices[0].text: is blank"}},
		{name: "same values", message: choices(messages.Choice{Text: "A", Value: "1"}, messages.Choice{Text: "1"}), want: []string{"choices[1].value: is the same as that of choices[0]"}},
		{name: "long labels", message: choices(messages.Choice{Text: strings.Repeat("é", 257), Value: strings.Repeat("a", 257)}), want: []string{
			"choices[0].text: has 257 characters, at most 256 are allowed",
			"choices[0].value: has 257 characters, at most 256 are allowed",
		}},

		{name: "metadata without a key", message: metadata("", "a"), want: []string{"metadata[]: the key is empty"}},
		{name: "long key", message: metadata(strings.Repeat("k", 65), "a"), want: []string{`metadata["` + strings.Repeat("k", 64) + `"…]: key: has 65 bytes, at most 64 are allowed`}},
		{name: "long value", message: metadata("k", strings.Repeat("v", 513)), want: []string{"metadata[k]: has 513 bytes, at most 512 are allowed"}},
		{name: "invalid metadata", message: metadata("k\xff", "v\x00"), want: []string{`metadata["k\xff"]: key: is not valid UTF-8`, `metadata["k\xff"]: holds a NUL character`}},

		{name: "several at once", message: messages.Message{
			ID: "\t", Format: "x", Attachments: []messages.Attachment{
				{Kind: messages.Image, URL: "https://example.com"},
				{Kind: messages.Image, URL: "https://example.com"},
				{Kind: messages.Image, URL: "file:///etc/passwd", Size: -7},
			},
		}, want: []string{
			"id: holds a character that is not printable",
			"format: must be empty or markdown",
			"attachments[2].url: must start with https:// or http://",
			"attachments[2].size: is negative",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, faultsOf(tt.message.Validate(messages.Limits{}))); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func emptyAttachments(n int) []string {
	var faults []string
	for i := range n {
		path := "attachments[" + strconv.Itoa(i) + "]."
		faults = append(faults, path+"kind: must be image, audio, video, file or sticker", path+"url: is required")
	}
	return faults
}

// What only concerns showing is mended: what Mend returns has no such fault, and says the rest unchanged.
func TestMend(t *testing.T) {
	t.Parallel()
	const url = "https://example.com/"
	mended := func(a messages.Attachment) messages.Attachment {
		a.URL = url
		m := messages.Message{ID: "1", Text: "a", Attachments: []messages.Attachment{{Kind: messages.Image, URL: url, MIME: "image/png"}, a}}
		before := slicesRepeat(m.Attachments[1], 1)
		got := m.Mend(messages.Limits{Label: 100})
		if diff := cmp.Diff(before[0], m.Attachments[1]); diff != "" {
			t.Errorf("the message itself was changed (-want +got):\n%s", diff)
		}
		if got.ID != "1" || got.Text != "a" || len(got.Attachments) != 2 || got.Attachments[0] != m.Attachments[0] {
			t.Errorf("mended too much: %+v", got)
		}
		if err := got.Validate(messages.Limits{Label: 100}); err != nil {
			t.Errorf("%+v: %v", got, err)
		}
		return got.Attachments[1]
	}
	for _, tt := range []struct {
		name string
		kind messages.AttachmentKind
		mime string
		want messages.Attachment
	}{
		{"as it should be", messages.Audio, "audio/ogg; codecs=opus", messages.Attachment{Kind: messages.Audio, MIME: "audio/ogg; codecs=opus"}},
		{"a kind of another platform", "voice_note", "audio/ogg", messages.Attachment{Kind: messages.File, MIME: "audio/ogg"}},
		{"no kind", "", "", messages.Attachment{Kind: messages.File}},
		{"no media type", messages.Image, "png", messages.Attachment{Kind: messages.Image}},
		{"a broken media type", messages.Image, "image/png; =", messages.Attachment{Kind: messages.Image}},
		{"a media type of two lines", messages.Image, "image/png;\n a=b", messages.Attachment{Kind: messages.Image}},
		{"a media type with NUL", messages.Image, "image/\x00", messages.Attachment{Kind: messages.Image}},
		{"a media type that is not UTF-8", messages.Image, "image/png; a=\"\xff\"", messages.Attachment{Kind: messages.Image}},
		{"a long media type", messages.Image, "image/" + strings.Repeat("x", 100), messages.Attachment{Kind: messages.Image}},
	} {
		tt.want.URL = url
		if diff := cmp.Diff(tt.want, mended(messages.Attachment{Kind: tt.kind, MIME: tt.mime})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestValidateLimits(t *testing.T) {
	t.Parallel()
	m := messages.Message{
		ID: "12", Text: "äöü",
		Attachments: slicesRepeat(messages.Attachment{Kind: messages.Image, URL: "https://example.com", Name: "ab", Caption: "ab"}, 2),
		Choices:     []messages.Choice{{Text: "ab"}, {Text: "c"}},
		Metadata:    map[string]string{"ab": "cd", "ef": "gh"},
	}
	small := messages.Limits{
		Text: 2, Attachments: 1, Choices: 1, Metadata: 1, MetadataKey: 1, MetadataValue: 1, ID: 1, URL: 1, Label: 1, Caption: 1,
	}
	want := []string{
		"id: has 2 bytes, at most 1 are allowed",
		"text: has 3 characters, at most 2 are allowed",
		"attachments: there are 2, at most 1 are allowed",
		"attachments[0].url: has 19 bytes, at most 1 are allowed",
		"attachments[0].name: has 2 characters, at most 1 are allowed",
		"attachments[0].caption: has 2 characters, at most 1 are allowed",
		"choices: there are 2, at most 1 are allowed",
		"choices[0].text: has 2 characters, at most 1 are allowed",
		"metadata: there are 2 entries, at most 1 are allowed",
		"metadata[ab]: key: has 2 bytes, at most 1 are allowed",
		"metadata[ab]: has 2 bytes, at most 1 are allowed",
	}
	if diff := cmp.Diff(want, faultsOf(m.Validate(small))); diff != "" {
		t.Errorf("small limits (-want +got):\n%s", diff)
	}
	huge := messages.Message{
		ID: strings.Repeat("x", 1000), Text: strings.Repeat("x", 20_000),
		Attachments: slicesRepeat(messages.Attachment{
			Kind: messages.Image, URL: "https://example.com/" + strings.Repeat("x", 5000),
			Name: strings.Repeat("x", 1000), Caption: strings.Repeat("x", 5000),
		}, 20),
		Metadata: map[string]string{strings.Repeat("x", 100): strings.Repeat("x", 1000)},
	}
	if err := huge.Validate(messages.Limits{}); err == nil {
		t.Error("default limits: got no fault")
	}
	none := messages.Limits{
		Text: -1, Attachments: -1, Choices: -1, Metadata: -1, MetadataKey: -1, MetadataValue: -1, ID: -1, URL: -1, Label: -1, Caption: -1,
	}
	if err := huge.Validate(none); err != nil {
		t.Errorf("no limits: got %v", err)
	}
}

// No fault may carry what people wrote: faults are logged and sent back to sources.
func TestValidateQuotesNothing(t *testing.T) {
	t.Parallel()
	const secret = "geheim"
	m := messages.Message{
		ID: secret + "\n", Text: secret + "\x00", Format: secret,
		Attachments: []messages.Attachment{{
			Kind: secret, URL: "https://" + secret + " x", Name: secret + "\n", MIME: secret, Caption: secret + "\xff", SHA256: secret,
		}},
		Location: &messages.Location{Latitude: 100, Name: secret + "\n"},
		Choices:  []messages.Choice{{Text: secret + "\n", Value: secret + "\n"}, {Text: secret, Value: secret + "\n"}},
		Choice:   secret + "\x00", ReplyTo: secret + "\t",
		Metadata: map[string]string{"k": secret + "\x00"},
	}
	faults := faultsOf(m.Validate(messages.Limits{}))
	if got, want := len(faults), 18; got != want {
		t.Errorf("got %d faults, want %d:\n%s", got, want, strings.Join(faults, "\n"))
	}
	for _, fault := range faults {
		if strings.Contains(fault, secret) {
			t.Errorf("quotes the message: %s", fault)
		}
	}
}
