package channel

import (
	"net/http"
	"strings"

	"github.com/usherchat/usher/internal/exact"
	"github.com/usherchat/usher/messages"
)

// The requests of the incoming API, read to the letter: see package exact. Names that are not known are ignored, null
// is what was not given.

// wrongType says why a request's body cannot be read, "" if it can.
func wrongType(h http.Header) string {
	media, err := exact.MediaType(h)
	switch {
	case err != nil:
		return err.Error()
	case media == "" || media == "application/json" || strings.HasSuffix(media, "+json"):
		return ""
	default:
		return "the body must be application/json"
	}
}

// readExact reads a body as read says, if it is exact.
func readExact[T any](body []byte, read func(*exact.Reader) T) (T, error) {
	r, err := exact.NewReader(body)
	if err != nil {
		return *new(T), err
	}
	in := read(r)
	return in, r.Err()
}

func readInbound(r *exact.Reader) (in Inbound) {
	for name := range r.Members() {
		switch name {
		case "visitor":
			in.Visitor = readVisitor(r)
		case "message":
			in.Message = readMessage(r)
		case "sent_at":
			in.SentAt = r.Time()
		}
	}
	return in
}

func readVisitor(r *exact.Reader) (v Visitor) {
	for name := range r.Members() {
		switch name {
		case "id":
			v.ID = VisitorID(r.String())
		case "first_name":
			v.FirstName = r.String()
		case "last_name":
			v.LastName = r.String()
		case "family_first":
			v.FamilyFirst = r.Bool()
		case "name":
			v.Name = r.String()
		case "avatar_url":
			v.AvatarURL = r.String()
		case "locale":
			v.Locale = r.String()
		case "attributes":
			v.Attributes = r.Strings()
		}
	}
	return v
}

func readMessage(r *exact.Reader) (m messages.Message) {
	for name := range r.Members() {
		switch name {
		case "id":
			m.ID = r.String()
		case "text":
			m.Text = r.String()
		case "format":
			m.Format = messages.Format(r.String())
		case "attachments":
			for range r.Items() {
				m.Attachments = append(m.Attachments, readAttachment(r))
			}
		case "location":
			m.Location = readLocation(r)
		case "choices":
			for range r.Items() {
				m.Choices = append(m.Choices, readChoice(r))
			}
		case "choice":
			m.Choice = r.String()
		case "reply_to":
			m.ReplyTo = r.String()
		case "metadata":
			m.Metadata = r.Strings()
		}
	}
	return m
}

func readAttachment(r *exact.Reader) (a messages.Attachment) {
	for name := range r.Members() {
		switch name {
		case "kind":
			a.Kind = messages.AttachmentKind(r.String())
		case "url":
			a.URL = r.String()
		case "name":
			a.Name = r.String()
		case "mime":
			a.MIME = r.String()
		case "caption":
			a.Caption = r.String()
		case "sha256":
			a.SHA256 = r.String()
		case "size":
			a.Size = r.Int()
		}
	}
	return a
}

// readLocation reads a place, which has both coordinates: 0 is a place too.
func readLocation(r *exact.Reader) *messages.Location {
	if r.Null() {
		return nil
	}
	var l messages.Location
	missing := map[string]bool{"latitude": true, "longitude": true}
	for name := range r.Members() {
		if missing[name] && !r.Null() {
			delete(missing, name)
		}
		switch name {
		case "latitude":
			l.Latitude = r.Float()
		case "longitude":
			l.Longitude = r.Float()
		case "name":
			l.Name = r.String()
		}
	}
	for _, name := range []string{"latitude", "longitude"} {
		if missing[name] {
			r.Fault(name, "is required")
		}
	}
	return &l
}

func readChoice(r *exact.Reader) (c messages.Choice) {
	for name := range r.Members() {
		switch name {
		case "text":
			c.Text = r.String()
		case "value":
			c.Value = r.String()
		}
	}
	return c
}

func readReceipt(r *exact.Reader) (in Receipt) {
	for name := range r.Members() {
		switch name {
		case "message":
			in.Message = MessageID(r.String())
		case "status":
			in.Status = Delivery(r.String())
		case "reason":
			in.Reason = r.String()
		case "at":
			in.At = r.Time()
		}
	}
	if blank(string(in.Message)) {
		r.Fault("message", "is required")
	}
	return in
}

// readTyping reads who is typing.
func readTyping(r *exact.Reader) (v VisitorID) {
	for name := range r.Members() {
		if name == "visitor" {
			v = VisitorID(r.String())
		}
	}
	return v
}
