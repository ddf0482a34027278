package storetest

import (
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// fullHead returns a Head with a value in every field but ID and Version, which are the Store's. Its lanes are
// due.
func fullHead(e *conversation.Enquiry) conversation.Head {
	h := conversation.Head{
		Channel: "shop", Generation: "GENERA", Visitor: fullVisitor(), Seq: 11, Count: 12,
		Greeted: true, AwayAt: after(13), ClosingAt: after(18), Answered: true, LastStaff: "staff 14", LastAt: after(15), Forgotten: after(16),
		TakenSeq: 17, ClosingSeq: 18, Superseded: []int64{19, 20},
		Enquiry: e, Routing: fullRouting(), StateSeq: 17,
		State: &conversation.ChannelState{
			Proofs: []conversation.Proof{
				{URL: "hash 18", Secrets: []string{"print 19", "print 20"}, At: after(21)},
				{URL: "hash 22", Secrets: []string{"print 23"}, At: after(24)},
			},
			Suspended: true, Reason: "reason 25", Epoch: 26, ResumedAt: after(27), Reroute: true,
		},
	}
	for l := range h.Lane {
		n := int64(100 * (l + 1))
		h.Lane[l] = conversation.Cursor{
			Done: n + 1, Last: n + 2, Due: after(l).UnixNano(), Lease: after(9+l).UnixNano() + 1, Token: n + 5, Try: int(n) + 6,
		}
	}
	return h
}

func fullVisitor() conversation.Visitor {
	return conversation.Visitor{
		ID: "visitor 30", Person: messages.Person{FirstName: "first 31", LastName: "last 32", FamilyFirst: true},
		Name: "name 33", AvatarURL: "https://example.com/34", Locale: "de-CH",
		Attributes: map[string]string{"plan": "35", "city": "36"},
	}
}

func fullRouting() conversation.Routing {
	return conversation.Routing{
		Revision: 41, Pending: true, Tried: []routing.Destination{routing.Staff("42"), routing.Team("43")},
		Wait: 45 * time.Second, ToldAt: after(46), Offer: 47,
		Waiting: true, Since: after(48), Fails: 49, Retry: after(50), Away: true, Prefer: "staff 52",
		Rule: []byte(`{"type":"staff","id":"53"}`), Warned: true, Epoch: 54, ResumedAt: after(55),
	}
}

// fullEnquiry returns an Enquiry with a value in every field.
func fullEnquiry() conversation.Enquiry {
	return conversation.Enquiry{
		ID: "60", Number: 61, Channel: "shop", Visitor: fullVisitor(), Status: conversation.Handling,
		Staff: conversation.Staff{
			ID: "staff 62", Person: messages.Person{FirstName: "first 63", LastName: "last 64", FamilyFirst: true},
			AvatarURL: "https://example.com/65", Capacity: 66, Bot: true,
		},
		Offered:  []routing.Destination{routing.Staff("67"), routing.Team("68"), routing.Bot("69")},
		OpenedAt: after(70), AcceptedAt: after(71), FirstReplyAt: after(72), MissedAt: after(73), ClosedAt: after(74),
		LastMessageAt: after(75), Why: "why 76",
		Reasons: []routing.Reason{
			{Rule: "rule 77", Code: "code 78", Text: "text 79"}, {Rule: "rule 80", Code: "code 81", Text: "text 82"},
		},
		FollowUp: true, Destination: routing.Team("83"), ReopenedAt: after(84), FirstAcceptedAt: after(85),
		Messages: conversation.Messages{In: 86, Out: 87, Auto: 88, Failed: 89},
	}
}

// fullRecord returns a Record of an enquiry with a value in every field but Seq.
func fullRecord(of conversation.EnquiryID) conversation.Record {
	state, message := fullEnquiry(), kinds()[0]
	return conversation.Record{
		At: after(90), Enquiry: of, Once: "once 91", Notify: true, Deliver: true,
		Author: conversation.FromStaff, Staff: "staff 92", DisplayName: "name 93", AvatarURL: "https://example.com/94",
		Prefix: "Ann: ", Auto: conversation.AutoClosing, Post: "closed", Message: &message, SentAt: after(95),
		Expires: after(96), Delivery: conversation.Delivered, Err: "err 97",
		Event:        conversation.MessageFailed,
		Destinations: []routing.Destination{routing.Team("98"), routing.Staff("99")},
		State:        &state, StateSeq: 100, Ref: 101, RequeuedAs: 102, DeliveredAt: after(103), ReadAt: after(104), Wait: 105 * time.Second,
	}
}

// kinds returns messages of every kind, the first with a value in every field.
func kinds() []messages.Message {
	return []messages.Message{
		{
			ID: "id 110", Text: "text **111**", Format: messages.Markdown,
			Attachments: []messages.Attachment{
				{
					Kind: messages.Image, URL: "https://example.com/112?a=b&c=d#e", Name: "name 113", MIME: "image/png",
					Caption: "caption 114", SHA256: strings.Repeat("0f", 32), Size: 115,
				},
				{Kind: messages.File, URL: "https://example.com/116"},
			},
			Location: &messages.Location{Latitude: 47.376_886_123_456_78, Longitude: -8.541_694, Name: "name 117"},
			Choices:  []messages.Choice{{Text: "yes", Value: "118"}, {Text: "no"}},
			Choice:   "119", ReplyTo: "120", Metadata: map[string]string{"a": "121", "b": "", "": "c"},
		},
		{},
		messages.Text("text"),
		{Location: &messages.Location{}},
		{Location: &messages.Location{Latitude: 0.1 + 0.2, Longitude: -180}},
		{Attachments: []messages.Attachment{{Kind: messages.Sticker}, {}}},
		{Choices: []messages.Choice{{}, {Value: "only"}}},
	}
}

// texts returns texts that are easily damaged: UTF-8 without NUL. The longest ids are among them, and differ at the
// very end.
func texts() []string {
	longest := strings.Repeat("ʘé", 127) // 508 of 512 bytes
	return []string{
		longest + "ab12", longest + "ab13", longest + "😀", longest[:252] + "$:m", // Matrix: 255
		" ", " spaces around ", "two  spaces", "\ttab\t", "line\nline\r\nline\r", "\n", "null", "NULL", "true", "0", "1e3", "-",
		`quotes ' '' " ` + "`", `back\slash \n \u0041 \\`, `'; DROP TABLE x; --`, "$1 ? :name @p1 %s %d {{.}} ${x} #{x}",
		"100% _ * [a-z]", "a,b;c|d", "{}", `{"a":1}`, "[]", "<b>&amp;</b> <script>", "\u2028\u2029",
		"ä ö ü ß ẞ İ ı", "a\u0308 ä Å Å", "ǆ ﬁ ½ Ⅷ", "Ελληνικά", "русский", "עברית", "العربية", "ไทย", "हिन्दी", "日本語 中文 한국어",
		"\u202eright to left\u202c", "zero\u200bwidth\u200d\u2060joiners\ufeff", "\ufeffmark", "🙂👩‍👩‍👧‍👦🏳️‍🌈🇨🇭👍🏽", "𝒰𝓃𝒾𝒸ℴ𝒹ℯ",
		"Z̷̢̛͔̺a̴̛͙͎l̸̡͎͠g̵̨̛̪o̶̧̦͝", "\u00a0\u3000\u2003", "\x01\x02\x1f\x7f\u0080\u009f", "\ufffd\ufffe\uffff", "\U0001fffe\U0010ffff", "\u0300",
	}
}
