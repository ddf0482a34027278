package routing_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

// FuzzParseRule: whatever is read is written and read again as the same, and whatever New accepts routes,
// explains and looks ahead without a panic.
func FuzzParseRule(f *testing.F) {
	f.Add([]byte(everyType), int64(1_772_445_600))
	for name, data := range ruleFiles(f) {
		f.Add(data, int64(len(name))*100_000_000)
	}
	f.Add([]byte(`{"type":"percentage","shares":[{"percent":33.33,"to":{"type":"bot","id":"b"}},{"percent":66.67,"to":{"type":"team","id":"b"}}]}`), int64(0))
	f.Add([]byte(`{"type":"time","zone":"Africa/Cairo","conditions":[{"days":["fri"],"from":"22:00","to":"06:00","then":{"type":"staff","id":"a"}}]}`), int64(1_398_376_800))
	f.Add([]byte(`{"type":"time","zone":"Pacific/Apia","dates":[{"date":"2011-12-30","from":"20:00","to":"04:00","then":{"type":"staff","id":"a"}}]}`), int64(1_325_239_200))
	f.Add([]byte(`{"type":"alternative","rules":[null]}`), int64(-1))
	routers := map[string]routing.Router{"vip": stub{}}
	f.Fuzz(func(t *testing.T, data []byte, unix int64) {
		r, err := routing.ParseRuleWith(data, routers)
		if err != nil {
			if r != nil {
				t.Fatalf("a rule with an error: %v, %v", r, err)
			}
			return
		}
		first, err := routing.MarshalRule(r)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := routing.ParseRuleWith(first, routers)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, first)
		}
		if second, err := routing.MarshalRule(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("written twice: %v\n%s\n%s", err, first, second)
		}
		p, err := routing.New(r)
		if err != nil {
			return
		}
		e := routing.Enquiry{At: time.Unix(unix, 0), LastStaff: "a", LastAt: time.Unix(unix, 0)}
		d, err := p.Route(t.Context(), e, nil)
		if err != nil || strings.ContainsAny(d.String(), "\r\n") {
			t.Fatalf("Route = %v, %v", d, err)
		}
		if next, ok := p.NextOpening(e.At); d.Outcome == routing.Closed && !next.Equal(d.NextOpening) || ok && next.Before(e.At) {
			t.Fatalf("NextOpening = %v, %v; the decision is %v", next, ok, d)
		}
		p.Findings()
	})
}

func FuzzTimeOfDay(f *testing.F) {
	for _, s := range []string{"00:00", "09:05", "24:00", "24:01", "9:00", "٠٩:٠٠"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := routing.TimeOfDay(-7)
		if err := got.UnmarshalText(text); err != nil {
			if got != -7 {
				t.Fatalf("%q changed the value to %v although %v", text, got, err)
			}
			return
		}
		back, err := got.MarshalText()
		if err != nil || !bytes.Equal(back, text) || !got.Valid() {
			t.Fatalf("%q became %v, then %q, %v", text, got, back, err)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2026-12-25", "2024-02-29", "2026-02-29", "0000-01-01", "9999-12-31", "2026-1-01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got routing.Date
		if err := got.UnmarshalText(text); err != nil {
			if got != (routing.Date{}) {
				t.Fatalf("%q changed the value to %v although %v", text, got, err)
			}
			return
		}
		back, err := got.MarshalText()
		if err != nil || !bytes.Equal(back, text) || !got.Valid() {
			t.Fatalf("%q became %v, then %q, %v", text, got, back, err)
		}
		if std, err := time.Parse(time.DateOnly, string(text)); err != nil || std.Day() != got.Day || std.Month() != got.Month || std.Year() != got.Year {
			t.Fatalf("%q became %v; package time says %v, %v", text, got, std, err)
		}
	})
}
