package sqlstore

import (
	"context"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

// Group is a group whose work is done by a test.
type Group struct{ g *group }

// NewGroup returns a group. work is called with the names of the conversations and requests of a batch; it returns
// the requests that have to run again.
func NewGroup(leaders, size int, work func(conversations, requests []string) (again map[string]bool)) *Group {
	g := &Group{}
	g.g = newGroup(leaders, size, func(_ context.Context, batch []*request) {
		all := append([]*request(nil), batch...)
		var conversations, requests []string
		by := map[string][]*request{}
		for _, r := range all {
			if by[r.id] == nil {
				conversations = append(conversations, r.id)
			}
			by[r.id] = append(by[r.id], r)
		}
		for _, r := range g.g.begin(batch) {
			requests = append(requests, r.look.Once[0])
		}
		again := work(conversations, requests)
		for _, id := range conversations {
			for _, r := range by[id] {
				r.again = again[r.look.Once[0]]
				r.alone = r.again
			}
			g.g.settle(&slot{id: id, steps: by[id]})
		}
	})
	return g
}

// Do has a request worked off.
func (g *Group) Do(ctx context.Context, in, name string) error {
	r := &request{id: in, wake: make(chan struct{}, 1)}
	r.look.Once = []string{name}
	return g.g.do(ctx, r)
}

// Idle reports whether nothing is left in the group.
func (g *Group) Idle() bool {
	g.g.mu.Lock()
	defer g.g.mu.Unlock()
	return len(g.g.pending) == 0 && len(g.g.busy) == 0 && g.g.leaders == 0
}

// Column and Original are how texts become columns and back.
var (
	Column   = textColumn
	Original = original
)

// Names are the tables and indexes that the migrations make with a prefix.
func Names(prefix string) []string {
	n := newNames(SQLite, prefix)
	all := []string{n.sql("{meta}")}
	for _, steps := range migrations {
		for _, step := range steps {
			if at := strings.Index(step, "{"); strings.HasPrefix(step, "CREATE") {
				all = append(all, n.sql(step[at:at+strings.Index(step[at:], "}")+1]))
			}
		}
	}
	return all
}

// Row is a row type with its table.
type Row struct {
	Table   string
	Columns []string // as statements name them
	Extra   []string // members that are no columns
	Values  func() []any
	Filled  any // the row of filled values, as a pointer
}

// Rows are the row types. encode makes the rows of what is stored.
func Rows(h *conversation.Head, r *conversation.Record, e *conversation.Enquiry) ([]Row, error) {
	m := newSlot(h.ID)
	m.head, m.writes, m.stamp = *h, 1, 1
	m.added, m.saves = []conversation.Record{*r}, []*conversation.Enquiry{e}
	if err := m.encode(); err != nil {
		return nil, err
	}
	names := func(c columns) []string { return strings.Split(c.names(), ", ") }
	w := m.rows
	return []Row{
		{"conversations", names(conversationColumns), []string{"was"}, w.head.values, &w.head},
		{"records", names(recordColumns), nil, w.added[0].values, &w.added[0]},
		{"enquiries", names(enquiryColumns), nil, w.enquiries[0].values, &w.enquiries[0]},
	}, nil
}

// Migrated are the columns that the migrations give a table.
func Migrated(table string) (list []string) {
	for _, steps := range migrations {
		for _, step := range steps {
			if lines, ok := strings.CutPrefix(step, "CREATE TABLE {"+table+"} ("); ok {
				for line := range strings.SplitSeq(lines, "\n") {
					if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name == strings.ToLower(name) && len(name) > 1 {
						list = append(list, name)
					}
				}
			}
		}
	}
	return list
}
