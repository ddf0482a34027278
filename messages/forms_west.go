package messages

var spanish = (&form{
	weekdays: [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
	months: [12]string{
		"enero", "febrero", "marzo", "abril", "mayo", "junio",
		"julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
	},
}).with("%k:%M", "%A, %T", "%d de %B, %T", "%d de %B de %Y, %T")

var french = (&form{
	weekdays: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
	months: [12]string{
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	},
}).with("%H:%M", "%A à %T", "%o %B à %T", "%o %B %Y à %T")

var canadianFrench = french.with("%k\u00a0h\u00a0%M", "%A à %T", "%o %B à %T", "%o %B %Y à %T")

var german = (&form{
	weekdays: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
	months: [12]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni",
		"Juli", "August", "September", "Oktober", "November", "Dezember",
	},
}).with("%H:%M Uhr", "%A, %T", "%d. %B, %T", "%d. %B %Y, %T")

var portuguese = (&form{
	weekdays: [7]string{
		"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado",
	},
	months: [12]string{
		"janeiro", "fevereiro", "março", "abril", "maio", "junho",
		"julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
	},
}).with("%H:%M", "%A, %T", "%d de %B, %T", "%d de %B de %Y, %T")

var arabic = (&form{
	weekdays: [7]string{"الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"},
	months: [12]string{
		"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
		"يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
	},
	halves: [2]string{"ص", "م"},
}).with("%l:%M %p", "%A، %T", "%d %B، %T", "%d %B %Y، %T")

var hebrew = (&form{
	weekdays: [7]string{"יום ראשון", "יום שני", "יום שלישי", "יום רביעי", "יום חמישי", "יום שישי", "יום שבת"},
	months: [12]string{
		"ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני",
		"יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר",
	},
}).with("%k:%M", "%A בשעה %T", "%d ב%B בשעה %T", "%d ב%B %Y בשעה %T")

var italian = (&form{
	weekdays: [7]string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
	months: [12]string{
		"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
		"luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
	},
}).with("%H:%M", "%A, %T", "%d %B, %T", "%d %B %Y, %T")

var dutch = (&form{
	weekdays: [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
	months: [12]string{
		"januari", "februari", "maart", "april", "mei", "juni",
		"juli", "augustus", "september", "oktober", "november", "december",
	},
}).with("%H:%M", "%A om %T", "%d %B om %T", "%d %B %Y om %T")

var polish = (&form{
	weekdays: [7]string{"niedziela", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota"},
	months: [12]string{
		"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
		"lipca", "sierpnia", "września", "października", "listopada", "grudnia",
	},
}).with("%H:%M", "%A, %T", "%d %B, %T", "%d %B %Y, %T")

var russian = (&form{
	weekdays: [7]string{"воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"},
	months: [12]string{
		"января", "февраля", "марта", "апреля", "мая", "июня",
		"июля", "августа", "сентября", "октября", "ноября", "декабря",
	},
}).with("%H:%M", "%A, %T", "%d %B, %T", "%d %B %Y г., %T")

var turkish = (&form{
	weekdays: [7]string{"Pazar", "Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi"},
	months: [12]string{
		"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
		"Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
	},
}).with("%H:%M", "%A %T", "%d %B %T", "%d %B %Y %T")

var hindi = (&form{
	weekdays: [7]string{"रविवार", "सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार"},
	months: [12]string{
		"जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून",
		"जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर",
	},
	halves: [2]string{"am", "pm"},
}).with("%l:%M %p", "%A को %T", "%d %B को %T", "%d %B %Y को %T")
