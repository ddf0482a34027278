package tests_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore"
)

// TestMigrate: it may run again, and at the same time in several processes.
func TestMigrate(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			var together sync.WaitGroup
			for range 8 {
				s, err := sqlstore.NewWith(sqlstore.Config{DB: p.database(t), Dialect: p.dialect, Prefix: p.prefix})
				if err != nil {
					t.Fatal(err)
				}
				together.Go(func() {
					for range 2 {
						if err := s.Migrate(t.Context()); err != nil {
							t.Error(err)
						}
					}
				})
			}
			together.Wait()
			db := p.database(t)
			var versions int
			if err := db.QueryRow(`SELECT COUNT(*) FROM ` + p.table("meta")).Scan(&versions); err != nil || versions != 1 {
				t.Errorf("%d versions are noted, error %v; want one", versions, err)
			}
			if _, err := db.Exec(`UPDATE ` + p.table("meta") + ` SET version = version + 1`); err != nil {
				t.Fatal(err)
			}
			s, err := sqlstore.NewWith(sqlstore.Config{DB: db, Dialect: p.dialect, Prefix: p.prefix})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Migrate(t.Context()); !errors.Is(err, sqlstore.ErrNewer) {
				t.Errorf("migrating a newer schema: got error %v, want ErrNewer", err)
			}
		})
	}
}

// TestPrefix: stores with different prefixes have nothing in common.
func TestPrefix(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			db := p.database(t)
			other := p
			other.prefix = p.prefix + "other_"
			one, two := p.storeOn(t, db), other.storeOn(t, db)
			write(t, one, "conversation-1", 3)
			if n := seqOf(t, two, "conversation-1"); n != 0 {
				t.Errorf("the other store has %d records of it", n)
			}
			if n := seqOf(t, one, "conversation-1"); n != 3 {
				t.Errorf("the store has %d records of it, want 3", n)
			}
		})
	}
}

// write adds records to a conversation.
func write(t *testing.T, s *sqlstore.Store, id string, n int) {
	t.Helper()
	err := s.Update(t.Context(), id, conversation.Look{}, func(c *conversation.Conversation) error {
		add(c, n)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func add(c *conversation.Conversation, n int) {
	c.Channel, c.Write = "shop", true
	for range n {
		c.Seq++
		c.Added = append(c.Added, conversation.Record{Seq: c.Seq, At: time.Unix(1772442000, 0)})
	}
}

func seqOf(t *testing.T, s *sqlstore.Store, id string) (n int64) {
	t.Helper()
	err := s.Update(t.Context(), id, conversation.Look{}, func(c *conversation.Conversation) error {
		n = c.Seq
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestConfig: all faults are reported at once.
func TestConfig(t *testing.T) {
	_, err := sqlstore.NewWith(sqlstore.Config{Prefix: "Robert'); DROP TABLE"})
	for _, want := range []string{"Config.DB", "Config.Dialect", "Config.Prefix"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	for _, prefix := range []string{"u", "usher_2_", strings.Repeat("x", 24)} {
		p := engines[0].fresh(t)
		p.prefix = prefix
		write(t, p.store(t), "conversation-1", 1)
	}
	for _, prefix := range []string{"_", "2u", "ü", "a b", strings.Repeat("x", 25)} {
		if _, err := sqlstore.NewWith(sqlstore.Config{DB: engines[0].fresh(t).database(t), Dialect: sqlstore.SQLite, Prefix: prefix}); err == nil {
			t.Errorf("prefix %q is taken", prefix)
		}
	}
}

// TestPoison: a change that cannot be recorded fails alone, however many are recorded together with it.
func TestPoison(t *testing.T) {
	bad := map[string]func(c *conversation.Conversation){
		"a time that JSON does not know": func(c *conversation.Conversation) { c.LastAt = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a Seq that was given before": func(c *conversation.Conversation) {
			c.Added = append(c.Added, conversation.Record{Seq: c.Seq}, conversation.Record{Seq: c.Seq})
		},
		"a text that no column takes": func(c *conversation.Conversation) { c.Enquiry = &channel.Enquiry{ID: "a\xff\x00"}; c.Channel = "\x00" },
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.fresh(t).store(t)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			var together sync.WaitGroup
			for n := range 60 {
				together.Go(func() {
					for range 10 {
						err := s.Update(ctx, fmt.Sprint("good ", n), conversation.Look{}, func(c *conversation.Conversation) error {
							add(c, 1)
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			for name, spoil := range bad {
				together.Go(func() {
					for range 10 {
						err := s.Update(ctx, "bad "+name, conversation.Look{}, func(c *conversation.Conversation) error {
							add(c, 1)
							spoil(c)
							return nil
						})
						if taken := name == "a text that no column takes"; taken != (err == nil) || ctx.Err() != nil {
							t.Errorf("%s: got error %v", name, err)
						}
					}
				})
			}
			together.Wait()
			for n := range 60 {
				if got := seqOf(t, s, fmt.Sprint("good ", n)); got != 10 {
					t.Errorf("conversation %d has %d records, want 10", n, got)
				}
			}
		})
	}
}

// TestOneConnection: a store never needs two connections at once.
func TestOneConnection(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			p.conns = 1
			everything(t, p.store(t))
		})
	}
}

// TestSQLiteTakesTurns: however many change conversations, load them and look for work at the same time, one connection
// does it all. SQLite drops what a connection keeps of the file once another has written.
func TestSQLiteTakesTurns(t *testing.T) {
	p := engines[0].fresh(t)
	db := p.database(t)
	s := p.storeOn(t, db)
	wants := []conversation.Want{{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: time.Now(), Limit: 64}}
	nothing := func(*conversation.Conversation, conversation.Lane) error { return nil }
	var work sync.WaitGroup
	for k := range 16 {
		work.Go(func() {
			for i := range 50 {
				err := s.Update(t.Context(), fmt.Sprint("conversation ", k, " ", i), conversation.Look{}, func(c *conversation.Conversation) error {
					add(c, 2)
					return nil
				})
				if _, err2 := s.Due(t.Context(), wants, nothing); err != nil || err2 != nil {
					t.Error(err, err2)
				}
			}
		})
	}
	work.Wait()
	if n := db.Stats().OpenConnections; n != 1 {
		t.Errorf("%d connections were used, want 1", n)
	}
}

// TestIdlePoll: a poll that finds nothing is one statement, whatever is stored.
func TestIdlePoll(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			s := p.store(t)
			for n := range 50 {
				write(t, s, fmt.Sprint("conversation ", n), 2)
			}
			spy, db := newSpy(t, p)
			s, err := sqlstore.NewWith(sqlstore.Config{DB: db, Dialect: p.dialect, Prefix: p.prefix})
			if err != nil {
				t.Fatal(err)
			}
			var wants []conversation.Want
			for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneRoute, conversation.LaneDeliver} {
				wants = append(wants, conversation.Want{Lane: l, Channels: []string{"shop", "forum"}, Until: time.Now(), Limit: 64, Ahead: 32})
			}
			for range 3 {
				spy.reset()
				_, err := s.Due(t.Context(), wants, func(*conversation.Conversation, conversation.Lane) error { return errors.New("nothing is due") })
				if n := spy.reset(); err != nil || n != 1 {
					t.Errorf("an idle poll took %d statements, error %v; want 1", n, err)
				}
			}
		})
	}
}
