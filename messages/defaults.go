package messages

import (
	"maps"
	"sync"
)

// DefaultWelcome returns the library's welcome texts, by language tag: what [New] uses where the host
// gives none, for a form that shows an administrator what will be said. The map is the caller's own.
func DefaultWelcome() map[string]string { return maps.Clone(welcomeTexts) }

// DefaultAway returns the library's away texts, by language tag, as [DefaultWelcome] does.
func DefaultAway() map[string]string { return maps.Clone(awayTexts) }

var (
	defaultWelcome = sync.OnceValue(func() reply { return mustReply(welcomeTexts) })
	defaultAway    = sync.OnceValue(func() reply { return mustReply(awayTexts) })
)

// mustReply parses texts that are part of the program.
func mustReply(texts map[string]string) reply {
	r, err := AutoReply{Texts: texts}.reply("default")
	if err != nil {
		panic("messages: " + err.Error())
	}
	return r
}

// The texts speak as a company's front desk does: politely, as "we", to one person or many, of either
// sex, and so that a name may stand in them as it is, in no grammatical case. The fallback of {visitor}
// completes the greeting; the end of an away text reads well with a time, with a weekday and a time,
// with a date, and with the fallback. French has its no-break spaces.
var welcomeTexts = map[string]string{
	"en":      "Hello {visitor|and welcome}! Thank you for contacting us. How can we help you?",
	"zh-Hant": "{visitor}您好，感謝您與我們聯絡。請問有什麼可以為您服務？",
	"zh-Hans": "{visitor}您好，感谢您联系我们。请问有什么可以为您服务？",
	"ja":      "{visitor|お客}様、お問い合わせいただきありがとうございます。ご用件をお聞かせください。",
	"ko":      "안녕하세요, {visitor|고객}님. 문의해 주셔서 감사합니다. 무엇을 도와드릴까요?",
	"th":      "เรียน คุณ{visitor|ลูกค้า} ขอขอบคุณที่ติดต่อเรา กรุณาแจ้งเรื่องที่ต้องการให้เราช่วยเหลือ",
	"vi":      "Xin chào {visitor|quý khách}, cảm ơn quý khách đã liên hệ với chúng tôi. Chúng tôi có thể giúp gì cho quý khách?",
	"id":      "Halo {visitor|Bapak/Ibu}, terima kasih telah menghubungi kami. Ada yang dapat kami bantu?",
	"ms":      "Salam sejahtera {visitor|tuan/puan}, terima kasih kerana menghubungi kami. Bagaimanakah kami boleh membantu?",
	"es":      "Hola, {visitor|le damos la bienvenida}. Gracias por ponerse en contacto con nosotros. ¿En qué podemos ayudarle?",
	"fr":      "Bonjour {visitor|et bienvenue}, nous vous remercions de votre message. Comment pouvons-nous vous aider\u00a0?",
	"de":      "Guten Tag {visitor|und herzlich willkommen}, vielen Dank für Ihre Nachricht. Wie können wir Ihnen helfen?",
	"pt":      "Olá, {visitor|boas-vindas}! Agradecemos a sua mensagem. Em que podemos ajudar?",
	"ar":      "مرحبًا {visitor|بكم}، شكرًا لتواصلكم معنا. كيف يمكننا مساعدتكم؟",
	"he":      "שלום {visitor|וברכה}, תודה שפניתם אלינו. כיצד נוכל לעזור לכם?",
	"it":      "Gentile {visitor|cliente}, grazie per averci contattato. Come possiamo aiutarLa?",
	"nl":      "Goedendag {visitor|en welkom}, bedankt voor uw bericht. Waarmee kunnen wij u helpen?",
	"pl":      "Dzień dobry, {visitor|witamy serdecznie}! Dziękujemy za wiadomość. W czym możemy pomóc?",
	"ru":      "Здравствуйте, {visitor|добро пожаловать}! Благодарим Вас за обращение. Чем мы можем Вам помочь?",
	"tr":      "Sayın {visitor|müşterimiz}, bize ulaştığınız için teşekkür ederiz. Size nasıl yardımcı olabiliriz?",
	"hi":      "नमस्ते {visitor|और आपका स्वागत है}, हमसे संपर्क करने के लिए धन्यवाद। हम आपकी क्या सहायता कर सकते हैं?",
}

var awayTexts = map[string]string{
	"en":      "Thank you for your message. Our team is not available at the moment. Expected reply: {next_opening|as soon as possible}.",
	"zh-Hant": "感謝您的訊息。目前沒有服務人員可以回覆您，我們將於{next_opening|最短時間內}與您聯絡。",
	"zh-Hans": "感谢您的留言。目前没有服务人员可以回复您，我们将于{next_opening|最短时间内}与您联系。",
	"ja":      "お問い合わせいただきありがとうございます。申し訳ございませんが、ただいま担当者が対応できません。ご返信の予定：{next_opening|担当者が対応でき次第}",
	"ko":      "문의해 주셔서 감사합니다. 죄송하지만 지금은 답변해 드릴 수 있는 담당자가 없습니다. 답변 예정: {next_opening|가능한 한 빨리}",
	"th":      "ขอขอบคุณสำหรับข้อความ ขออภัย ขณะนี้เจ้าหน้าที่ยังไม่สามารถตอบได้ กำหนดตอบกลับ: {next_opening|โดยเร็วที่สุด}",
	"vi":      "Cảm ơn quý khách đã nhắn tin. Hiện tại nhân viên của chúng tôi chưa thể trả lời. Dự kiến phản hồi: {next_opening|trong thời gian sớm nhất}.",
	"id":      "Terima kasih atas pesan Anda. Mohon maaf, saat ini tim kami belum dapat menjawab. Perkiraan balasan: {next_opening|sesegera mungkin}.",
	"ms":      "Terima kasih atas mesej anda. Mohon maaf, pasukan kami tidak dapat menjawab buat masa ini. Jangkaan jawapan: {next_opening|secepat mungkin}.",
	"es":      "Gracias por su mensaje. En este momento nuestro equipo no está disponible. Respuesta prevista: {next_opening|lo antes posible}.", //nolint:misspell // Spanish
	"fr":      "Nous vous remercions de votre message. Notre équipe n’est pas disponible pour le moment. Réponse prévue\u00a0: {next_opening|dès que possible}.",
	"de":      "Vielen Dank für Ihre Nachricht. Unser Team ist zurzeit nicht erreichbar. Voraussichtliche Antwort: {next_opening|so bald wie möglich}.",
	"pt":      "Agradecemos a sua mensagem. Neste momento não nos é possível responder. Resposta prevista: {next_opening|o mais breve possível}.", //nolint:misspell // Portuguese
	"ar":      "شكرًا لرسالتكم. فريقنا غير متاح حاليًا. موعد الرد المتوقع: {next_opening|في أقرب وقت ممكن}.",
	"he":      "תודה על פנייתכם. הצוות שלנו אינו זמין כרגע. מועד המענה הצפוי: {next_opening|בהקדם האפשרי}.",
	"it":      "Grazie per il Suo messaggio. Al momento il nostro team non è disponibile. Risposta prevista: {next_opening|il prima possibile}.", //nolint:misspell // Italian
	"nl":      "Bedankt voor uw bericht. Ons team is op dit moment niet bereikbaar. Verwachte reactie: {next_opening|zo spoedig mogelijk}.",
	"pl":      "Dziękujemy za wiadomość. Nasz zespół jest w tej chwili niedostępny. Przewidywana odpowiedź: {next_opening|jak najszybciej}.",
	"ru":      "Благодарим Вас за сообщение. Сейчас наши сотрудники не могут ответить. Ожидаемый ответ: {next_opening|в ближайшее время}.",
	"tr":      "Mesajınız için teşekkür ederiz. Ekibimiz şu anda müsait değildir. Beklenen yanıt: {next_opening|en kısa sürede}.",
	"hi":      "आपके संदेश के लिए धन्यवाद। हमारी टीम इस समय उपलब्ध नहीं है। संभावित उत्तर: {next_opening|यथाशीघ्र}।",
}
