package routing_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

const everyType = `{"type":"sticky","for":"720h","wait":"20s","then":{"type":"time","zone":"Asia/Hong_Kong","conditions":[` +
	`{"days":["mon","tue"],"from":"09:00","to":"24:00","then":{"type":"alternative","rules":[{"type":"team","id":"sales"},{"type":"bot","id":"b"}]}}],` +
	`"dates":[{"date":"2026-12-25"},{"date":"2026-12-24","from":"09:00","to":"12:00","then":{"type":"staff","id":"ann"}}],` +
	`"otherwise":{"type":"percentage","shares":[{"percent":33.5,"to":{"type":"group","id":"night","method":"round_robin","members":[{"type":"staff","id":"ann"}],"wait":"1m30s"}},` +
	`{"percent":66.5,"to":{"type":"custom","name":"vip"}}]}}}`

func TestParseRule(t *testing.T) {
	t.Parallel()
	vip := stub{d: routing.Decision{Outcome: routing.Exhausted}}
	want := routing.Sticky{For: 720 * time.Hour, Wait: 20 * time.Second, Then: routing.Time{
		Zone: "Asia/Hong_Kong",
		Conditions: []routing.Condition{{
			Days: []time.Weekday{time.Monday, time.Tuesday}, From: routing.At(9, 0), To: routing.At(24, 0),
			Then: routing.Alternative{routing.Team("sales"), routing.Bot("b")},
		}},
		Dates: []routing.DateRule{
			{Date: routing.Date{Year: 2026, Month: time.December, Day: 25}},
			{Date: routing.Date{Year: 2026, Month: time.December, Day: 24}, From: routing.At(9, 0), To: routing.At(12, 0), Then: routing.Staff("ann")},
		},
		Otherwise: routing.Percentage{
			{Percent: 33.5, To: routing.Group{ID: "night", Method: routing.RoundRobin, Members: crew("")[:0:0], Wait: 90 * time.Second}},
			{Percent: 66.5, To: routing.Custom{Name: "vip", Router: vip}},
		},
	}}
	night := want.Then.(routing.Time).Otherwise.(routing.Percentage)[0].To.(routing.Group)
	night.Members = []routing.Destination{routing.Staff("ann")}
	want.Then.(routing.Time).Otherwise.(routing.Percentage)[0].To = night
	got, err := routing.ParseRuleWith([]byte(" "+everyType+"\n"), map[string]routing.Router{"vip": vip})
	if err != nil {
		t.Fatal(err)
	}
	// A stub is compared by what it says.
	if diff := cmp.Diff(routing.Rule(want), got, cmp.Comparer(func(a, b stub) bool { return a.d.Outcome == b.d.Outcome })); diff != "" {
		t.Errorf("ParseRuleWith (-want +got):\n%s", diff)
	}
	back, err := routing.MarshalRule(got)
	if err != nil || string(back) != everyType {
		t.Errorf("MarshalRule = %s, %v; want %s", back, err, everyType)
	}
	if _, err := routing.ParseRule([]byte(everyType)); err == nil || !strings.Contains(err.Error(), `then.otherwise.shares[1].to.name: there is no Router named "vip" here`) {
		t.Errorf("ParseRule with a custom rule: %v", err)
	}
}

func TestParseRuleFaults(t *testing.T) {
	t.Parallel()
	inTime := func(condition string) string { return `{"type":"time","conditions":[` + condition + `]}` }
	tests := []struct {
		name, json string
		want       []string
	}{
		{name: "nothing", json: "", want: []string{"this is not JSON: EOF"}},
		{name: "half", json: `{"type":"staff"`, want: []string{"this is not JSON: unexpected EOF"}},
		{name: "null", json: "null", want: []string{"this is null, not an object"}},
		{name: "a list", json: "[]", want: []string{"this is a list, not an object"}},
		{name: "trailing data", json: `{"type":"staff","id":"a"} {}`, want: []string{"something follows the rule"}},
		{name: "trailing rubbish", json: `{"type":"staff","id":"a"} x`, want: []string{"something follows the rule"}},
		{name: "no type", json: `{"id":"a"}`, want: []string{"type: this is missing"}},
		{name: "no such type", json: `{"type":"linear","rules":[]}`, want: []string{`type: "linear" is no type of rule`}},
		{name: "a number as type", json: `{"type":1}`, want: []string{"type: this is the number 1, not a text"}},
		{name: "no id", json: `{"type":"staff"}`, want: []string{"id: this is missing"}},
		{name: "an unknown key", json: `{"type":"staff","id":"a","name":"Ann"}`, want: []string{`the key "name" is not known here`}},
		{name: "a key in capitals", json: `{"type":"staff","ID":"a"}`, want: []string{"id: this is missing", `the key "ID" is not known here`}},
		{name: "a key twice", json: `{"type":"staff","id":"a","id":"b"}`, want: []string{`the key "id" is given twice`}},
		{name: "an unknown key further down", json: `{"type":"alternative","rules":[{"type":"staff","id":"a"},{"type":"team","id":"t","x":1}]}`, want: []string{`rules[1]: the key "x" is not known here`}},
		{name: "no list", json: `{"type":"alternative","rules":{}}`, want: []string{"rules: this is an object, not a list"}},
		{name: "a text as percent", json: `{"type":"percentage","shares":[{"percent":"50","to":{"type":"staff","id":"a"}}]}`, want: []string{"shares[0].percent: this is a text, not a number"}},
		{name: "a huge percent", json: `{"type":"percentage","shares":[{"percent":1e999,"to":{"type":"staff","id":"a"}}]}`, want: []string{"shares[0].percent: this is the number 1e999, not a number"}},
		{name: "a share to nobody", json: `{"type":"percentage","shares":[{"percent":50}]}`, want: []string{"shares[0].to: this is missing"}},
		{name: "a bad day", json: inTime(`{"days":["Mon"],"from":"09:00","to":"10:00","then":{"type":"staff","id":"a"}}`), want: []string{`conditions[0].days[0]: "Mon" is no day; write "mon", "tue", "wed", "thu", "fri", "sat" or "sun"`}},
		{
			name: "bad times", json: inTime(`{"days":["mon"],"from":"9:00","to":"24:01","then":{"type":"staff","id":"a"}}`),
			want: []string{
				`conditions[0].from: "9:00": a time of day is written like "09:05", from "00:00" to "24:00"`,
				`conditions[0].to: "24:01": a time of day is written like "09:05", from "00:00" to "24:00"`,
			},
		},
		{name: "a bad date", json: `{"type":"time","dates":[{"date":"2026-02-29"}]}`, want: []string{`dates[0].date: "2026-02-29": a date is a day of the calendar, written like "2026-12-25"`}},
		{name: "half a window", json: `{"type":"time","dates":[{"date":"2026-02-28","from":"09:00"}]}`, want: []string{"dates[0]: from and to go together"}},
		{name: "an empty window", json: `{"type":"time","dates":[{"date":"2026-02-28","from":"00:00","to":"00:00"}]}`, want: []string{"dates[0].to: the window is empty; the whole day is 00:00–24:00, or no from and to"}},
		{name: "a bad duration", json: `{"type":"sticky","for":"30 days","then":{"type":"staff","id":"a"}}`, want: []string{`for: "30 days" is no duration; write it like "20s" or "720h"`}},
		{name: "a bad method", json: `{"type":"group","id":"g","method":"random","members":[]}`, want: []string{`method: "random" is not fixed_order, round_robin, most_idle or simultaneous`}},
		{name: "a bad member", json: `{"type":"group","id":"g","method":"most_idle","members":[{"type":"sticky"}]}`, want: []string{`members[0].type: a member is staff, a team or a bot, not "sticky"`}},
		{name: "too deep", json: strings.Repeat(`{"type":"alternative","rules":[`, 8) + `{"type":"staff","id":"a"}` + strings.Repeat(`]}`, 8), want: []string{strings.TrimPrefix(strings.Repeat(".rules[0]", 8), ".") + ": rules nest deeper than 8"}},
		{
			name: "several", json: `{"type":"sticky","wait":5,"then":{"type":"time","zone":1,"otherwise":{"type":"bot","id":2}},"x":0}`,
			want: []string{
				"wait: this is the number 5, not a text", "then.zone: this is the number 1, not a text",
				"then.otherwise.id: this is the number 2, not a text", `the key "x" is not known here`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := routing.ParseRule([]byte(tt.json))
			if diff := cmp.Diff(tt.want, faults(err)); diff != "" || r != nil {
				t.Errorf("ParseRule = %v, faults (-want +got):\n%s", r, diff)
			}
		})
	}
}

func TestMarshalRuleFaults(t *testing.T) {
	t.Parallel()
	ann := routing.Staff("ann")
	tests := []struct {
		name string
		rule routing.Rule
		want []string
	}{
		{name: "nil", rule: nil, want: []string{"a rule is missing"}},
		{name: "a pointer", rule: routing.Alternative{&ann}, want: []string{"rules[0]: *routing.Destination is not a rule: rules are values, not pointers"}},
		{name: "a kind that is none", rule: routing.Destination{Kind: "sticky", ID: "a"}, want: []string{`type: "sticky" is not staff, team or bot`}},
		{name: "a custom without a name", rule: routing.Sticky{Then: routing.Custom{}}, want: []string{"then.name: a custom rule without a name cannot be written"}},
		{name: "times", rule: routing.Time{Conditions: []routing.Condition{{Days: []time.Weekday{9}, From: -1, To: 1441, Then: ann}}}, want: []string{"conditions[0].from: no time of day is no time of day", "conditions[0].to: 24:01 is no time of day", "conditions[0].days[0]: 9 is no day of the week"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data, err := routing.MarshalRule(tt.rule)
			if diff := cmp.Diff(tt.want, faults(err)); diff != "" {
				t.Errorf("MarshalRule = %s, faults (-want +got):\n%s", data, diff)
			}
		})
	}
}

// TestMarshalRuleRoundTrip: a rule that is written and read again is the same, and makes a plan again.
func TestMarshalRuleRoundTrip(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(23, 23))
	routers := map[string]routing.Router{"stub": stub{}}
	for range 500 {
		r := randomRule(rnd, 6, monday)
		first, err := routing.MarshalRule(r)
		if err != nil {
			t.Fatal(err)
		}
		read, err := routing.ParseRuleWith(first, routers)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		second, err := routing.MarshalRule(read)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%v\n%s\n%s", err, first, second)
		}
		_, err1 := routing.New(r)
		_, err2 := routing.New(read)
		if diff := cmp.Diff(faults(err1), faults(err2)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// ruleFiles reads the rules in testdata.
func ruleFiles(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob("testdata/rules/*.json")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no rules: %v", err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			tb.Fatal(err)
		}
	}
	return files
}

// TestRuleFiles: rules as a person writes them come back as they were, but for white space.
func TestRuleFiles(t *testing.T) {
	t.Parallel()
	for name, data := range ruleFiles(t) {
		r, err := routing.ParseRuleWith(data, map[string]routing.Router{"vip": stub{}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := routing.New(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var want, got any
		back, err := routing.MarshalRule(r)
		if err != nil || json.Unmarshal(data, &want) != nil || json.Unmarshal(back, &got) != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTextForms(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"00:00", "09:05", "23:59", "24:00"} {
		var got routing.TimeOfDay
		if err := got.UnmarshalText([]byte(s)); err != nil || got.String() != s {
			t.Errorf("%s became %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "9:00", "09:60", "24:01", "09:00 ", "09.00", "0９:00", "-1:00", "+9:00", "09:00:00", "٠٩:٠٠"} {
		var got routing.TimeOfDay
		if err := got.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q became %v", s, got)
		}
	}
	for _, s := range []string{"2026-12-25", "2024-02-29", "0001-01-01", "9999-12-31"} {
		var got routing.Date
		if err := got.UnmarshalText([]byte(s)); err != nil || got.String() != s {
			t.Errorf("%s became %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "2026-2-3", "2026-02-30", "2026-13-01", "2026-00-01", "2026-01-00", "0000-01-01", "26-12-25", "2026/12/25", "2026-12-25Z", "+026-12-25"} {
		var got routing.Date
		if err := got.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q became %v", s, got)
		}
	}
	for o := range routing.Outcome(4) {
		text, err := o.MarshalText()
		var back routing.Outcome
		if err != nil || back.UnmarshalText(text) != nil || back != o {
			t.Errorf("%v became %s, then %v", o, text, back)
		}
	}
	if _, err := json.Marshal([]any{routing.TimeOfDay(-1)}); err == nil {
		t.Error("a time that is none was written")
	}
}
