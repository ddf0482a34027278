package channel

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/messages"
)

// Limits of what a source may say of a visitor.
const (
	maxID             = 512 // of visitors, staff and messages, in bytes: Matrix's have 255
	minIDLimit        = 64  // our own ids, which replies name, are as long
	maxVisitorName    = 512
	maxURL            = 2048
	maxAvatar         = 32 << 10 // of staff: the host's own, such as a data URL; six times as much as JSON is still posted
	maxLocale         = 64
	maxAttributes     = 32
	maxAttributeKey   = 64
	maxAttributeValue = 512
	maxReason         = 500 // of a receipt, and of what is told or logged of an error
)

// checkInbound returns all faults of a visitor's message, each with its path.
func checkInbound(in Inbound, l messages.Limits) error {
	var faults []error
	if err := checkVisitorID(in.Visitor.ID); err != nil {
		faults = append(faults, err)
	}
	v := in.Visitor
	for _, f := range []struct {
		path, value string
		limit       int
	}{
		{"visitor.first_name", v.FirstName, maxVisitorName},
		{"visitor.last_name", v.LastName, maxVisitorName},
		{"visitor.name", v.Name, maxVisitorName},
		{"visitor.locale", v.Locale, maxLocale},
	} {
		if err := checkText(f.path, f.value, f.limit); err != nil {
			faults = append(faults, err)
		}
	}
	if err := checkURL("visitor.avatar_url", v.AvatarURL, cmp.Or(l.URL, maxURL)); err != nil {
		faults = append(faults, err)
	}
	if len(v.Attributes) > maxAttributes {
		faults = append(faults, fmt.Errorf("visitor.attributes: at most %d entries", maxAttributes))
	}
	for name, value := range v.Attributes {
		if blank(name) || len(name) > maxAttributeKey || !printable.Line(name) {
			faults = append(faults, fmt.Errorf("visitor.attributes: a name must be 1 to %d bytes of printable text", maxAttributeKey))
		} else if err := checkText("visitor.attributes."+name, value, maxAttributeValue); err != nil {
			faults = append(faults, err)
		}
	}
	if err := checkTime("sent_at", in.SentAt); err != nil {
		faults = append(faults, err)
	}
	if blank(in.Message.ID) {
		faults = append(faults, errors.New("message.id: is required"))
	}
	faults = append(faults, checkMessage(in.Message, l))
	return errors.Join(faults...)
}

// checkMessage returns all faults of a message, each with its path.
func checkMessage(m messages.Message, l messages.Limits) error {
	err := m.Validate(l)
	joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err)
	if !ok {
		return nil
	}
	var faults []error
	for _, fault := range joined.Unwrap() {
		faults = append(faults, fmt.Errorf("message.%w", fault))
	}
	return errors.Join(faults...)
}

func checkVisitorID(v VisitorID) error {
	return checkID("visitor.id", string(v))
}

func checkID(path, id string) error {
	if len(id) > maxID || !printable.ID(id) {
		return fmt.Errorf("%s: must be 1 to %d bytes of printable text that is not blank", path, maxID)
	}
	return nil
}

func checkText(path, value string, limit int) error {
	switch {
	case len(value) > limit:
		return fmt.Errorf("%s: at most %d bytes", path, limit)
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return fmt.Errorf("%s: must be valid UTF-8 without NUL", path)
	default:
		return nil
	}
}

// checkTime refuses what could not be written as JSON again.
func checkTime(path string, at time.Time) error {
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return fmt.Errorf("%s: must be in the years 1 to 9999", path)
	}
	return nil
}

// sourceTime is a time of the source as it is recorded.
func sourceTime(at time.Time) time.Time { return at.Round(0).UTC() }

// checkURL checks a URL of at most limit bytes; a negative limit is none.
func checkURL(path, value string, limit int) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if limit >= 0 && len(value) > limit {
		return fmt.Errorf("%s: at most %d bytes", path, limit)
	}
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("%s: must be an absolute http or https URL", path)
	}
	return nil
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
