package tests_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// long reports whether the tests that take minutes are wanted: USHER_LONG=1.
func long() bool { return os.Getenv("USHER_LONG") != "" }

// crowd is how many conversations are stored when the size matters.
func crowd() int {
	if long() {
		return 1_000_000
	}
	return 30_000
}

// fill stores n conversations in several channels, each with an enquiry and three records, without the help of a
// store. Of a hundred five are due, each in another lane, and two have an enquiry that is not closed; of ten thousand
// one was closed long ago.
func fill(tb testing.TB, p place, db *sql.DB, n int) {
	tb.Helper()
	series := fmt.Sprintf(`(WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < %d) SELECT i FROM k) k`, n)
	pad, id := `substr('0000000000000' || k.i, -13)`, `'stored-' || %s`
	if p.dialect == sqlstore.PostgreSQL {
		series, pad = fmt.Sprintf(`generate_series(1, %d) k (i)`, n), `lpad(k.i::text, 13, '0')`
	}
	id = fmt.Sprintf(id, pad)
	enquiry, name := id+` || 'ABCDEFe1'`, `'channel-' || (k.i % 50)`
	head := `'{"form":1,"channel":"channel-' || (k.i % 50) || '","generation":"ABCDEF","visitor":{"id":"visitor-' || k.i || '","name":"Zoe Miller"},"seq":3,"count":1,"greeted":true,"lane":[{},{},{"done":3,"last":3},{},{}],"enquiry":{"id":"' || ` +
		enquiry + ` || '","number":' || k.i || ',"channel":"channel-' || (k.i % 50) || '","visitor":{"id":"visitor-' || k.i || '","name":"Zoe Miller"},"status":"closed","opened_at":"2026-03-02T09:00:00Z","why":"closed by ann"}}'`
	doc := `'{"form":1,"at":"2026-03-02T09:00:00Z","enquiry":"' || ` + enquiry + ` || '","notify":true,"author":"visitor","message":{"id":"m","text":"Hello, is my parcel on its way? I have waited for a week."},"event":"message.received"}'`
	due := `CASE WHEN k.i %% 100 = %d THEN k.i END`
	for _, text := range []string{
		`INSERT INTO ` + p.table("conversations") + ` (id, version, channel, enquiry, next_route, next_wait, next_notify, next_deliver, next_channel, head)
			SELECT ` + id + `, 4294967297, ` + name + `, ` + enquiry + `, ` + fmt.Sprintf(due, 1) + `, ` + fmt.Sprintf(due, 2) + `, ` +
			fmt.Sprintf(due, 3) + `, ` + fmt.Sprintf(due, 4) + `, ` + fmt.Sprintf(due, 5) + `, ` + head + ` FROM ` + series,
		`INSERT INTO ` + p.table("records") + ` (conversation, seq, once, enquiry, notify, deliver, doc)
			SELECT ` + id + `, s.seq, CASE s.seq WHEN 1 THEN 'once' END, ` + enquiry + `, s.seq <> 2, s.seq = 2, ` + doc + `
			FROM ` + series + `, (SELECT 1 AS seq UNION ALL SELECT 2 UNION ALL SELECT 3) s`,
		`INSERT INTO ` + p.table("enquiries") + ` (id, conversation, channel, number, visitor, status, staff, opened_at, closed_at, follow_up, first_seq, doc)
			SELECT ` + enquiry + `, ` + id + `, ` + name + `, k.i, 'visitor-' || k.i, CASE k.i % 50 WHEN 7 THEN 'handling' ELSE 'closed' END,
			'staff-' || (k.i % 1000), 1772442000000000000 + k.i,
			CASE k.i % 10000 WHEN 0 THEN k.i ELSE 4102444800000000000 + k.i END, FALSE, 1, ` + doc + ` FROM ` + series,
		`INSERT INTO ` + p.table("channels") + ` (id, last_number) SELECT 'channel-' || k.i, k.i FROM ` + series,
		`INSERT INTO ` + p.table("staff") + ` (id, load) SELECT 'staff-' || k.i, 1 FROM ` + series,
		`ANALYZE`,
	} {
		if _, err := db.Exec(text); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestPlans: every statement of the store is answered by an index that narrows it down. All of them are seen here,
// because the store does here all that it can do.
func TestPlans(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			db := p.database(t)
			p.storeOn(t, db)
			fill(t, p, db, crowd())
			spy, spied := newSpy(t, p)
			s, err := sqlstore.NewWith(sqlstore.Config{DB: spied, Dialect: p.dialect, Prefix: p.prefix, Cache: -1})
			if err != nil {
				t.Fatal(err)
			}
			everything(t, s)
			texts := spy.all()
			if p.dialect == sqlstore.PostgreSQL {
				plain := p
				plain.dsn += "?default_query_exec_mode=simple_protocol"
				db = plain.database(t)
			}
			if len(texts) < 30 {
				t.Errorf("only %d statements were seen", len(texts))
			}
			for _, text := range texts {
				if !strings.Contains(text, "WITH") && !strings.Contains(text, "SELECT") && !strings.Contains(text, "INSERT") &&
					!strings.Contains(text, "UPDATE") && !strings.Contains(text, "DELETE") || strings.Contains(text, p.table("meta")) {
					continue
				}
				for _, line := range p.scans(t, db, text) {
					t.Errorf("%s\nin\n%s", line, text)
				}
			}
		})
	}
}

// everything has a store do all that it can do.
func everything(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h, ch := newDesk(t, s, nil)
	var first channel.Accepted
	var sent channel.MessageID
	ann := channel.Staff{ID: "ann", Capacity: 5}
	for n := range 3 {
		for m := range 2 {
			in := channel.Inbound{
				Visitor: channel.Visitor{ID: "zoe"}, Message: messages.Message{ID: fmt.Sprint(n, m), Text: "hello"},
			}
			got, err := ch.Receive(ctx, in)
			check(err)
			check(h.RunDue(ctx))
			if first.Enquiry == "" {
				first = got
			}
			if sent, err = ch.Reply(ctx, got.Enquiry, ann, messages.Text("hello")); err != nil {
				t.Fatal(err)
			}
			check(h.RunDue(ctx))
			check(ch.Receipt(ctx, channel.Receipt{Message: sent, Status: channel.Delivered}))
			if m == 1 {
				check(ch.Close(ctx, got.Enquiry, ann))
			}
		}
	}
	_, err := ch.Enquiry(ctx, first.Enquiry)
	check(err)
	for _, q := range []channel.Query{
		{},
		{Channels: []string{"shop", "channel-1"}},
		{Visitor: "zoe"},
		{Staff: "ann"},
		{Status: []channel.Status{channel.Closed}},
		{Status: []channel.Status{channel.Opened, channel.Handling}},
		{Channels: []string{"channel-7"}, Status: []channel.Status{channel.Handling}},
		{Waiting: true},
		{Destination: routing.Staff("ann")},
		{Before: first.Enquiry},
		{From: time.Unix(1, 0), To: time.Now()},
	} {
		n := 0
		for _, err := range s.Enquiries(ctx, q) {
			check(err)
			if n++; n >= 40 {
				break
			}
		}
	}
	for _, err := range s.Records(ctx, first.Enquiry) {
		check(err)
	}
	var wants []conversation.Want
	for l := range conversation.Lanes {
		wants = append(wants, conversation.Want{Lane: l, Channels: []string{"shop", "channel-1", "channel-3"}, Until: time.Unix(0, 1000), Limit: 5, Ahead: 3})
	}
	_, err = s.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
		c.Write, c.Lane[l].Due = true, time.Now().UnixNano()
		c.Lane[conversation.LaneNotify].Done, c.Lane[conversation.LaneDeliver].Done = 0, 0
		return nil
	})
	check(err)
	id := first.Enquiry.Conversation()
	check(s.Update(ctx, id, conversation.Look{Lane: conversation.LaneDeliver, Ahead: 3}, func(c *conversation.Conversation) error {
		c.Lane[conversation.LaneNotify].Done, c.Lane[conversation.LaneDeliver].Done, c.Write = -100, -100, true // a long way behind
		return nil
	}))
	for _, l := range []conversation.Lane{conversation.LaneDeliver, conversation.LaneNotify} {
		check(s.Update(ctx, id, conversation.Look{Lane: l, Ahead: 3}, func(c *conversation.Conversation) error {
			c.Lane[l].Done, c.Write = c.Seq, true
			return nil
		}))
	}
	_, err = s.Prune(ctx, 0)
	check(err)
	check(ch.Forget(ctx, "zoe"))
	check(s.Update(context.Background(), id, conversation.Look{}, func(c *conversation.Conversation) error {
		c.Gone, c.Write = true, true
		return nil
	}))
	_, err = s.Prune(ctx, 0)
	check(err)
}

// fullScan is a line of a plan that reads a table or an index from one end to the other.
var (
	sqliteScan = regexp.MustCompile(`^SCAN (\w+)`)
	seqScan    = regexp.MustCompile(`Seq Scan on (\w+)`)
	indexScan  = regexp.MustCompile(`Index (Only )?Scan .*using \w+ on (\w+)|Bitmap Index Scan on (\w+)`)
)

// scans returns the lines of a statement's plan that do not search.
func (p place) scans(t *testing.T, db *sql.DB, text string) []string {
	t.Helper()
	if p.dialect == sqlstore.SQLite {
		return p.sqliteScans(t, db, text)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	params := 0
	for _, m := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(text, -1) {
		var n int
		_, _ = fmt.Sscan(m[1], &n)
		params = max(params, n)
	}
	args := ""
	if params > 0 {
		args = "(" + strings.TrimSuffix(strings.Repeat("NULL,", params), ",") + ")"
	}
	for _, sql := range []string{`SET plan_cache_mode = force_generic_plan`, `DEALLOCATE ALL`, `PREPARE spied AS ` + text} {
		if _, err := conn.ExecContext(t.Context(), sql); err != nil {
			t.Fatalf("%v: %s", err, sql)
		}
	}
	plan := lines(t, conn, `EXPLAIN (COSTS OFF) EXECUTE spied`+args, 1)
	var bad []string
	for i, line := range plan {
		if m := seqScan.FindStringSubmatch(line); m != nil && strings.HasPrefix(m[1], p.prefix) {
			bad = append(bad, line)
		}
		if indexScan.MatchString(line) && (i+1 == len(plan) || !strings.Contains(plan[i+1], "Index Cond")) {
			bad = append(bad, line)
		}
	}
	if bad != nil {
		bad = append(bad, "the plan is", strings.Join(plan, "\n"))
	}
	return bad
}

func (p place) sqliteScans(t *testing.T, db *sql.DB, text string) []string {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var args []any
	for n := 1; n < 20; n++ {
		if strings.Contains(text, fmt.Sprintf("?%d", n)) { // of the values of a row some are not used
			args = append(args, make([]any, n-len(args))...)
		}
	}
	plan := lines(t, conn, `EXPLAIN QUERY PLAN `+text, 4, args...)
	var bad []string
	for _, line := range plan {
		m := sqliteScan.FindStringSubmatch(line)
		if m != nil && !strings.Contains(line, "VIRTUAL TABLE") && m[1] != "CONSTANT" {
			bad = append(bad, line, "the plan is", strings.Join(plan, "\n"))
		}
	}
	return bad
}

// lines returns the last of several columns of a result.
func lines(t *testing.T, conn *sql.Conn, text string, columns int, args ...any) []string {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		row := make([]any, columns)
		for i := range row {
			row[i] = new(string)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		out = append(out, *row[columns-1].(*string))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
