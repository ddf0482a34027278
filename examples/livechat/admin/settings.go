package admin

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// settings is all that the page shows at first.
func (a *Admin) settings(w http.ResponseWriter, _ *http.Request) {
	ch, ok := a.channel(w)
	if !ok {
		return
	}
	type named struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	var staff, bots []named
	for _, s := range a.Directory.Staff {
		staff = append(staff, named{s.ID, view.Name(s.Person, s.ID)})
	}
	for _, s := range a.Directory.Bots {
		bots = append(bots, named{s.ID, view.Name(s.Person, s.ID)})
	}
	live.Answer(w, http.StatusOK, map[string]any{
		"settings": ch.Settings(), // as JSON it holds neither secrets nor tokens
		"verified": ch.Verified(), "suspended": ch.Suspended(),
		"staff": staff, "teams": a.Directory.Teams, "bots": bots, "presets": a.Presets,
		"defaults": map[string]any{"welcome": messages.DefaultWelcome(), "away": messages.DefaultAway()},
	})
}

// save puts new settings in force while enquiries are live. An endpoint that was verified before is not asked again;
// one that does not answer is kept all the same, posts are held, and the hub goes on asking it.
func (a *Admin) save(w http.ResponseWriter, r *http.Request) {
	ch, ok := a.channel(w)
	if !ok {
		return
	}
	var body json.RawMessage
	if !live.Read(w, r, &body) {
		return
	}
	s, wrong := read(body, ch.Settings())
	if len(wrong) > 0 {
		live.Refuse(w, http.StatusUnprocessableEntity, "The settings cannot be read.", wrong...)
		return
	}
	if wrong := check(s); len(wrong) > 0 || s.ID != ch.ID() {
		live.Refuse(w, http.StatusUnprocessableEntity, "Some settings are not right yet.", wrong...)
		return
	}
	ch, err := a.Hub.Connect(r.Context(), s)
	unanswered := errors.Is(err, webhook.ErrChallenge)
	if err != nil && (!unanswered || ch == nil) {
		live.Refuse(w, http.StatusUnprocessableEntity, "The settings were not accepted.", live.Faults(errors.Unwrap(err))...)
		return
	}
	if a.Changed != nil {
		if err := a.Changed(r.Context(), s); err != nil {
			live.Refuse(w, http.StatusInternalServerError, "The settings are in force, but could not be stored.")
			return
		}
	}
	answer := map[string]any{"verified": ch.Verified()}
	if unanswered {
		answer["warning"] = "Saved, but nothing is sent yet: " + errors.Unwrap(err).Error()
	}
	live.Answer(w, http.StatusOK, answer)
}

// read puts the form into the present settings, whose secrets and tokens are not the form's: they stay. The rule is
// read by itself first, because then its faults come one by one.
func read(body []byte, s channel.Settings) (channel.Settings, []live.Fault) {
	var form struct{ Routing json.RawMessage }
	if err := json.Unmarshal(body, &form); err != nil {
		return s, live.Faults(err)
	}
	if _, err := routing.ParseRule(form.Routing); err != nil {
		return s, faults("routing", err)
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, live.Faults(err)
	}
	return s, nil
}

// check returns everything that is wrong, each with the path of its place in the form.
func check(s channel.Settings) []live.Fault {
	var all []live.Fault
	if s.Routing != nil {
		if _, err := routing.New(s.Routing); err != nil {
			all = append(all, faults("routing", err)...)
		}
	}
	if _, err := messages.New(s.Messages); err != nil {
		all = append(all, faults("messages", err)...)
	}
	for _, f := range live.Faults(s.Validate()) {
		switch f.Path {
		case "Settings.Routing", "Settings.Messages": // said above, more exactly
			if s.Routing != nil {
				continue
			}
		}
		all = append(all, f)
	}
	return all
}

// faults takes an error apart and puts where it happened before each path.
func faults(where string, err error) []live.Fault {
	all := live.Faults(err)
	for i, f := range all {
		switch {
		case f.Path == "":
			all[i].Path = where
		case f.Path != where:
			all[i].Path = where + "." + f.Path
		}
	}
	return all
}

// suspend and resume stop the channel and let it go on.
func (a *Admin) suspend(w http.ResponseWriter, r *http.Request) {
	if ch, ok := a.channel(w); ok {
		done(w, ch.Suspend(r.Context()))
	}
}

func (a *Admin) resume(w http.ResponseWriter, r *http.Request) {
	if ch, ok := a.channel(w); ok {
		done(w, ch.Resume(r.Context()))
	}
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		live.Refuse(w, http.StatusServiceUnavailable, "That did not work. Please try again.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *Admin) channel(w http.ResponseWriter) (*channel.Channel, bool) {
	ch, ok := a.Hub.Channel(a.Channel)
	if !ok {
		live.Refuse(w, http.StatusServiceUnavailable, "the channel is not connected")
	}
	return ch, ok
}
