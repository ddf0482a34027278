package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/examples/livechat/app"
)

type object = map[string]any

func TestConversation(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	ann := p.staff(t, "ann")
	zoe := p.visitor(t, "Zoe", "en")
	zoe.write("1", "Hello")
	zoe.write("1", "Hello") // the page did not hear the answer
	id := ann.at("offered", "Zoe")
	ann.do204("accept", id, nil)
	ann.at("mine", "Zoe")
	reply := object{"id": "r1", "text": "Good day", "choices": []object{{"text": "Yes"}, {"text": "No"}}}
	ann.do204("reply", id, reply)
	ann.do204("reply", id, reply)
	want := []string{"visitor: Hello", "auto: Hello Zoe! Thank you for contacting us. How can we help you?", "staff: Good day"}
	eventually(t, "everything is said", func() bool { return len(zoe.chat.texts()) >= len(want) })
	zoe.must(http.StatusNoContent, http.MethodPost, zoe.base+"/messages", object{"id": "2", "text": "Yes", "choice": "Yes"}, nil)
	want = append(want, "visitor: Yes")
	eventually(t, "the choice is said", func() bool { return len(zoe.chat.texts()) >= len(want) })
	if diff := cmp.Diff(want, zoe.chat.texts()); diff != "" {
		t.Error(diff)
	}
	said, _ := zoe.chat.find(func(e event) bool { return e.data["from"] == "staff" })
	if said.data["name"] != "Ann" {
		t.Errorf("the visitor sees the name %v, want Ann", said.data["name"])
	}

	// The visitor has seen it, and staff see that.
	mid, _ := said.data["message"].(object)["id"].(string)
	zoe.must(http.StatusNoContent, http.MethodPost, zoe.base+"/receipts", object{"messages": []string{mid, "somebody-else's"}, "status": "read"}, nil)
	var talk struct {
		Entries []struct {
			From, Delivery, Name string
			Message              struct{ Text string }
		}
	}
	eventually(t, "the reply is read", func() bool {
		ann.must(http.StatusOK, http.MethodGet, ann.base+"/enquiries/"+id, nil, &talk)
		return len(talk.Entries) == 4 && talk.Entries[2].Delivery == "read" && talk.Entries[2].Name == "Ann Archer"
	})

	ann.do204("close", id, nil)
	ann.at("", "Zoe")
	eventually(t, "the visitor hears of the end", func() bool {
		_, ok := zoe.chat.find(func(e event) bool { return e.data["kind"] == "state" && e.data["mark"] == "closed" })
		return ok
	})
}

func TestTypingBothWays(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	ann := p.staff(t, "ann")
	zoe := p.visitor(t, "Zoe", "en")
	zoe.must(http.StatusNoContent, http.MethodPost, zoe.base+"/typing", object{}, nil) // nobody to be told yet
	zoe.write("1", "Hello")
	id := ann.at("offered", "Zoe")
	ann.do204("accept", id, nil)
	eventually(t, "the visitor sees typing", func() bool {
		ann.do204("typing", id, nil)
		e, ok := zoe.chat.find(func(e event) bool { return e.name == "typing" })
		return ok && e.data["name"] == "Ann"
	})
	eventually(t, "staff see typing", func() bool {
		zoe.must(http.StatusNoContent, http.MethodPost, zoe.base+"/typing", object{}, nil)
		e, ok := ann.desk.find(func(e event) bool { return e.name == "typing" })
		return ok && e.data["id"] == id
	})
}

// A page that was away asks for what came after the line it saw last.
func TestStreamGoesOn(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	zoe := p.visitor(t, "Zoe", "en")
	zoe.write("1", "one")
	zoe.write("2", "two")
	var after string
	eventually(t, "all is there", func() bool {
		e, ok := zoe.chat.find(func(e event) bool { return e.data["ref"] == "1" }) // that it was sent
		if ok {
			n, _ := e.data["n"].(float64)
			after = string(rune('0' + int(n)))
		}
		return ok && len(zoe.chat.texts()) >= 2
	})
	again := zoe.follow(zoe.base + "/stream?after=" + after)
	eventually(t, "the rest is there", func() bool { return len(again.texts()) > 0 })
	if texts := again.texts(); slices.Contains(texts, "visitor: one") || !slices.Contains(texts, "visitor: two") {
		t.Errorf("after line %s came %v", after, texts)
	}
}

func TestAwayFollowUpTransferAndDecline(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.settings(t, func(s object) { s["max_wait"] = "-1s" })
	zoe := p.visitor(t, "Zoe", "de")
	zoe.write("1", "Ist jemand da?")
	eventually(t, "the away text has come", func() bool { return len(zoe.chat.texts()) == 3 })
	ann, chloe := p.staff(t, "ann"), p.staff(t, "chloe")
	all, _ := ann.desk.find(func(e event) bool { return e.name == "all" })
	missed, _ := all.data["enquiries"].([]any)
	if len(missed) != 1 || missed[0].(object)["place"] != "missed" {
		t.Fatalf("missed: %v", missed)
	}
	id, _ := missed[0].(object)["id"].(string)
	ann.do204("accept", id, nil)
	ann.at("mine", "Zoe")

	// To a team, which declines as one; then to a person.
	ann.do204("transfer", id, object{"to": object{"type": "team", "id": "support"}})
	chloe.at("offered", "Zoe")
	chloe.do204("decline", id, nil)
	ann.at("mine", "Zoe")
	ann.do204("transfer", id, object{"to": object{"type": "staff", "id": "chloe"}})
	chloe.at("offered", "Zoe")
	chloe.do204("accept", id, nil)
	chloe.at("mine", "Zoe")
	ann.at("", "Zoe")
	ann.must(http.StatusConflict, http.MethodPost, ann.base+"/enquiries/"+id+"/reply", object{"id": "x", "text": "late"}, nil)
	ann.must(http.StatusBadRequest, http.MethodPost, ann.base+"/enquiries/"+id+"/transfer", object{"to": object{"type": "staff", "id": "nobody"}}, nil)
	chloe.must(http.StatusBadRequest, http.MethodPost, chloe.base+"/enquiries/"+id+"/reply", object{"id": "x", "text": " "}, nil)
	chloe.must(http.StatusNotFound, http.MethodPost, chloe.base+"/enquiries/nothing/accept", object{}, nil)
}

func TestBot(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.settings(t, func(s object) { s["routing"] = object{"type": "bot", "id": "guide"} })
	bob := p.staff(t, "bob")
	zoe := p.visitor(t, "Zoe", "en")
	zoe.write("1", "Hello")
	eventually(t, "the bot asks", func() bool { return slices.Contains(zoe.chat.texts(), "bot: What can I do for you?") })
	zoe.must(http.StatusNoContent, http.MethodPost, zoe.base+"/messages", object{"id": "2", "choice": "hours"}, nil)
	eventually(t, "the bot answers", func() bool {
		return slices.Contains(zoe.chat.texts(), "bot: We are here from Monday to Friday, 9:00 to 18:00.")
	})
	zoe.must(http.StatusNoContent, http.MethodPost, zoe.base+"/messages", object{"id": "3", "choice": "person"}, nil)
	id := bob.at("offered", "Zoe")
	bob.do204("accept", id, nil)
	bob.at("mine", "Zoe")
}

func TestSessions(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	ann := p.staff(t, "ann")
	zoe := p.visitor(t, "Zoe", "en")
	stranger := p.client(t)
	for _, path := range []string{"/stream", "/enquiries/x"} {
		stranger.must(http.StatusUnauthorized, http.MethodGet, ann.base+path, nil, nil)
	}
	stranger.must(http.StatusNotFound, http.MethodPost, p.desk+"/desk/sessions", object{"staff": "nobody"}, nil)
	stranger.must(http.StatusNotFound, http.MethodPost, zoe.base+"/messages", object{"id": "1", "text": "not mine"}, nil)
	ann.must(http.StatusBadRequest, http.MethodPut, ann.base+"/status", object{"status": "asleep"}, nil)
	ann.must(http.StatusNoContent, http.MethodDelete, ann.base+"/session", object{}, nil)
	ann.must(http.StatusUnauthorized, http.MethodPut, ann.base+"/status", object{"status": "active"}, nil)
	var people struct{ Staff []struct{ ID, Status string } }
	ann.must(http.StatusOK, http.MethodGet, p.desk+"/desk/staff", nil, &people)
	if people.Staff[0].Status != "offline" {
		t.Errorf("who has signed out is %s", people.Staff[0].Status)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	p := start(t, func(c *app.Config) { c.Forget = 10 * time.Millisecond })
	ann := p.staff(t, "ann")
	zoe, yan := p.visitor(t, "Zoe", "en"), p.visitor(t, "Yan", "en")
	zoe.write("1", "Hello")
	yan.write("1", "Hello")
	ann.do204("close", ann.at("offered", "Zoe"), nil)
	var page struct {
		Enquiries []struct{ Visitor, Status string }
	}
	eventually(t, "Zoe is forgotten and Yan is not", func() bool {
		ann.must(http.StatusOK, http.MethodGet, p.desk+"/overview/enquiries", nil, &page)
		return slices.ContainsFunc(page.Enquiries, func(e struct{ Visitor, Status string }) bool {
			return e.Visitor == "Forgotten visitor" && e.Status == "closed"
		})
	})
	if len(page.Enquiries) != 2 || !slices.ContainsFunc(page.Enquiries, func(e struct{ Visitor, Status string }) bool { return e.Visitor == "Yan" }) {
		t.Errorf("the overview shows %v", page.Enquiries)
	}
}
