package admin

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/routing"
)

// The grid of a week: half an hour is fine enough to be seen.
const (
	slot     = 30 * time.Minute
	weekDays = 7
	daySlots = int(24 * time.Hour / slot)
)

// plan reads a rule from the form. When it returns nil it has answered with what is wrong, which is no error of the
// request: the administrator is still typing.
func plan(w http.ResponseWriter, data []byte) *routing.Plan {
	rule, err := routing.ParseRule(data)
	if err == nil {
		var p *routing.Plan
		if p, err = routing.New(rule); err == nil {
			return p
		}
	}
	live.Answer(w, http.StatusOK, map[string]any{"faults": faults("routing", err)})
	return nil
}

// rule tells what is wrong with a rule, what is allowed but probably not meant, and what a week under it looks like.
func (a *Admin) rule(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Rule json.RawMessage
		Zone string // of the grid
	}
	if !live.Read(w, r, &in) {
		return
	}
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		zone = time.UTC
	}
	if p := plan(w, in.Rule); p != nil {
		live.Answer(w, http.StatusOK, map[string]any{
			"findings": append([]routing.Finding{}, p.Findings()...), "week": a.week(p, zone),
		})
	}
}

// day is a row of the grid; each slot names one of the week's answers.
type day struct {
	Date  string `json:"date"`
	Name  string `json:"name"`
	Slots []int  `json:"slots"`
}

type week struct {
	Zone    string   `json:"zone"`
	Minutes int      `json:"minutes"` // of a slot
	Answers []string `json:"answers"` // who answers, or why nobody does
	Days    []day    `json:"days"`
}

// week asks at every slot of the seven days from today which rule is in force then.
func (a *Admin) week(p *routing.Plan, zone *time.Location) week {
	out := week{Zone: zone.String(), Minutes: int(slot.Minutes())}
	known := map[string]int{}
	now := time.Now().In(zone)
	for i := range weekDays {
		date := time.Date(now.Year(), now.Month(), now.Day()+i, 12, 0, 0, 0, zone)
		row := day{Date: date.Format(time.DateOnly), Name: date.Weekday().String()}
		for n := range daySlots {
			// Noon exists on every day; a slot that a change of the clocks skips shows the one it becomes.
			at := time.Date(date.Year(), date.Month(), date.Day(), 0, n*int(slot.Minutes()), 0, 0, zone)
			text := view.Rule(p.InForce(at), a.Directory)
			id, ok := known[text]
			if !ok {
				id = len(out.Answers)
				known[text] = id
				out.Answers = append(out.Answers, text)
			}
			row.Slots = append(row.Slots, id)
		}
		out.Days = append(out.Days, row)
	}
	return out
}

// ask answers "who answers now?" and "who would answer then?", with the steps that lead there. Nothing moves by
// being asked.
func (a *Admin) ask(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Rule     json.RawMessage
		At       string // "2006-01-02T15:04" by the clock of Zone; "" = now
		Zone     string
		Everyone bool   // as if everybody were at work, instead of who is
		Last     string // who served the visitor last
	}
	if !live.Read(w, r, &in) {
		return
	}
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		live.Refuse(w, http.StatusUnprocessableEntity, "The time zone is not known.")
		return
	}
	e := routing.Enquiry{Channel: a.Channel, At: time.Now().In(zone)}
	if in.At != "" {
		if e.At, err = time.ParseInLocation("2006-01-02T15:04", in.At, zone); err != nil {
			live.Refuse(w, http.StatusUnprocessableEntity, "The time cannot be read.")
			return
		}
	}
	if in.Last != "" {
		e.LastStaff, e.LastAt = in.Last, e.At.Add(-time.Hour)
	}
	p := plan(w, in.Rule)
	if p == nil {
		return
	}
	presence := a.Presence
	if in.Everyone {
		presence = routing.Everyone
	}
	d, err := p.Peek(r.Context(), e, presence)
	if err != nil {
		live.Refuse(w, http.StatusServiceUnavailable, "The rule could not be asked.")
		return
	}
	var names []string
	for _, to := range d.Destinations {
		names = append(names, view.Destination(to, a.Directory))
	}
	reasons := append([]routing.Reason{}, d.Reasons()...)
	for i, r := range reasons {
		reasons[i].Text = view.Words(r.Text, a.Directory)
	}
	answer := map[string]any{
		"at": e.At.Format("Mon 2006-01-02 15:04 MST"), "outcome": d.Outcome, "who": names, "reasons": reasons,
	}
	if !d.NextOpening.IsZero() {
		answer["next_opening"] = d.NextOpening.Format("Mon 2006-01-02 15:04 MST")
	}
	live.Answer(w, http.StatusOK, answer)
}
