package routing_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

// TestNextOpeningOfTrees compares with a scan of whole rules, minute by minute.
func TestNextOpeningOfTrees(t *testing.T) {
	t.Parallel()
	const minutes = 9 * 24 * 60
	rnd := rand.New(rand.NewPCG(19, 19))
	around := time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC)
	for checked := 0; checked < 12; {
		r := randomRule(rnd, 4, around)
		text, err := routing.MarshalRule(r)
		if err != nil {
			t.Fatal(err)
		}
		p, err := routing.New(r)
		if err != nil || bytes.Contains(text, []byte("custom")) || !bytes.Contains(text, []byte("time")) {
			continue
		}
		checked++
		from := around.Add(-5 * 24 * time.Hour)
		var next time.Time
		for m := minutes; m >= 0; m-- {
			at := from.Add(time.Duration(m) * time.Minute)
			open := model{e: routing.Enquiry{At: at}, ps: states{}}
			if open.route(r).outcome != routing.Closed {
				next = at
			}
			if next.IsZero() {
				continue
			}
			if got, ok := p.NextOpening(at); !ok || !got.Equal(next) {
				t.Fatalf("at %v NextOpening = %v, %v; want %v\n%s", at, got, ok, next, text)
			}
		}
	}
}

func TestNextOpening(t *testing.T) {
	t.Parallel()
	tokyo := []routing.Condition{{Days: []time.Weekday{time.Monday}, From: routing.At(9, 0), To: routing.At(18, 0), Then: routing.Staff("ann")}}
	york := []routing.Condition{{Days: []time.Weekday{time.Monday}, From: routing.At(9, 0), To: routing.At(18, 0), Then: routing.Staff("bob")}}
	custom := routing.Custom{Name: "mine", Router: stub{}}
	tests := []struct {
		name string
		rule routing.Rule
		at   string
		want string // RFC 3339 in the zone expected, "" = none
	}{
		{name: "a destination is open", rule: routing.Staff("ann"), at: "2026-03-01T12:00:00.5+01:00", want: "2026-03-01T12:00:00.5+01:00"},
		{name: "otherwise counts as open", rule: routing.Time{Conditions: york, Otherwise: routing.Bot("b")}, at: "2026-03-01T12:00:00Z", want: "2026-03-01T12:00:00Z"},
		{name: "the zone of the rule", rule: routing.Time{Zone: "Asia/Tokyo", Conditions: tokyo}, at: "2026-03-01T12:00:00Z", want: "2026-03-02T09:00:00+09:00"},
		{
			name: "the zone of the one that opens first",
			rule: routing.Alternative{routing.Time{Zone: "America/New_York", Conditions: york}, routing.Time{Zone: "Asia/Tokyo", Conditions: tokyo}},
			at:   "2026-03-01T12:00:00Z", want: "2026-03-02T09:00:00+09:00",
		},
		{
			name: "the next one, when the first has closed",
			rule: routing.Alternative{routing.Time{Zone: "America/New_York", Conditions: york}, routing.Time{Zone: "Asia/Tokyo", Conditions: tokyo}},
			at:   "2026-03-02T10:00:00Z", want: "2026-03-02T09:00:00-05:00",
		},
		{
			name: "the zone of the inner rule, when that opens within the outer",
			rule: routing.Time{Zone: "UTC", Conditions: []routing.Condition{{
				Days: []time.Weekday{time.Sunday, time.Monday}, From: routing.At(0, 0), To: routing.At(24, 0),
				Then: routing.Time{Zone: "Asia/Tokyo", Conditions: tokyo},
			}}},
			at: "2026-03-01T12:00:00Z", want: "2026-03-02T09:00:00+09:00",
		},
		{
			name: "the zone of the outer rule, when the inner was open before",
			rule: routing.Time{Zone: "Asia/Tokyo", Conditions: []routing.Condition{{
				Days: []time.Weekday{time.Monday}, From: routing.At(10, 0), To: routing.At(11, 0), Then: routing.Time{Zone: "UTC", Conditions: []routing.Condition{{
					Days: []time.Weekday{time.Monday}, From: routing.At(0, 30), To: routing.At(5, 0), Then: routing.Staff("ann"),
				}}},
			}}},
			at: "2026-03-01T12:00:00Z", want: "2026-03-02T10:00:00+09:00",
		},
		{
			name: "far ahead, by a date",
			rule: routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2027, Month: time.April, Day: 1}, From: routing.At(8, 0), To: routing.At(9, 0), Then: routing.Staff("ann")}}},
			at:   "2026-03-01T12:00:00Z", want: "2027-04-01T08:00:00Z",
		},
		{
			name: "too far ahead",
			rule: routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2027, Month: time.April, Day: 10}, From: routing.At(8, 0), To: routing.At(9, 0), Then: routing.Staff("ann")}}},
			at:   "2026-03-01T12:00:00Z",
		},
		{name: "a custom decides", rule: custom, at: "2026-03-01T12:00:00Z"},
		{name: "a custom would decide next", rule: routing.Time{Conditions: []routing.Condition{{Days: york[0].Days, From: 0, To: 60, Then: custom}}}, at: "2026-03-01T12:00:00Z"},
		{name: "open beside a custom", rule: routing.Alternative{custom, routing.Staff("ann")}, at: "2026-03-01T12:00:00Z", want: "2026-03-01T12:00:00Z"},
		{
			name: "drained shares do not open",
			rule: routing.Percentage{{Percent: 0, To: routing.Staff("ann")}, {Percent: 100, To: routing.Time{Zone: "Asia/Tokyo", Conditions: tokyo}}},
			at:   "2026-03-01T12:00:00Z", want: "2026-03-02T09:00:00+09:00",
		},
		{
			name: "a window within a gap never comes",
			rule: routing.Time{Zone: "Europe/Berlin", Dates: []routing.DateRule{
				{Date: routing.Date{Year: 2026, Month: time.March, Day: 29}, From: routing.At(2, 0), To: routing.At(3, 0), Then: routing.Staff("ann")},
			}},
			at: "2026-03-01T12:00:00Z",
		},
		{
			name: "a window from within a gap opens after it",
			rule: routing.Time{Zone: "Europe/Berlin", Dates: []routing.DateRule{
				{Date: routing.Date{Year: 2026, Month: time.March, Day: 29}, From: routing.At(2, 30), To: routing.At(4, 0), Then: routing.Staff("ann")},
			}},
			at: "2026-03-01T12:00:00Z", want: "2026-03-29T03:00:00+02:00",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339Nano, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			p := newPlan(t, tt.rule)
			for range 3 { // the second time from what is remembered
				got, ok := p.NextOpening(at)
				text := ""
				if ok {
					text = got.Format(time.RFC3339Nano)
				}
				if text != tt.want {
					t.Errorf("NextOpening = %q, want %q", text, tt.want)
				}
			}
			d, _ := p.Route(t.Context(), routing.Enquiry{At: at}, nil)
			if next, _ := p.NextOpening(at); d.Outcome == routing.Closed && !d.NextOpening.Equal(next) {
				t.Errorf("the decision says %v, NextOpening %v", d.NextOpening, next)
			}
		})
	}
}

// TestNextOpeningOfCustom: what a Custom says about its own opening counts in the decision.
func TestNextOpeningOfCustom(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	opens := at.Add(90*time.Minute + time.Nanosecond)
	closed := routing.Custom{Name: "closed", Router: stub{d: routing.Decision{Outcome: routing.Closed, NextOpening: opens}}}
	soon := at.Add(700 * time.Millisecond)
	sameSecond := routing.Custom{Name: "soon", Router: stub{d: routing.Decision{Outcome: routing.Closed, NextOpening: soon}}}
	unknown := routing.Custom{Name: "unknown", Router: stub{d: routing.Decision{Outcome: routing.Closed}}}
	later := routing.Time{Conditions: []routing.Condition{{Days: []time.Weekday{time.Sunday}, From: routing.At(20, 0), To: routing.At(21, 0), Then: routing.Staff("ann")}}}
	sooner := routing.Time{Conditions: []routing.Condition{{Days: []time.Weekday{time.Sunday}, From: routing.At(13, 0), To: routing.At(14, 0), Then: routing.Staff("ann")}}}
	tests := []struct {
		name string
		rule routing.Rule
		want time.Time
	}{
		{name: "alone", rule: closed, want: opens},
		{name: "within the second", rule: sameSecond, want: soon},
		{name: "not known", rule: unknown},
		{name: "the earlier of two", rule: routing.Alternative{later, closed}, want: opens},
		{name: "the rule is earlier", rule: routing.Alternative{closed, sooner}, want: at.Add(time.Hour)},
		{name: "the rule alone is known", rule: routing.Alternative{unknown, later}, want: at.Add(8 * time.Hour)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := newPlan(t, tt.rule).Route(t.Context(), routing.Enquiry{At: at}, nil)
			if err != nil || d.Outcome != routing.Closed || !d.NextOpening.Equal(tt.want) {
				t.Errorf("Route = %v, %v; want closed until %v", d, err, tt.want)
			}
		})
	}
}
