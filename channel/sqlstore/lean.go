package sqlstore

import (
	"time"

	"github.com/usherchat/usher/channel"
)

// lean turns values into their lean form.
type lean struct {
	conversation string // ids leave it out
	unfit        bool   // there was something that the lean form cannot say
}

// time is an instant in Unix nanoseconds, 0 = the zero Time.
func (l *lean) time(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	n := t.UnixNano()
	if n == 0 || !time.Unix(0, n).Equal(t) {
		l.unfit = true
	}
	return n
}

// instant is the instant that was turned into n, in UTC.
func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// id is an id without its conversation.
func (l *lean) id(id conversation.EnquiryID) string {
	if id == "" {
		return ""
	}
	if id.Conversation() != l.conversation || l.conversation == "" {
		l.unfit = true
		return ""
	}
	return string(id[len(l.conversation):])
}

// enquiryID is the id that was turned into rest.
func enquiryID(conversation, rest string) conversation.EnquiryID {
	if rest == "" {
		return ""
	}
	return conversation.EnquiryID(conversation + rest)
}

// unless is a text, or nothing when the reader takes it to be that anyway.
func (l *lean) unless(text, known string) string {
	if text == known {
		return ""
	}
	if text == "" {
		l.unfit = true
	}
	return text
}
