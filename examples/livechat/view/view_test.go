package view_test

import (
	"errors"
	"iter"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

func TestVisitor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		v    channel.Visitor
		want string
	}{
		{"a person", channel.Visitor{ID: "1", Person: messages.Person{FirstName: "Zoe", LastName: "Zander"}, Name: "zz"}, "Zoe Zander"},
		{"a nickname", channel.Visitor{ID: "1", Name: "zz"}, "zz"},
		{"markup stays text", channel.Visitor{ID: "1", Name: "<img src=x>"}, "<img src=x>"},
		{"controls that turn text around", channel.Visitor{ID: "1", Name: "\u202eeve\u202c"}, "eve"},
		{"nothing to show", channel.Visitor{ID: "v-1", Name: "\u202e \u3164"}, "Visitor v-1"},
		{"forgotten", channel.Visitor{}, "Forgotten visitor"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := view.Visitor(&tt.v); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWordsAndRules(t *testing.T) {
	t.Parallel()
	d := team.Example()
	if got, want := view.Words("staff ann is next; declined by bob; team sales", d), "Ann Archer is next; declined by Bob Brook; Sales team"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	group := routing.Group{ID: "g", Method: routing.RoundRobin, Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob")}}
	for _, tt := range []struct {
		rule routing.Rule
		want string
	}{
		{nil, "closed"},
		{routing.Staff("chloe"), "Chloe Chen"},
		{routing.Bot("guide"), "Guide (bot)"},
		{group, "Ann Archer, Bob Brook in turns"},
		{routing.Alternative{group, routing.Team("support")}, "Ann Archer, Bob Brook in turns, then Support team"},
		{routing.Sticky{Then: routing.Percentage{{Percent: 62.5, To: routing.Staff("ann")}, {Percent: 37.5, To: routing.Staff("bob")}}}, "62.5 % Ann Archer, 37.5 % Bob Brook"},
	} {
		if got := view.Rule(tt.rule, d); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestBecause(t *testing.T) {
	t.Parallel()
	d := team.Example()
	e := channel.Enquiry{
		Why:     "offer staff ann: nobody served this visitor before; staff ann is next in turn; accepted by ann",
		Offered: []routing.Destination{routing.Staff("ann")},
		Reasons: []routing.Reason{
			{Code: routing.CodeNoMatch, Text: "nobody served this visitor before"},
			{Code: routing.CodeOffered, Text: "staff ann is next in turn"},
			{Code: "accepted", Text: "accepted by ann"},
		},
	}
	if got, want := view.Of(&e, d).Because, "Ann Archer is next in turn"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e.Offered = nil // nobody has it: then all of it is said
	if got, want := view.Of(&e, d).Because, view.Words(e.Why, d); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEntriesKeepTheLatest(t *testing.T) {
	t.Parallel()
	all := func(n int, err error) iter.Seq2[channel.Entry, error] {
		return func(yield func(channel.Entry, error) bool) {
			for i := range n {
				if !yield(channel.Entry{ID: channel.MessageID(strconv.Itoa(i))}, nil) {
					return
				}
			}
			if err != nil {
				yield(channel.Entry{}, err)
			}
		}
	}
	for n, want := range map[int][]channel.MessageID{0: nil, 2: {"0", "1"}, 3: {"0", "1", "2"}, 7: {"4", "5", "6"}, 12: {"9", "10", "11"}} {
		entries, err := view.Entries(all(n, nil), 3, team.Example())
		var got []channel.MessageID
		for _, e := range entries {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%d: %v %s", n, err, diff)
		}
	}
	if _, err := view.Entries(all(5, errors.New("broken")), 3, team.Example()); err == nil {
		t.Error("an error in the middle is lost")
	}
}
