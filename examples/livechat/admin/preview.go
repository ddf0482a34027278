package admin

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// preview renders the automatic texts for a visitor of one's choice, and shows every name as visitors will see it.
func (a *Admin) preview(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Settings struct { // of the form: its rule may not be right yet
			Source, Name string
			Messages     messages.Settings
			Routing      json.RawMessage
		}
		Visitor string
		Locale  string
	}
	if !live.Read(w, r, &in) {
		return
	}
	s := in.Settings
	replies, err := messages.New(s.Messages)
	if err != nil {
		live.Answer(w, http.StatusOK, map[string]any{"faults": faults("messages", err)})
		return
	}
	vars := messages.Vars{
		VisitorName: in.Visitor, Locale: in.Locale, Channel: s.Name, Source: s.Source,
		Staff: a.Directory.Staff[0].Person, Now: time.Now(), NextOpening: opening(s.Routing),
	}
	text := func(m messages.Message, sent bool) any {
		if !sent {
			return nil
		}
		return m.Text
	}
	names := []map[string]string{}
	for _, p := range a.Directory.Staff {
		names = append(names, map[string]string{
			"staff": view.Name(p.Person, p.ID), "shown": s.Messages.DisplayName.Format(p.Person),
			"reply": s.Messages.Sign("Let me look that up.", p.Person),
		})
	}
	live.Answer(w, http.StatusOK, map[string]any{
		"welcome": text(replies.Welcome(vars)), "away": text(replies.Away(vars)), "closing": text(replies.Closing(vars)),
		"names": names,
	})
}

// opening is an example of a next opening: the rule's own if it is closed now, else tomorrow at nine.
func opening(data []byte) time.Time {
	now := time.Now()
	if rule, err := routing.ParseRule(data); err == nil {
		if p, err := routing.New(rule); err == nil {
			if at, ok := p.NextOpening(now); ok && at.After(now) {
				return at
			}
		}
	}
	return time.Date(now.Year(), now.Month(), now.Day()+1, 9, 0, 0, 0, now.Location())
}
