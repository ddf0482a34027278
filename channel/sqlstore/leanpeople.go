package sqlstore

import (
	"maps"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// leanPerson, leanVisitor and leanStaff are people as lean documents hold them.
type (
	leanPerson struct {
		FirstName   string `json:"f,omitempty"`
		LastName    string `json:"s,omitempty"`
		FamilyFirst bool   `json:"x,omitempty"`
	}
	leanVisitor struct {
		ID conversation.VisitorID `json:"i,omitempty"`
		leanPerson
		Name       string            `json:"n,omitempty"`
		AvatarURL  string            `json:"a,omitempty"`
		Locale     string            `json:"l,omitempty"`
		Attributes map[string]string `json:"t,omitempty"`
	}
	leanStaff struct {
		ID string `json:"i,omitempty"`
		leanPerson
		AvatarURL string `json:"a,omitempty"`
		Capacity  int    `json:"c,omitempty"`
		Bot       bool   `json:"b,omitempty"`
	}
)

func asLeanVisitor(v *conversation.Visitor) leanVisitor {
	return leanVisitor{v.ID, leanPerson(v.Person), v.Name, v.AvatarURL, v.Locale, v.Attributes}
}

func (l *leanVisitor) give() conversation.Visitor {
	return conversation.Visitor{
		ID: l.ID, Person: messages.Person(l.leanPerson), Name: l.Name, AvatarURL: l.AvatarURL, Locale: l.Locale, Attributes: l.Attributes,
	}
}

func asLeanStaff(s *conversation.Staff) leanStaff {
	return leanStaff{s.ID, leanPerson(s.Person), s.AvatarURL, s.Capacity, s.Bot}
}

func (l *leanStaff) give() conversation.Staff {
	return conversation.Staff{
		ID: l.ID, Person: messages.Person(l.leanPerson), AvatarURL: l.AvatarURL, Capacity: l.Capacity, Bot: l.Bot,
	}
}

// nobody is the visitor of what has none.
var nobody conversation.Visitor

func sameVisitor(a, b *conversation.Visitor) bool {
	return a.ID == b.ID && a.Person == b.Person && a.Name == b.Name && a.AvatarURL == b.AvatarURL &&
		a.Locale == b.Locale && maps.Equal(a.Attributes, b.Attributes)
}
