package messages

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/usherchat/usher/internal/printable"
)

// Limits bounds what [Message.Validate] lets through. In every field zero means the default
// written beside it and a negative number means no limit. Characters are code points.
type Limits struct {
	Text          int `json:"text,omitempty"`           // characters of Message.Text: 10 000
	Attachments   int `json:"attachments,omitempty"`    // 10
	Choices       int `json:"choices,omitempty"`        // 10
	Metadata      int `json:"metadata,omitempty"`       // entries: 16
	MetadataKey   int `json:"metadata_key,omitempty"`   // bytes: 64
	MetadataValue int `json:"metadata_value,omitempty"` // bytes: 512
	// ID is bytes of Message.ID and Message.ReplyTo: 512. Instagram's ids have up to 168, those of Matrix 255.
	ID      int `json:"id,omitempty"`
	URL     int `json:"url,omitempty"`     // bytes of Attachment.URL: 2 048
	Label   int `json:"label,omitempty"`   // characters of a name, a MIME type and the text or value of a choice: 256
	Caption int `json:"caption,omitempty"` // characters of Attachment.Caption: 1 024
}

func (l Limits) withDefaults() Limits {
	limit := func(n, byDefault int) int {
		if n < 0 {
			return math.MaxInt
		}
		return cmp.Or(n, byDefault)
	}
	return Limits{
		Text:          limit(l.Text, 10_000),
		Attachments:   limit(l.Attachments, 10),
		Choices:       limit(l.Choices, 10),
		Metadata:      limit(l.Metadata, 16),
		MetadataKey:   limit(l.MetadataKey, 64),
		MetadataValue: limit(l.MetadataValue, 512),
		ID:            limit(l.ID, 512),
		URL:           limit(l.URL, 2_048),
		Label:         limit(l.Label, 256),
		Caption:       limit(l.Caption, 1_024),
	}
}

// Validate reports everything that is wrong with the message, as one error that joins a fault for
// each ([errors.Join]); nil: nothing is. A fault starts with the path of its field as JSON names it,
// such as "attachments[2].url: …". Faults quote nothing of the message but the keys of its metadata, so
// they may be logged.
//
// A message says something: it has a text that is not blank, an attachment, a location, choices or
// a choice. Every string is UTF-8 without NUL. Ids hold no control, direction or unseen character and are not blank; an empty one is
// allowed here, because who needs an id and who is given one is the channel's rule. URLs are absolute,
// http or https, and carry no credentials. Coordinates are finite and on the earth. The choices of
// one message have different answers. Where there are more attachments, choices or metadata entries
// than allowed, that is told and the ones beyond the limit are not looked at.
func (m Message) Validate(l Limits) error {
	c := check{limits: l.withDefaults()}
	c.id("id", m.ID)
	c.text("text", m.Text, c.limits.Text)
	if m.Format != Plain && m.Format != Markdown {
		c.fault("format", "must be empty or markdown")
	}
	for i, a := range c.attachments(m.Attachments) {
		c.attachment(index("attachments", i), a)
	}
	if m.Location != nil {
		c.location("location", *m.Location)
	}
	c.choices("choices", m.Choices)
	c.text("choice", m.Choice, c.limits.Label)
	c.id("reply_to", m.ReplyTo)
	c.metadata("metadata", m.Metadata)
	if isBlank(m.Text) && len(m.Attachments)+len(m.Choices) == 0 && m.Location == nil && isBlank(m.Choice) {
		c.fault("text", "is blank, and there is no attachment, location or choice")
	}
	return errors.Join(c.faults...)
}

// check collects the faults of one message.
type check struct {
	limits Limits
	faults []error
}

func (c *check) fault(path, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

// sound reports whether s is UTF-8 without NUL and tells when it is not.
func (c *check) sound(path, s string) bool {
	switch {
	case !utf8.ValidString(s):
		c.fault(path, "is not valid UTF-8")
	case strings.Contains(s, "\x00"):
		c.fault(path, "holds a NUL character")
	default:
		return true
	}
	return false
}

func (c *check) text(path, s string, limit int) {
	if !c.sound(path, s) {
		return
	}
	if n := utf8.RuneCountInString(s); n > limit {
		c.fault(path, "has %d characters, at most %d are allowed", n, limit)
	}
}

func (c *check) bytes(path, s string, limit int) {
	if !c.sound(path, s) {
		return
	}
	if len(s) > limit {
		c.fault(path, "has %d bytes, at most %d are allowed", len(s), limit)
	}
}

func (c *check) id(path, id string) {
	c.bytes(path, id, c.limits.ID)
	switch {
	case id == "", !utf8.ValidString(id), strings.Contains(id, "\x00"), printable.ID(id):
	case strings.ContainsFunc(id, printable.Hidden):
		c.fault(path, "holds a character that is not printable")
	default:
		c.fault(path, "is blank")
	}
}

// label checks a text of one line.
func (c *check) label(path, s string) {
	c.text(path, s, c.limits.Label)
	if strings.ContainsFunc(strings.ReplaceAll(s, "\x00", ""), unicode.IsControl) {
		c.fault(path, "holds a control character")
	}
}

func (c *check) attachments(list []Attachment) []Attachment {
	if len(list) > c.limits.Attachments {
		c.fault("attachments", "there are %d, at most %d are allowed", len(list), c.limits.Attachments)
		return list[:c.limits.Attachments]
	}
	return list
}

func (c *check) attachment(path string, a Attachment) {
	if !a.Kind.known() {
		c.fault(path+".kind", "must be image, audio, video, file or sticker")
	}
	c.url(path+".url", a.URL)
	c.label(path+".name", a.Name)
	c.label(path+".mime", a.MIME)
	if a.MIME != "" && !isMediaType(a.MIME) {
		c.fault(path+".mime", "is not a media type such as image/png")
	}
	c.text(path+".caption", a.Caption, c.limits.Caption)
	if a.SHA256 != "" {
		if sum, err := hex.DecodeString(a.SHA256); err != nil || len(sum) != 32 {
			c.fault(path+".sha256", "must be 64 hexadecimal digits")
		}
	}
	if a.Size < 0 {
		c.fault(path+".size", "is negative")
	}
}

func (c *check) url(path, s string) {
	if s == "" {
		c.fault(path, "is required")
		return
	}
	faults := len(c.faults)
	c.bytes(path, s, c.limits.URL)
	if len(c.faults) > faults {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil: // its text quotes the URL
		c.fault(path, "is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		c.fault(path, "must start with https:// or http://")
	case u.Hostname() == "":
		c.fault(path, "names no host")
	case u.User != nil:
		c.fault(path, "must not hold credentials")
	}
}

func (c *check) location(path string, l Location) {
	// The comparisons are false for NaN.
	if !(math.Abs(l.Latitude) <= 90) {
		c.fault(path+".latitude", "must be a number from -90 to 90")
	}
	if !(math.Abs(l.Longitude) <= 180) {
		c.fault(path+".longitude", "must be a number from -180 to 180")
	}
	c.label(path+".name", l.Name)
}

func (c *check) choices(path string, list []Choice) {
	if len(list) > c.limits.Choices {
		c.fault(path, "there are %d, at most %d are allowed", len(list), c.limits.Choices)
		list = list[:c.limits.Choices]
	}
	first := make(map[string]int, len(list))
	for i, choice := range list {
		at := index(path, i)
		c.label(at+".text", choice.Text)
		if isBlank(choice.Text) {
			c.fault(at+".text", "is blank")
		}
		c.label(at+".value", choice.Value)
		if j, taken := first[choice.Answer()]; taken {
			c.fault(at+".value", "is the same as that of %s", index(path, j))
			continue
		}
		first[choice.Answer()] = i
	}
}

func (c *check) metadata(path string, entries map[string]string) {
	keys := slices.Sorted(maps.Keys(entries))
	if len(keys) > c.limits.Metadata {
		c.fault(path, "there are %d entries, at most %d are allowed", len(keys), c.limits.Metadata)
		keys = keys[:c.limits.Metadata]
	}
	for _, key := range keys {
		at := path + "[" + pathKey(key) + "]"
		if key == "" {
			c.fault(at, "the key is empty")
		}
		c.bytes(at+": key", key, c.limits.MetadataKey)
		c.bytes(at, entries[key], c.limits.MetadataValue)
	}
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// pathKey returns the key of a map as a path shows it: as it is where that is short and printable,
// else quoted and cut.
func pathKey(key string) string {
	const most = 64
	if len(key) > most {
		return strconv.QuoteToASCII(key[:most]) + "…"
	}
	if !printable.Line(key) {
		return strconv.QuoteToASCII(key)
	}
	return key
}
