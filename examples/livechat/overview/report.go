package overview

import (
	"net/http"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
)

// hour counts the enquiries that were opened in one hour, by what they are now.
type hour struct {
	Hour     time.Time `json:"hour"`
	Opened   int       `json:"opened"`
	Handling int       `json:"handling"`
	Missed   int       `json:"missed"`
	Closed   int       `json:"closed"`
}

// bucket counts first replies that took less than Below seconds; 0 is the last one, without end.
type bucket struct {
	Below int `json:"below"`
	Count int `json:"count"`
}

// bounds of the buckets, in seconds.
var bounds = []int{5, 15, 30, 60, 120, 300, 900, 3600, 0}

// load is what one staff member had to do.
type load struct {
	Name     string `json:"name"`
	Opened   int    `json:"opened"`
	Handling int    `json:"handling"`
	Closed   int    `json:"closed"`
	P50      string `json:"first_reply_p50,omitempty"`
}

// report is what the charts show. The counts are the library's; its report summarises durations, so how first replies
// are spread, and what the enquiries of each hour are now, is counted here from the same enquiries.
func (o *Overview) report(w http.ResponseWriter, r *http.Request) {
	from, to, err := span(r)
	ch, ok := o.Hub.Channel(o.Channel)
	if err != nil || !ok {
		live.Refuse(w, http.StatusBadRequest, "the time cannot be read")
		return
	}
	report, err := ch.Report(r.Context(), from, to)
	if err != nil {
		live.Refuse(w, http.StatusServiceUnavailable, "The report could not be made.")
		return
	}
	spread := make([]bucket, len(bounds))
	for i, b := range bounds {
		spread[i].Below = b
	}
	byHour := map[time.Time]*hour{}
	q := channel.Query{Channels: []string{o.Channel}, From: from, To: to}
	for e, err := range o.Hub.Enquiries(r.Context(), q) {
		if err != nil {
			live.Refuse(w, http.StatusServiceUnavailable, "The report could not be made.")
			return
		}
		count(byHour, &e)
		if !e.FirstReplyAt.IsZero() {
			put(spread, e.FirstReplyAt.Sub(e.OpenedAt))
		}
	}
	staff := []load{}
	for _, s := range o.Directory.Staff {
		g := report.ByStaff[s.ID]
		line := load{Name: view.Name(s.Person, s.ID), Opened: g.Opened, Handling: g.Handling, Closed: g.Closed}
		if g.FirstReply.Count > 0 {
			line.P50 = g.FirstReply.P50.Round(100 * time.Millisecond).String()
		}
		staff = append(staff, line)
	}
	live.Answer(w, http.StatusOK, map[string]any{
		"report": report, "missed_rate": report.MissedRate(), "hours": hours(byHour), "first_reply": spread, "staff": staff,
	})
}

func count(byHour map[time.Time]*hour, e *channel.Enquiry) {
	at := e.OpenedAt.UTC().Truncate(time.Hour)
	h := byHour[at]
	if h == nil {
		h = &hour{Hour: at}
		byHour[at] = h
	}
	switch e.Status {
	case channel.Opened:
		h.Opened++
	case channel.Handling:
		h.Handling++
	case channel.Missed:
		h.Missed++
	case channel.Closed:
		h.Closed++
	}
}

func put(spread []bucket, d time.Duration) {
	for i := range spread {
		if b := spread[i].Below; b == 0 || d < time.Duration(b)*time.Second {
			spread[i].Count++
			return
		}
	}
}

// maxHours bounds the chart.
const maxHours = 24

// hours returns the latest hours in order, those without an enquiry too, up to the present one.
func hours(by map[time.Time]*hour) []hour {
	last := time.Now().UTC().Truncate(time.Hour)
	first := last
	for at := range by {
		if at.Before(first) {
			first = at
		}
	}
	if earliest := last.Add(-(maxHours - 1) * time.Hour); first.Before(earliest) {
		first = earliest
	}
	if least := last.Add(-7 * time.Hour); first.After(least) {
		first = least
	}
	var out []hour
	for at := first; !at.After(last); at = at.Add(time.Hour) {
		h := hour{Hour: at}
		if by[at] != nil {
			h = *by[at]
		}
		out = append(out, h)
	}
	return out
}

// csv is the library's own table, to be saved.
func (o *Overview) csv(w http.ResponseWriter, r *http.Request) {
	from, to, err := span(r)
	ch, ok := o.Hub.Channel(o.Channel)
	if err != nil || !ok {
		live.Refuse(w, http.StatusBadRequest, "the time cannot be read")
		return
	}
	report, err := ch.Report(r.Context(), from, to)
	if err != nil {
		live.Refuse(w, http.StatusServiceUnavailable, "The report could not be made.")
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="enquiries.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	_ = report.WriteCSV(w) // nothing can be done for a browser that has gone
}
