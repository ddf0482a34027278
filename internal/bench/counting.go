package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
)

// counting counts what is asked of a Store.
type counting struct {
	channel.Store
	reads, writes, dues atomic.Int64
}

func (s *counting) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	var wrote bool // of the last run: the store runs them one after the other
	err := s.Store.Update(ctx, id, look, func(c *conversation.Conversation) error {
		err := fn(c)
		wrote = c.Write && err == nil
		return err
	})
	if wrote && err == nil {
		s.writes.Add(1)
	} else {
		s.reads.Add(1)
	}
	return err
}

func (s *counting) Due(ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) (time.Time, error) {
	s.dues.Add(1)
	return s.Store.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
		err := fn(c, l)
		if c.Write && err == nil {
			s.writes.Add(1)
		}
		return err
	})
}
