package messages

import "cmp"

// Message is what one side says to the other, once. The zero value says nothing and does not pass
// [Message.Validate]. A Message is plain data: copying it shares its slices and its map.
type Message struct {
	// ID is the author's own id of the message: the idempotency key, unique per conversation and
	// side (visitor, staff, automatic).
	ID string `json:"id,omitempty"`
	// Text is what is said, in Format. It may be empty where something else is said.
	Text   string `json:"text,omitempty"`
	Format Format `json:"format,omitempty"`

	Attachments []Attachment `json:"attachments,omitempty"`
	Location    *Location    `json:"location,omitempty"`

	// Choices are the quick replies offered with the message. [Message.PlainText] lists them for
	// sources that have no buttons.
	Choices []Choice `json:"choices,omitempty"`
	// Choice is the value ([Choice.Answer]) of the choice that a visitor tapped.
	Choice string `json:"choice,omitempty"`

	// ReplyTo is the message that this one answers, by the id that this side knows it by.
	ReplyTo string `json:"reply_to,omitempty"`
	// Metadata travels with the message and is never shown.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Text returns a message that says text and nothing else, in [Plain].
func Text(text string) Message { return Message{Text: text} }

// Format says how the text of a message is marked up.
type Format string

// The formats of a text. Markdown is carried as written: which dialect a source shows is its own affair.
const (
	Plain    Format = ""
	Markdown Format = "markdown"
)

// Attachment is a file that a message points to. The library never fetches it.
type Attachment struct {
	Kind AttachmentKind `json:"kind,omitempty"`
	// URL is where the file is, absolute, http or https, without credentials.
	URL string `json:"url,omitempty"`
	// Name is the file's name, MIME its media type such as "image/png", Caption the text shown with it.
	Name    string `json:"name,omitempty"`
	MIME    string `json:"mime,omitempty"`
	Caption string `json:"caption,omitempty"`
	// SHA256 is the digest of the file in 64 hexadecimal digits; empty: unknown.
	SHA256 string `json:"sha256,omitempty"`
	// Size is in bytes; 0: unknown.
	Size int64 `json:"size,omitempty"`
}

// AttachmentKind says how an attachment is best shown.
type AttachmentKind string

// The kinds of attachment. What fits none of the others is a [File].
const (
	Image   AttachmentKind = "image"
	Audio   AttachmentKind = "audio"
	Video   AttachmentKind = "video"
	File    AttachmentKind = "file"
	Sticker AttachmentKind = "sticker"
)

// Location is a point on the earth, in degrees (WGS 84): latitude −90 to 90, north positive;
// longitude −180 to 180, east positive. Both are always written as JSON, for 0 is a place.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	// Name is what people call the place; it may be empty.
	Name string `json:"name,omitempty"`
}

// Choice is a quick reply: a button with a text. Value is what [Message.Choice] holds when it is
// tapped; where it is empty, Text is.
type Choice struct {
	Text  string `json:"text,omitempty"`
	Value string `json:"value,omitempty"`
}

// Answer returns what a tap on the choice sends: its Value, else its Text.
func (c Choice) Answer() string { return cmp.Or(c.Value, c.Text) }
