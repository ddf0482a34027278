package messages_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

func renderOpening(t *testing.T, locale string, now, opening time.Time) string {
	t.Helper()
	template, err := messages.Parse("{next_opening|not known}")
	if err != nil {
		t.Fatal(err)
	}
	return template.Render(messages.Vars{Locale: locale, Now: now, NextOpening: opening})
}

// Each language's four forms: the time alone, with the weekday, with the date, with the date and the year.
func TestOpeningForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 27, 8, 0, 0, 0, time.UTC) // a Friday
	openings := []time.Time{
		time.Date(2026, 2, 27, 9, 5, 0, 0, time.UTC),
		time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC),
		time.Date(2026, 5, 1, 17, 0, 0, 0, time.UTC),
		time.Date(2027, 12, 24, 12, 0, 0, 0, time.UTC),
	}
	forms := map[string][4]string{
		"":        {"9:05 AM", "Monday at 12:30 AM", "May 1 at 5:00 PM", "December 24, 2027 at 12:00 PM"},
		"en":      {"9:05 AM", "Monday at 12:30 AM", "May 1 at 5:00 PM", "December 24, 2027 at 12:00 PM"},
		"en-GB":   {"09:05", "Monday at 00:30", "1 May at 17:00", "24 December 2027 at 12:00"},
		"en-AU":   {"9:05 am", "Monday at 12:30 am", "1 May at 5:00 pm", "24 December 2027 at 12:00 pm"},
		"zh-Hant": {"上午9:05", "星期一上午12:30", "5月1日下午5:00", "2027年12月24日下午12:00"},
		"zh-TW":   {"上午9:05", "星期一上午12:30", "5月1日下午5:00", "2027年12月24日下午12:00"},
		"zh-Hans": {"09:05", "星期一00:30", "5月1日17:00", "2027年12月24日12:00"},
		"ja":      {"9:05", "月曜日 0:30", "5月1日 17:00", "2027年12月24日 12:00"},
		"ko":      {"오전 9:05", "월요일 오전 12:30", "5월 1일 오후 5:00", "2027년 12월 24일 오후 12:00"},
		"th":      {"09:05 น.", "วันจันทร์ เวลา 00:30 น.", "1 พฤษภาคม เวลา 17:00 น.", "24 ธันวาคม 2570 เวลา 12:00 น."},
		"vi":      {"09:05", "00:30 Thứ Hai", "17:00 ngày 1 tháng 5", "12:00 ngày 24 tháng 12 năm 2027"},
		"id":      {"09.05", "Senin pukul 00.30", "1 Mei pukul 17.00", "24 Desember 2027 pukul 12.00"},
		"ms":      {"9:05 PG", "Isnin, 12:30 PG", "1 Mei, 5:00 PTG", "24 Disember 2027, 12:00 PTG"},
		"es":      {"9:05", "lunes, 0:30", "1 de mayo, 17:00", "24 de diciembre de 2027, 12:00"},
		"fr":      {"09:05", "lundi à 00:30", "1er mai à 17:00", "24 décembre 2027 à 12:00"},
		"fr-CA":   {"9\u00a0h\u00a005", "lundi à 0\u00a0h\u00a030", "1er mai à 17\u00a0h\u00a000", "24 décembre 2027 à 12\u00a0h\u00a000"},
		"de":      {"09:05 Uhr", "Montag, 00:30 Uhr", "1. Mai, 17:00 Uhr", "24. Dezember 2027, 12:00 Uhr"},
		"pt":      {"09:05", "segunda-feira, 00:30", "1 de maio, 17:00", "24 de dezembro de 2027, 12:00"},
		"ar":      {"9:05 ص", "الاثنين، 12:30 ص", "1 مايو، 5:00 م", "24 ديسمبر 2027، 12:00 م"},
		"he":      {"9:05", "יום שני בשעה 0:30", "1 במאי בשעה 17:00", "24 בדצמבר 2027 בשעה 12:00"},
		"it":      {"09:05", "lunedì, 00:30", "1 maggio, 17:00", "24 dicembre 2027, 12:00"},
		"nl":      {"09:05", "maandag om 00:30", "1 mei om 17:00", "24 december 2027 om 12:00"},
		"pl":      {"09:05", "poniedziałek, 00:30", "1 maja, 17:00", "24 grudnia 2027, 12:00"},
		"ru":      {"09:05", "понедельник, 00:30", "1 мая, 17:00", "24 декабря 2027 г., 12:00"},
		"tr":      {"09:05", "Pazartesi 00:30", "1 Mayıs 17:00", "24 Aralık 2027 12:00"},
		"hi":      {"9:05 am", "सोमवार को 12:30 am", "1 मई को 5:00 pm", "24 दिसंबर 2027 को 12:00 pm"},
		"sv":      {"09:05", "2026-03-02 00:30", "2026-05-01 17:00", "2027-12-24 12:00"},
	}
	for locale, want := range forms {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			var got [4]string
			for i, opening := range openings {
				got[i] = renderOpening(t, locale, now, opening)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for tag := range messages.DefaultAway() {
		if _, ok := forms[tag]; !ok {
			t.Errorf("%s has default texts and no form here", tag)
		}
	}
}

func TestOpeningDistance(t *testing.T) {
	t.Parallel()
	load := func(name string) *time.Location {
		location, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return location
	}
	hongKong, newYork := load("Asia/Hong_Kong"), load("America/New_York")
	utc := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name         string
		now, opening time.Time
		want         string
	}{
		{name: "no opening", now: utc(2, 8, 0), want: "not known"},
		{name: "no now", opening: utc(2, 9, 0), want: "March 2, 2026 at 9:00 AM"},
		{name: "today", now: utc(2, 0, 0), opening: utc(2, 23, 59), want: "11:59 PM"},
		{name: "today, a minute ago", now: utc(2, 9, 1), opening: utc(2, 9, 0), want: "9:00 AM"},
		{name: "tomorrow, two minutes on", now: utc(2, 23, 59), opening: utc(3, 0, 1), want: "Tuesday at 12:01 AM"},
		{name: "six days on, almost seven", now: utc(2, 0, 0), opening: utc(8, 23, 59), want: "Sunday at 11:59 PM"},
		{name: "seven days on, a little more than six", now: utc(2, 23, 59), opening: utc(9, 0, 0), want: "March 9 at 12:00 AM"},
		{name: "yesterday", now: utc(2, 9, 0), opening: utc(1, 9, 0), want: "March 1 at 9:00 AM"},
		{name: "at the turn of the year", now: time.Date(2025, 12, 31, 12, 0, 0, 0, time.UTC), opening: time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC), want: "Thursday at 9:00 AM"},
		{name: "next year", now: time.Date(2025, 12, 31, 12, 0, 0, 0, time.UTC), opening: utc(2, 9, 0), want: "March 2, 2026 at 9:00 AM"},
		{name: "in the opening's location", now: utc(2, 0, 0), opening: utc(2, 1, 0).In(hongKong), want: "9:00 AM"},
		{name: "another day there", now: utc(2, 15, 59), opening: utc(2, 16, 30).In(hongKong), want: "Tuesday at 12:30 AM"},
		{name: "now is in another location", now: utc(1, 20, 0).In(newYork), opening: utc(2, 1, 0).In(hongKong), want: "9:00 AM"},
		{name: "over a change of clocks", now: time.Date(2026, 3, 7, 23, 30, 0, 0, newYork), opening: time.Date(2026, 3, 13, 9, 0, 0, 0, newYork), want: "Friday at 9:00 AM"},
		{name: "over a change of clocks and a week", now: time.Date(2026, 3, 7, 23, 30, 0, 0, newYork), opening: time.Date(2026, 3, 14, 0, 0, 0, 0, newYork), want: "March 14 at 12:00 AM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := renderOpening(t, "en", tt.now, tt.opening); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
