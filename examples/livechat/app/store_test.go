package app_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/app"
)

// With a Store and a file for the settings, a restart loses nothing: what was handled is handled by the same person,
// and what had to be posted is posted.
func TestRestart(t *testing.T) {
	t.Parallel()
	store, file := channel.NewMemStore(), filepath.Join(t.TempDir(), "settings.json")
	keep := func(c *app.Config) { c.Store, c.SettingsFile = store, file }
	p := start(t, keep)
	ann := p.staff(t, "ann")
	zoe := p.visitor(t, "Zoe", "en")
	zoe.write("1", "Hello")
	id := ann.at("offered", "Zoe")
	eventually(t, "she is welcomed", func() bool { return len(zoe.chat.texts()) == 2 })
	ann.must(http.StatusNoContent, http.MethodPut, p.desk+"/overview/fault", object{"mode": "500"}, nil)
	ann.do204("reply", id, object{"id": "r1", "text": "Good day"})
	p.stop()

	p = start(t, keep)
	ann = p.staff(t, "ann")
	all, _ := ann.desk.find(func(e event) bool { return e.name == "all" })
	mine, _ := all.data["enquiries"].([]any)
	if len(mine) != 1 || mine[0].(object)["place"] != "mine" || mine[0].(object)["id"] != id {
		t.Fatalf("after the restart Ann has %v", mine)
	}
	people, _ := all.data["staff"].([]any)
	if load := people[0].(object)["load"]; load != 1.0 {
		t.Errorf("her load is %v, want 1", load)
	}
	var talk struct{ Entries []struct{ Delivery string } }
	eventually(t, "the reply is posted", func() bool {
		ann.must(http.StatusOK, http.MethodGet, ann.base+"/enquiries/"+id, nil, &talk)
		return len(talk.Entries) == 3 && talk.Entries[2].Delivery == "sent"
	})
}
