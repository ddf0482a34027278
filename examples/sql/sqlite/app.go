package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// app is the other side: the app in which Zoe writes. It remembers what it sent and what it was sent.
type app struct {
	db     *sql.DB
	server *http.Server
	url    string
}

func newApp(ctx context.Context, db *sql.DB, secret webhook.Secret) (*app, error) {
	for _, text := range []string{
		`CREATE TABLE IF NOT EXISTS app_sent (n INTEGER PRIMARY KEY)`,
		`CREATE TABLE IF NOT EXISTS app_got (n INTEGER PRIMARY KEY, id TEXT UNIQUE, text TEXT)`,
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return nil, err
		}
	}
	a := &app{db: db}
	hook, err := webhook.NewReceiver(webhook.ReceiverConfig{Secrets: []webhook.Secret{secret}, Handle: a.handle})
	if err != nil {
		return nil, err
	}
	a.server, a.url, err = serve(hook)
	return a, err
}

// handle takes a post. One that comes again after a crash has the id of the first, and is known by it.
func (a *app) handle(ctx context.Context, e webhook.Event) error {
	var data struct{ Message messages.Message }
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return err
	}
	result, err := a.db.ExecContext(ctx, `INSERT OR IGNORE INTO app_got (id, text) VALUES (?, ?)`, e.ID, data.Message.Text)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err == nil && n > 0 {
		fmt.Println("          ", data.Message.Text)
	}
	return nil
}

// counts returns how many messages were sent, and how many answers have come.
func (a *app) counts(ctx context.Context) (sent, answers int, err error) {
	err = a.db.QueryRowContext(ctx, `SELECT (SELECT COALESCE(MAX(n), 0) FROM app_sent),
		(SELECT COUNT(*) FROM app_got WHERE text LIKE 'answer to %')`).Scan(&sent, &answers)
	return sent, answers, err
}

// tell says where things are when the program starts.
func (a *app) tell(ctx context.Context) error {
	sent, answers, err := a.counts(ctx)
	switch {
	case err != nil:
		return err
	case sent == 0:
		fmt.Println("A new database. Stop me with Ctrl-C or kill -9, and start me again.")
	case answers < sent:
		fmt.Printf("Going on after %d messages; %d of their answers are still to come, after 10 seconds at most.\n", sent, sent-answers)
	default:
		fmt.Printf("Going on after %d messages, all of them answered.\n", sent)
	}
	return nil
}

// write has Zoe write count messages, and waits until all that she ever wrote is answered.
func (a *app) write(ctx context.Context, ch *channel.Channel, count int, every time.Duration) error {
	sent, _, err := a.counts(ctx)
	if err != nil {
		return err
	}
	for n := sent + 1; n <= sent+count; n++ {
		text := fmt.Sprintf("message %d", n)
		fmt.Println(text)
		// Killed between these two, we shall send it again, under the same id: it counts once.
		_, err := ch.Receive(ctx, channel.Inbound{
			Visitor: channel.Visitor{ID: "zoe", Name: "Zoe"}, Message: messages.Message{ID: fmt.Sprint(n), Text: text},
		})
		if err == nil {
			_, err = a.db.ExecContext(ctx, `INSERT INTO app_sent (n) VALUES (?)`, n)
		}
		if err = a.stopped(ctx, err); err != nil {
			return err
		}
		if sleep(ctx, every); ctx.Err() != nil {
			fmt.Println("stopped; start me again")
			return nil
		}
	}
	return a.judge(ctx, sent+count)
}

// judge waits until all is answered, and checks that each answer came once and in its place.
func (a *app) judge(ctx context.Context, sent int) error {
	for range 300 {
		_, answers, err := a.counts(ctx)
		if err = a.stopped(ctx, err); err != nil {
			return err
		}
		if ctx.Err() != nil {
			fmt.Println("stopped; start me again")
			return nil
		}
		if answers >= sent {
			break
		}
		sleep(ctx, 100*time.Millisecond)
	}
	rows, err := a.db.QueryContext(ctx, `SELECT text FROM app_got WHERE text LIKE 'answer to %' ORDER BY n`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if n++; strings.TrimPrefix(text, "answer to message ") != fmt.Sprint(n) {
			return fmt.Errorf("answer %d is %q", n, text)
		}
	}
	if n != sent {
		return errors.Join(rows.Err(), fmt.Errorf("%d messages, %d answers", sent, n))
	}
	fmt.Printf("%d messages, %d answers, each once and in order. Start me again: I go on at %d.\n", sent, n, sent+1)
	return rows.Err()
}

// stopped is err, unless that only says that the program was stopped.
func (a *app) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
