package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
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

// peekAll asks for the earliest moment of each channel, a question for each parameter: one for each lane.
var peekAll = func() string {
	var parts []string
	for l, text := range forLanes(`SELECT n, channel, next FROM (SELECT k.n, k.channel, (SELECT %s FROM {conversations}
		WHERE channel = k.channel AND %s > k.after ORDER BY %s LIMIT 1) AS next
		FROM rows(#: n bigint, channel text, after bigint)) p WHERE next IS NOT NULL`) {
		parts = append(parts, strings.Replace(text, "#", fmt.Sprint("$", l+1), 1))
	}
	return strings.Join(parts, "\nUNION ALL ")
}()

// peek returns when lanes are next due, for each channel that has anything after the time asked for.
func (s *Store) peek(ctx context.Context, asks []lookNext) (list []moment, err error) {
	if len(asks) == 0 {
		return nil, nil
	}
	type row struct {
		N       int    `json:"n"`
		Channel string `json:"channel"`
		After   int64  `json:"after"`
	}
	var by [conversation.Lanes][]row
	for i, a := range asks {
		for _, name := range a.channels {
			by[a.lane] = append(by[a.lane], row{i, name, a.after})
		}
	}
	args, err := parameters(by[0], by[1], by[2], by[3], by[4])
	if err != nil {
		return nil, err
	}
	err = s.engine.query(ctx, nil, func(rows *sql.Rows) error {
		m := moment{}
		err := rows.Scan(&m.ask, &m.channel, &m.next)
		list = append(list, m)
		return err
	}, peekAll, args...)
	return list, err
}
