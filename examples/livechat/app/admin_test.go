package app_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/usherchat/usher/examples/livechat/app"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	c := p.client(t)
	for _, tt := range []struct {
		name, url, want string // "" = verified
	}{
		{"the source", p.source + "/webhook", ""},
		{"another answer", p.source + "/broken/echo", "challenge not answered"},
		{"moved", p.source + "/broken/moved", "308"},
		{"a private address", "https://10.0.0.1/hook", "refused"},
		{"no address", "ftp://example.com", "http"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got struct {
				Verified bool
				Error    string
			}
			c.must(http.StatusOK, http.MethodPost, p.desk+"/admin/verify", object{"url": tt.url}, &got)
			if got.Verified != (tt.want == "") || !strings.Contains(got.Error, tt.want) {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

func TestRuleQuestions(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	c := p.client(t)
	office := object{
		"type": "time", "zone": "Asia/Hong_Kong",
		"conditions": []object{{"days": []string{"mon", "tue", "wed", "thu", "fri"}, "from": "09:00", "to": "18:00", "then": object{"type": "staff", "id": "ann"}}},
	}
	t.Run("a sound rule", func(t *testing.T) {
		var got struct {
			Findings []struct{ Code string }
			Week     struct {
				Answers []string
				Days    []struct {
					Name  string
					Slots []int
				}
			}
		}
		c.must(http.StatusOK, http.MethodPost, p.desk+"/admin/rule", object{"rule": office, "zone": "Asia/Hong_Kong"}, &got)
		hours := map[string]float64{}
		for _, d := range got.Week.Days {
			for _, s := range d.Slots {
				hours[got.Week.Answers[s]] += 0.5
			}
		}
		if hours["Ann Archer"] != 45 || hours["closed"] != 123 {
			t.Errorf("hours: %v", hours)
		}
	})
	t.Run("faults have paths", func(t *testing.T) {
		var got struct{ Faults []struct{ Path, Text string } }
		bad := object{"type": "percentage", "shares": []object{{"percent": 60, "to": object{"type": "staff", "id": ""}}}}
		c.must(http.StatusOK, http.MethodPost, p.desk+"/admin/rule", object{"rule": bad}, &got)
		if len(got.Faults) != 2 || got.Faults[0].Path != "routing.shares" || got.Faults[1].Path != "routing.shares[0].to.id" {
			t.Errorf("faults: %v", got.Faults)
		}
	})
	for _, tt := range []struct {
		name    string
		ask     object
		outcome string
	}{
		{"in office hours, everybody at work", object{"at": "2026-11-23T10:00", "everyone": true}, "offer"},
		{"in office hours, nobody at work", object{"at": "2026-11-23T10:00"}, "none_available"},
		{"at night", object{"at": "2026-11-23T20:00", "everyone": true}, "closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.ask["rule"], tt.ask["zone"] = office, "Asia/Hong_Kong"
			var got struct {
				Outcome, NextOpening string
				Reasons              []struct{ Text string }
			}
			c.must(http.StatusOK, http.MethodPost, p.desk+"/admin/ask", tt.ask, &got)
			if got.Outcome != tt.outcome || len(got.Reasons) == 0 {
				t.Errorf("got %+v, want %s", got, tt.outcome)
			}
		})
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	c := p.client(t)
	var got struct {
		Welcome, Away *string
		Names         []struct{ Shown, Reply string }
		Faults        []struct{ Path string }
	}
	ask := func(messages object) {
		t.Helper()
		got.Faults, got.Welcome, got.Away = nil, nil, nil
		c.must(http.StatusOK, http.MethodPost, p.desk+"/admin/preview", object{
			"settings": object{"name": "Help", "source": "App", "messages": messages, "routing": object{"type": "not there yet"}},
			"visitor":  "<b>Zoe</b>", "locale": "fr",
		}, &got)
	}
	ask(object{"display_name": "full", "name_in_text": true, "away": object{"off": true}})
	if got.Welcome == nil || !strings.HasPrefix(*got.Welcome, "Bonjour <b>Zoe</b>") || got.Away != nil {
		t.Errorf("welcome %v, away %v", got.Welcome, got.Away)
	}
	if got.Names[0].Shown != "Ann Archer" || got.Names[0].Reply != "Ann Archer: Let me look that up." {
		t.Errorf("names: %+v", got.Names)
	}
	ask(object{"welcome": object{"texts": object{"de": "{"}}})
	if len(got.Faults) != 1 || got.Faults[0].Path != "messages.welcome.texts[de]" {
		t.Errorf("faults: %+v", got.Faults)
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	c := p.client(t)
	var before struct{ Settings json.RawMessage }
	c.must(http.StatusOK, http.MethodGet, p.desk+"/admin/settings", nil, &before)
	if text := string(before.Settings); strings.Contains(text, "whsec_") || strings.Contains(text, "token") {
		t.Errorf("the page is given a secret: %s", text)
	}
	for _, tt := range []struct {
		name, path string
		change     func(object)
	}{
		{"no source", "Settings.Source", func(s object) { s["source"] = " " }},
		{"a rule that cannot be read", "routing.type", func(s object) { s["routing"] = object{"type": "x"} }},
		{"a rule that means nothing", "routing.id", func(s object) { s["routing"] = object{"type": "staff", "id": ""} }},
		{"a template", "messages.welcome.texts[en]", func(s object) { s["messages"] = object{"welcome": object{"texts": object{"en": "{x}"}}} }},
		{"an address", "", func(s object) { s["webhook"] = object{"url": "ftp://x"} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s object
			if err := json.Unmarshal(before.Settings, &s); err != nil {
				t.Fatal(err)
			}
			tt.change(s)
			var got struct {
				Faults []struct{ Path, Text string }
			}
			c.must(http.StatusUnprocessableEntity, http.MethodPut, p.desk+"/admin/settings", s, &got)
			if len(got.Faults) != 1 || tt.path != "" && got.Faults[0].Path != tt.path {
				t.Errorf("faults: %v, want one at %q", got.Faults, tt.path)
			}
		})
	}
	var after struct{ Settings json.RawMessage }
	c.must(http.StatusOK, http.MethodGet, p.desk+"/admin/settings", nil, &after)
	if string(after.Settings) != string(before.Settings) {
		t.Errorf("refused settings are in force: %s", after.Settings)
	}
}

// What an administrator saves is there after a restart, with the same secrets.
func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "settings.json")
	change := func(c *app.Config) { c.SettingsFile = file }
	p := start(t, change)
	p.settings(t, func(s object) { s["name"] = "Help desk" })
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("the file: %v %v", info.Mode(), err)
	}
	p = start(t, change) // another process, at another address
	var got struct {
		Settings struct{ Name string }
		Verified bool
	}
	p.client(t).must(http.StatusOK, http.MethodGet, p.desk+"/admin/settings", nil, &got)
	if got.Settings.Name != "Help desk" || !got.Verified {
		t.Errorf("got %+v", got)
	}
	zoe := p.visitor(t, "Zoe", "en")
	zoe.write("1", "Hello")
	eventually(t, "the channel works", func() bool { return len(zoe.chat.texts()) >= 2 })
}

func TestListen(t *testing.T) {
	t.Parallel()
	for addr, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true, "0.0.0.0:0": false, ":0": false, "192.168.1.1:0": false, "example.com:80": false} {
		l, err := app.Listen(t.Context(), addr)
		if (err == nil) != ok {
			if strings.Contains(addr, "::1") && err != nil {
				continue // a machine without IPv6
			}
			t.Errorf("%s: %v", addr, err)
		}
		if err == nil {
			again, err := app.Listen(t.Context(), l.Addr().String()) // taken: another port
			if err != nil || again.Addr().String() == l.Addr().String() {
				t.Errorf("%s again: %v", addr, err)
			}
			_ = again.Close()
			_ = l.Close()
		}
	}
}
