package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

// nextColumns hold when a lane is due.
var nextColumns = [conversation.Lanes]string{
	conversation.LaneRoute: "next_route", conversation.LaneWait: "next_wait", conversation.LaneNotify: "next_notify",
	conversation.LaneDeliver: "next_deliver", conversation.LaneChannel: "next_channel",
}

// forLanes writes a statement for every lane: its column stands where %s does.
func forLanes(text string) [conversation.Lanes]string {
	var out [conversation.Lanes]string
	for l, col := range nextColumns {
		out[l] = strings.ReplaceAll(text, "%s", col)
	}
	return out
}

// The earliest moment of each channel, by the index of the lane. The number of the question stands where # does.
var (
	sqlitePeek = forLanes(`SELECT #, k.value, (SELECT %s FROM {conversations}
		WHERE channel = k.value AND %s > $2 ORDER BY %s LIMIT 1) FROM json_each($1) k`)
	postgresPeek = forLanes(`SELECT #, k.channel, n.next FROM unnest($1::text[]) k (channel)
		CROSS JOIN LATERAL (SELECT %s AS next FROM {conversations}
			WHERE channel = k.channel AND %s > $2 ORDER BY %s LIMIT 1) n`)
)

func (q *sqlite) peek(ctx context.Context, asks []lookNext) ([]moment, error) {
	return peek(ctx, q, &sqlitePeek, asks, jsonList[string])
}

func (p *postgres) peek(ctx context.Context, asks []lookNext) ([]moment, error) {
	return peek(ctx, p, &postgresPeek, asks, func(channels []string) (string, error) { return texts(channels), nil })
}

// peekSize is how many questions one statement asks at most.
const peekSize = 2 * int(conversation.Lanes)

// peek asks several questions with one statement.
func peek(
	ctx context.Context, e engine, by *[conversation.Lanes]string, asks []lookNext, array func([]string) (string, error),
) (list []moment, err error) {
	for first := 0; first < len(asks); first += peekSize {
		var parts []string
		var args []any
		for i, a := range asks[first:min(first+peekSize, len(asks))] {
			channels, err := array(a.channels)
			if err != nil {
				return nil, err
			}
			numbers := strings.NewReplacer("#", strconv.Itoa(i), "$1", fmt.Sprint("$", 2*i+1), "$2", fmt.Sprint("$", 2*i+2))
			parts = append(parts, numbers.Replace(by[a.lane]))
			args = append(args, channels, a.after)
		}
		err = e.query(ctx, nil, func(rows *sql.Rows) error {
			m := moment{}
			var next *int64
			if err := rows.Scan(&m.ask, &m.channel, &next); err != nil || next == nil {
				return err
			}
			m.ask, m.next = m.ask+first, *next
			list = append(list, m)
			return nil
		}, strings.Join(parts, "\nUNION ALL "), args...)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// The conversations of a channel that are due, in order. PostgreSQL leaves out what others hold.
var (
	sqliteClaim = forLanes(`SELECT %s, id, version, head FROM {conversations}
		WHERE channel = $1 AND (%s, id) > ($2, $3) AND %s <= $4 ORDER BY %s, id LIMIT $5`)
	postgresClaim = forLanes(`SELECT k.n, c.next, c.id, c.version, c.head
		FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
			WITH ORDINALITY k (channel, after, key, until, most, n)
		CROSS JOIN LATERAL (SELECT %s AS next, id, version, head FROM {conversations}
			WHERE channel = k.channel AND (%s, id) > (k.after, k.key) AND %s <= k.until
			ORDER BY %s, id LIMIT k.most FOR UPDATE SKIP LOCKED) c
		ORDER BY k.n, c.next, c.id`)
)

func (q *sqlite) claim(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookDue) ([]claimed, error) {
	var list []claimed
	for i, a := range asks {
		scan := func(rows *sql.Rows) error {
			got := claimed{ask: i}
			err := rows.Scan(&got.at.next, &got.at.key, &got.stamp, &got.doc)
			list = append(list, got)
			return err
		}
		err := q.query(ctx, tx, scan, sqliteClaim[l], a.channel, a.after.next, a.after.key, a.until, a.limit)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (p *postgres) claim(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookDue) ([]claimed, error) {
	cols := make(arrays, 5)
	for _, a := range asks {
		cols[0].text(a.channel)
		cols[1].number(a.after.next)
		cols[2].text(a.after.key)
		cols[3].number(a.until)
		cols[4].number(int64(a.limit))
	}
	var list []claimed
	err := p.query(ctx, tx, func(rows *sql.Rows) error {
		var got claimed
		err := rows.Scan(&got.ask, &got.at.next, &got.at.key, &got.stamp, &got.doc)
		got.ask--
		list = append(list, got)
		return err
	}, postgresClaim[l], cols.args(nil)...)
	return list, err
}
