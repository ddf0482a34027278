package desk

import (
	"context"
	"errors"
	"net/http"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// maxEntries is how much of a transcript a page shows.
const maxEntries = 300

func enquiryID(r *http.Request) channel.EnquiryID { return channel.EnquiryID(r.PathValue("enquiry")) }

// of returns the channel that is answered here.
func (d *Desk) of(w http.ResponseWriter) (*channel.Channel, bool) {
	ch, ok := d.hub.Channel(d.channel)
	if !ok {
		live.Refuse(w, http.StatusServiceUnavailable, "the channel is not connected")
	}
	return ch, ok
}

// typing tells the visitor that somebody is writing. It may be lost: the next stroke comes soon.
func (d *Desk) typing(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	if ch, ok := d.of(w); ok {
		_ = ch.StaffTyping(r.Context(), enquiryID(r), s)
		w.WriteHeader(http.StatusNoContent)
	}
}

// act is a request that only says what to do.
func (d *Desk) act(do func(*channel.Channel, context.Context, channel.EnquiryID, channel.Staff) error) func(http.ResponseWriter, *http.Request, channel.Staff) {
	return func(w http.ResponseWriter, r *http.Request, s channel.Staff) {
		if ch, ok := d.of(w); ok {
			d.answer(w, r, do(ch, r.Context(), enquiryID(r), s))
		}
	}
}

// decline takes the staff member out of the offer: for a team, which is offered as one, it is the team that declines.
func (d *Desk) decline(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	ch, ok := d.of(w)
	if !ok {
		return
	}
	e, err := ch.Enquiry(r.Context(), enquiryID(r))
	if err != nil {
		d.answer(w, r, err)
		return
	}
	if to, ok := d.directory.Concerns(e.Offered, s.ID); ok && to.Kind == routing.KindTeam {
		s = channel.Staff{ID: to.ID}
	}
	d.answer(w, r, ch.Decline(r.Context(), e.ID, s))
}

// transfer hands an enquiry to a person or a team. It stays with its handler until they accept.
func (d *Desk) transfer(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	var in struct{ To routing.Destination }
	if !live.Read(w, r, &in) {
		return
	}
	_, staff := d.directory.Find(in.To.ID)
	_, team := d.directory.Team(in.To.ID)
	if in.To.Kind == routing.KindStaff && !staff || in.To.Kind == routing.KindTeam && !team || in.To.Kind == routing.KindBot {
		live.Refuse(w, http.StatusBadRequest, "choose somebody who works here")
		return
	}
	if ch, ok := d.of(w); ok {
		d.answer(w, r, ch.Transfer(r.Context(), enquiryID(r), s, in.To))
	}
}

// reply sends what the staff member has written. The page makes the id, so that a reply that is sent again because
// the connection broke is said once.
func (d *Desk) reply(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	var in messages.Message
	if !live.Read(w, r, &in) {
		return
	}
	m := messages.Message{ID: in.ID, Text: in.Text, Choices: in.Choices, Attachments: in.Attachments}
	if ch, ok := d.of(w); ok {
		_, err := ch.Reply(r.Context(), enquiryID(r), s, m)
		d.answer(w, r, err)
	}
}

// transcript is what was said.
func (d *Desk) transcript(w http.ResponseWriter, r *http.Request, _ channel.Staff) {
	ch, ok := d.of(w)
	if !ok {
		return
	}
	entries, err := view.Entries(ch.Transcript(r.Context(), enquiryID(r)), maxEntries, d.directory)
	if err != nil {
		d.answer(w, r, err)
		return
	}
	live.Answer(w, http.StatusOK, map[string]any{"entries": entries})
}

// answer turns the library's errors into what a person can read. Of what has worked the pages are told at once: the
// library tells the host what others do, and of a reply only when it has been delivered.
func (d *Desk) answer(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case err == nil:
		d.feed.Changed(live.Key{Kind: EnquiryKey, ID: r.PathValue("enquiry")})
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, channel.ErrNotFound):
		live.Refuse(w, http.StatusNotFound, "This enquiry does not exist any more.")
	case errors.Is(err, channel.ErrTaken):
		live.Refuse(w, http.StatusConflict, "Somebody else handles this enquiry.")
	case errors.Is(err, channel.ErrClosed):
		live.Refuse(w, http.StatusConflict, "This enquiry has been closed.")
	case errors.Is(err, channel.ErrCapacity):
		live.Refuse(w, http.StatusConflict, "You handle as many enquiries as you can at once. Close one first.")
	case errors.Is(err, channel.ErrInvalid):
		live.Refuse(w, http.StatusBadRequest, "This cannot be sent.", live.Faults(errors.Unwrap(err))...)
	default:
		live.Refuse(w, http.StatusServiceUnavailable, "That did not work. Please try again.")
	}
}
