package storetest_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

// seeking is a mutation of a query.
func seeking(seek func(*conversation.Query)) func(*bent) {
	return func(b *bent) { b.seek = seek }
}

// selecting lists what another condition selects of what the rest of the query does.
func selecting(loosen func(*conversation.Query), keep func(q conversation.Query, e conversation.Enquiry) bool) func(*bent) {
	return listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
		loose := q
		loosen(&loose)
		loose.Limit = 0
		seq := filter(in.Enquiries(ctx, loose), func(e conversation.Enquiry) bool { return keep(q, e) })
		if q.Limit > 0 {
			seq = atMost(seq, q.Limit)
		}
		return seq
	})
}

func brokenQueries() []mutation {
	each := []string{"Query/every condition", "Query/conditions together", "Query/Limit", "Query/Before"}
	some := each[:2]
	type query = conversation.Query
	none := routing.Destination{}
	return []mutation{
		{name: "Channels is not heard", rules: each, bend: seeking(func(q *query) { q.Channels = nil })},
		{name: "Status is not heard", rules: each, bend: seeking(func(q *query) { q.Status = nil })},
		{name: "Visitor is not heard", rules: each, bend: seeking(func(q *query) { q.Visitor = "" })},
		{name: "Staff is not heard", rules: each, bend: seeking(func(q *query) { q.Staff = "" })},
		{name: "Destination is not heard", rules: each, bend: seeking(func(q *query) { q.Destination = none })},
		{name: "From is not heard", rules: each, bend: seeking(func(q *query) { q.From = time.Time{} })},
		{name: "To is not heard", rules: each, bend: seeking(func(q *query) { q.To = time.Time{} })},
		{name: "Waiting is not heard", rules: each, bend: seeking(func(q *query) { q.Waiting = false })},
		{name: "the first channel only is listed", rules: some, bend: seeking(func(q *query) { q.Channels = q.Channels[:min(1, len(q.Channels))] })},
		{name: "the first status only", rules: some, bend: seeking(func(q *query) { q.Status = q.Status[:min(1, len(q.Status))] })},
		{name: "channels are folded when listed", rules: some, bend: seeking(func(q *query) {
			names := slices.Clone(q.Channels)
			for i := range names {
				names[i] = strings.ToLower(names[i])
			}
			q.Channels = names
		})},
		{name: "visitors are folded", rules: some, bend: seeking(func(q *query) {
			q.Visitor = conversation.VisitorID(strings.ToLower(string(q.Visitor)))
		})},
		{name: "staff by the beginning of their id", rules: some, bend: selecting(func(q *query) { q.Staff = "" },
			func(q query, e conversation.Enquiry) bool { return strings.HasPrefix(e.Staff.ID, q.Staff) })},
		{name: "destinations by their id", rules: some, bend: selecting(func(q *query) { q.Destination = none },
			func(q query, e conversation.Enquiry) bool {
				return q.Destination == none || e.Destination.ID == q.Destination.ID ||
					slices.ContainsFunc(e.Offered, func(d routing.Destination) bool { return d.ID == q.Destination.ID })
			})},
		{name: "destinations of the present offer", rules: some, bend: selecting(func(q *query) { q.Destination = none },
			func(q query, e conversation.Enquiry) bool {
				return q.Destination == none || slices.Contains(e.Offered, q.Destination)
			})},
		{name: "destinations of the last offer", rules: some, bend: selecting(func(q *query) { q.Destination = none },
			func(q query, e conversation.Enquiry) bool {
				return q.Destination == none || e.Destination == q.Destination
			})},
		{name: "the first of the offered", rules: some, bend: selecting(func(q *query) { q.Destination = none },
			func(q query, e conversation.Enquiry) bool {
				return q.Destination == none || e.Destination == q.Destination ||
					len(e.Offered) > 0 && e.Offered[0] == q.Destination
			})},
		{name: "From is not included", rules: some, bend: seeking(func(q *query) {
			if !q.From.IsZero() {
				q.From = q.From.Add(1)
			}
		})},
		{name: "To is included", rules: some, bend: seeking(func(q *query) {
			if !q.To.IsZero() {
				q.To = q.To.Add(1)
			}
		})},
		{name: "From and To are of whole seconds", rules: some, bend: seeking(func(q *query) {
			q.From, q.To = q.From.Truncate(time.Second), q.To.Truncate(time.Second)
		})},
		{name: "From and To are texts", rules: some, bend: selecting(func(q *query) { q.From, q.To = time.Time{}, time.Time{} },
			func(q query, e conversation.Enquiry) bool {
				at := e.OpenedAt.Format(time.RFC3339Nano)
				return (q.From.IsZero() || at >= q.From.Format(time.RFC3339Nano)) && (q.To.IsZero() || at < q.To.Format(time.RFC3339Nano))
			})},
		{name: "waiting is open", rules: some, bend: selecting(func(q *query) { q.Waiting = false },
			func(q query, e conversation.Enquiry) bool { return !q.Waiting || e.Status == conversation.Opened })},
		{name: "waiting is offered to nobody", rules: some, bend: selecting(func(q *query) { q.Waiting = false },
			func(q query, e conversation.Enquiry) bool { return !q.Waiting || len(e.Offered) == 0 })},
		{name: "with a visitor nothing else matters", rules: some[1:], bend: seeking(func(q *query) {
			if q.Visitor != "" {
				*q = query{Visitor: q.Visitor, Channels: q.Channels, Before: q.Before, Limit: q.Limit, From: q.From, To: q.To}
			}
		})},
		{name: "with a visitor the time does not matter", rules: some[1:], bend: seeking(func(q *query) {
			if q.Visitor != "" {
				q.From, q.To = time.Time{}, time.Time{}
			}
		})},
		{name: "an enquiry for every time that its channel is named", rules: some, bend: listed(func(in conversation.Store, ctx context.Context, q query) iter.Seq2[conversation.Enquiry, error] {
			return repeatedFor(in.Enquiries(ctx, q), q.Channels)
		})},
		{name: "selected as it was at first", rules: []string{"Query/as it is now"}, bend: staleQuery()},
		{name: "Limit is not heard when listing", rules: []string{"Query/Limit", "Enquiries/many pages"}, bend: seeking(func(q *query) { q.Limit = 0 })},
		{name: "one more than Limit", rules: []string{"Query/Limit"}, bend: seeking(func(q *query) {
			if q.Limit > 0 {
				q.Limit++
			}
		})},
		{name: "Limit 0 is a hundred", rules: []string{"Enquiries/many pages"}, bend: seeking(func(q *query) {
			if q.Limit == 0 {
				q.Limit = 100
			}
		})},
		{
			name: "Limit counts what is not selected", rules: []string{"Query/Limit"},
			bend: listed(func(in conversation.Store, ctx context.Context, q query) iter.Seq2[conversation.Enquiry, error] {
				return filter(in.Enquiries(ctx, query{Limit: q.Limit, Before: q.Before}), func(e conversation.Enquiry) bool { return q.Matches(&e) })
			}),
		},
	}
}

func brokenBefore() []mutation {
	rules := []string{"Query/Before", "Query/Before of what is not selected"}
	// before lists what comes after the enquiry Before of all.
	before := func(keep func(before, e conversation.Enquiry) bool) func(*bent) {
		return listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
			var from conversation.Enquiry
			for _, e := range all(in.Enquiries(ctx, conversation.Query{})) {
				if e.ID == q.Before {
					from = e
				}
			}
			loose := q
			loose.Before, loose.Limit = "", 0
			seq := in.Enquiries(ctx, loose)
			if from.ID != "" {
				seq = filter(seq, func(e conversation.Enquiry) bool { return keep(from, e) })
			}
			if q.Limit > 0 {
				seq = atMost(seq, q.Limit)
			}
			return seq
		})
	}
	return []mutation{
		{name: "Before is not heard", rules: rules, bend: seeking(func(q *conversation.Query) { q.Before = "" })},
		{name: "Before is listed again", rules: rules, bend: before(func(before, e conversation.Enquiry) bool {
			return !e.OpenedAt.After(before.OpenedAt)
		})},
		{name: "those opened together with Before are left out", rules: rules, bend: before(func(before, e conversation.Enquiry) bool {
			return e.OpenedAt.Before(before.OpenedAt)
		})},
		{name: "Before is a number", rules: rules, bend: before(func(before, e conversation.Enquiry) bool { return e.Number < before.Number })},
		{
			name: "Before has to be selected", rules: rules[1:],
			bend: listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
				loose := q
				loose.Before, loose.Limit = "", 0
				list := all(in.Enquiries(ctx, loose))
				at := slices.IndexFunc(list, func(e conversation.Enquiry) bool { return e.ID == q.Before })
				if q.Before != "" && at < 0 {
					return stream[conversation.Enquiry](nil)
				}
				list = list[at+1:]
				if q.Limit > 0 {
					list = list[:min(q.Limit, len(list))]
				}
				return stream(list)
			}),
		},
	}
}

// repeatedFor yields an enquiry for each time that its channel is in the list.
func repeatedFor(seq iter.Seq2[conversation.Enquiry, error], names []string) iter.Seq2[conversation.Enquiry, error] {
	return func(yield func(conversation.Enquiry, error) bool) {
		for e, err := range seq {
			times := 0
			for _, name := range names {
				if name == e.Channel {
					times++
				}
			}
			for range max(1, times) {
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

// staleQuery selects by what was first saved.
func staleQuery() func(*bent) {
	return func(b *bent) {
		first := map[conversation.EnquiryID]conversation.Enquiry{}
		b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
			return &funcs{
				Store: in,
				update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
						err := fn(c)
						if _, ok := first[c.Enquiry.ID]; !ok {
							first[c.Enquiry.ID] = *c.Enquiry
						}
						return err
					})
				},
				enquiries: func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
					return filter(in.Enquiries(ctx, conversation.Query{}), func(e conversation.Enquiry) bool {
						was := first[e.ID]
						return q.Matches(&was)
					})
				},
			}
		}
	}
}

// told is a mutation of Records.
func told(fn func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error]) func(*bent) {
	return func(b *bent) {
		b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
			return &funcs{Store: in, records: func(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
				return fn(in, ctx, id)
			}}
		}
	}
}

func brokenRecords() []mutation {
	order := []string{"Records/by Seq"}
	pages := func(fn func(iter.Seq2[conversation.Record, error]) iter.Seq2[conversation.Record, error]) func(*bent) {
		return told(func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
			return fn(in.Records(ctx, id))
		})
	}
	// whole reads records of the conversation of id, whatever their enquiry.
	whole := func(keep func(r conversation.Record, id conversation.EnquiryID) bool) func(*bent) {
		return told(func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
			var found []conversation.Record
			name := string(id)
			if len(name) < 20 {
				return in.Records(ctx, id)
			}
			_ = in.Update(ctx, name[:20], conversation.Look{Records: seqRange(1, 99)}, func(c *conversation.Conversation) error {
				found = slices.DeleteFunc(c.Found, func(r conversation.Record) bool { return !keep(r, id) })
				return nil
			})
			return stream(found)
		})
	}
	return []mutation{
		{
			name: "the last record first", rules: append(order, "Records/many pages"),
			bend: pages(func(seq iter.Seq2[conversation.Record, error]) iter.Seq2[conversation.Record, error] {
				list := all(seq)
				slices.Reverse(list)
				return stream(list)
			}),
		},
		{
			name: "records by their text", rules: order,
			bend: pages(func(seq iter.Seq2[conversation.Record, error]) iter.Seq2[conversation.Record, error] {
				list := all(seq)
				slices.SortFunc(list, func(a, b conversation.Record) int { return strings.Compare(a.Message.Text, b.Message.Text) })
				return stream(list)
			}),
		},
		{
			name: "records of the whole conversation", rules: []string{"Records/of the enquiry only", "Records/none for an unknown one"},
			bend: whole(func(conversation.Record, conversation.EnquiryID) bool { return true }),
		},
		{
			name: "records of no enquiry too", rules: []string{"Records/of the enquiry only"},
			bend: whole(func(r conversation.Record, id conversation.EnquiryID) bool { return r.Enquiry == id || r.Enquiry == "" }),
		},
		{
			name: "enquiries are told apart by their count only", rules: []string{"Records/none for an unknown one"},
			bend: whole(func(r conversation.Record, id conversation.EnquiryID) bool {
				return r.Enquiry != "" && len(id) > 26 && r.Enquiry[26:] == id[26:]
			}),
		},
		{
			name: "an unknown enquiry is an error", rules: []string{"Records/none for an unknown one"},
			bend: told(func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
				if id.Conversation() == "" {
					return func(yield func(conversation.Record, error) bool) { yield(conversation.Record{}, errBent) }
				}
				return in.Records(ctx, id)
			}),
		},
		{
			name: "only the first page is read", rules: []string{"Records/many pages", "Context/Records over at any point"},
			bend: pages(func(seq iter.Seq2[conversation.Record, error]) iter.Seq2[conversation.Record, error] {
				return atMost(seq, 256)
			}),
		},
		{name: "a record is on two pages", rules: []string{"Records/many pages", "Records/while others write"}, bend: pages(repeated[conversation.Record])},
		{
			name: "records are left out while others write", rules: []string{"Records/while others write"},
			bend: pages(func(seq iter.Seq2[conversation.Record, error]) iter.Seq2[conversation.Record, error] {
				return filter(seq, func(r conversation.Record) bool { return r.Err != "changed" && r.Seq%100 != 1 || r.Seq == 1 })
			}),
		},
		{name: "records come and come", rules: []string{"Records/stopping early"}, bend: pages(unstoppable[conversation.Record])},
		{name: "records are read once", rules: []string{"Records/stopping early"}, bend: pages(onceOnly[conversation.Record])},
	}
}
