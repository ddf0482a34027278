package team_test

import (
	"testing"

	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/routing"
)

func TestPresenceOfATeam(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		set   map[string]routing.Status
		busy  []string // at capacity
		to    routing.Destination
		want  routing.Status
		avail bool
	}{
		{"nobody there", nil, nil, routing.Team("sales"), routing.Offline, false},
		{"one is", map[string]routing.Status{"bob": routing.Active}, nil, routing.Team("sales"), routing.Active, true},
		{"one of another team", map[string]routing.Status{"chloe": routing.Active}, nil, routing.Team("sales"), routing.Offline, false},
		{"one is busy", map[string]routing.Status{"ann": routing.Busy}, nil, routing.Team("sales"), routing.Busy, false},
		{"the only one is full", map[string]routing.Status{"ann": routing.Active}, []string{"ann"}, routing.Team("sales"), routing.Active, false},
		{"one full, one idle", map[string]routing.Status{"ann": routing.Active, "bob": routing.Idle}, []string{"ann"}, routing.Team("sales"), routing.Idle, true},
		{"a person", map[string]routing.Status{"ann": routing.Idle}, nil, routing.Staff("ann"), routing.Idle, true},
		{"an unknown team", nil, nil, routing.Team("nobody"), routing.Offline, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := team.Example()
			p := team.NewPresence(d)
			for id, s := range tt.set {
				p.Set(id, s, 0)
			}
			for _, id := range tt.busy {
				s, _ := d.Find(id)
				for range s.Capacity {
					p.Took(id)
				}
			}
			got := p.State(tt.to)
			if got.Status != tt.want || got.Available() != tt.avail {
				t.Errorf("got %+v, want %s, available %v", got, tt.want, tt.avail)
			}
		})
	}
}

func TestConcerns(t *testing.T) {
	t.Parallel()
	d := team.Example()
	offered := []routing.Destination{routing.Bot("guide"), routing.Team("support"), routing.Staff("ann")}
	for staff, want := range map[string]routing.Destination{
		"ann": routing.Staff("ann"), "bob": routing.Team("support"), "chloe": routing.Team("support"), "dan": {},
	} {
		got, ok := d.Concerns(offered, staff)
		if got != want || ok != (want != routing.Destination{}) {
			t.Errorf("%s: got %v %v, want %v", staff, got, ok, want)
		}
	}
}
