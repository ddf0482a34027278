package live_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/routing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind, body string
		want             int // 0 = read
	}{
		{"JSON", "application/json", `{"name":"Zoe"}`, 0},
		{"JSON with a charset", "application/json; charset=utf-8", `{"name":"Zoe"}`, 0},
		{"what a form of another site could send", "text/plain", `{"name":"Zoe"}`, http.StatusUnsupportedMediaType},
		{"no type", "", `{"name":"Zoe"}`, http.StatusUnsupportedMediaType},
		{"no JSON", "application/json", `{`, http.StatusBadRequest},
		{"another form", "application/json", `[]`, http.StatusBadRequest},
		{"too much", "application/json", `{"name":"` + strings.Repeat("x", live.MaxBody) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.kind)
			w := httptest.NewRecorder()
			var got struct{ Name string }
			ok := live.Read(w, r, &got)
			if ok != (tt.want == 0) || ok && got.Name != "Zoe" || !ok && w.Code != tt.want {
				t.Errorf("got %v, %q and status %d, want status %d", ok, got.Name, w.Code, tt.want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	_, ruleErr := routing.New(routing.Percentage{{Percent: 60, To: routing.Staff("")}})
	for _, tt := range []struct {
		name string
		err  error
		want []live.Fault
	}{
		{"none", nil, nil},
		{"one", errors.New("source: is required"), []live.Fault{{"source", "is required"}}},
		{"without a path", errors.New("it is raining: hard"), []live.Fault{{"", "it is raining: hard"}}},
		{
			"joined, and joined again", errors.Join(errors.New("a: 1"), errors.Join(errors.New("b[0].c: 2"), errors.New("plain"))),
			[]live.Fault{{"a", "1"}, {"b[0].c", "2"}, {"", "plain"}},
		},
		{"wrapped without a word", fmt.Errorf("%w", errors.Join(errors.New("a: 1"), errors.New("b: 2"))), []live.Fault{{"a", "1"}, {"b", "2"}}},
		{"a rule's", ruleErr, []live.Fault{{"shares", "percentages add up to 60, not 100"}, {"shares[0].to.id", "the id is empty"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, live.Faults(tt.err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
