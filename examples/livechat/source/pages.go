package source

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usherchat/usher/examples/livechat/live"
)

// maxID bounds the ids that pages make.
const maxID = 64

// begin opens a chat. Its key is a cookie that is sent to this chat's addresses alone, so that every tab of a browser
// can be another visitor.
func (s *Source) begin(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name, Locale string }
	if !live.Read(w, r, &in) {
		return
	}
	name := strings.TrimSpace(in.Name)
	if len(name) > 200 || !utf8.ValidString(name) {
		live.Refuse(w, http.StatusBadRequest, "the name is too long")
		return
	}
	c, key, err := s.open(name, in.Locale)
	if err != nil {
		live.Refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: "chat", Value: key, Path: "/chats/" + c.id + "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode, // over HTTPS: Secure as well
	})
	live.Answer(w, http.StatusCreated, map[string]string{"chat": c.id})
}

// mine lets a request through to the chat that its cookie opens.
func (s *Source) mine(next func(http.ResponseWriter, *http.Request, *chat)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, ok := s.find(r.PathValue("chat"))
		key, err := r.Cookie("chat")
		if !ok || err != nil || !c.opens(key.Value) {
			live.Refuse(w, http.StatusNotFound, "there is no such chat")
			return
		}
		next(w, r, c)
	}
}

// stream shows the chat as it goes on, beginning after what the page has seen: the browser itself names that when it
// connects again after a fault, the page when it was hidden for a while.
func (s *Source) stream(w http.ResponseWriter, r *http.Request, c *chat) {
	seen, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if again, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		seen = max(seen, again)
	}
	sub := c.feed.Subscribe()
	defer sub.Close()
	out, err := live.Open(w)
	if err != nil {
		return
	}
	show := func(keys []live.Key) error {
		for _, k := range keys {
			if k == typingKey {
				c.mu.Lock()
				typist := c.typist
				c.mu.Unlock()
				if err := out.Send("typing", "", map[string]string{"name": typist}); err != nil {
					return err
				}
				continue
			}
			for _, l := range c.after(seen) {
				if err := out.Send("line", strconv.FormatInt(l.N, 10), l); err != nil {
					return err
				}
				seen = l.N
			}
		}
		return nil
	}
	if show([]live.Key{logKey}) == nil && out.Send("ready", "", struct{}{}) == nil {
		out.Follow(r, sub, 0, show)
	}
	c.touch()
}

// message takes what the visitor has written: first into the chat, then to the backend. A page that hears nothing, or
// that it failed, sends the same again under the same id; it is said once.
func (s *Source) message(w http.ResponseWriter, r *http.Request, c *chat) {
	var m message
	if !live.Read(w, r, &m) {
		return
	}
	if m.ID == "" || len(m.ID) > maxID {
		live.Refuse(w, http.StatusBadRequest, "the message has no id")
		return
	}
	m.Choices = nil // choices are offered by staff
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-r.Context().Done():
		return
	}
	c.say("visitor", "", m)
	ctx := context.WithoutCancel(r.Context()) // a tab that is closed now has written all the same
	if err := s.send(ctx, "messages", inbound{Visitor: c.person(), Message: m, SentAt: time.Now()}); err != nil {
		c.mark(m.ID, "failed")
		live.Refuse(w, http.StatusBadGateway, "the message could not be passed on: "+err.Error())
		return
	}
	c.mark(m.ID, "sent")
	w.WriteHeader(http.StatusNoContent)
}

// typing passes on that the visitor is typing. Before the first message nobody is there to be told.
func (s *Source) typing(w http.ResponseWriter, r *http.Request, c *chat) {
	_ = s.post(r.Context(), "typing", typing{Visitor: c.id}) // the next stroke comes soon
	w.WriteHeader(http.StatusNoContent)
}

// receipts passes on how far messages of staff have come.
func (s *Source) receipts(w http.ResponseWriter, r *http.Request, c *chat) {
	var in struct {
		Messages []string
		Status   string
	}
	if !live.Read(w, r, &in) {
		return
	}
	if len(in.Messages) > maxLines || in.Status != "delivered" && in.Status != "read" {
		live.Refuse(w, http.StatusBadRequest, "the receipt cannot be read")
		return
	}
	for _, id := range in.Messages {
		if !c.has(id) {
			continue // another visitor's
		}
		if err := s.send(r.Context(), "receipts", receipt{Message: id, Status: in.Status, At: time.Now()}); err != nil {
			live.Refuse(w, http.StatusBadGateway, "the receipt could not be passed on")
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// has reports whether staff has said a message of that id in this chat.
func (c *chat) has(id string) bool {
	for _, l := range c.after(0) {
		if l.Kind == "message" && l.From != "visitor" && l.Message.ID == id {
			return true
		}
	}
	return false
}

// locale sets the visitor's language from the next message on.
func (s *Source) locale(w http.ResponseWriter, r *http.Request, c *chat) {
	var in struct{ Locale string }
	if !live.Read(w, r, &in) {
		return
	}
	c.mu.Lock()
	c.locale = in.Locale
	c.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
