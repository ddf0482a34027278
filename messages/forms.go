package messages

// form is how a language writes the time and the date of an opening; see (*form).append for the patterns.
// The forms follow CLDR's short time and long date; where CLDR joins date and time by a word that changes
// with the hour (Spanish, Portuguese), a comma stands. Digits are European in all of them.
type form struct {
	time, weekday, date, dateYear string

	weekdays [7]string // from Sunday
	months   [12]string
	halves   [2]string // of the day, for %p
}

// with returns a copy of the form with other patterns.
func (f *form) with(time, weekday, date, dateYear string) *form {
	c := *f
	c.time, c.weekday, c.date, c.dateYear = time, weekday, date, dateYear
	return &c
}

// halvesOf returns a copy of the form with other names for the halves of the day.
func (f *form) halvesOf(am, pm string) *form {
	c := *f
	c.halves = [2]string{am, pm}
	return &c
}

// forms are the forms by locale. Regions are listed where they differ from their language.
var forms = newByLocale(map[string]*form{
	"en":    english,
	"en-GB": britishEnglish, "en-IE": britishEnglish, "en-ZA": britishEnglish,
	"en-AU": worldEnglish, "en-HK": worldEnglish, "en-IN": worldEnglish,
	"en-MY": worldEnglish, "en-NZ": worldEnglish, "en-SG": worldEnglish,
	"zh-Hant": traditionalChinese, "zh-Hans": simplifiedChinese, "ja": japanese, "ko": korean,
	"th": thai, "vi": vietnamese, "id": indonesian, "ms": malay,
	"es": spanish, "fr": french, "fr-CA": canadianFrench, "de": german, "pt": portuguese,
	"ar": arabic, "he": hebrew,
	"it": italian, "nl": dutch, "pl": polish, "ru": russian, "tr": turkish, "hi": hindi,
})

// neutral is for languages that the library does not know: digits alone, as in ISO 8601, for a weekday's name
// would be in the wrong one.
var neutral = (&form{}).with("%H:%M", "%Y-%m-%e %T", "%Y-%m-%e %T", "%Y-%m-%e %T")

var english = (&form{
	weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	months: [12]string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
	halves: [2]string{"AM", "PM"},
}).with("%l:%M %p", "%A at %T", "%B %d at %T", "%B %d, %Y at %T")

var britishEnglish = english.with("%H:%M", "%A at %T", "%d %B at %T", "%d %B %Y at %T")

var worldEnglish = english.halvesOf("am", "pm").with("%l:%M %p", "%A at %T", "%d %B at %T", "%d %B %Y at %T")

var numberedMonths = [12]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}

var traditionalChinese = (&form{
	weekdays: [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
	months:   numberedMonths,
	halves:   [2]string{"上午", "下午"},
}).with("%p%l:%M", "%A%T", "%B月%d日%T", "%Y年%B月%d日%T")

var simplifiedChinese = (&form{
	weekdays: [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
	months:   numberedMonths,
}).with("%H:%M", "%A%T", "%B月%d日%T", "%Y年%B月%d日%T")

var japanese = (&form{
	weekdays: [7]string{"日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"},
	months:   numberedMonths,
}).with("%k:%M", "%A %T", "%B月%d日 %T", "%Y年%B月%d日 %T")

var korean = (&form{
	weekdays: [7]string{"일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"},
	months:   numberedMonths,
	halves:   [2]string{"오전", "오후"},
}).with("%p %l:%M", "%A %T", "%B월 %d일 %T", "%Y년 %B월 %d일 %T")

var thai = (&form{
	weekdays: [7]string{"วันอาทิตย์", "วันจันทร์", "วันอังคาร", "วันพุธ", "วันพฤหัสบดี", "วันศุกร์", "วันเสาร์"},
	months: [12]string{
		"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
		"กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
	},
}).with("%H:%M น.", "%A เวลา %T", "%d %B เวลา %T", "%d %B %E เวลา %T")

var vietnamese = (&form{
	weekdays: [7]string{"Chủ Nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"},
	months:   numberedMonths,
}).with("%H:%M", "%T %A", "%T ngày %d tháng %B", "%T ngày %d tháng %B năm %Y")

var indonesian = (&form{
	weekdays: [7]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
	months: [12]string{
		"Januari", "Februari", "Maret", "April", "Mei", "Juni",
		"Juli", "Agustus", "September", "Oktober", "November", "Desember",
	},
}).with("%H.%M", "%A pukul %T", "%d %B pukul %T", "%d %B %Y pukul %T")

var malay = (&form{
	weekdays: [7]string{"Ahad", "Isnin", "Selasa", "Rabu", "Khamis", "Jumaat", "Sabtu"},
	months: [12]string{
		"Januari", "Februari", "Mac", "April", "Mei", "Jun",
		"Julai", "Ogos", "September", "Oktober", "November", "Disember",
	},
	halves: [2]string{"PG", "PTG"},
}).with("%l:%M %p", "%A, %T", "%d %B, %T", "%d %B %Y, %T")
