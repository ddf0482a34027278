package routing_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

var (
	workdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	allDays  = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
)

func window(days []time.Weekday, from, to int, then routing.Rule) routing.Condition {
	return routing.Condition{Days: days, From: routing.TimeOfDay(from), To: routing.TimeOfDay(to), Then: then}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	ann, bob, bot := routing.Staff("ann"), routing.Staff("bob"), routing.Bot("bot")
	always := window(allDays, 0, 24*60, ann)
	friday := routing.Date{Year: 2026, Month: time.March, Day: 6}
	night := window([]time.Weekday{time.Friday}, 22*60, 6*60, bob)
	saturday := window([]time.Weekday{time.Saturday}, 0, 6*60, ann)
	type found struct{ Path, Code string }
	tests := []struct {
		name string
		rule routing.Rule
		want []found
	}{
		{name: "nothing to find", rule: routing.Sticky{Then: routing.Time{Zone: "Asia/Tokyo", Conditions: []routing.Condition{window(workdays, 540, 1080, ann)}, Otherwise: bot}}},
		{name: "uncovered", rule: routing.Time{Conditions: []routing.Condition{window(workdays, 540, 1080, ann)}}, want: []found{{"", "uncovered"}}},
		{name: "uncovered, further down", rule: routing.Sticky{Then: routing.Time{Dates: []routing.DateRule{{Date: friday, Then: ann}}}}, want: []found{{"", "uncovered"}}},
		{
			name: "two halves cover the week",
			rule: routing.Alternative{routing.Time{Conditions: []routing.Condition{window(allDays, 0, 720, ann)}}, routing.Time{Conditions: []routing.Condition{window(allDays, 720, 1440, bob)}}},
		},
		{
			name: "a condition whose own rule has gaps",
			rule: routing.Time{Conditions: []routing.Condition{window(allDays, 0, 1440, routing.Time{Conditions: []routing.Condition{window(allDays, 0, 1439, ann)}})}},
			want: []found{{"", "uncovered"}, {"conditions[0].then.conditions[0].to", "last_minute"}},
		},
		{
			name: "several zones, beside one who is always there",
			rule: routing.Alternative{
				routing.Time{Zone: "Asia/Tokyo", Conditions: []routing.Condition{window(workdays, 540, 1080, ann)}},
				routing.Time{Zone: "Europe/Paris", Conditions: []routing.Condition{window(workdays, 540, 1080, bob)}},
				routing.Team("t"),
			},
		},
		{
			name: "several zones",
			rule: routing.Alternative{
				routing.Time{Zone: "Asia/Tokyo", Conditions: []routing.Condition{window(workdays, 540, 1080, ann)}},
				routing.Time{Zone: "Europe/Paris", Conditions: []routing.Condition{window(allDays, 0, 1440, bob)}},
			},
			want: []found{{"rules[0]", "uncovered"}},
		},
		{name: "the last minute", rule: routing.Time{Conditions: []routing.Condition{window(allDays, 0, 1439, ann)}, Otherwise: bob}, want: []found{{"conditions[0].to", "last_minute"}}},
		{name: "shadowed", rule: routing.Time{Conditions: []routing.Condition{always, window(workdays, 540, 1080, bob)}}, want: []found{{"conditions[1]", "shadowed"}}},
		{name: "shadowed by two", rule: routing.Time{Conditions: []routing.Condition{window(allDays, 0, 720, ann), window(allDays, 600, 1440, bob), window(workdays, 700, 800, bot)}}, want: []found{{"conditions[2]", "shadowed"}}},
		{name: "partly covered is meant", rule: routing.Time{Conditions: []routing.Condition{window(workdays, 540, 1080, ann), always}}},
		{name: "otherwise is never asked", rule: routing.Time{Conditions: []routing.Condition{always}, Otherwise: bob}, want: []found{{"otherwise", "unreachable"}}},
		{
			name: "otherwise is asked on a date",
			rule: routing.Time{Conditions: []routing.Condition{always}, Dates: []routing.DateRule{{Date: friday, From: 0, To: 60, Then: bob}}, Otherwise: bob},
		},
		{
			name: "shadowed dates",
			rule: routing.Time{Otherwise: ann, Dates: []routing.DateRule{{Date: friday}, {Date: friday, From: 540, To: 600, Then: ann}, {Date: friday, From: 1320, To: 60, Then: bob}}},
			want: []found{{"dates[1]", "shadowed"}},
		},
		{
			name: "shadowed, but for the morning after a holiday",
			rule: routing.Time{Otherwise: bot, Conditions: []routing.Condition{night, saturday}, Dates: []routing.DateRule{{Date: friday}}},
		},
		{
			name: "shadowed, the morning after being a holiday too",
			rule: routing.Time{Otherwise: bot, Conditions: []routing.Condition{night, saturday}, Dates: []routing.DateRule{{Date: friday}, {Date: routing.Date{Year: 2026, Month: time.March, Day: 7}}}},
			want: []found{{"conditions[1]", "shadowed"}},
		},
		{
			name: "otherwise is asked on the morning after a holiday",
			rule: routing.Time{Conditions: []routing.Condition{window(allDays, 22*60, 6*60, ann), window(allDays, 6*60, 22*60, ann)}, Dates: []routing.DateRule{{Date: friday, Then: bot}}, Otherwise: bob},
		},
		{
			name: "otherwise is not asked, since the holiday has a night of its own",
			rule: routing.Time{
				Conditions: []routing.Condition{window(allDays, 22*60, 6*60, ann), window(allDays, 6*60, 22*60, ann)},
				Dates:      []routing.DateRule{{Date: friday, Then: bot}, {Date: friday, From: 22 * 60, To: 6 * 60, Then: bot}}, Otherwise: bob,
			},
			want: []found{{"otherwise", "unreachable"}},
		},
		{name: "after a bot", rule: routing.Alternative{ann, bot, bob, routing.Team("t")}, want: []found{{"rules[2]", "unreachable"}, {"rules[3]", "unreachable"}}},
		{
			name: "after a rule that ends with a bot",
			rule: routing.Alternative{routing.Time{Conditions: []routing.Condition{window(allDays, 0, 720, bot)}, Otherwise: routing.Sticky{Then: bot}}, bob},
			want: []found{{"rules[1]", "unreachable"}},
		},
		{
			name: "after a bot that is not always there",
			rule: routing.Alternative{routing.Time{Conditions: []routing.Condition{window(allDays, 0, 720, bot)}}, bob},
		},
		{name: "twice the same", rule: routing.Alternative{ann, bob, ann}, want: []found{{"rules[2]", "unreachable"}}},
		{name: "drained", rule: routing.Percentage{{Percent: 100, To: ann}, {Percent: 0, To: bob}}, want: []found{{"shares[1]", "drained"}}},
		{name: "sticky too late", rule: routing.Percentage{{Percent: 40, To: ann}, {Percent: 60, To: routing.Sticky{Then: bob}}}, want: []found{{"shares[1].to", "late_sticky"}}},
		{name: "an offset", rule: routing.Time{Zone: "+08:00", Otherwise: ann}, want: []found{{"zone", "fixed_offset"}}},
		{name: "a zone that is one", rule: routing.Time{Zone: "Etc/GMT-8", Otherwise: ann}, want: []found{{"zone", "fixed_offset"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []found
			for _, f := range newPlan(t, tt.rule).Findings() {
				got = append(got, found{f.Path, f.Code})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindingsUncoveredText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		conditions []routing.Condition
		want       string
	}{
		{
			name: "office hours", conditions: []routing.Condition{window(workdays, 540, 1080, routing.Staff("a"))},
			want: "nobody covers Mon 18:00–Tue 09:00, Tue 18:00–Wed 09:00, Wed 18:00–Thu 09:00, Thu 18:00–Fri 09:00, Fri 18:00–Mon 09:00 (UTC)",
		},
		{name: "an evening", conditions: []routing.Condition{window(allDays[1:], 0, 1440, routing.Staff("a")), window(allDays[:1], 0, 1320, routing.Staff("a"))}, want: "nobody covers Sun 22:00–24:00 (UTC)"},
		{name: "all but an hour", conditions: []routing.Condition{window(workdays[:1], 540, 600, routing.Staff("a"))}, want: "nobody covers Mon 10:00–Mon 09:00 (UTC)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newPlan(t, routing.Time{Conditions: tt.conditions}).Findings()
			if len(f) != 1 || f[0].Text != tt.want {
				t.Errorf("Findings = %+v, want %s", f, tt.want)
			}
		})
	}
}
