package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

func querying() []rule {
	return []rule{
		{"every condition", "Enquiries yields what q selects", queryConditions},
		{"conditions together", "Enquiries yields what q selects", queryTogether},
		{"as it is now", "Enquiries yields what q selects", queryNow},
		{"Limit", "at most so many; 0 = all", queryLimit},
		{"Before", "only those that come after this one in the result's order: the next page", queryBefore},
		{"Before of what is not selected", "only those that come after this one in the result's order: the next page", queryBeforeOther},
	}
}

// archive records the enquiries that the queries choose from. Why is their name; they were opened ten seconds
// after one another in the order of their names, but i together with c. d and f are of one conversation.
func (t *trial) archive() {
	t.Helper()
	for _, tt := range []struct {
		channel, visitor string
		opened           int
		enquiry          conversation.Enquiry
	}{
		{"shop", "ann", 10, conversation.Enquiry{Why: "a", Status: conversation.Opened}},
		{"shop", "bob", 20, conversation.Enquiry{
			Why: "b", Status: conversation.Opened, Destination: routing.Staff("zoe"),
			Offered: []routing.Destination{routing.Staff("zoe"), routing.Team("sales")},
		}},
		{"shop", "cat", 30, conversation.Enquiry{
			Why: "c", Status: conversation.Handling, Staff: conversation.Staff{ID: "zoe"}, Destination: routing.Team("sales"),
		}},
		{"forum", "ann", 40, conversation.Enquiry{Why: "d", Status: conversation.Missed, Destination: routing.Team("zoe")}},
		{"forum", "dan", 50, conversation.Enquiry{
			Why: "e", Status: conversation.Closed, Staff: conversation.Staff{ID: "yan"}, Destination: routing.Bot("helper"),
		}},
		{"forum", "ann", 60, conversation.Enquiry{
			Why: "f", Status: conversation.Opened, Offered: []routing.Destination{routing.Bot("helper")},
		}},
		{"mail", "ann", 70, conversation.Enquiry{
			Why: "g", Status: conversation.Handling, Staff: conversation.Staff{ID: "zoe", Bot: true}, Destination: routing.Staff("zoe"),
		}},
		{"shop", "dan", 80, conversation.Enquiry{Why: "h", Status: conversation.Closed, Staff: conversation.Staff{ID: "zoe"}}},
		{"mail", "eve", 30, conversation.Enquiry{Why: "i", Status: conversation.Opened}},
	} {
		p := newPlace(tt.channel, tt.visitor)
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			e := p.open(c, after(tt.opened))
			fixed := *e
			*e = tt.enquiry
			e.ID, e.Channel, e.Visitor, e.OpenedAt = fixed.ID, fixed.Channel, fixed.Visitor, fixed.OpenedAt
		})
	}
}

// archived is the order of the archive, newest first; of c and i, opened together, the greater id comes first.
func archived() string {
	if newPlace("shop", "cat").enquiry(1) > newPlace("mail", "eve").enquiry(1) {
		return "hgfedciba"
	}
	return "hgfedicba"
}

// selected is the names of what a query selects.
func (t *trial) selected(q conversation.Query) string {
	t.Helper()
	var names strings.Builder
	for _, e := range t.enquiries(q) {
		names.WriteString(e.Why)
	}
	return names.String()
}

// ordered is the given names in the order of the archive.
func ordered(names string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(names, r) {
			return r
		}
		return -1
	}, archived())
}

// condition is a part of a query and the names of what satisfies it.
type condition struct {
	name  string
	set   func(*conversation.Query)
	names string
}

func conditions() []condition {
	type query = conversation.Query
	return []condition{
		{"one channel", func(q *query) { q.Channels = []string{"shop"} }, "abch"},
		{"two channels", func(q *query) { q.Channels = []string{"mail", "forum"} }, "defgi"},
		{"a channel twice", func(q *query) { q.Channels = []string{"mail", "mail"} }, "gi"},
		{"an unknown channel", func(q *query) { q.Channels = []string{"Shop"} }, ""},
		{"a status", func(q *query) { q.Status = []conversation.Status{conversation.Opened} }, "abfi"},
		{"another status", func(q *query) { q.Status = []conversation.Status{conversation.Missed} }, "d"},
		{"two statuses", func(q *query) { q.Status = []conversation.Status{conversation.Closed, conversation.Handling} }, "cegh"},
		{"a visitor", func(q *query) { q.Visitor = "ann" }, "adfg"},
		{"an unknown visitor", func(q *query) { q.Visitor = "Ann" }, ""},
		{"a staff member", func(q *query) { q.Staff = "zoe" }, "cgh"},
		{"an unknown staff member", func(q *query) { q.Staff = "zo" }, ""},
		{"a person who was offered it", func(q *query) { q.Destination = routing.Staff("zoe") }, "bg"},
		{"a team", func(q *query) { q.Destination = routing.Team("sales") }, "bc"},
		{"a team with a person's name", func(q *query) { q.Destination = routing.Team("zoe") }, "d"},
		{"a bot", func(q *query) { q.Destination = routing.Bot("helper") }, "ef"},
		{"an unknown destination", func(q *query) { q.Destination = routing.Bot("zoe") }, ""},
		{"since", func(q *query) { q.From = after(50) }, "efgh"},
		{"since a moment later", func(q *query) { q.From = after(50).Add(time.Microsecond) }, "fgh"},
		{"until", func(q *query) { q.To = after(40) }, "abci"},
		{"until a moment later", func(q *query) { q.To = after(40).Add(time.Microsecond) }, "abcdi"},
		{"between", func(q *query) { q.From, q.To = after(30), after(60) }, "cdei"},
		{"between the same", func(q *query) { q.From, q.To = after(30), after(30) }, ""},
		{"the wrong way round", func(q *query) { q.From, q.To = after(60), after(30) }, ""},
		{"in another zone", func(q *query) { q.From = after(70).In(time.FixedZone("", 20700)) }, "gh"},
		{"waiting", func(q *query) { q.Waiting = true }, "ai"},
	}
}

func queryConditions(t *trial) {
	t.equal("of an empty store", t.selected(conversation.Query{}), "")
	t.archive()
	t.equal("all", t.selected(conversation.Query{}), archived())
	for _, cond := range conditions() {
		var q conversation.Query
		cond.set(&q)
		t.equal(cond.name, t.selected(q), ordered(cond.names))
	}
}

func queryTogether(t *trial) {
	t.archive()
	all := conditions()
	for i, a := range all {
		for _, b := range all[i+1:] {
			var q, other conversation.Query
			a.set(&q)
			b.set(&q)
			b.set(&other)
			first := conversation.Query{}
			a.set(&first)
			if overwritten(first, other) {
				continue
			}
			both := strings.Map(func(r rune) rune {
				if strings.ContainsRune(b.names, r) {
					return r
				}
				return -1
			}, a.names)
			t.equal(a.name+", "+b.name, t.selected(q), ordered(both))
		}
	}
}

// overwritten reports whether both queries set the same condition.
func overwritten(a, b conversation.Query) bool {
	none := routing.Destination{}
	return a.Channels != nil && b.Channels != nil || a.Status != nil && b.Status != nil ||
		a.Visitor != "" && b.Visitor != "" || a.Staff != "" && b.Staff != "" ||
		a.Destination != none && b.Destination != none ||
		!a.From.IsZero() && !b.From.IsZero() || !a.To.IsZero() && !b.To.IsZero()
}

func queryNow(t *trial) {
	t.archive()
	p := newPlace("shop", "bob")
	change := func(fn func(e *conversation.Enquiry)) {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { fn(edit(c)) })
	}
	change(func(e *conversation.Enquiry) {
		e.Status, e.Staff, e.Offered = conversation.Handling, conversation.Staff{ID: "xia"}, nil
		e.Destination = routing.Team("sales")
	})
	for name, tt := range map[string]struct {
		q    conversation.Query
		want string
	}{
		"the new status":      {conversation.Query{Status: []conversation.Status{conversation.Handling}}, "bcg"},
		"the old status":      {conversation.Query{Status: []conversation.Status{conversation.Opened}}, "afi"},
		"the new handler":     {conversation.Query{Staff: "xia"}, "b"},
		"the new destination": {conversation.Query{Destination: routing.Team("sales")}, "bc"},
		"the old destination": {conversation.Query{Destination: routing.Staff("zoe")}, "g"},
	} {
		t.equal(name, t.selected(tt.q), ordered(tt.want))
	}
	change(func(e *conversation.Enquiry) { e.Status, e.Staff = conversation.Opened, conversation.Staff{} })
	t.equal("waiting", t.selected(conversation.Query{Waiting: true}), ordered("abi"))
	change(func(e *conversation.Enquiry) { e.Offered = []routing.Destination{routing.Staff("xia")} })
	t.equal("no longer waiting", t.selected(conversation.Query{Waiting: true}), ordered("ai"))
	t.equal("offered", t.selected(conversation.Query{Destination: routing.Staff("xia")}), "b")
}

func queryLimit(t *trial) {
	t.archive()
	for limit := range 12 {
		for _, cond := range conditions() {
			q := conversation.Query{Limit: limit}
			cond.set(&q)
			want := ordered(cond.names)
			if limit > 0 {
				want = want[:min(limit, len(want))]
			}
			t.equal(fmt.Sprintf("%s, Limit %d", cond.name, limit), t.selected(q), want)
		}
	}
}

func queryBefore(t *trial) {
	t.archive()
	all := append(conditions(), condition{"all", func(*conversation.Query) {}, archived()})
	for _, cond := range all {
		for limit := range 4 {
			var q conversation.Query
			cond.set(&q)
			q.Limit = limit
			var pages strings.Builder
			for pages.Len() < 20 {
				page := t.enquiries(q)
				if len(page) == 0 {
					break
				}
				if limit > 0 && len(page) > limit {
					t.Fatalf("%s, Limit %d: a page of %d", cond.name, limit, len(page))
				}
				for _, e := range page {
					pages.WriteString(e.Why)
				}
				q.Before = page[len(page)-1].ID
			}
			t.equal(fmt.Sprintf("%s, pages of %d", cond.name, limit), pages.String(), ordered(cond.names))
		}
	}
}

func queryBeforeOther(t *trial) {
	t.archive()
	byName := map[string]conversation.EnquiryID{}
	for _, e := range t.enquiries(conversation.Query{}) {
		byName[e.Why] = e.ID
	}
	for _, cond := range conditions() {
		for at, name := range strings.Split(archived(), "") {
			var q conversation.Query
			cond.set(&q)
			q.Before = byName[name]
			want := strings.Split(ordered(cond.names), "")
			want = slices.DeleteFunc(want, func(s string) bool { return strings.Index(archived(), s) <= at })
			t.equal(cond.name+", Before "+name, t.selected(q), strings.Join(want, ""))
		}
	}
}
