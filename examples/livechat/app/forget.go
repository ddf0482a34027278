package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/usherchat/usher/channel"
)

// forgetLoop erases visitors some time after their last enquiry was closed: what nobody needs any more should not be
// kept. The enquiries stay, without the visitor, for the counts of the reports.
func (a *App) forgetLoop(ctx context.Context) {
	tick := time.NewTicker(max(a.config.Forget/2, 200*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if err := a.forget(ctx, now.Add(-a.config.Forget)); err != nil && ctx.Err() == nil {
				a.config.Logger.ErrorContext(ctx, "forgetting visitors failed", slog.String("error", err.Error()))
			}
		}
	}
}

// forget erases the visitors whose enquiries have all been closed before that time.
func (a *App) forget(ctx context.Context, before time.Time) error {
	ch, ok := a.hub.Channel(a.settings.ID)
	if !ok {
		return nil
	}
	old := map[channel.VisitorID]bool{}
	for e, err := range ch.Enquiries(ctx, channel.Query{}) { // newest first: the first of a visitor is the latest
		if err != nil {
			return err
		}
		if _, known := old[e.Visitor.ID]; !known && e.Visitor.ID != "" {
			old[e.Visitor.ID] = e.Status == channel.Closed && e.ClosedAt.Before(before)
		}
	}
	for id, over := range old {
		if !over {
			continue
		}
		if err := ch.Forget(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
